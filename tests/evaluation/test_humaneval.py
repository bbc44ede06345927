import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
from evaluation_zoo import Knowing, write_corpus

from editdiff.engines.base import Draft, FillOptions, FillTask
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks.humaneval import (
    MULTI,
    RANDOM,
    RANDOM_LIGHT,
    SINGLE,
    Indented,
    Item,
    fill_and_test,
    indentation,
    rows_of,
)
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.floors import ngram_floor, simple_floors
from editdiff.evaluation.core.gaps import Gap
from editdiff.evaluation.core.runner import Filler
from editdiff.evaluation.core.sandbox import Sandbox, Verdict
from editdiff.evaluation.core.table import Share
from editdiff.text.span import Span

HEAD = 'def double(x):\n    """Return twice x."""\n'
CHECK = "\n\ndef check(candidate):\n    assert candidate(2) == 4\n    assert candidate(0) == 0\n\n"


def record(prompt: str, hidden: str, suffix: str, n: int = 0) -> dict[str, str]:
    return {
        "task_id": f"Own/{n}",
        "entry_point": "double",
        "prompt": prompt,
        "canonical_solution": hidden,
        "suffix": suffix,
        "test": CHECK,
    }


LINES = [
    record(HEAD, "    y = 2 * x\n", "    return y\n", 0),
    record(HEAD + "    y = 2 * x\n", "    return y\n", "", 1),
    record(HEAD + "    if x:\n", "        return 2 * x\n", "\n    return 0\n", 2),
    record(HEAD, "    values = [x for _ in range(2) if x is not None]\n", "    return sum(values)\n", 3),
]  # fmt: skip
SPANS = [
    record(HEAD + "    ret", "urn 2 *", " x\n", 0),
    record(HEAD + "    y = 2 * x", "\n    return y\n", "", 1),
]


def write(folder: Path, name: str, records: list[dict[str, str]]) -> Path:
    lines = "".join(json.dumps(one) + "\n" for one in records)
    (folder / name).write_bytes(gzip.compress(lines.encode()))
    return folder


def ignore(name: str, done: int, total: int) -> None:
    pass


@pytest.fixture
def request_(tmp_path) -> Request:
    write(tmp_path, SINGLE.file, LINES)
    write(tmp_path, RANDOM.file, SPANS)
    manifest = write_corpus(tmp_path, {"kept": "heldout", "learnt": "train"})
    return Request(FillOptions(drafts=2), 10, 0, manifest, tmp_path, tmp_path)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox() as running:
        yield running


@pytest.mark.parametrize("one", LINES + SPANS)
@pytest.mark.parametrize("whole_lines", [True, False])
def test_the_hidden_text_put_back_gives_upstreams_program(one, whole_lines):
    gap = Item.of(one, whole_lines).gap
    assert gap.fill(gap.truth) == one["prompt"] + one["canonical_solution"] + one["suffix"]


@pytest.mark.parametrize("one", LINES)
def test_the_line_break_behind_whole_lines_is_no_part_of_the_hidden_text(one):
    item = Item.of(one, whole_lines=True)
    assert item.gap.truth + "\n" == one["canonical_solution"]
    assert item.gap.task.text[item.gap.task.gaps[0].start :] == "\n" + one["suffix"]


@pytest.mark.parametrize("one", SPANS)
def test_a_random_span_is_hidden_as_it_is(one):
    item = Item.of(one, whole_lines=False)
    assert item.gap.truth == one["canonical_solution"]
    assert item.gap.task.text == one["prompt"] + one["suffix"]


def test_an_engine_learns_nothing_of_the_hidden_text_but_what_stands_around_it():
    short = record(HEAD, "    y = 2 * x\n", "    return y\n")
    long = record(HEAD, "    y = x\n    for _ in range(1):\n        y = y + x\n", "    return y\n")
    assert Item.of(short, True).gap.task == Item.of(long, True).gap.task
    assert Item.of(short, False).gap.task == Item.of(long, False).gap.task


@pytest.mark.parametrize(
    ("fill", "verdict", "exact", "parses"),
    [
        ("    y = 2 * x", (True, ""), True, True),
        ("    y = x + x", (True, ""), False, True),
        ("    y = x", (False, "AssertionError"), False, True),
        ("y = 2 * x", (False, "does not parse"), True, False),  # the indentation is to be written
        ("    y = (", (False, "does not parse"), False, False),
    ],
)
def test_a_fill_is_judged_by_its_test_its_text_and_its_syntax(fill, verdict, exact, parses, sandbox):  # fmt: skip
    filler = Filler("f", ScriptedEngine([fill]), FillOptions())
    (tested,) = fill_and_test([Item.of(LINES[0], True)], filler, sandbox, ignore)
    assert tested.verdict == Verdict(*verdict)
    assert (tested.outcome.exact, tested.outcome.parses) == (exact, parses)


def test_only_the_best_ranked_draft_counts(sandbox):
    drafts = [Draft(("    y = x",), -1.0, 3), Draft(("    y = 2 * x",), -2.0, 3)]
    filler = Filler("f", ScriptedEngine([drafts]), FillOptions())
    (tested,) = fill_and_test([Item.of(LINES[0], True)], filler, sandbox, ignore)
    assert not tested.verdict.passed
    assert tested.outcome.nfe == 3


def test_without_a_draft_nothing_passes(sandbox):
    one = record(HEAD + "    return 2 * x\n", "    # nothing is needed here\n", "")
    filler = Filler("f", ScriptedEngine([()]), FillOptions())
    (tested,) = fill_and_test([Item.of(one, True)], filler, sandbox, ignore)
    assert tested.verdict == Verdict(False, "no draft")


@pytest.mark.parametrize(
    ("before", "indent"),
    [("", ""), ("a\n", ""), ("  a\n\n", "  "), ("  if a:\n", "      "), ("\tif a:  \n", "\t    ")],
)
def test_floors_of_whole_lines_indent_as_the_line_above_says(before, indent):
    assert indentation(before) == indent


def test_floors_of_whole_lines_write_behind_that_indentation():
    before = "def f(a):\n    if a:\n"
    task = FillTask(before + "\n    return a\n", (Span(len(before), len(before)),))
    floors = [*simple_floors(), ngram_floor(["if a:\n        return 1\n"])]
    texts = {
        floor.name: next(iter(Indented(floor.name, floor).fill(task, FillOptions()))).texts[0]
        for floor in floors
    }
    assert texts["empty"] == ""
    assert texts["pass"] == "        pass"
    assert texts["line above"] == "        if a:"
    assert texts["3-gram"].startswith("        ")


def test_an_engine_that_knows_the_answers_passes_all(request_):
    gaps = [Item.of(one, True).gap for one in LINES]
    report = SINGLE.evaluate(Knowing(gaps), request_, ignore)
    best = report.rows[0]
    assert best.name == "oracle, best of 2 drafts"
    assert best.figures["passed"] == best.figures["exact"] == Share(4, 4)


def test_the_table_has_the_model_its_lengths_and_every_floor(request_):
    ticks = []
    report = SINGLE.evaluate(
        ScriptedEngine(["    pass"] * 50), request_, lambda *tick: ticks.append(tick)
    )
    names = [row[0].strip() for row in report.table.rows]
    assert names == [
        "scripted, best of 2 drafts", "of 1-7 tokens (3)", "of 16-31 tokens (1)",
        "scripted, greedy", "of 1-7 tokens (3)", "of 16-31 tokens (1)",
        "floor: empty", "floor: pass", "floor: line above", "floor: lookup", "floor: 3-gram",
    ]  # fmt: skip
    assert ticks[:4] == [("the hidden texts themselves", n, 4) for n in (1, 2, 3, 4)]
    assert ticks[-1] == ("3-gram", 4, 4)
    assert any("Published" in note for note in report.table.notes)


def test_random_spans_have_floors_without_indentation(request_):
    report = RANDOM.evaluate(ScriptedEngine([]), request_, ignore)
    floors = {row.name: row for row in report.rows if row.floor}
    assert {outcome["fill"] for outcome in floors["pass"].outcomes} == {"pass"}


def test_slices_by_length_share_out_all_items():
    hidden = [" ".join(["word"] * n) for n in (0, 1, 7, 8, 15, 16, 31, 32, 99)]
    items = [Item("t", Gap("p", "f.py", text, Span(0, len(text)), 1), "", "f") for text in hidden]
    outcome = ScriptedEngine(["x"] * len(items))
    filler = Filler("f", outcome, FillOptions())
    with Sandbox() as sandbox:
        tested = list(fill_and_test(items, filler, sandbox, ignore))
    everything, *slices = rows_of(filler, items, tested)
    assert [row.figures["passed"].total for row in slices] == [3, 2, 2, 2]
    assert everything.figures["passed"].total == 9


def test_a_hidden_text_that_fails_its_own_test_stops_the_benchmark(tmp_path, request_):
    write(tmp_path, SINGLE.file, [*LINES, record(HEAD, "    y = x\n", "    return y\n", 9)])
    with pytest.raises(InputError, match="Own/9 does not pass its own test here: AssertionError"):
        SINGLE.evaluate(ScriptedEngine([]), request_, ignore)


def test_a_smaller_limit_takes_a_part_of_a_larger_ones_items(request_):
    order = [item.task_id for item in SINGLE.items(request_)]
    two = SINGLE.evaluate(ScriptedEngine([]), replace(request_, limit=2), ignore)
    assert [item["task_id"] for item in two.to_json()["items"]] == order[:2]
    orders = [tuple(SINGLE.items(replace(request_, seed=seed))) for seed in range(5)]
    assert len(set(orders)) > 1
    assert all(set(one) == set(orders[0]) for one in orders)


def test_everything_is_written_for_programs(request_):
    content = SINGLE.evaluate(ScriptedEngine(["    pass"] * 50), request_, ignore).to_json()
    json.dumps(content)
    assert content["benchmark"] == "humaneval-single"
    assert content["settings"]["options"]["drafts"] == 2
    first = content["rows"][0]
    assert first["figures"]["passed"]["hits"] == 0
    assert {"fill", "passed", "why", "exact", "parses", "nfe", "seconds"} <= set(
        first["outcomes"][0]
    )


def test_the_data_have_to_be_named(request_):
    with pytest.raises(UsageError, match="needs its file HumanEval-SingleLine"):
        SINGLE.evaluate(ScriptedEngine([]), replace(request_, data=None), ignore)
    with pytest.raises(InputError, match="cannot read"):
        MULTI.evaluate(ScriptedEngine([]), request_, ignore)


def test_each_set_has_its_file():
    sets = (SINGLE, MULTI, RANDOM, RANDOM_LIGHT)
    assert len({one.file for one in sets}) == len({one.name for one in sets}) == 4
    assert [one.whole_lines for one in sets] == [True, True, False, False]
