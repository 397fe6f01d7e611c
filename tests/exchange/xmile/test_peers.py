"""Files that we write as XMILE, opened by PySD and by pysimlin: the same runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.exchange.xmile.files import CORPUS, run_file

from wherenow.exchange.model_files import import_model
from wherenow.exchange.xmile.writing.xmile_writer import write_xmile
from wherenow.language.syntax import canonical

MODELS = (
    "samples/teacup/teacup.mdl",
    "samples/SIR/SIR.mdl",
    "samples/SIR/SIR.xmile",
    "tests/if_stmt/if_stmt.mdl",
    "tests/trig/test_trig.mdl",
    "tests/logicals/test_logicals.mdl",
)
CONTROL = {"initial_time", "final_time", "time_step", "saveper", "dt", "starttime", "stoptime", "time"}
pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not here")


def with_pysd(path: Path) -> dict[str, np.ndarray]:
    pysd = pytest.importorskip("pysd")
    frame = pysd.read_xmile(str(path)).run()
    return {canonical(str(c)): frame[c].to_numpy(dtype=float) for c in frame.columns}


def with_pysimlin(path: Path) -> dict[str, np.ndarray]:
    simlin = pytest.importorskip("simlin")
    simulation = simlin.load(str(path)).simulate()
    simulation.run_to_end()
    names = [canonical(n) for n in run_file(path)]
    return {n: np.asarray(simulation.get_series(n)) for n in names if n not in CONTROL}


@pytest.mark.parametrize("peer", [with_pysd, with_pysimlin], ids=["pysd", "pysimlin"])
@pytest.mark.parametrize("model", MODELS)
def test_a_written_file_runs_to_the_same_numbers_elsewhere(model: str, peer, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = write_xmile(import_model(CORPUS / model)[0], tmp_path / "model.xmile")
    ours = {canonical(n): values for n, values in run_file(path).items() if canonical(n) not in CONTROL}
    theirs = peer(path)
    assert ours
    assert set(ours) <= set(theirs)
    for name, values in ours.items():
        assert theirs[name][: len(values)].tolist() == pytest.approx(values.tolist(), rel=1e-5, abs=1e-8), name
