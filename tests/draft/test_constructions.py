"""Whether the embedded reader reads the constructions in which English states cause and effect.

``constructions.csv`` holds sentences made up for the purpose, each with a word of the cause, a word of the effect and
the sign: ``+-`` where it depends on how the variable is named.
"""

import csv
from pathlib import Path

import pytest

pytest.importorskip("spacy")
from wherenow.draft.readers.embedded import read

with (Path(__file__).parent / "constructions.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))


def is_read(row):
    text = row["sentence"]
    return any(
        row["cause"].lower() in text[link.cause_start : link.cause_end].lower()
        and row["effect"].lower() in text[link.effect_start : link.effect_end].lower()
        and link.sign in row["sign"]
        and link.negated == bool(row["denied"])
        for link in read(text).links
    )


def share(rows):
    missed = [row["sentence"] for row in rows if not is_read(row)]
    return 1 - len(missed) / len(rows), missed


def test_four_in_five_constructions_are_read_with_their_sign():
    read_right, missed = share(ROWS)
    assert read_right >= 0.8, missed


def test_four_in_five_denials_are_read_as_denials():
    read_right, missed = share([row for row in ROWS if row["denied"]])
    assert read_right >= 0.8, missed
