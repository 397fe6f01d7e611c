"""The claim × mechanism table of the Iraq–US case, and what a cut costs beside an ordinary run."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from benchmarks.measure import Entry, entry, least, once, pin
from benchmarks.ours import CASE
from wherenow.case.reader import read_case
from wherenow.engine.backend import Inputs
from wherenow.engine.streaming.reusable_run import ReusableRun
from wherenow.ensemble.simulate import parameter_rows
from wherenow.execution import Execution
from wherenow.explain.ablation.ablation import Ablation, links_of, prepare_ablation
from wherenow.explain.ablation.mechanisms import tabulate
from wherenow.explain.ablation.schedule import CHUNK
from wherenow.inference.posterior import draws_of


def table() -> Iterator[Entry]:
    """A run with the switches of cuts against one without, on one core; the whole table on two."""
    case = read_case(CASE)
    draws = draws_of(case, 1000, 0, "best")
    links = links_of(case)
    plain, switched = (prepare_ablation(case, draws, chosen, threads=1) for chosen in ((), links[:CHUNK]))
    without, cut = least(_whole(plain), _whole(switched))
    size = f"1000 draws, all outputs that claims read, {CHUNK} switches"
    yield entry("why: a run with switches, against one without", size, cut, without, at_least=1 / 1.3)
    steps = plain.native.program.time.steps + 1
    runs = sum(branch.end - branch.first for branch in plain.branches) / steps
    pin(2)
    seconds = once(lambda: tabulate(case, draws, execution=Execution(threads=2)))
    least_possible = len(links) * (1 + runs) * without / 2
    note = (
        f"{len(links)} links; a cut is a run and {len(plain.branches)} counterfactuals, which amount to {runs:.1f} "
        f"more runs: without compiling and counting, {least_possible:.0f} s on two cores"
    )
    size = f"{len(plain.readings)} claims, {len(links)} links, 1000 draws, two threads"
    yield entry("why: the whole table of the Iraq–US case", size, seconds, below=10.0, note=note)
    pin(1)


def _whole(bench: Ablation) -> Callable[[], None]:
    program, draws = bench.native.program, bench.draws
    rows = parameter_rows(program, draws, {})
    again = ReusableRun(bench.native, Inputs(rows, None, draws.seed, draws.first), bench.plan.readings)
    asked = again.asked(bench.plan.readings)

    def run() -> None:
        again.begin()
        again.go(asked, program.time.steps + 1)

    return run
