"""What the bot makes of commits: they are drawn, judged and counted."""

import random
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from small_projects import write

from editdiff.ci.base import Fix
from editdiff.ci.base import Problem as Told
from editdiff.edits.proposal import Effort, Proposal, propose
from editdiff.edits.session import Session
from editdiff.engines.base import FillOptions
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.twin.engine import TwinEngine
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks import ci_bot
from editdiff.evaluation.benchmarks.ci_bot import evaluate, judge, meets, rows_of
from editdiff.evaluation.benchmarks.registry import BENCHMARKS
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.data import ci_packages, ci_texts
from editdiff.evaluation.data.ci_commits import KINDS, Commit, Fault, draw
from editdiff.evaluation.data.ci_packages import Package, opened
from editdiff.text.diff import diff
from editdiff.text.document import Document
from editdiff.text.span import Span

SHAPES = '''"""Shapes."""

import math


def area(width, height):
    """The area of a rectangle.

    Both sides are in the same unit.
    """
    total = width * height
    return total


def around(width, height):
    """The length of all sides of a rectangle."""
    both = width + height
    return 2 * both


def ring(outer, inner):
    """The area between two circles.

    The first one is the larger one.
    """
    if outer < inner:
        raise ValueError("the first one is the larger one")
    whole = math.pi * outer * outer
    hole = math.pi * inner * inner
    return whole - hole


def longest(sides):
    """The longest of some sides, and which it is.

    Of several the first one.
    """
    best = 0
    for place, side in enumerate(sides):
        if side > sides[best]:
            best = place
    return best, sides[best]
'''
TESTS = """import math

from shapes import area, around, longest, ring


def test_area():
    assert area(3, 4) == 12


def test_around():
    assert around(3, 4) == 14


def test_ring():
    assert ring(2, 1) == 3 * math.pi


def test_longest():
    assert longest([1, 5, 2, 5]) == (1, 5)
"""
README = "# Shapes\n\nShapes and what is known of them.\n\nThere is no more to say.\n"
PACKAGE = {"shapes.py": SHAPES, "tests/test_shapes.py": TESTS, "README.md": README}
COUNTED = "In 3 hours with 4 calls each there are 3 * 4 = 12 calls.\n"


def engine() -> TwinEngine:
    return TwinEngine(ChainDenoiser((SHAPES,) * 20), "chain")


def session() -> Session:
    return Session(engine)


def ignore(*told: object) -> None:
    pass


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    write(folder / "shapes-1.0", PACKAGE)
    write(
        folder / "failing-1.0", {**PACKAGE, "tests/test_more.py": "def test_it():\n    assert 0\n"}
    )
    write(folder / "pictures-1.0", {"picture.txt": "a picture"})
    (folder / "shapes-1.0.tar.gz").write_bytes(b"as it came")
    return folder


@pytest.fixture(scope="module")
def package(data, tmp_path_factory) -> Iterator[Package]:
    with ExitStack() as stack:
        (found,), reasons = opened(data, tmp_path_factory.mktemp("place"), stack)
        assert [reason.split(" is left out: ")[0] for reason in reasons] == [
            "failing-1.0",
            "pictures-1.0",
        ]
        yield found


def with_fault(
    package: Package, kind: str, path: str, old: str, new: str, right: str = ""
) -> Commit:
    text = right or package.text(path)
    assert text.count(old) == 1
    fault = Fault(kind, "by hand", path, diff(text, text.replace(old, new)))
    return Commit(package.name, ("comment",), {path: text}, (fault,))


def test_it_is_among_the_benchmarks():
    assert BENCHMARKS[ci_bot.NAME].target == ci_bot.__name__


@pytest.mark.parametrize("edit", [ci_texts.commented, ci_texts.documented, ci_texts.renamed])
def test_a_harmless_edit_is_one(edit):
    for seed in range(8):
        found = edit(SHAPES, random.Random(seed))
        assert found == edit(SHAPES, random.Random(seed))
        known: dict[str, object] = {}
        exec(compile(found.text, "shapes.py", "exec"), known)
        assert known["longest"]([1, 5, 2, 5]) == (1, 5)
        assert found.text != SHAPES and found.text.split("\n")[found.line] not in SHAPES.split("\n")


@pytest.mark.parametrize(
    "edit", [ci_texts.commented, ci_texts.documented, ci_texts.renamed, ci_texts.reckoned]
)
def test_where_there_is_no_place_for_a_harmless_edit_there_is_none(edit):
    assert edit("x = (", random.Random(1)) is None


def test_equations_that_are_told_hold_and_one_digit_is_made_wrong():
    found = ci_texts.reckoned(README, random.Random(2))
    first, second = found.text.split("\n")[found.line : found.line + 2]
    for sentence in (first, second):
        left, _, right = sentence.partition(" = ")
        numbers = [word for word in left.split(" ") if word.isdigit() or word in "*+"]
        assert eval(" ".join(numbers[-3:])) == int(right.split(" ")[0])
    wrong = [each.text for each in ci_texts.miscounted(found.text, found.line, random.Random(2))]
    assert len(wrong) == 2
    for text in wrong:
        assert sum(a != b for a, b in zip(text, found.text, strict=True)) == 1


@pytest.fixture(scope="module")
def commits(package) -> list[Commit]:
    return draw([package], 4, 5, ignore)


def test_commits_are_the_same_for_the_same_seed_and_of_a_longer_run_the_first_ones(
    package, commits
):
    assert commits[:2] == draw([package], 2, 5, ignore)
    assert commits[0] != draw([package], 1, 6, ignore)[0]


def test_each_kind_has_its_turn_and_every_third_commit_is_clean(commits):
    kinds = [tuple(fault.kind for fault in commit.faults) for commit in commits]
    assert kinds == [KINDS[0:2], KINDS[1:3], (), KINDS[2:4]]


def test_faults_are_seen_by_those_who_are_to_see_them_and_all_else_is_right(package, commits):
    for commit in commits:
        assert package.tested(commit.right).outcome.passed
        for path, text in commit.right.items():
            assert not package.found(path, text)
            assert commit.edits(path).invert(text).apply(commit.wrong[path]) == text
        for fault in commit.faults:
            wrong = fault.edits.apply(commit.right[fault.path])
            new = {source for source, _ in package.found(fault.path, wrong)}
            expected = {"ruff": {"ruff"}, "equation": {"math"}, "tests": set[str]()}
            assert new == expected.get(fault.kind, new) and (new or fault.kind == "tests")
            if fault.kind == "tests":
                assert package.tested({fault.path: wrong}).failing


@pytest.mark.parametrize(
    "story", [story.format(a=3, b=4, c=5, ab=12, abc=17) for story in sum(ci_texts._STORIES, ())]
)
def test_a_wrong_result_in_each_sentence_is_seen(package, story):
    text = f"{README}\n{story}\n"
    assert not package.found("README.md", text)
    wrong = re.sub(r"(?<= = )1(.)", r"9\1", text)
    assert {source for source, _ in package.found("README.md", wrong)} == {"math"}


@pytest.mark.parametrize(
    ("kind", "path", "old", "new"),
    [
        ("syntax", "shapes.py", "def around(width, height):", "def around(width, height:"),
        ("ruff", "shapes.py", "return total", "return totl"),
        ("ruff", "shapes.py", "import math\n", "import json\nimport math\n"),
        ("tests", "shapes.py", "total = width * height", "total = width + height"),
        ("equation", "README.md", "3 * 4 = 12", "3 * 4 = 17"),
    ],
)
def test_a_fault_that_the_bot_undoes_is_counted_as_right(package, kind, path, old, new):
    right = README + "\n" + COUNTED if kind == "equation" else ""
    judged = judge(with_fault(package, kind, path, old, new, right), package, session(), None)
    (outcome,) = judged.outcomes
    assert (outcome.result, outcome.reason) == ("right", "")
    assert outcome.judged.endswith("tests") == (kind == "tests")
    assert not judged.alarms and outcome.shown
    assert package.text("shapes.py") == SHAPES


def test_what_nobody_mends_is_declined_with_the_reason(package):
    commit = with_fault(
        package, "ruff", "shapes.py", "return whole - hole", "return nothing_like_it"
    )
    (outcome,) = judge(commit, package, session(), None).outcomes
    assert (outcome.result, outcome.shown) == ("declined", ())
    assert outcome.reason.startswith("ruff: ")


def test_of_a_clean_commit_nothing_is_proposed(package):
    text = SHAPES.replace("    best = 0\n", "    # first\n    best = 0\n")
    commit = Commit(package.name, ("comment",), {"shapes.py": text})
    judged = judge(commit, package, session(), None)
    assert (judged.outcomes, judged.alarms, judged.blamed) == ((), (), ())
    rows = rows_of([judged])
    assert [row.name for row in rows] == ["clean commits"]
    assert rows[0].figures["alarms"].to_json() == 0


def test_a_clean_commit_that_is_not_so_clean_is_an_alarm_and_told(package):
    text = SHAPES.replace("import math\n", "import json\nimport math\n")
    commit = Commit(package.name, ("comment",), {"shapes.py": text})
    judged = judge(commit, package, session(), None)
    (alarm,) = judged.alarms
    assert "json" in alarm.message and alarm.shown == (("import json\n", ""),)
    assert judged.blamed == (f"shapes.py:3: {alarm.message} [ruff]",)
    assert any(
        note.startswith("false alarm: shapes-1.0/shapes.py, ") for note in ci_bot._notes([judged])
    )


def fix_of(text: str, old: str, new: str) -> Fix:
    document = Document("shapes.py", text)
    edits = diff(text, text.replace(old, new))
    made = propose(document, edits, [Span(0, len(text))], (), Effort(0.0, 0, 0.0, 1))
    assert isinstance(made, Proposal)
    return Fix((Told("shapes.py", 1, "m", "syntax"),), made, "python")


def test_a_fix_is_of_the_fault_whose_lines_it_changes_and_wrong_if_it_is_another_text(package):
    commit = with_fault(package, "tests", "shapes.py", "return 2 * both", "return 3 * both")
    (fault,), wrong = commit.faults, commit.wrong["shapes.py"]
    there, elsewhere = fix_of(wrong, "3 * both", "4 * both"), fix_of(wrong, "best = 0", "best = 1")
    assert meets(there, commit, fault) and not meets(elsewhere, commit, fault)
    for new, result in (("4 * both", "wrong"), ("both * 2", "passes"), ("2 * both", "right")):
        made = ci_bot._outcome(
            commit, package, fault, [fix_of(wrong, "3 * both", new)], [], "", 1.0
        )
        assert (made.result, made.shown) == (
            result,
            (("    return 3 * both\n", f"    return {new}\n"),),
        )


def test_the_report_counts_by_kind_and_tells_who_is_left_out(data):
    request = Request(FillOptions(), limit=1, seed=5, data=data)
    heard = []
    report = evaluate(engine(), request, lambda *told: heard.append(told))
    assert report.title == "ci: 2 faults in 1 commits of shapes-1.0"
    assert [row.name for row in report.rows] == ["all faults", "syntax", "ruff"]
    every, *kinds = report.rows
    assert every.figures["faults"].to_json() == 2 == len(every.outcomes)
    for row in kinds:
        counts = [row.figures[result].to_json() for result in ci_bot.RESULTS]
        assert sum(counts) == row.figures["faults"].to_json() == 1
    assert every.figures["alarms"].to_json() == 0
    left_out = "failing-1.0 is left out: its tests do not pass"
    assert any(note.startswith(left_out) for note in report.notes)
    assert heard == [("commits made", 1, 1), ("chain", 1, 1)]
    assert [fault["kind"] for fault in report.items[0]["faults"]] == ["syntax", "ruff"]


@pytest.mark.parametrize("folder", [None, Path("nowhere")])
def test_without_packages_it_says_what_is_wanted(folder):
    with pytest.raises(InputError, match="--data"):
        evaluate(ScriptedEngine([]), Request(FillOptions(), data=folder), ignore)


def test_where_no_packages_tests_pass_it_says_why(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    write(tmp_path / "one", {**PACKAGE, "tests/test_shapes.py": "def test_it():\n    assert 0\n"})
    with pytest.raises(InputError, match="holds no package whose tests pass") as caught:
        evaluate(ScriptedEngine([]), Request(FillOptions(), data=tmp_path), ignore)
    assert "one is left out: its tests do not pass: 1 failed" in caught.value.hint


def test_tests_see_neither_secrets_nor_another_python(monkeypatch):
    monkeypatch.setenv("A_TOKEN", "abcdefghij")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    assert not {"A_TOKEN", "PYTHONPATH"} & set(ci_packages.environment())
