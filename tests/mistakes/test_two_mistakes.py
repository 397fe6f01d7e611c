"""Two independent mistakes are both reported, each once; a mistake precedes its consequences.

Mistakes are independent if they are in other files and in entries that do not read each other: no name of the case
is in the lines of both, or in what is reported of both. A mistake that leaves a file unreadable hides what is in it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from itertools import combinations
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from wherenow.case.new import new_case
from wherenow.case.observation import Observation
from wherenow.case.reader import read_case, read_folder
from wherenow.commands.authoring.check_command import _diagnose_case
from wherenow.errors import Diagnostic

from .test_mistakes import MISTAKES, make

WAITING = (
    "is used by no equation", "nothing reads", "could never be resolved", "times the greatest", "the data decide at",
    "fills and empties no stock", "circular definition",
)  # fmt: skip
"""What waits until other errors are mended: they may be the reason of a warning, and a circle is sought in equations
that can all be read."""
SHARED = re.compile("article|hash|sentence|^a-copy-of|-unit-in-two-|-unit-that-is-defined-twice|-unit-of-ones-own")
"""Mistakes about what all entries share, which hide others: the article, the units of the case, whole files."""
CONTRADICTION = re.compile("the unit of '|the sides of|the equation gives")
"""Of two contradictions between units, each may hide what causes the other."""
_BEGINS = re.compile(r"\w[^:]*:|- id:|\w+,")


@dataclass(frozen=True, slots=True)
class Mistake:
    """The files that a mistake changes (None where it removes one), what is reported, and the names it is about."""

    files: dict[str, bytes | None]
    reported: tuple[str, ...]
    names: frozenset[str]


def contents(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def reported(folder: Path) -> tuple[Diagnostic, ...]:
    return _diagnose_case(folder)


def plain(folder: Path, found: tuple[Diagnostic, ...]) -> tuple[str, ...]:
    """The messages without the lines of other places, which a second mistake may move."""
    return tuple(re.sub(r":\d+", "", d.message.replace(str(folder), "lake")) for d in found)


@cache
def sound() -> tuple[dict[str, bytes], frozenset[str], Mapping[str, Observation]]:
    """The files of the case without mistakes, its names, and its observations."""
    with tempfile.TemporaryDirectory() as place:
        case = read_case(lake := new_case(Path(place) / "lake"))
        parts = (case.model.variables, case.data, case.claims, case.predictions, case.events, case.levers,
                 case.scenarios, case.loops)  # fmt: skip
        return contents(lake), frozenset({"cut-off", *(name for part in parts for name in part)}), case.observations


def entry(lines: list[str], index: int) -> str:
    """The text of the entry that holds a line: from the last line above it that begins one to before the next."""
    begins = [k for k, line in enumerate(lines) if _BEGINS.match(line)]
    first = max((k for k in begins if k <= index), default=index)
    return "\n".join(lines[first : next((k for k in begins if k > index), len(lines))])


def entries(before: bytes, after: bytes) -> Iterator[str]:
    """The entries that hold the changed lines of a file."""
    old, new = (text.decode("utf-8", "replace").splitlines() for text in (before, after))
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield from (entry(old, k) for k in range(a, b))
            yield from (entry(new, k) for k in range(c, d))


@cache
def mistake(name: str) -> Mistake | None:
    """A mistake; None where it leaves a file unreadable, or is a link."""
    before, known, observed = sound()
    with tempfile.TemporaryDirectory() as place:
        lake = make(Path(place), name)
        reading = read_folder(lake)
        if reading.case is None or reading.problems.unread or any(p.is_symlink() for p in lake.rglob("*")):
            return None
        after, found = contents(lake), reported(lake)
        changed = {f: after.get(f) for f in {*before, *after} if before.get(f) != after.get(f)}
        said = [f"{d.message} {d.excerpt}" for d in found]
        lines = [part for f, text in changed.items() for part in entries(before.get(f, b""), text or b"")]
        for d in found:
            if d.location is not None and (file := Path(d.location.file)).is_file():
                lines.append(entry(file.read_text("utf-8").splitlines(), d.location.line - 1))
        lines += [o.of.content for o in observed.values() if any(o.series in line for line in lines)]
        words = " ".join((*lines, *said)).replace("cutoff", "cut-off")  # the key, and the word of messages
        names = frozenset(re.findall(r"[\w-]+", words)) & known
        return Mistake(changed, plain(lake, found), names)


@cache
def independent() -> tuple[tuple[str, str], ...]:
    found = {name: m for name in MISTAKES if not SHARED.search(name) and (m := mistake(name)) is not None}
    return tuple(
        (a, b)
        for a, b in combinations(found, 2)
        if found[a].files.keys().isdisjoint(found[b].files)
        and found[a].names.isdisjoint(found[b].names)
        and not all(CONTRADICTION.search(found[name].reported[0]) for name in (a, b))
    )


def both(one: Mistake, other: Mistake) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory() as place:
        lake = Path(place)
        for file, content in {**sound()[0], **one.files, **other.files}.items():
            if content is not None:
                (lake / file).parent.mkdir(exist_ok=True, parents=True)
                (lake / file).write_bytes(content)
        return plain(lake, reported(lake))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_two_independent_mistakes_are_both_reported_each_once(drawn):
    pair = drawn.draw(st.sampled_from(independent()))
    one, other = (mistake(name) for name in pair)
    assert one is not None
    assert other is not None
    told = both(one, other)
    for message in (one.reported[0], other.reported[0]):
        if not any(words in message for words in WAITING):
            assert told.count(message) == (one.reported + other.reported).count(message), (pair, message, told)


def test_thousands_of_pairs_are_independent():
    assert len(independent()) > 2000


def test_a_contradiction_between_units_precedes_only_what_it_may_cause():
    units, event = mistake("a-parameter-in-a-wrong-unit"), mistake("an-event-that-ends-before-it-begins")
    assert units is not None
    assert event is not None
    assert both(units, event) == (event.reported[0], units.reported[0])  # in the order of the files
