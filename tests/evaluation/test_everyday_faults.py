"""Faults as people make them: each kind makes them, those that are noticed count, and what is right is told."""

import random
from pathlib import Path

import pytest

from editdiff.check.registry import guards
from editdiff.edits.fix.standards import Checks
from editdiff.engines.base import FillOptions
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks import everyday_faults
from editdiff.evaluation.benchmarks.everyday_faults import Item, draw, judge, same
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.data.everyday_kinds import KINDS
from editdiff.text.document import Document

PYTHON = '''"""A module."""
import os
from pathlib import Path


class Shelf:
    def __init__(self, books, limit):
        self.books = [books, "none"]
        self.limit = limit

    def take(self, number, hint):
        """Take one."""
        if number == self.limit and not hint or self.size() + number < 3:
            total = number
            total += 1
            print(total, hint)
            return Path("shelf", hint)
        elif number == 3:
            # nothing is left
            return os.path.join("shelf", self.name(hint))
        return None

    def size(self):
        return 3 if not self.books else 4

'''
SCRIPT = """const a = [1, 2];
// a comment
function f(b) {
  if (b === 1) {
    return a.map(c, "d");
  } else if (b) {
    return null;
  }
}
"""
JSON = '{\n  "a": [true, 2],\n  "b": null,\n  "c": "d"\n}\n'
TEXTS = {
    "python": PYTHON, "javascript": SCRIPT, "typescript": SCRIPT, "json": JSON,
    "toml": 'a = "b"\nc = [1, 2]\nd = true\n', "yaml": "a:\n  b: [c, 'd']\n  e: true\n",
    "shellscript": 'if [ "$a" = 1 ]; then\n  echo "$(b)" c\nfi\n',
}  # fmt: skip


@pytest.mark.parametrize(("kind", "language"), [(k, x) for k in KINDS for x in KINDS[k].languages])
def test_a_kind_changes_one_place_of_a_text_the_same_for_the_same_seed(kind, language):
    text = TEXTS[language]
    made = [KINDS[kind].apply(text, random.Random(seed)) for seed in range(20)]
    again = [KINDS[kind].apply(text, random.Random(seed)) for seed in range(20)]
    assert made == again
    assert any(new is None or new != text for new in made)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_place_in_an_ordinary_text_and_none_in_an_empty_one(kind):
    assert any(KINDS[kind].apply(TEXTS[x], random.Random(3)) for x in KINDS[kind].languages)
    for seed in range(5):
        assert len(KINDS[kind].apply("", random.Random(seed)) or "") <= 1


@pytest.fixture
def packages(tmp_path) -> Path:
    for package in ("one", "two"):
        (tmp_path / "data" / package).mkdir(parents=True)
        for number in range(2):
            text = PYTHON.replace("shelf", f"{package}{number}")
            (tmp_path / "data" / package / f"m{number}.py").write_text(text)
    (tmp_path / "data" / "one" / "broken.py").write_text(PYTHON + "x = (\n")
    (tmp_path / "data" / "one" / "picture.json").write_bytes(b"\0" * 1000)
    (tmp_path / "data" / "one" / "j.json").write_text(JSON.replace("d", "d" * 300))
    return tmp_path / "data"


def test_only_what_was_right_is_broken_and_every_fault_is_noticed(packages, tmp_path):
    (tmp_path / "ruff.toml").write_text(everyday_faults.NAMES)
    items = draw(packages, 60, 1, str(tmp_path))
    assert items == draw(packages, 60, 1, str(tmp_path))
    assert len({item.kind for item in items}) > 30
    assert {item.language for item in items} == {"python", "json"}
    checks = Checks(guards())
    for item in items:
        assert not checks.problems(Document(item.path, item.right, language=item.language))
        assert "x = (\n" not in item.right
        assert item.wrong != item.right
    assert any("F821" not in item.kind and "misspelt" in item.kind for item in items)


@pytest.mark.parametrize(
    ("draft", "result"),
    [("x = [1]", "restored"), ("x = [ 1 ]", "restored"), ("x = [-1]", "wrong")],
)
def test_what_is_offered_is_right_if_it_is_what_stood_there_or_means_the_same(draft, result):
    item = Item("k", "a.py", "python", "x = [1]\ny = 2\n", "x = [1$]\ny = 2\n")
    outcome = judge(item, ScriptedEngine([draft] * 20), FillOptions())
    assert outcome.result == result
    assert outcome.seconds >= 0


def test_what_is_left_is_declined_with_a_reason():
    item = Item("k", "a.json", "json", '{"a": 1}', '{"a": }')
    outcome = judge(item, ScriptedEngine([]), FillOptions())
    assert (outcome.result, outcome.after) == ("declined", "")
    assert outcome.reason


@pytest.mark.parametrize(
    ("language", "text", "other", "expected"),
    [
        ("json", '{"a": 1}', '{ "a":1 }', True), ("json", "[1]", "[2]", False), ("json", "[", "[ ", False),
        ("toml", "a = 'b'", 'a = "b"', True), ("python", "x = 'a'", 'x = "a"', True),
        ("python", "(", "( ", False), ("javascript", "a", "a ", True), ("javascript", "a", "b", False),
        ("klingon", "a", "a ", False),
    ],
)  # fmt: skip
def test_texts_are_the_same_where_they_mean_the_same(language, text, other, expected):
    assert same(language, text, other) is expected


def test_the_report_counts_by_kind(packages, monkeypatch):
    monkeypatch.setattr(everyday_faults, "LIMITS", everyday_faults.Limits(seconds=0.0))
    request = Request(FillOptions(), limit=6, seed=2, data=packages)
    told = everyday_faults.evaluate(ScriptedEngine([]), request, lambda *done: None)
    assert len(told.items) == 6
    every = told.rows[0]
    assert every.figures["faults"].to_json() == 6
    assert every.figures["declined"].to_json() == 6
    *_, floor = told.rows
    assert floor.floor
    assert floor.figures["faults"].to_json() == 6
    assert len(told.rows) == 2 + len({item["kind"] for item in told.items})


@pytest.mark.parametrize("folder", [None, Path("nowhere"), Path(__file__).parent / "no-such"])
def test_without_a_folder_there_is_nothing_to_draw_from(folder):
    with pytest.raises(InputError, match="--data"):
        draw(folder, 5, 1, "")
