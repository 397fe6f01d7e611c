"""A cache of compiled kernels in memory and on disk (:mod:`wherenow.cache_store`) by a hash of everything they depend
on."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from itertools import count

from wherenow import cache_store
from wherenow.engine.ir import Program
from wherenow.engine.llvm.jit import Loaded, compile_object, compiler_version, load, processor
from wherenow.engine.llvm.straight import AHEAD, ARGUMENTS, ENTRY, ENTRY_AHEAD

MOST = 64
"""Maximum number of kernels in memory; the least recently used are dropped, and read from disk again."""
MANY = 250_000
"""Operations beyond which compilation is fast rather than optimizing, however short the loops make the text."""

_loaded: dict[str, CompiledKernel] = {}  # most recently used kernel last
_asking = threading.Lock()
_times = count()


@dataclass(frozen=True)
class CompiledKernel:
    """A callable kernel and what its callers need: see :class:`~wherenow.engine.llvm.straight.Kernel`."""

    loaded: Loaded
    rows: tuple[int, ...]
    work: int
    noise: int


def key_of(program: Program, width: int) -> str:
    """Return the cache key of a program's kernel: code compiled by another version of the engine is not used."""
    return cache_store.key_of(
        program.hash, str(width), *processor(), compiler_version(), cache_store.version_of("engine")
    )


def compiled(program: Program, width: int) -> CompiledKernel:
    """Return the kernel of a program from memory, from disk, or compiled now (and stored in both).

    It stays in memory while a caller holds it, and while it is among the last :data:`MOST` used.
    """
    key = key_of(program, width)
    kernel = _loaded.get(key)
    if kernel is None:
        entry = _read(key)
        if entry is None:
            from wherenow.engine.llvm.kernel import emit_kernel

            emitted = emit_kernel(program, width)
            code = compile_object(emitted.text, quickly=len(program.nodes) > MANY)
            entry = code, emitted.rows, emitted.work, emitted.noise
            _write(key, *entry)
        code, rows, work, noise = entry
        # several threads may compile one program at once, but the linker accepts a name only once
        kernel = CompiledKernel(
            load(code, f"{key}.{next(_times)}", ENTRY, ARGUMENTS, {ENTRY_AHEAD: AHEAD}), rows, work, noise
        )
    with _asking:
        kernel = _loaded.pop(key, kernel)
        _loaded[key] = kernel
        while len(_loaded) > MOST:
            del _loaded[next(iter(_loaded))]
    return kernel


def machine_code(text: str) -> bytes:
    """Return the object file of IR text that belongs to no program, from disk or compiled now (and stored there)."""
    key = cache_store.key_of(text, *processor(), compiler_version(), cache_store.version_of("engine"))
    entry = _read(key)
    if entry is None:
        entry = compile_object(text), (), 0, 0
        _write(key, *entry)
    return entry[0]


def once(make: Callable[..., Loaded]) -> Callable[..., Loaded]:
    """Cache the functions that ``make`` compiles; concurrent threads wait for the first."""
    compiled_by_arguments, compiling = cache(make), threading.Lock()

    @wraps(make)
    def get(*given: int) -> Loaded:
        with compiling:
            return compiled_by_arguments(*given)

    return get


def _read(key: str) -> tuple[bytes, tuple[int, ...], int, int] | None:
    body = cache_store.entry(f"{key}.kernel")
    if body is None:
        return None
    head, _, code = body.partition(b"\n")
    rows, work, noise = json.loads(head)
    return code, tuple(rows), work, noise


def _write(key: str, code: bytes, rows: tuple[int, ...], *numbers: int) -> None:
    cache_store.keep(f"{key}.kernel", json.dumps([rows, *numbers]).encode() + b"\n" + code)
