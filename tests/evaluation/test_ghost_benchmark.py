import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat

import pytest
from evaluation_zoo import MODULE, File, write_corpus
from hypothesis import given
from hypothesis import strategies as st

from editdiff.edits.complete import GHOST
from editdiff.engines.base import Draft, FillOptions, FillTask, Update
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks import ghost
from editdiff.evaluation.benchmarks.ghost import (
    Keystroke,
    NGramGhost,
    Threshold,
    curve,
    least,
)
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.floors import NGram
from editdiff.evaluation.core.metrics import wilson
from editdiff.evaluation.core.table import NONE
from editdiff.evaluation.data.keystrokes import Cursor, draw
from editdiff.text.span import Span


def stroke(confidence: float, exact: bool = True) -> Keystroke:
    return Keystroke("x" if confidence else "", confidence, 0.5, exact, "", 0.1, 2)


class Unsure:
    """Knows every answer, but tells a wrong one where it says that it is unsure."""

    name = "unsure"

    def __init__(self, cursors: list[Cursor]) -> None:
        self._truth = {(c.path, c.text, c.offset): c.truth for c in cursors}
        self.options: set[FillOptions] = set()

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        self.options.add(options)
        truth = self._truth[task.path, task.text, task.gaps[0].start]
        wrong = len(truth) % 3 == 0
        yield Draft((truth + "zz" * wrong,), -1.0 if wrong else -0.1, 3)


@pytest.fixture
def cursors() -> list[Cursor]:
    return draw([File("p", f"m{n}.py", MODULE) for n in range(20)], 240, seed=0)


@pytest.fixture
def request_(tmp_path) -> Request:
    manifest = write_corpus(tmp_path, {"kept": "heldout", "out": "heldout", "learnt": "train"})
    return Request(FillOptions(), 8, 5, manifest, tmp_path)


def ignore(name: str, done: int, total: int) -> None:
    pass


def test_the_threshold_is_chosen_on_one_half_and_reported_on_the_other(cursors, request_):
    choose, test = cursors[:120], cursors[120:]
    engine = Unsure(cursors)
    report = ghost.report(engine, [], choose, test, request_, checkers=())
    found = report.thresholds["python"]
    assert found.threshold == pytest.approx(0.905, abs=0.001)
    right = sum(bool(c.truth) and len(c.truth) % 3 != 0 for c in test)
    assert (found.exact.hits, found.exact.total, found.shown.total) == (right, right, 120)
    assert engine.options == {replace(GHOST, seed=5, lookup=0)}
    row, *apart = report.rows
    assert row.name == "unsure, python"
    assert [each.name for each in apart] == ["unsure, python, prose", "unsure, python, code"]
    assert sum(each.figures["shown"].total for each in apart) == 120
    assert {"threshold", "characters", "seconds"} <= row.figures.keys()
    assert len(row.outcomes) == len(report.items) == 120
    assert any(note.endswith("% of it exact; confirmed") for note in report.notes)
    assert report.to_json()["thresholds"]["python"]["threshold"] == found.threshold


def test_a_threshold_that_the_other_half_does_not_confirm_is_not_for_editors(cursors, request_):
    engine = Unsure(cursors)
    other = [replace(cursor, truth=f"{cursor.truth}?") for cursor in cursors[120:]]
    report = ghost.report(engine, [], cursors[:120], other, request_, checkers=())
    found = report.thresholds["python"]
    assert (found.exact.hits, found.confirmed) == (0, False)
    assert found.shown.hits > 0
    told = report.to_json()["thresholds"]["python"]
    assert (told["threshold"], told["tried"]) == (None, found.threshold)
    assert any(note.endswith("not confirmed, so editors stay silent") for note in report.notes)


def test_without_a_good_threshold_nothing_is_shown_and_the_report_says_so(cursors, request_):
    wrong = ScriptedEngine(["zz"] * 240)
    report = ghost.report(wrong, [], cursors[:120], cursors[120:], request_, checkers=())
    found = report.thresholds["python"]
    assert (found.threshold, found.shown.hits) == (None, 0)
    cells = dict(zip(report.table.header, report.table.rows[0], strict=True))
    assert cells["threshold"] == cells["exact, of what is shown % [95 %]"] == NONE
    assert any("no threshold that shows 20 lines" in note for note in report.notes)
    assert report.to_json()["thresholds"]["python"]["threshold"] is None


def test_it_takes_the_held_out_files_and_the_3_gram_of_the_others(tmp_path):
    splits = {"kept": "heldout", "learnt": "train"}
    manifest = write_corpus(tmp_path, splits)
    with pytest.raises(InputError, match="no two files"):
        ghost.evaluate(ScriptedEngine([]), Request(FillOptions(), 8, 0, manifest, tmp_path), ignore)


def test_the_curve_of_every_row_is_in_the_json(cursors, request_):
    floor = NGramGhost(NGram(["return self.radius ** 2\n"]))
    report = ghost.report(Unsure(cursors), [floor], cursors[:120], cursors[120:], request_)
    content = json.loads(json.dumps(report.to_json()))
    assert list(content["curves"]) == ["unsure, python", "3-gram, python"]
    assert [row["floor"] for row in content["rows"]] == [False] * 3 + [True] * 3
    assert len(content["rows"][0]["outcomes"]) == len(content["items"]) == 120
    assert content["settings"]["options"]["canvas"] == GHOST.canvas


@given(st.lists(st.tuples(st.integers(0, 10), st.booleans()), max_size=120))
def test_the_least_threshold_that_is_good_enough_at_90_per_cent_confidence_is_chosen(drawn):
    strokes = [stroke(p / 10, exact and p > 0) for p, exact in drawn]

    def good(threshold: float) -> bool:
        shown = [s.exact for s in strokes if 0 < threshold <= s.confidence]
        enough = len(shown) >= ghost.LEAST_SHOWN
        return enough and wilson(sum(shown), len(shown), ghost.Z975)[0] >= ghost.AIM

    expected = [t / 10 for t in range(1, 11) if any(s.confidence == t / 10 for s in strokes)]
    assert least(strokes) == min(filter(good, expected), default=None)


def test_a_threshold_shows_what_is_at_least_as_sure():
    strokes = [stroke(0.9), stroke(0.5, exact=False), stroke(0.4), stroke(0.0)]
    found = Threshold.of(0.5, strokes)
    assert (found.exact.hits, found.exact.total) == (1, 2)
    assert (found.shown.hits, found.shown.total) == (2, 4)
    assert Threshold.of(None, strokes).shown.hits == 0


def test_the_curve_has_a_point_for_each_confidence_equal_ones_together():
    strokes = [stroke(0.5), stroke(0.9), stroke(0.5, exact=False), stroke(0.0)]
    assert curve(strokes) == {
        "threshold": [0.9, 0.5],
        "shown": [0.25, 0.75],
        "exact": [1.0, pytest.approx(2 / 3)],
    }


def test_the_3_gram_stops_before_what_follows_the_cursor_and_says_how_sure_it_is():
    engine = NGramGhost(NGram(["f(a, b)\nf(a, b)\nf(a, c)\n"]))
    task = FillTask("f(a)\n", (Span(3, 3),))
    (draft,) = engine.fill(task, FillOptions())
    assert isinstance(draft, Draft)
    assert draft.texts == (", b",)
    assert -1 < draft.score < 0
    (none,) = NGramGhost(NGram([])).fill(task, FillOptions())
    assert isinstance(none, Draft)
    assert none.texts == ("",)


SCRIPT = "const a = [1, 2]\nfunction f(x) {\n  return x + a[0] // not (this\n}\n"
GO = 'package p\n\nfunc f(x int) int {\n\treturn g(x, "a")\n}\n'


def test_of_a_folder_each_language_has_its_rows_and_its_threshold(tmp_path, request_):
    folder = tmp_path / "packages"
    for number in range(9):
        (folder / f"p{number}").mkdir(parents=True)
        (folder / f"p{number}/a.js").write_text(f"// {number}\n{SCRIPT}")
        (folder / f"p{number}/a.go").write_text(f"// {number}\n{GO}")
        (folder / f"p{number}/generated.js").write_text("x" * 600)
    engine = ScriptedEngine(repeat("1, 2]"))
    report = ghost.evaluate(engine, replace(request_, limit=40, data=folder), ignore)
    names = [row.name for row in report.rows if row.outcomes and not row.floor]
    assert names == [f"{engine.name}, go", f"{engine.name}, javascript"]
    assert [row.name for row in report.rows if row.outcomes and row.floor] == [
        "lookup, go",
        "3-gram, go",
        "lookup, javascript",
        "3-gram, javascript",
    ]
    assert set(report.thresholds) == {"go", "javascript"}
    assert [len(row.outcomes) for row in report.rows if row.outcomes] == [10] * 6
    assert all("generated" not in item["path"] for item in report.items)
    assert "20 cursors in 2 languages" in report.title


def test_fewer_than_two_cursors_for_each_language_are_told(tmp_path, request_):
    (tmp_path / "packages/p").mkdir(parents=True)
    for name in ("a.js", "a.go", "a.rs"):
        (tmp_path / "packages/p" / name).write_text("x\n")
    asked = replace(request_, limit=5, data=tmp_path / "packages")
    with pytest.raises(UsageError, match="too few for 3 languages"):
        ghost.evaluate(ScriptedEngine(["x"]), asked, ignore)


def test_a_folder_without_enough_of_any_language_is_told(tmp_path, request_):
    (tmp_path / "packages/p").mkdir(parents=True)
    (tmp_path / "packages/p/a.js").write_text(SCRIPT)
    asked = replace(request_, data=tmp_path / "packages")
    with pytest.raises(InputError, match="too few files"):
        ghost.evaluate(ScriptedEngine(["x"]), asked, ignore)
