import json

import pytest
from evaluation_zoo import write_corpus

from editdiff.engines.base import FillOptions
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.twin.engine import TwinEngine
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks import tested_fixes
from editdiff.evaluation.benchmarks.registry import BENCHMARKS
from editdiff.evaluation.benchmarks.tested_fixes import InSandbox, Nobody, evaluate, mend, witnessed
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.sandbox import Sandbox
from editdiff.evaluation.data.faulty import FILE, Item, Judge
from editdiff.trials.proving import Edited
from editdiff.trials.told import IMPORTED, Frame

HEAD = 'def area(width, height):\n    """Return the area.\n\n    width of 2\n    """\n'
CHECK = "\n\n\n\n\ndef check(area):\n    assert area(3, 4) == 12\n    assert area(5, 5) == 25\n\ncheck(area)"
RIGHT = "    if not width:\n        return 0\n    total = width * height\n    return total\n"


def record(buggy: str, right: str = RIGHT, n: int = 0) -> dict[str, str]:
    return {
        "task_id": f"Own/{n}",
        "entry_point": "area",
        "prompt": HEAD,
        "buggy_solution": buggy,
        "canonical_solution": right,
        "test": CHECK,
    }


WRONG_SIGN = record(RIGHT.replace("*", "+"))
NEVER_ENDS = record(RIGHT.replace("    total", "    while height:\n        pass\n    total"), n=1)
MISSING = record(RIGHT.replace("    total = width * height\n", ""), n=2)
ENGINE = TwinEngine(ChainDenoiser((HEAD + RIGHT,) * 20), "chain")


@pytest.fixture
def request_(tmp_path) -> Request:
    manifest = write_corpus(tmp_path, {"kept": "heldout", "learnt": "train"})
    text = "".join(json.dumps(each) + "\n" for each in (WRONG_SIGN, MISSING))
    (tmp_path / FILE).write_text(text)
    return Request(FillOptions(drafts=2), 10, 0, manifest, tmp_path, tmp_path)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("PYTHONPATH", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tested_fixes, "HANGS", 5.0)


def ignore(name: str, done: int, total: int) -> None:
    pass


def test_it_is_among_the_benchmarks():
    assert BENCHMARKS[tested_fixes.NAME].target == tested_fixes.__name__


def test_pytest_tells_which_lines_the_test_of_a_program_runs():
    item = Item.of(WRONG_SIGN)
    early, case = witnessed(item)
    assert early.id == IMPORTED and HEAD.count("\n") + 1 not in early.lines[item.path]
    assert case.failed and case.message.split("\n")[0] == "AssertionError: assert 7 == 12"
    first = HEAD.count("\n") + 1
    assert case.lines[item.path] == {first, first + 2, first + 3}
    assert case.frames[-1].path == "test_area.py"


def test_where_an_error_is_raised_its_place_in_the_program_is_known():
    case = witnessed(Item.of(MISSING))[-1]
    assert "total" in case.message
    assert case.frames[-1] == Frame(Item.of(MISSING).path, HEAD.count("\n") + 3)


def test_of_a_program_that_never_ends_nothing_is_known(monkeypatch):
    monkeypatch.setattr(tested_fixes, "HANGS", 1.5)
    assert witnessed(Item.of(NEVER_ENDS)) == []


def test_a_try_is_run_in_the_sandbox():
    item = Item.of(WRONG_SIGN)
    with Sandbox() as sandbox:
        trial = InSandbox(Judge(sandbox), item)
        right = Edited(item.path, item.right.encode())
        assert trial.sees(item.path) and trial.passes(right) and trial.confirm(right).passed
        assert not trial.passes(Edited(item.path, item.text.encode()))


@pytest.mark.parametrize("engine", [Nobody(), ScriptedEngine([]), ENGINE])
def test_a_program_is_mended_and_what_it_took_is_known(engine):
    item = Item.of(WRONG_SIGN)
    with Sandbox() as sandbox:
        trial = InSandbox(Judge(sandbox), item)
        found = mend(item, engine, None, witnessed(item), trial, FillOptions())
    assert (found.passed, found.same, found.source) == (True, True, "mutation")
    assert found.text == item.right and found.tried >= 1
    assert found.place in (1, 2, 3)


def test_what_nobody_mends_is_counted_as_such():
    item = Item.of(record("    return 'nonsense'\n", n=3))
    with Sandbox() as sandbox:
        trial = InSandbox(Judge(sandbox), item)
        found = mend(item, Nobody(), None, [], trial, FillOptions())
    assert (found.passed, found.same, found.text, found.source) == (False, False, "", "")
    assert found.tried > 10


def test_the_report_compares_the_model_with_blind_mutation(request_):
    heard = []
    report = evaluate(ENGINE, request_, lambda name, done, total: heard.append((name, done, total)))
    names = [row.name for row in report.rows]
    assert names == ["chain", "mutation"]
    assert [row.floor for row in report.rows] == [False, True]
    assert set(report.rows[0].figures) == set(tested_fixes.COLUMNS)
    assert report.title == "fix-tests: 2 of 2 programs, nobody says where they are faulty"
    assert heard[-1] == ("chain", 2, 2)
    assert any(note.startswith("chain, against mutation within 1: ") for note in report.notes)
    assert any(note.startswith("who made what passes: ") for note in report.notes)
    assert {item["task_id"] for item in report.items} == {"Own/0", "Own/2"}
    blind = {each["source"] for each in report.rows[1].outcomes if each["passed"]}
    assert "mutation" in blind and blind <= {"mutation", "no line"}


def test_an_engine_without_a_network_is_refused(request_):
    with pytest.raises(UsageError, match="no network that could doubt"):
        evaluate(ScriptedEngine([]), request_, ignore)


def test_a_program_that_is_right_and_fails_its_test_is_refused(request_, tmp_path):
    (tmp_path / FILE).write_text(json.dumps(record("    return 1\n", "    return 2\n")) + "\n")
    with pytest.raises(InputError):
        evaluate(ENGINE, request_, ignore)
