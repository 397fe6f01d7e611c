"""Philox in LLVM IR: the bits of :mod:`wherenow.engine.philox`."""

from __future__ import annotations

from wherenow.engine.llvm.emit.emit_operations import Emitted
from wherenow.engine.llvm.emit.emit_writer import SPREAD, Module, Vector, Writer
from wherenow.engine.philox import LOW32, MULTIPLIERS, ROUNDS, WEYL


def emit_round_keys(w: Writer, keys: str) -> None:
    """Fill ``keys``, of :func:`round_keys_length` doubles, with the round keys, which are the same for all draws."""
    lanes = min(w.width, SPREAD)
    t = f"<{lanes} x i64>"
    for word, weyl in enumerate(WEYL):
        for number in range(ROUNDS):
            key = w.scalar(f"add i64 %key{word}, {number * weyl}")
            one = w.scalar(f"insertelement {t} poison, i64 {key}, i64 0")
            all_lanes = w.scalar(f"shufflevector {t} {one}, {t} poison, <{lanes} x i32> zeroinitializer")
            place = w.offset(keys, str((2 * number + word) * lanes))
            w.line(f"store {t} {all_lanes}, ptr {place}, align {8 * lanes}")


def round_keys_length(width: int) -> int:
    return 2 * ROUNDS * min(width, SPREAD)


def write_pair(w: Writer, block: Vector, draws: Vector, stream: Vector) -> tuple[Vector, Vector]:
    """Emit the numbers of a pair of steps, as :func:`wherenow.engine.philox.uniform`.

    :func:`emit_round_keys` fills ``%keys``.
    """
    m = Emitted(w)
    # literals let LLVM see a product of 32 by 32 bits, for which one instruction exists
    low32, multipliers = w.literal(LOW32, "i64"), [w.literal(n, "i64") for n in MULTIPLIERS]
    c0, c1, c2, c3 = block, draws & low32, draws >> 32, stream
    for number in range(ROUNDS):
        k0, k1 = (w.spread("%keys", 2 * number + word, "i64") for word in (0, 1))
        # mask only here: that instruction needs no mask
        p0, p1 = (c0 & low32) * multipliers[0], (c2 & low32) * multipliers[1]
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1, (p0 >> 32) ^ c3 ^ k1, p0

    def number_of(low: Vector, high: Vector) -> Vector:
        bits = ((high << 32) | (low & low32)) >> 12
        result: Vector = m.number(bits | (0x3FF << 52)) - 1.0 + 2.0**-53
        return result

    return number_of(c0, c1), number_of(c2, c3)


def emit_first_uniform(w: Writer, draws: Vector, stream: Vector) -> Vector:
    """Emit the number of step 0 by a separate function, because it is needed once per draw."""
    name = w.module.once(("uniform", w.width), "uniform_", lambda name: _write_first(w.module, name, w.width))
    t = w.type("i64")
    given = f"ptr %constants, ptr %keys, {t} {draws.text}, {t} {stream.text}"
    return w.write(f"call fastcc {w.type('double')} {name}({given})", "double")


def _write_first(module: Module, name: str, width: int) -> None:
    w = Writer(module, width)
    block, draws, stream = w.literal(0, "i64"), Vector(w, "%draws", "i64"), Vector(w, "%stream", "i64")
    t = w.type("double")
    w.line(f"ret {t} {write_pair(w, block, draws, stream)[0].text}")
    head = f"ptr %constants, ptr %keys, {w.type('i64')} %draws, {w.type('i64')} %stream"
    module.define(f"internal fastcc {t} {name}({head}) noinline", w)
