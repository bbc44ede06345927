import json

import pytest
from evaluation_zoo import MODULE, sources, write_corpus

from editdiff.check.registry import guards
from editdiff.engines.base import FillOptions, FillTask
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks import syntax_faults
from editdiff.evaluation.benchmarks.syntax_faults import (
    LONGEST,
    Item,
    OnlySlips,
    RankedSlips,
    draw,
    judge,
)
from editdiff.evaluation.core.benchmark import Request
from editdiff.text.document import Document


def item(right: str, wrong: str) -> Item:
    return Item("p", "p/m.py", right, wrong, "bracket")


class Knowing:
    """Likes the line that was there."""

    name = "knowing"

    def __init__(self, line: str) -> None:
        self.line = line

    def score(self, task: FillTask, texts: list[tuple[str, ...]]) -> list[float]:
        return [100.0 * (text == self.line) for (text,) in texts]


def test_every_item_is_a_file_that_parsed_and_does_not_any_more():
    items = draw(sources(2, 3), 6, seed=1)
    assert len(items) == 6
    for found in items:
        before = Document(found.path, found.right, language="python")
        assert not any(checker.check(before) for checker in guards())
        assert any(checker.check(found.document) for checker in guards())
    assert len({found.kind for found in items}) > 1


def test_the_same_seed_draws_the_same_items_and_a_smaller_limit_the_first_of_them():
    files = sources(1, 3)
    assert draw(files, 2, 2) == draw(files, 3, 2)[:2]
    assert draw(files, 3, 2) != draw(files, 3, 3)


def test_long_files_and_files_with_problems_of_their_own_are_left_out():
    files = sources(1, 2)
    long, broken = (MODULE + "x = 1\n" * LONGEST), MODULE + "(\n"
    odd = [type(files[0])("p", "p/long.py", long), type(files[0])("p", "p/broken.py", broken)]
    assert {found.path for found in draw([*files, *odd], 9, 0)} == {file.path for file in files}


def test_a_fix_that_brings_the_original_back_is_equal():
    broken = item("x = g(1)\n", "x = g(1\n")
    outcome = judge(broken, RankedSlips(Knowing("x = g(1)")), FillOptions())
    assert (outcome.offered, outcome.parses, outcome.equal, outcome.equal_but_space) == (True,) * 4


def test_another_program_is_not_equal_and_white_space_is_told_apart():
    broken = item("if x :\n    pass\n", "if x \n    pass\n")
    spaced = judge(broken, RankedSlips(Knowing("if x: ")), FillOptions())
    assert (spaced.equal, spaced.equal_but_space) == (False, True)
    two = item("x = f(a)(b)\n", "x = f(a(b)\n")
    other = judge(two, RankedSlips(Knowing("x = f(a(b))")), FillOptions())
    assert (other.offered, other.parses, other.equal_but_space) == (True, True, False)


def test_what_cannot_be_fixed_has_a_reason():
    outcome = judge(item("class A:\n    x\n", "zz A:\n    x\n"), OnlySlips(), FillOptions())
    assert (outcome.offered, outcome.parses, outcome.equal) == (False, False, False)
    assert outcome.reason.startswith("no problem of 2")


def test_the_table_has_the_model_the_slips_it_ranks_and_the_slips_alone(tmp_path):
    manifest = write_corpus(tmp_path, {"kept": "heldout", "learnt": "train"})
    request = Request(FillOptions(drafts=2), 1, 0, manifest, tmp_path)
    ticks = []

    class Scored(ScriptedEngine):
        def score(self, task: FillTask, texts: list[tuple[str, ...]]) -> list[float]:
            return [0.0] * len(texts)

    report = syntax_faults.evaluate(Scored([]), request, lambda *tick: ticks.append(tick))
    names = ["scripted", "slips, ranked by the model", "slips"]
    assert [(row.name, row.floor) for row in report.rows] == list(
        zip(names, (False, True, True), strict=True)
    )
    assert ticks == [(name, 1, 1) for name in names]
    told = json.loads(json.dumps(report.to_json()))
    assert told["items"][0]["package"] == "kept"
    assert len(told["rows"][0]["outcomes"]) == 1
    assert "held-out packages (kept)" in report.table.plain()


def test_without_scores_the_model_cannot_rank(tmp_path):
    manifest = write_corpus(tmp_path, {"kept": "heldout"})
    request = Request(FillOptions(drafts=2), 1, 0, manifest, tmp_path)
    report = syntax_faults.evaluate(ScriptedEngine([]), request, lambda *tick: None)
    assert [row.name for row in report.rows] == ["scripted", "slips"]


def test_a_manifest_that_holds_nothing_out_is_refused(tmp_path):
    request = Request(FillOptions(), 4, 0, write_corpus(tmp_path, {"a": "train"}), tmp_path)
    with pytest.raises(InputError, match="holds out no file"):
        syntax_faults.evaluate(ScriptedEngine([]), request, lambda *tick: None)
