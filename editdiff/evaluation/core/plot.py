"""The result of a benchmark as a picture: a bar for each row and figure with an interval; floors are grey.

A result that tells how reliable probabilities are is drawn as that: found over told, a panel for each row (the
reliability diagram of DeGroot and Fienberg 1983). Another one with curves, as `ghost` has them, is drawn as these:
how much of what is shown is exact, by how much is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from editdiff.errors import InputError, MissingDependencyError, UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".svg")
MODEL, FLOOR = "#2b6cb0", "#b8b8b8"
MAX_NAME = 44
"""Code points of a row's name; the rest of a longer one is left out."""


@dataclass(frozen=True)
class Bar:
    """One figure of one row, in the unit of its picture."""

    row: int
    """Which row, from 0: names may come twice."""
    value: float
    low: float
    high: float
    floor: bool


def draw(result: Mapping[str, Any], path: Path) -> Figure:
    """Draw the JSON of a result to a PNG or SVG file, and return the picture.

    Raises:
        UsageError: for another suffix, a folder that is not there, or a result with nothing to draw.
        MissingDependencyError: without matplotlib.
        InputError: when the file cannot be written.
    """
    check(path)
    charts, curves, told = bars(result), result.get("curves"), result.get("reliability")
    if not charts:
        raise UsageError(
            f"the result of {result.get('benchmark', 'this measurement')} has no figure with an interval",
            "leave out --plot",
        )
    names, title = [str(row["name"]) for row in _rows(result)], str(result.get("benchmark", ""))
    floors = {str(row["name"]) for row in _rows(result) if row.get("floor")}
    if told:
        figure = _reliability(told, title)
    else:
        figure = _curves(curves, floors, title) if curves else _figure(charts, names, title)
    try:
        figure.savefig(path, dpi=120)
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror}", "name a file that can be written"
        ) from error
    return figure


def check(path: Path) -> None:
    """Raise before any work what can be known before it.

    Raises:
        UsageError: for a suffix other than .png or .svg, or a folder that is not there.
        MissingDependencyError: without matplotlib.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"a picture is written as {' or '.join(SUFFIXES)}, but not as {path.name!r}",
            "name a file such as result.svg",
        )
    if not path.absolute().parent.is_dir():
        raise UsageError(f"there is no folder for {path}", "create it first")
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            "the plot needs matplotlib", "pip install 'editdiff[train]'"
        ) from error


def bars(result: Mapping[str, Any]) -> dict[str, list[Bar]]:
    """Figures that have an interval, by name, in the order of the result; shares in per cent."""
    charts: dict[str, list[Bar]] = {}
    for number, row in enumerate(_rows(result)):
        for key, figure in row["figures"].items():
            bar = _bar(number, bool(row.get("floor")), figure)
            if bar is not None:
                charts.setdefault(key, []).append(bar)
    return charts


def _rows(result: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The first list of entries with a name and figures, whatever a result calls them."""
    for entries in result.values():
        if isinstance(entries, list) and entries and all(_is_row(entry) for entry in entries):
            return entries
    return ()


def _is_row(entry: Any) -> bool:
    return isinstance(entry, Mapping) and "name" in entry and isinstance(entry.get("figures"), dict)


def _bar(row: int, floor: bool, figure: Any) -> Bar | None:
    if not isinstance(figure, Mapping):
        return None
    if figure.get("share") is not None and "wilson95" in figure:
        value, (low, high) = figure["share"], figure["wilson95"]
        return Bar(row, 100 * value, 100 * low, 100 * high, floor)
    if "interval95" in figure:
        low, high = figure["interval95"]
        return Bar(row, figure["value"], low, high, floor)
    return None


def _figure(charts: Mapping[str, Sequence[Bar]], names: Sequence[str], title: str) -> Figure:
    from matplotlib.figure import Figure

    width, height = 3.2 + 2.3 * len(charts), 1.4 + 0.34 * len(names)
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle(title)
    panels = figure.subplots(1, len(charts), sharey=True, squeeze=False)[0]
    for axes, (key, chart) in zip(panels, charts.items(), strict=True):
        _panel(axes, key, chart)
    panels[0].set_yticks(range(len(names)), [_short(name) for name in names])
    panels[0].invert_yaxis()
    return figure


def _curves(
    curves: Mapping[str, Mapping[str, Sequence[float]]], floors: Collection[str], title: str
) -> Figure:
    """Share exact of what is shown over share shown, in per cent, a line for each row."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    axes = figure.subplots()
    for name, curve in curves.items():
        axes.plot(
            [100 * share for share in curve["shown"]],
            [100 * share for share in curve["exact"]],
            color=FLOOR if name in floors else MODEL,
            label=_short(name),
        )
    axes.set(title=title, xlabel="shown, %", ylabel="exact, of what is shown, %", ylim=(0, 100))
    axes.set_xlim(left=0)
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def _reliability(told: Mapping[str, Sequence[Mapping[str, float]]], title: str) -> Figure:
    """Share found over probability told, in per cent, of bins of as many items each; on the diagonal both agree."""
    from matplotlib.figure import Figure

    across = min(4, len(told))
    down = -(-len(told) // across)
    figure = Figure(figsize=(0.4 + 2.4 * across, 0.6 + 2.4 * down), layout="constrained")
    figure.suptitle(title)
    panels = list(figure.subplots(down, across, sharex=True, sharey=True, squeeze=False).flat)
    for axes, (name, bins) in zip(panels, told.items(), strict=False):
        points = [[100 * each[key] for each in bins] for key in ("told", "found")]
        axes.plot([0, 100], [0, 100], color=FLOOR)
        axes.plot(*points, color=MODEL, marker="o", markersize=3)
        axes.set_title(_short(name), fontsize="medium")
        axes.set(xlim=(0, 100), ylim=(0, 100), aspect="equal")
        axes.grid(alpha=0.3)
    for axes in panels[len(told) :]:
        axes.remove()
    figure.supxlabel("told, %")
    figure.supylabel("found, %")
    return figure


def _panel(axes: Axes, key: str, chart: Sequence[Bar]) -> None:
    """One figure's bars, from 0."""
    axes.barh(
        [bar.row for bar in chart],
        [bar.value for bar in chart],
        color=[FLOOR if bar.floor else MODEL for bar in chart],
        xerr=[
            [max(0.0, bar.value - bar.low) for bar in chart],
            [max(0.0, bar.high - bar.value) for bar in chart],
        ],
        error_kw={"elinewidth": 1, "capsize": 2, "ecolor": "#333333"},
    )
    axes.set_title(key.replace("_", " "), fontsize="medium")
    axes.set_xlim(left=min(0.0, *(bar.low for bar in chart)))
    axes.grid(axis="x", alpha=0.3)


def _short(name: str) -> str:
    """A name that fits beside the bars, with nothing in it that matplotlib would read as mathematics."""
    cut = name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"
    return cut.replace("$", r"\$")
