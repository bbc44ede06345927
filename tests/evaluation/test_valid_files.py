"""Files of other people's packages: drawn evenly, and what is reported of them is counted and named."""

from pathlib import Path

import pytest

from editdiff.engines.base import FillOptions
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks.valid_files import evaluate
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.data.folder_files import drawn


@pytest.fixture
def packages(tmp_path) -> Path:
    for package, count in (("large", 9), ("small", 2)):
        (tmp_path / package).mkdir()
        for number in range(count):
            (tmp_path / package / f"{number}.py").write_text(f"x = '{package}{number}'\n")
    (tmp_path / "small" / "again.py").write_text("x = 'small0'\n")
    (tmp_path / "small" / "picture.json").write_bytes(b"\0\1")
    (tmp_path / "small" / "odd.css").write_text("@media (400px <= width) { a { b: c } }\n")
    (tmp_path / "small" / "bad.toml").write_text("a = 1\nb = (2]\n")
    (tmp_path / "small" / "long.py").write_text("# " + "x" * 5000)
    (tmp_path / "small" / "README").write_text("no language\n")
    return tmp_path


def test_each_language_has_its_share_and_each_package_its_turn(packages):
    files = drawn(packages, 16, 1, 1000)
    assert {language: len(some) for language, some in files.items()} == {
        "css": 1, "json": 0, "python": 4, "toml": 1,
    }  # fmt: skip
    from_packages = [document.path.split("/")[-2] for document in files["python"]]
    assert sorted(from_packages) == ["large", "large", "small", "small"]
    assert files == drawn(packages, 16, 1, 1000)
    assert list(drawn(packages, 8, 1, 1000, ["css"])) == ["css"]


def test_every_text_is_drawn_once(packages):
    texts = [document.text for document in drawn(packages, 1000, 1, 1000)["python"]]
    assert len(texts) == len(set(texts)) == 11


@pytest.mark.parametrize("name", ["no-such", "small/README"])
def test_a_folder_without_files_is_told(packages, name):
    with pytest.raises(InputError, match="--data"):
        drawn(packages / name, 5, 1, 1000)
    with pytest.raises(InputError, match="no file of a known language"):
        drawn(packages, 5, 1, 1000, ["klingon"])


def test_what_is_reported_edited_and_not_judged_is_counted_and_named(packages):
    request = Request(FillOptions(), limit=100, data=packages)
    told = evaluate(ScriptedEngine(["b = [2]"] * 9), request, lambda *done: None)
    counts = {
        row.name: tuple(row.figures[key].to_json() for key in told.columns) for row in told.rows
    }
    assert counts == {
        "css": (1, 0, 0, 1), "json": (0, 0, 0, 0), "python": (12, 0, 0, 0), "toml": (1, 1, 1, 0),
    }  # fmt: skip
    (note,) = told.notes
    assert "bad.toml" in note
    assert "line 2" in note
    assert note.endswith("(edited)")
