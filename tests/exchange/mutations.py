"""Broken model files, made from the corpus by a seed, and the outcome of reading them.

``python -m tests.exchange.mutations mdl 0 300`` tries seeds 0 to 299 in this process, under limits: a file that takes
longer than :data:`SECONDS` ends the process, as does memory beyond :data:`MEMORY`. The last line begun names the seed.
"""

from __future__ import annotations

import random
import resource
import signal
import sys
from pathlib import Path

from wherenow.case.model_files.opening import bare_case
from wherenow.engine.lowering.lower import lower
from wherenow.ensemble.draws import central
from wherenow.ensemble.simulate import simulate
from wherenow.errors import InputError, Severity, SimulationError
from wherenow.exchange.encodings import decode
from wherenow.exchange.vensim.reading.vensim_reader import parse_vensim
from wherenow.exchange.xmile import parse_xmile
from wherenow.model.elaboration.elaborate import examine
from wherenow.model.model_types import ModelSpec

CORPUS = Path(__file__).parents[3] / "shared" / "test-models"
OWN = Path(__file__).with_name("data")
SUFFIXES = {"mdl": (".mdl",), "xmile": (".xmile", ".stmx")}
SIGNS = {
    "mdl": [b"|", b"~", b"(", b"]", b'"', b"1e999", b"{", b":EXCEPT:", b"!", b"\\\n", b":MACRO:", b"->", b","],
    "xmile": [b"<", b">", b"&", b"(", b"]", b'"', b"1e999", b"{", b"???", b"<![CDATA["],
}
SECONDS = 5
MEMORY = 1 << 30
FEW_STEPS = 1000


def files(kind: str) -> list[Path]:
    """The whole files that broken ones are made of: the corpus where it is, and our own."""
    found = [*CORPUS.glob("*/*/*"), *OWN.glob("*")]
    return sorted(f for f in found if f.suffix.lower() in SUFFIXES[kind])


def mutated(data: bytes, luck: random.Random, kind: str) -> bytes:
    """Bytes flipped, lines cut and swapped, words swapped, signs put in: one to six times."""
    for _ in range(luck.randint(1, 6)):
        separator = luck.choice([b"\n", b" ", b","])
        parts = data.split(separator)
        first, second = (luck.randrange(len(parts)) for _ in range(2))
        place = luck.randrange(max(1, len(data)))
        match luck.randrange(5):
            case 0:
                data = data[:place] + bytes([luck.randrange(256)]) + data[place + 1 :]
            case 1:
                data = separator.join(parts[:first] + parts[first + luck.randint(1, 5) :])
            case 2:
                parts[first], parts[second] = parts[second], parts[first]
                data = separator.join(parts)
            case 3:
                data = separator.join([*parts[:first], *parts[second : second + 3], *parts[first:]])
            case _:
                data = data[:place] + luck.choice(SIGNS[kind]) + data[place:]
    return data


def attempt(data: bytes, path: Path, kind: str, run: bool) -> str:
    """What is wrong with how a file fares: '' for a model that runs, and for a diagnostic with its place."""
    try:
        model = _read(data, path, kind)
        system, problems = examine(model)
        if system is None:
            return "" if problems else "no system and no diagnostic"
        if run and model.time.steps <= FEW_STEPS:
            simulate(bare_case(model, path), central(), threads=1)
        else:
            lower(system)
    except InputError as wrong:
        errors = [d for d in wrong.diagnostics if d.severity is Severity.ERROR]
        return "" if errors else "refused without an error"
    except SimulationError:
        return ""
    except Exception as wrong:  # whatever it is, it is a bug of ours, and is told with its seed
        return repr(wrong)
    return ""


def _read(data: bytes, path: Path, kind: str) -> ModelSpec:
    if kind == "mdl":
        return parse_vensim(decode(data).text, str(path), path.parent).model
    return parse_xmile(decode(data).text, str(path), path.parent)[0]


def main(kind: str, first: int, count: int) -> None:
    """Tries seeds one after the other; prints each before it is tried, and after it what was wrong, if anything."""
    originals = [(f, f.read_bytes()) for f in files(kind)]
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY, held + MEMORY))
    for seed in range(first, first + count):
        print(seed, end=" ", flush=True)
        luck = random.Random(f"{kind} {seed}")
        path, data = luck.choice(originals)
        broken = mutated(data, luck, kind)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)  # of our own time; not handled: it ends the process
        told = attempt(broken, path, kind, run=seed % 20 == 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        print(told)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
