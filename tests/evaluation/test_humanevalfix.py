import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from evaluation_zoo import write_corpus

from editdiff.engines.base import Draft, FillOptions, FillTask, Update
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.local.engine import LocalEngine
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks import humanevalfix
from editdiff.evaluation.benchmarks.humanevalfix import (
    Ranked,
    both,
    drafts,
    evaluate,
    most_doubtful,
    scored,
)
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.sandbox import Sandbox
from editdiff.evaluation.core.table import Share
from editdiff.evaluation.data.faulty import FILE, Item, Judge

HEAD = 'def double(x):\n    """Return twice x.\n\n    y = 2\n    """\n'
CHECK = "\n\n\n\n\ndef check(double):\n    assert double(2) == 4\n    assert double(5) == 10\n\ncheck(double)"


def record(buggy: str, right: str, n: int = 0) -> dict[str, str]:
    return {
        "task_id": f"Own/{n}",
        "entry_point": "double",
        "prompt": HEAD,
        "buggy_solution": buggy,
        "canonical_solution": right,
        "test": CHECK,
    }


RIGHT = "    # twice\n    y = 2 * x\n    return y\n"
RECORDS = [
    record("    # twice\n    y = 3 * x\n    return y\n", RIGHT, 0),
    record("    # twice\n    y = 2 * x\n    return x\n", RIGHT, 1),
    record("    # twice\n    y = x\n    return x\n", RIGHT, 2),
]


class Mender:
    """The local engine over an oracle that knows every program without its fault, line by line."""

    name = "mender"

    def __init__(self, items: Sequence[Item]) -> None:
        self._right = {item.text: item.right for item in items}

    def _local(self, task: FillTask) -> LocalEngine:
        (gap,), right = task.gaps, self._right[task.text]
        answer = right[gap.start :].split("\n")[0]
        return LocalEngine(OracleDenoiser((answer,)))

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        yield from self._local(task).fill(task, options)

    def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
        return self._local(task).score(task, texts)


def ignore(name: str, done: int, total: int) -> None:
    pass


def write(folder: Path, records: list[dict[str, str]]) -> Path:
    (folder / FILE).write_text("".join(json.dumps(one) + "\n" for one in records))
    return folder


@pytest.fixture
def request_(tmp_path) -> Request:
    manifest = write_corpus(tmp_path, {"kept": "heldout", "learnt": "train"})
    write(tmp_path, RECORDS)
    return Request(FillOptions(drafts=2), 10, 0, manifest, tmp_path, tmp_path)


@pytest.fixture(autouse=True)
def few_drafts(monkeypatch):
    monkeypatch.setattr(humanevalfix, "DRAFTS", 3)


def item(n: int = 0) -> Item:
    return Item.of(RECORDS[n])


def test_the_one_line_that_became_another_is_the_faulty_one():
    line = item().faulty
    assert item().old(line) == "y = 3 * x"
    assert item().fill(line, "y = 2 * x") == item().right


@pytest.mark.parametrize(
    "buggy",
    [
        RIGHT,  # nothing differs
        "    y = x\n    return x\n",  # several lines do
        "    # twice\n    return y\n",  # a line is missing
        "    # twice\n  y = 2 * x\n    return y\n",  # the indentation is at fault
        "    # twice\n\n    return y\n",  # there is no line to be shown
    ],
)
def test_other_faults_have_no_line_that_could_be_given(buggy):
    assert Item.of(record(buggy, RIGHT)).faulty is None


def test_the_task_shows_the_old_line_and_the_docstring_and_not_the_right_line():
    task = item().task(item().faulty)
    assert task.old == "y = 3 * x"
    assert "Return twice x." in task.text
    assert "2 * x" not in task.text + task.old


def test_lines_that_may_be_at_fault_are_code_of_the_solution():
    assert [item().old(line) for line in item().lines] == ["y = 3 * x", "return y"]


def test_the_call_of_check_is_left_to_the_sandbox():
    assert not item().test.rstrip().endswith("check(double)")
    with Sandbox() as sandbox:
        assert sandbox.run(item().right, item().test, "double").passed
        assert sandbox.run(item().text, item().test, "double").why == "AssertionError"


def test_a_draft_that_changes_nothing_is_no_candidate():
    script = [Draft((text,), -1.0, 1) for text in ("y = 3 * x", "y = 2 * x")]
    found = drafts(ScriptedEngine([script]), item(), item().faulty, FillOptions())
    assert [text for text, _ in found.contents] == ["y = 2 * x"]


def test_candidates_are_put_in_the_order_of_the_score():
    engine, line = Mender([item()]), item().faulty
    found = scored(engine, item(), line, ["y = 9 * 9", "y = 2 * x", "y = 2 * 9"])
    assert [text for text, _ in found.contents] == ["y = 2 * x", "y = 2 * 9", "y = 9 * 9"]


def test_two_lists_become_one_without_duplicates():
    one = Ranked([("a", -1.0), ("b", -5.0)], nfe=7, seconds=1.0)
    two = Ranked([("c", -2.0), ("a", -1.0)], nfe=0, seconds=0.5)
    assert both(one, two) == Ranked([("a", -1.0), ("c", -2.0), ("b", -5.0)], 7, 1.5)


def test_a_program_runs_once_however_many_ask_for_it():
    class Counting(Sandbox):
        runs = 0

        def run(self, program: str, test: str, entry_point: str):
            self.runs += 1
            return super().run(program, test, entry_point)

    with Counting() as sandbox:
        judge, line = Judge(sandbox), item().faulty
        for _ in range(3):
            assert judge.search(item(), line, ["y = x", "y = 2 * x"]).rank == 2
        assert sandbox.runs == 2


@pytest.mark.parametrize("n", [0, 1])
def test_the_most_doubtful_line_is_the_faulty_one_for_a_model_that_knows(n):
    repair = most_doubtful(Mender([item(n)]), item(n), FillOptions(drafts=3))
    assert repair.line == item(n).faulty
    assert item(n).fill(repair.line, repair.content) == item(n).right
    assert repair.nfe > 0 and repair.seconds > 0


def test_no_line_is_rewritten_without_a_draft_that_parses():
    class Stubborn(ScriptedEngine):
        def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
            return [0.0] * len(texts)

    same = [[Draft((text,), 0.0, 1)] for text in ("y = 3 * x", "(((")]
    assert most_doubtful(Stubborn(same), item(), FillOptions()) is None


def test_an_engine_that_knows_repairs_all_given_lines_and_finds_them(request_):
    items = [Item.of(one) for one in RECORDS]
    report = evaluate(Mender(items), request_, ignore)
    rows = {row.name: row.figures for row in report.rows}
    assert rows["line given: mender, best of 3 drafts"]["pass@1"] == Share(2, 2)
    assert rows["line given: both in mender's order"]["pass@1"] == Share(2, 2)
    assert rows["line given: unchanged"]["pass@100"] == Share(0, 2)
    alone = rows["no location: mender, best of 2 drafts"]
    assert alone["pass@1"].total == 3
    assert alone["pass@1"].hits >= 2
    assert alone["located"] == Share(2, 2)


def test_the_model_orders_mutations_better_than_blindly(request_):
    items = [Item.of(one) for one in RECORDS]
    report = evaluate(Mender(items), request_, ignore)
    rows = {row.name: row.figures for row in report.rows}
    assert rows["line given: mutation"]["pass@100"] == Share(2, 2)
    assert rows["line given: mutation"]["pass@1"] == Share(0, 2)
    assert rows["line given: mutations in mender's order"]["pass@1"] == Share(2, 2)
    against = next(note for note in report.notes if "mutations in mender's order, against" in note)
    assert "+0.0 points" in against


def test_every_row_is_in_the_table_and_every_item_in_the_json(request_):
    ticks = []
    report = evaluate(
        Mender([Item.of(one) for one in RECORDS]), request_, lambda *tick: ticks.append(tick)
    )
    floors = [row.name for row in report.rows if row.floor]
    assert floors == [
        *(
            f"line given: {name}"
            for name in ("mutation", "empty", "pass", "line above", "lookup", "3-gram", "unchanged")
        ),
        "no location: mutation of any line",
    ]  # fmt: skip
    content = report.to_json()
    json.dumps(content)
    assert sorted(one["task_id"] for one in content["items"]) == ["Own/0", "Own/1", "Own/2"]
    assert sorted(str(one["line"]) for one in content["items"]) == ["7", "8", "None"]
    assert content["settings"]["drafts_line_given"] == 3
    assert "2 of them faulty in one line" in report.table.title
    assert ticks[0] == ("the programs without their faults", 1, 3)


def test_a_program_that_fails_without_its_fault_stops_the_benchmark(tmp_path, request_):
    wrong = record("    return y\n", "    return x\n", 7)
    write(tmp_path, [*RECORDS, wrong])
    with pytest.raises(InputError, match="Own/7 without its fault does not pass"):
        evaluate(Mender([]), request_, ignore)


def test_an_engine_that_cannot_score_is_refused_before_any_work(request_):
    engine = ScriptedEngine([])
    with pytest.raises(UsageError, match="cannot say how likely"):
        evaluate(engine, request_, ignore)
    assert engine.tasks == []


def test_the_drafts_for_a_given_line_are_as_many_as_the_largest_budget(request_, monkeypatch):
    monkeypatch.undo()
    asked = []

    class Watched(Mender):
        def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
            asked.append((options.drafts, options.max_tokens))
            yield from super().fill(task, replace(options, drafts=1))

    evaluate(Watched([Item.of(one) for one in RECORDS]), replace(request_, limit=3), ignore)
    assert (100, 64) in asked and (2, 64) in asked
