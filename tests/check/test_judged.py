"""The grammar and a second judge: which of them counts when. Whole texts that they judge: `tests/cases`."""

from pathlib import Path

import pytest

from editdiff.check.base import new_problems
from editdiff.check.grammars import GRAMMARS
from editdiff.check.judged import LAGS, JudgedSyntaxChecker, ParserChecker
from editdiff.check.judges.table import JUDGES, WORTH, entry_of
from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.registry import guards
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.fix.run import fix
from editdiff.edits.fix.standards import Checks, Fewer
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.text.document import Document
from editdiff.text.span import Span

CHECKS = Checks(guards())


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch, newer_node) -> None:
    """A folder of no project, which declares nothing, and a node that knows TypeScript."""
    monkeypatch.chdir(tmp_path)


def text(source: str, name: str) -> Document:
    return Document.from_bytes(source.encode(), name)


def test_markers_of_git_in_a_string_are_no_conflict():
    inside = '"""\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n"""\n'
    assert CHECKS.problems(text(inside, "a.py")) == []


@pytest.mark.parametrize("line", ['print >>err, "x"\n', 'print "a" % (\n', "print f x\n"])
def test_no_print_statement_is_mended_otherwise(line):
    fixed = fix(text(f"x = 1\n{line}", "a.py"), ScriptedEngine(['print, "x"'] * 9), CHECKS)
    after = fixed.outcome.after.text if isinstance(fixed.outcome, Proposal) else ""
    assert "print," not in after


@pytest.mark.parametrize(
    ("statement", "old"),
    [
        ("raise\n    a, b = c", False),
        ('raise E, "x"', True),
        ("x <> y", True),
        ("print\n>> x", False),
    ],
)
def test_python_2_is_told_by_what_stands_in_one_line(statement, old):
    kept = [each.keep for each in CHECKS.problems(text(f"{statement}\nx = (1\n", "a.py"))]
    assert kept and ("it is Python 2, which is not translated" in kept) is old


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("a.py", "def f(x):\n    return x\n", "def f(x):\n    return return\n"),
        ("a.py", "def f(x, y):\n    pass\n", "def f(x, x):\n    pass\n"),
        ("a.js", "function f() { return 1; }\n", "function f() { return return; }\n"),
        ("a.js", "let a = 1;\nlet b = 2;\n", "let a = 1;\nlet a = 2;\n"),
        ("a.ts", "function f() { return; }\n", "function f() { return return; }\n"),
        ("a.c", "#include <x.h>\nint f() { return 1; }\n", "#include <x.h>\nint f() { return return; }\n"),
        ("a.java", "class A { int f() { return 1; } }\n", "class A { int f() { return return; } }\n"),
        ("a.css", "a { b: c }\n", "a { b: c\n"),
        ("a.json", '{"a": 1}\n', '{"a": 01}\n'),
        ("a.toml", "a = 1\nb = 2\n", "a = 1\na = 2\n"),
        ("a.yaml", "a: 1\n", "a: [1\n"),
        ("a.sh", "if a; then b; fi\n", "if a; then b;\n"),
    ],
)  # fmt: skip
def test_a_draft_that_breaks_the_syntax_brings_a_problem_whatever_is_in_doubt(name, good, bad):
    before, after = text(good, name), text(bad, name)
    assert any(
        new_problems(checker, before, after)
        for checker in guards()
        if checker.supports(before.language)
    )
    assert not any(new_problems(checker, after, before) for checker in guards())


def test_a_draft_in_a_syntax_that_only_the_grammar_does_not_know_brings_none():
    before, after = (
        text("x = 1\n", "a.py"),
        text("def f():\n    (bar.\nbaz)\n    files, set_me\n", "a.py"),
    )
    assert SyntaxChecker().check(after)
    assert not any(new_problems(checker, before, after) for checker in guards())


@pytest.mark.parametrize(
    "source",
    ["try:\n    a()\nexcept (A, B), error:\n    print error\n", "x = ur'a'\n", "raise A, 'b'\n"],
)
def test_python_2_is_reported_and_not_translated(source):
    (problem,) = CHECKS.problems(text(source, "a.py"))
    assert problem.keep
    fixed = fix(text(source, "a.py"), ScriptedEngine(["pass", "x"] * 9), CHECKS)
    assert isinstance(fixed.outcome, NoEdit)


def test_of_a_text_with_newer_syntax_only_the_fault_is_reported():
    source = 'type X = int\n\n\ndef f():\n    return t"a"\n\n\nx = (1\n'
    (problem,) = CHECKS.problems(text(source, "a.py"))
    assert source[: problem.span.start].count("\n") >= 7


def test_of_a_rejected_script_the_grammars_places_count_only_for_drafts_that_mend_it_all():
    problems = CHECKS.problems(text("cat <<'E'; b\nx\nE\nif a; then b\n", "a.sh"))
    assert [problem.whole for problem in problems if problem.source == "syntax"]
    assert all(problem.whole for problem in problems if problem.source == "syntax")


@pytest.mark.parametrize(
    ("name", "wrong", "draft"),
    [
        ("a.py", "[1 2]\n", "%pylab inline 1 2"),
        ("a.py", "[1 2]\n", "{% 1 2 %}"),
        ("a.json", "[1 2]\n", "[1, 2] // 3"),
        ("a.json", "[1 2]\n", "{{1, 2}}"),
    ],
)
def test_a_draft_after_which_nobody_can_judge_mends_nothing(name, wrong, draft):
    before, after = text(wrong, name), text(draft + "\n", name)
    judge = Fewer(before, Span(0, len(wrong) - 1), CHECKS)
    assert judge.check(after)
    assert not judge.check(text("[1, 2]\n", name))


def test_the_judge_is_not_asked_where_the_grammar_sees_nothing(monkeypatch):
    monkeypatch.setattr("editdiff.check.judged.judge_of", lambda entry: pytest.fail("asked"))
    assert JudgedSyntaxChecker().check(text("a: 1 # never seen\n", "a.yaml")) == []


def test_the_documentation_has_a_line_for_every_language_with_a_grammar():
    page = (Path(__file__).parents[2] / "docs" / "judges.md").read_text(encoding="utf-8")
    lines = [
        f"| {', '.join(e.languages)} | {e.tool} | {WORTH[e.trust]} | {e.blind} |" for e in JUDGES
    ]
    lines += [f"| {language} | {reason} |" for language, reason in LAGS.items()]
    assert [line for line in lines if line not in page.split("\n")] == []
    rest = set(GRAMMARS) - set(LAGS) - {language for e in JUDGES for language in e.languages}
    assert rest == {"go", "java", "rust"}
    assert "Go, Java and Rust" in page


def test_every_language_has_one_judge_at_most_and_python_a_checker_of_its_own():
    languages = [language for entry in JUDGES for language in entry.languages]
    assert len(languages) == len(set(languages))
    assert {x for x in languages if not ParserChecker().supports(x)} == {"python"}
    assert PythonCompileChecker().supports("python")
    assert entry_of("klingon") is None
