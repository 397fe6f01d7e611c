"""The models of ``shared/models-that-fail``: kinds of fault that files of real repositories once triggered.

Each folder holds a small model, the right values and why they are right. What each kind comes to without that folder is
said again in the tests of its own reader.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.exchange.xmile.files import run_file

from wherenow.case.model_files.opening import open_case
from wherenow.ensemble.draws import central
from wherenow.ensemble.simulate import simulate

FOLDER = Path(__file__).parents[3] / "shared" / "models-that-fail"
Right = dict[str, object]
MATRIX_40 = np.linalg.inv(0.01 * np.ones((40, 40)) + 1.99 * np.eye(40))

RIGHT: dict[str, Right] = {
    "allocate_available_fixed/allocate_fixed.mdl": {"got[w1]": 40, "got[w2]": 60, "given": 100},
    "apostrophe_in_stella_name/apostrophe_in_name.stmx": {"y": 6},
    "continuation_before_tilde/cont_before_tilde.mdl": {"b": 4, "c": 6},
    "continuation_in_macro_header/cont_macro_header.mdl": {"r": 7, "hi": 3, "lo": 4},
    "continuation_in_with_lookup/cont_with_lookup.mdl": {"y": 4},
    "control_from_file/control_from_file.mdl": {"s": [0, 0.5, 1, 1.5, 2]},
    "conveyor_as_container/conveyor_slat_index.stmx": {"first_slat": 2},
    "csv_with_cr_line_ends/csv_cr.mdl": {"v[d1,e1]": 1, "v[d1,e2]": 2, "v[d2,e1]": 3, "v[d2,e2]": 4},
    "data_of_one_element_missing/data_missing_one.mdl": {"v[a2]": -(2.0**109), "n": [1, 2, 3, 4, 5]},
    "delay_n_varying_delay_time/delayn_var.mdl": {
        "d": [1, 1, 0.84839, 2.11216, 1.46115, 2.19784, 3.06864, 4.01672, 4.96781]
    },
    "find_market_price_first_element_arrayed/market_first_element_arrayed.mdl": {
        "price[east]": 1.66667, "price[west]": 1.66667, "gap[east]": 0, "bought[east,b2]": 250, "sold[west,s2]": 50,
    },
    "gbk_and_utf16/gbk.mdl": {"人口": [5, 6, 7, 8, 9]},
    "get_data_between_times_backward/between_times_back.mdl": {"back": [0, 0, 10, 20, 20]},
    "graphical_function_as_container/gfc1.stmx": {"hi": 9, "n": 5},
    "invert_matrix_repeated_range/invert_repeated.mdl": {
        "inverse[farm,farm]": 0.6, "inverse[farm,mine]": -0.2, "inverse[mine,farm]": -0.2, "inverse[mine,mine]": 0.4,
    },
    "macro_named_init/macro_named_init.mdl": {"first": 10},
    "macro_parameter_declared_xmile/macro_parm_declared.stmx": {"k": 8},
    "module_connect_quoted/module_quoted_connect.stmx": {"r": 40},
    "nan_message_names_wrong_variable/nanmsg.stmx": {"steady": 6},
    "nested_comment/nested_comment.mdl": {"d": 8760},
    "npv_in_xmutil_xmile/npv.stmx": {"n": [10, 19.0909, 27.3554, 34.8685]},
    "npv_in_xmutil_xmile/npv_mdl.mdl": {"n": [10, 19.0909, 27.3554, 34.8685]},
    "range_with_repeated_elements/repeat_elements.mdl": {"use[coal]": 10, "use[sun]": 20, "use[wind]": 10},
    "ranges_only/empty_variables.stmx": {},
    "scalar_stock_arrayed_flow/scalar_stock_arrayed_outflow.stmx": {"pool": [100, 97, 94, 91], "box[b]": [0, 2, 4, 6]},
    "slow_invert_matrix/x1.mdl": {"inv[a1,a1]": MATRIX_40[0, 0], "inv[a3,a40]": MATRIX_40[2, 39]},
    "slow_invert_matrix/x1_10.mdl": {"inv[a1,a2]": -0.01 / 1.99 / (1.99 + 0.1)},
    "stella_functions/interpolate.stmx": {"i": 15},
    "stella_functions/lookupmean.stmx": {"x": 2},
    "stella_functions/ramp_one_argument.stmx": {"r": [0, 2, 4, 6]},
    "stella_functions/range_end_variable.stmx": {"s": 30},
    "sum_marked_and_unmarked/sum_marked_and_not.mdl": {"exports[north]": 23, "exports[south]": 43},
    "vensim_xmile_dt/vensim_dt_with_name.stmx": {"s": [1.25**k for k in range(5)]},
    "vensim_xmile_left_side/vensim_eqn_with_left_side.stmx": {"out": [0, 0, 0.888889, 1.481481]},
    "vensim_xmile_number_lists/vensim_list_of_numbers.stmx": {"g[a]": 0.1, "g[b]": 0.2},
}  # fmt: skip
"""Right values at the saved times, one number where they are all the same."""


def models() -> list[object]:
    if not FOLDER.is_dir():
        return [pytest.param("", marks=pytest.mark.skip(reason="../shared/models-that-fail is not here"))]
    found = (p.relative_to(FOLDER).as_posix() for p in FOLDER.glob("*/*") if p.suffix in (".mdl", ".stmx"))
    return [pytest.param(name, id=name) for name in sorted(found)]


@pytest.mark.parametrize("model", models())
def test_a_model_that_once_failed_gives_the_right_values(model: str, tmp_path: Path) -> None:
    shutil.copytree((FOLDER / model).parent, tmp_path / "model")
    values = {n.replace(" ", "_").lower(): v for n, v in run_file(tmp_path / "model" / Path(model).name).items()}
    for name, right in RIGHT[model].items():
        np.testing.assert_allclose(values[name], right, rtol=1e-5, atol=1e-9, err_msg=name)


@pytest.mark.skipif(not FOLDER.is_dir(), reason="../shared/models-that-fail is not here")
def test_the_message_about_a_non_finite_value_names_the_variable_that_computes_it_and_its_place() -> None:
    case = open_case(FOLDER / "nan_message_names_wrong_variable" / "nanmsg.stmx")
    failure = simulate(case, central(), threads=1).record.failure
    place, _, finding = failure.partition(": ")
    assert finding == "hole is nan at time 0 in draw 0: its equation uses the constant nan"
    assert place.startswith("nanmsg.stmx:")
