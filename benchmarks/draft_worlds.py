"""Invented worlds: made-up things whose links are worded in many ways, so that only grammar says what causes what.

The scheme is that of sd-ai's evaluation of causal translation (arXiv 2503.15580): 24 worlds, from single links to five
overlapping loops. Things and wordings here are our own.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

THINGS = (
    "frumbles gloopers snarvits woddles plonters quandols tremmets blisks morvans zintles harpeds clonquils vexamites "
    "dorlings spuffers yambricks trolleens wishkins oblaters krendals mipsils fendrots lurbins jasplets twindles"
)
UP = {
    "+": (
        "the more {a} there are, the more {b} there are",
        "as {a} rise, {b} rise too",
        "more {a} lead to more {b}",
        "a larger number of {a} brings about a larger number of {b}",
        "growth in {a} pushes up {b}",
        "when there are more {a}, there are also more {b}",
        "{a} boost {b}",
        "if {a} increase, {b} will increase as well",
        "an increase in {a} causes an increase in {b}",
        "rising {a} result in higher {b}",
        "higher levels of {a} contribute to higher levels of {b}",
        "because {a} grow, {b} grow",
    ),
    "-": (
        "the more {a} there are, the fewer {b} there are",
        "as {a} rise, {b} fall",
        "more {a} lead to fewer {b}",
        "a larger number of {a} reduces {b}",
        "growth in {a} holds back {b}",
        "when there are more {a}, there are fewer {b}",
        "{a} suppress {b}",
        "if {a} increase, {b} will decline",
        "an increase in {a} causes a drop in {b}",
        "rising {a} result in lower {b}",
        "higher levels of {a} mean fewer {b}",
        "because {a} grow, {b} shrink",
    ),
}
DOWN = {
    "+": (
        "the fewer {a} there are, the fewer {b} there are",
        "as {a} fall, {b} fall too",
        "fewer {a} lead to fewer {b}",
        "a smaller number of {a} brings about a smaller number of {b}",
        "when {a} decline, {b} tend to decline as well",
        "a loss of {a} lowers {b}",
        "if {a} shrink, {b} follow suit",
        "a drop in {a} causes a drop in {b}",
        "declining {a} result in diminished {b}",
        "lower levels of {a} correlate with fewer {b}",
        "dwindling {a} cause {b} to dwindle",
        "because {a} decrease, {b} decrease",
    ),
    "-": (
        "the fewer {a} there are, the more {b} there are",
        "as {a} fall, {b} climb",
        "fewer {a} lead to more {b}",
        "a smaller number of {a} brings about a larger number of {b}",
        "when {a} decline, {b} tend to grow",
        "a loss of {a} raises {b}",
        "if {a} shrink, {b} will rise",
        "a drop in {a} causes a rise in {b}",
        "declining {a} result in more {b}",
        "lower levels of {a} boost {b}",
        "dwindling {a} cause {b} to multiply",
        "because {a} decrease, {b} increase",
    ),
}
JOINS = (
    "additionally",
    "in turn",
    "meanwhile",
    "at the same time",
    "as a result",
    "moreover",
    "consequently",
    "furthermore",
)
SHAPES: tuple[tuple[tuple[int, str], ...], ...] = (
    *(((2, sign),) for sign in ("+", "-", "+", "-")),  # two things and one link: see `world`
    *(((size, sign),) for size in range(2, 9) for sign in ("+", "-")),
    ((3, "+"), (6, "+")),
    ((3, "-"), (6, "+")),
    ((5, "+"), (2, "+"), (4, "-")),
    ((5, "-"), (2, "-"), (4, "+")),
    ((3, "-"), (5, "+"), (6, "+"), (2, "+"), (6, "-")),
    ((3, "-"), (5, "+"), (6, "+"), (2, "-"), (6, "-")),
)
"""The loops of each of the 24 worlds: how many things, and the loop's sign. The first four have a single link each."""


@dataclass(frozen=True)
class World:
    text: str
    links: frozenset[tuple[str, str, str]]


def world(number: int, seed: int, capitals: bool) -> World:
    """The world of a shape, told in words drawn with ``seed``; without capitals sentences run on, as in sd-ai's."""
    drawn = random.Random(f"{number} {seed}")
    things = drawn.sample(THINGS.split(), k=len(THINGS.split()))
    told: list[str] = []
    links: set[tuple[str, str, str]] = set()
    at = 0
    for size, sign in SHAPES[number]:
        loop = [things[(at + i) % len(things)] for i in range(size)]
        at += size - 1
        steps = [(loop[i], loop[(i + 1) % size]) for i in range(size)]
        if number < 4:
            steps = steps[:1]
        minus = {drawn.randrange(len(steps))} if sign == "-" else set()
        for i, (a, b) in enumerate(steps):
            polarity = "-" if i in minus else "+"
            wording = drawn.choice((UP if drawn.random() < 0.5 else DOWN)[polarity]).format(a=a, b=b)
            told.append(wording if i == 0 else f"{drawn.choice(JOINS)}, {wording}")
            links.add((a, b, polarity))
    sentences = [s[:1].upper() + s[1:] if capitals else s for s in told]
    return World(" ".join(f"{s}." for s in sentences), frozenset(links))
