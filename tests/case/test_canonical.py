"""Three known models as case folders against their canonical output (tests/data/test-models)."""

import csv
from pathlib import Path

import numpy as np
import pytest

from wherenow.case.checking.check import check_case
from wherenow.case.model_files.opening import open_case
from wherenow.case.reader import read_case
from wherenow.ensemble.draws import central
from wherenow.ensemble.simulate import simulate
from wherenow.language.syntax import canonical

TESTS = Path(__file__).parents[1]
PRINTED = 6e-6  # Vensim prints six digits


def run(name: str):
    return simulate(read_case(TESTS / "cases" / name), central(), engine="reference")


@pytest.mark.parametrize("name", ["teacup", "sir", "lotka_volterra"])
def test_the_case_is_sound(name):
    assert check_case(TESTS / "cases" / name) == ()


@pytest.mark.parametrize("name", ["teacup", "sir"])
def test_every_variable_agrees_with_the_canonical_output_in_all_printed_digits(name):
    with (TESTS / "data" / "test-models" / f"{name}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    runs = run(name)
    np.testing.assert_allclose(runs.times, [float(row["Time"]) for row in rows], rtol=1e-6)
    for column in rows[0].keys() - {"Time"}:
        canonically = [float(row[column]) for row in rows]
        np.testing.assert_allclose(runs.at_centre(canonical(column)), canonically, rtol=PRINTED, err_msg=column)


def test_hares_and_foxes_agree_with_euler_steps_by_hand():
    prey, predators, step = 1000.0, 20.0, 1 / 16
    found = [(prey, predators)]
    for _ in range(16 * 50):
        born, eaten = 3 * prey, prey * 0.2 * predators / 20
        cubs, dead = predators * 1 * prey / 1000, predators / 10
        prey, predators = prey + step * (born - eaten), predators + step * (cubs - dead)
        found.append((prey, predators))
    runs = run("lotka_volterra")
    np.testing.assert_allclose(np.column_stack([runs.at_centre("prey"), runs.at_centre("predators")]), found, rtol=1e-9)


def test_hares_and_foxes_run_as_the_model_file_that_others_run():
    theirs = simulate(open_case(TESTS / "data" / "test-models" / "Lotka_Volterra.mdl"), central(), engine="reference")
    ours = run("lotka_volterra")
    for name in ours.names:
        np.testing.assert_allclose(ours.at_centre(name), theirs.at_centre(name), rtol=1e-9, err_msg=name)
