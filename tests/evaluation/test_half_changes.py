"""Files in the middle of a change: what is drawn, and what counts as mended."""

from pathlib import Path

import pytest

from editdiff.edits.fix.run import Fixed
from editdiff.edits.proposal import Effort, propose
from editdiff.engines.base import FillOptions
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks import half_changes
from editdiff.evaluation.benchmarks.everyday_faults import NAMES, checks_of_everyday, found
from editdiff.evaluation.benchmarks.half_changes import (
    ADDED,
    DECLINED,
    RESTORED,
    WRONG,
    Half,
    draw,
    mend,
)
from editdiff.evaluation.core.benchmark import Request
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.span import Span

OLD = """import os


def names(folder):
    found = []
    for entry in os.listdir(folder):
        found.append(entry)
    return found
"""
NEW = OLD.replace(
    "        found.append(entry)\n",
    "        if entry.startswith('.'):\n            continue\n        found.append(os.path.join(folder, entry))\n",
)


@pytest.fixture
def data(tmp_path) -> Path:
    for package in ("one", "two"):
        for version, text in (("1.0", OLD), ("1.1", NEW)):
            folder = tmp_path / package / version
            folder.mkdir(parents=True)
            for number in range(6):
                (folder / f"names{number}.py").write_text(text.replace("names", f"names{number}"))
            (folder / "broken.py").write_text(text + "def f(:\n")
            (folder / "same.py").write_text(OLD)
            (folder / "wide.py").write_text(f"{text}x = '{'a' * 500}'\n")
    (tmp_path / "ruff.toml").write_text(NAMES)
    return tmp_path


def test_changes_are_broken_off_in_a_line_and_both_versions_of_each_line_are_right(data, tmp_path):
    halves = draw(data, 10, 3, str(tmp_path))
    assert {half.package for half in halves} == {"one", "two"}
    for half in halves:
        name = Path(half.path).stem
        assert name.startswith("names")
        assert found(_document(half), checks_of_everyday()) == (True, False)
        old, new = (text.replace("names", name) for text in (OLD, NEW))
        assert {old, new} <= {*half.whole}
        lines = {*old.split("\n"), *new.split("\n")}
        (cut,) = [line for line in half.text.split("\n") if line not in lines]
        assert any(line.startswith(cut) for line in NEW.split("\n"))
    assert draw(data, 10, 3, str(tmp_path)) == halves


def _document(half: Half) -> Document:
    return Document(half.path, half.text, language=half.language)


BROKEN = OLD.replace("found.append(entry)", "found.append(ent")


@pytest.mark.parametrize(
    ("line", "result"),
    [("entry)", RESTORED), ("ent)", ADDED), ("en)", WRONG), ("ent", DECLINED)],
)
def test_what_became_of_it(line, result, monkeypatch):
    half = Half("one", "names.py", "python", BROKEN, (OLD,))

    def offered(document, *asked):
        text = OLD.replace("entry)\n", f"{line}\n")
        edits = Edits((TextEdit(Span(0, len(document.text)), text),))
        effort = Effort(0.0, 0, 0.0, 1, 0.75)
        return Fixed(propose(document, edits, [Span(0, len(document.text))], (), effort), (), ())

    monkeypatch.setattr(half_changes, "fix", offered)
    told = mend(half, ScriptedEngine([]), Request(FillOptions()))
    assert told.result == result
    assert told.confidence == (None if result == DECLINED else 0.75)


def test_it_tells_what_is_restored_beside_a_floor_without_a_model(data):
    told: list[tuple[str, int, int]] = []
    request = Request(FillOptions(), limit=2, seed=3, data=data)
    report = half_changes.evaluate(
        ScriptedEngine([]), request, lambda name, done, total: told.append((name, done, total))
    )
    model, floor = report.rows
    assert floor.floor
    assert not model.floor
    for row in report.rows:
        counts = [row.figures[name].value for name in (RESTORED, ADDED, WRONG, DECLINED)]
        assert sum(counts) == row.figures["states"].value == 2
    assert len(told) == 4
    assert report.to_json()["items"][0]["whole"]


@pytest.mark.parametrize("folder", ["none", "empty"])
def test_a_folder_without_such_packages_is_refused(tmp_path, folder):
    (tmp_path / "empty" / "package" / "1").mkdir(parents=True)
    with pytest.raises(InputError, match="no package of which a change"):
        draw(tmp_path / folder, 5, 0, str(tmp_path))
