import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from evaluation_zoo import write_corpus

from editdiff.engines.base import Draft, FillOptions, FillTask, Update
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks import condefects
from editdiff.evaluation.benchmarks.condefects import Item, Proposed, repair, repair_row, unchanged
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.locate import (
    at_random,
    content_lines,
    longest,
    rank,
    ranked,
    surprise,
)
from editdiff.evaluation.core.same_code import forms, same

BUGGY = "n = int(input())\n\n# all of them\ntotal = 0\nfor i in range(n):\n    total += i - 2\nprint(total)\n"
FIXED = BUGGY.replace("i - 2", "i - 1")
ITEM = Item("own/1", BUGGY, FIXED, 5)


class Judge(ScriptedEngine):
    """Answers from a script, and finds every text as likely as its number says."""

    def __init__(self, script: Sequence[str | Sequence[Draft]] = (), **scores: float) -> None:
        super().__init__(script)
        self.scores = scores

    def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
        return [
            max((s for word, s in self.scores.items() if word in text), default=-5.0)
            for (text,) in texts
        ]


def record(item: Item) -> dict[str, object]:
    old, new = item.text.split("\n")[item.line], item.fixed.split("\n")[item.line]
    change = {
        "kind": "replace",
        "buggy_start": item.line,
        "buggy_lines": [old],
        "fixed_lines": [new],
    }
    return {"id": item.id, "buggy": item.text, "fixed": item.fixed, "ops": [change]}


@pytest.fixture
def request_(tmp_path) -> Request:
    items = [replace(ITEM, id=f"own/{i}") for i in range(6)]
    items.append(Item("own/moved", BUGGY, BUGGY.replace("print", "    print"), 6))
    lines = [json.dumps(record(item)) for item in items]
    (tmp_path / condefects.FILE).write_text("\n".join(lines), encoding="utf-8")
    manifest = write_corpus(tmp_path, {"learnt": "train"})
    return Request(FillOptions(drafts=2), 7, 0, manifest, tmp_path, tmp_path)


def ignore(name: str, done: int, total: int) -> None:
    pass


def hit(*texts: str) -> int | None:
    (seen,) = repair(ITEM, [Proposed(texts)])
    return seen.hit


def test_layout_comments_and_quotes_make_no_other_program():
    one, other, third, broken = forms(["x = 'a'  # b\n", 'x="a"', "x = 'b'", "x ="])
    assert one == other
    assert one != third
    assert broken is None


def test_a_program_without_a_tree_is_compared_by_its_text():
    assert same("x = \n", "x =", None, None)
    assert same("x =", "x =", None, "digest")
    assert not same("x =", "y =", None, None)
    assert not same("x = 1", "x = 1", "one digest", "another")


def test_a_hostile_program_only_has_no_tree():
    deep, fine = forms(["(" * 5000, "x"])
    assert deep is None
    assert fine is not None


def test_the_model_is_shown_the_old_line_without_its_indentation():
    assert ITEM.task.old == "total += i - 2"
    assert ITEM.task.gaps[0].slice(ITEM.text) == "total += i - 2"
    assert ITEM.fill("x") == BUGGY.replace("total += i - 2", "x")


def test_the_rank_of_the_first_right_candidate_counts():
    assert hit("total+=i-1") == 1
    assert hit("total = i", "total += (i - 1)") == 2
    assert hit("total = i") is None
    assert hit() is None


def test_candidates_that_are_the_old_program_are_passed_over():
    rows = [Proposed(["total += i-2  # same", "total += i - 1"]), unchanged(ITEM)]
    seen, old = repair(ITEM, rows)
    assert (seen.hit, seen.candidates) == (1, ["total += i - 1"])
    assert (old.hit, old.candidates) == (None, [])


def test_no_candidate_beyond_the_budget_counts():
    wrong = [f"total = {i}" for i in range(condefects.BUDGET)]
    assert hit(*wrong, "total += i - 1") is None
    assert hit(*wrong[1:], "total += i - 1") == condefects.BUDGET


def test_hits_at_k_are_those_among_the_first_k():
    outcomes = [
        condefects.Repaired(["x"], hit, nfe=4, seconds=2.0) for hit in (1, 2, 5, 6, 10, None)
    ]
    figures = repair_row("m", outcomes, floor=False).figures
    assert [figures[f"exact_at_{k}"].hits for k in (1, 5, 10)] == [1, 3, 5]
    assert figures["seconds"].value == 2.0
    assert "seconds" not in repair_row("m", outcomes, floor=True).figures


def test_the_model_puts_its_drafts_and_mutations_in_order():
    drafts = [Draft(("total = 7",), -1.0, 3)]
    engine = Judge([drafts], **{"7": -1.0, "i - 1": -2.0})
    model = condefects.Model(engine, FillOptions())
    proposed = model.drafts_and_mutations(ITEM)
    assert proposed.texts[0] == "total = 7"
    assert "i - 1" in proposed.texts[1]
    assert "i - 1" not in proposed.texts[-1]
    assert len(proposed.texts) > condefects.BUDGET
    assert model.drafts(ITEM).texts == ["total = 7"]
    assert len(engine.tasks) == 1


def test_lines_with_content_are_ranked_and_blank_ones_are_not():
    lines = content_lines("a = 1\n\n    b  \n\t\n# c")
    assert [(line.number, line.span.start, line.span.end) for line in lines] == [
        (0, 0, 5),
        (2, 11, 12),
        (4, 17, 20),
    ]


def test_the_least_likely_line_is_the_most_doubtful():
    order = ranked(BUGGY, surprise(Judge(**{"total +=": -9.0, "print": -7.0, "n =": -1.0}), "x.py"))
    assert order == [5, 6, 2, 3, 4, 0]
    assert rank(order, 6) == 2
    assert rank(order, 1) is None


def test_floors_know_only_lengths_and_chance():
    assert ranked(BUGGY, longest)[0] == 4
    assert ranked(BUGGY, at_random(0)) == ranked(BUGGY, at_random(0))
    firsts = {ranked(BUGGY, at_random(seed))[0] for seed in range(30)}
    assert firsts == {0, 2, 3, 4, 5, 6}


def test_the_report_has_repair_and_search_with_their_floors(request_):
    engine = Judge(["total += i - 1"] * 7, **{"i - 2": -20.0})
    result = condefects.evaluate(engine, request_, ignore)
    content = json.loads(json.dumps(result.to_json()))
    rows = {row["name"]: row for row in content["rows"]}
    assert list(rows) == [
        "scripted, 10 drafts",
        "scripted, drafts and 100 mutations",
        "the old line",
        "empty",
        "pass",
        "line above",
        "lookup",
        "3-gram",
        "mutation",
        "scripted, surprise of the line",
        "any line",
        "longest line",
    ]
    assert rows["scripted, 10 drafts"]["figures"]["exact_at_1"]["hits"] == 6
    assert rows["the old line"]["figures"]["exact_at_10"]["hits"] == 0
    assert {len(o["candidates"]) for o in rows["mutation"]["outcomes"]} == {10}
    assert [o["lines"] for o in rows["any line"]["outcomes"]] == [6] * 7
    assert {o["id"] for o in content["items"]} == {*(f"own/{i}" for i in range(6)), "own/moved"}
    assert "1 of the items need another indentation" in "\n".join(result.notes)
    assert engine.options[0].drafts == 10


def test_a_smaller_limit_draws_a_part_of_a_larger_one(request_):
    small, large = (
        condefects.read_items(replace(request_, limit=n, data=request_.data / condefects.FILE))
        for n in (3, 6)
    )
    assert large[:3] == small


def test_another_seed_draws_others(request_):
    drawn = {tuple(i.id for i in condefects.read_items(replace(request_, seed=s))) for s in (0, 1)}
    assert len(drawn) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"ops": []},
        {"ops": 3},
        {"buggy": None},
        {"ops": [{**record(ITEM)["ops"][0], "buggy_start": 99}]},
        {"ops": [{**record(ITEM)["ops"][0], "buggy_start": 3}]},
        {"ops": [{**record(ITEM)["ops"][0], "fixed_lines": ["a", "b"]}]},
    ],
)
def test_an_item_that_is_not_one_replaced_line_is_named(request_, tmp_path, change):
    file = tmp_path / "other.jsonl"
    file.write_text(json.dumps({**record(ITEM), **change}))
    with pytest.raises(InputError, match="item own/1 has not one replaced line"):
        condefects.evaluate(Judge(), replace(request_, data=file), ignore)


def test_an_engine_that_cannot_score_is_refused(request_):
    with pytest.raises(UsageError, match="cannot say how likely"):
        condefects.evaluate(ScriptedEngine([]), request_, ignore)


class Blind:
    """An engine without a draft."""

    name = "blind"

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        yield from ()


def test_without_a_draft_nothing_is_right():
    (seen,) = repair(ITEM, [condefects.Model(Blind(), FillOptions()).drafts(ITEM)])
    assert (seen.hit, list(seen.candidates), seen.nfe) == (None, [], 0)
