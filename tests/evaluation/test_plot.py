import math
import sys

import pytest
from matplotlib.colors import to_hex

from editdiff.errors import MissingDependencyError, UsageError
from editdiff.evaluation.core.plot import FLOOR, MODEL, bars, check, draw
from editdiff.evaluation.core.rows import Estimate, Number, Row, RowReport
from editdiff.evaluation.core.table import Share

ROWS = [
    Row("a model", {"exact": Share(3, 10), "cost": Estimate(1.5, 0.1), "nfe": Number(7)}),
    Row("the same name $x$", {"exact": Share(2, 10)}),
    Row("the same name $x$", {"exact": Share(0, 0), "cost": Estimate(2.5, 0.2)}),
    Row("empty", {"exact": Share(0, 10)}, floor=True),
]
RESULT = RowReport("own", "title", {}, {}, ROWS).to_json()
MAGIC = {".png": b"\x89PNG", ".svg": b"<?xml"}


@pytest.mark.parametrize("suffix", MAGIC)
def test_every_figure_with_an_interval_becomes_a_bar(tmp_path, suffix):
    path = tmp_path / f"plot{suffix}"
    figure = draw(RESULT, path)
    exact, cost = figure.axes
    assert [len(axes.patches) for axes in (exact, cost)] == [3, 2]
    assert [bar.get_width() for bar in exact.patches] == [30.0, 20.0, 0.0]
    assert path.read_bytes().startswith(MAGIC[suffix])


def test_floors_are_grey_and_rows_of_one_name_keep_their_own_places(tmp_path):
    exact, cost = draw(RESULT, tmp_path / "plot.png").axes
    assert [to_hex(bar.get_facecolor()) for bar in exact.patches] == [MODEL, MODEL, FLOOR]
    middles = [[bar.get_y() + bar.get_height() / 2 for bar in axes.patches] for axes in (exact, cost)]  # fmt: skip
    assert middles == [pytest.approx([0, 1, 3]), pytest.approx([0, 2])]


def test_shares_are_per_cent_with_their_wilson_interval():
    first = bars(RESULT)["exact"][0]
    assert first.value == 30
    low, high = Share(3, 10).to_json()["wilson95"]
    assert math.isclose(first.low, 100 * low)
    assert math.isclose(first.high, 100 * high)


@pytest.mark.parametrize("rows", ["fillers", "ways", "rows"])
def test_results_are_drawn_whatever_they_call_their_rows(rows):
    result = {"notes": ["n"], "gaps": [{"path": "p"}], rows: RESULT["rows"]}
    assert list(bars(result)) == ["exact", "cost"]


def test_curves_are_drawn_where_a_result_has_them(tmp_path):
    curve = {"shown": [0.01, 0.1], "exact": [0.9, 0.5], "threshold": [0.8, 0.2]}
    figure = draw(RESULT | {"curves": {"a model": curve, "empty": curve}}, tmp_path / "x.svg")
    (axes,) = figure.axes
    assert [list(line.get_xdata()) for line in axes.lines] == [[1, 10]] * 2
    assert [list(line.get_ydata()) for line in axes.lines] == [[90, 50]] * 2
    assert [to_hex(line.get_color()) for line in axes.lines] == [MODEL, FLOOR]


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"written as \.png or \.svg, but not as 'plot\.gif'"):
        draw(RESULT, tmp_path / "plot.gif")


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(UsageError, match="there is no folder"):
        check(tmp_path / "none" / "plot.png")


def test_a_result_without_shares_is_refused(tmp_path):
    with pytest.raises(UsageError, match="the result of speed has no figure"):
        draw({"benchmark": "speed", "rows": [{"name": "x", "median": 1.0}]}, tmp_path / "x.png")


def test_without_matplotlib_the_hint_is_the_line_that_installs_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingDependencyError) as caught:
        draw(RESULT, tmp_path / "x.png")
    assert caught.value.hint == "pip install 'editdiff[train]'"
