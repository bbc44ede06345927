import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.check.base import new_problems
from editdiff.check.leftovers import LEFTOVER, leftovers, without_merges
from editdiff.check.registry import guards
from editdiff.edits.fix.run import fix
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import NoEdit
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.text.document import Document

CHECKS = Checks(guards())
MERGE = "<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other\n"


def text(source: str, name: str = "a.py") -> Document:
    return Document.from_bytes(source.encode(), name)


def told(document: Document) -> list[tuple[int, str]]:
    """Lines, from 1, and messages of a document's problems."""
    problems = CHECKS.problems(document)
    return [(document.text[: p.span.start].count("\n") + 1, p.message) for p in problems]


HALVES = {
    "the first is gone": ("x = 1\n=======\nx = 2\n>>>>>>> it's mine\n", [2, 4]),
    "only the first is left": ("def f():\n<<<<<<< HEAD\n    return 1\n", [2]),
    "only the middle is left": ("x = 1\n=======\nx = 2\n", [2]),
    "only the last is left": ("x = (1 +\n>>>>>>> topic/a\n     2)\n", [2]),
    "the middle is gone": ("<<<<<<< HEAD\nx = 1\n>>>>>>> b\n", [1, 3]),
    "the last is gone": ("<<<<<<< HEAD\nx = 1\n=======\nx = 2\n", [1, 3]),
    "the ancestor's is left": ("x = 1\n||||||| 8a1c\nx = 0\n=======\nx = 2\n", [2, 4]),
    "what is left does not close": ("x = f(\n    1,\n=======\n    2,\n>>>>>>> b\n\n\ny = 1\n", [3, 5]),
    "what is left does not fit": ("def f():\n    x = (1 +\n=======\n    x = (2 +\n>>>>>>> b\n 1)\n", [3, 5]),
}  # fmt: skip


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_merge_that_is_settled_by_half_is_named_by_its_lines(half, ending):
    source, lines = HALVES[half]
    document = text(source.replace("\n", ending))
    assert told(document) == [(line, LEFTOVER) for line in lines]


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("a.c", "int x;\n", "int y;\n"),
        ("a.js", "let x = `\n=======\n`;\n", "let y;\n"),
        ("a.ts", "let x: number;\n", "let y;\n"),
        ("a.rs", "fn f() {\n", "}\n"),
        ("a.go", "package a\n", "var x = 1\n"),
        ("a.java", "class A {\n", "}\n"),
        ("a.css", "a {\n  b: c;\n", "  d: e;\n}\n"),
        ("b.css", "a {}\n", "b {}\n"),
        ("a.sh", "x=1\n", "y=2\n"),
        ("a.toml", "a = 1\n", "b = 2\n"),
        ("a.json", '{"a": 1,\n', '"b": 2}\n'),
        ("a.yaml", "a: 1\n", "b: 2\n"),
    ],
)
@pytest.mark.parametrize("marker", ["<<<<<<< HEAD", ">>>>>>> feature"])
def test_it_is_so_in_every_language_with_a_grammar(name, before, after, marker):
    source = f"{before}{marker}\n{after}"
    assert told(text(source, name)) == [(before.count("\n") + 1, LEFTOVER)]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.py", '"""Title\n=======\n\n>>>>>>> he wrote\n"""\nx = 1\n'),
        ("a.py", 's = """\n<<<<<<< HEAD\n"""\nx = (1\n'),
        ("a.py", '"""Title\n=======\n"""\nx = (1\n'),
        ("a.py", 'def f():\n    Title\n=======\n    is not so\n    """\n    return 1\n'),
        ("a.c", "/*\n=======\n>>>>>>> a\n*/\nint x\n"),
        ("a.js", "let s = `\n>>>>>>> a\n`; let = (;\n"),
        ("a.css", "a {}\n/*\n>>>>>>> a\n*/\n"),
        ("b.css", "/*\n<<<<<<< a\n=======\n>>>>>>> b\n*/\na {}\n"),
        ("a.sh", "cat <<E\n<<<<<<< HEAD\nE\n"),
        ("a.py", "    <<<<<<< HEAD\nx = 1\n"),
        ("a.py", "x = 1\n========\ny = 2\n"),
        ("a.py", "<<<<<<<HEAD\n"),
        ("a.md", "Title\n=======\n\n>>>>>>> he wrote\n<<<<<<< HEAD\n"),
        ("a.tex", "=======\n"),
        ("a.html", "<pre>\n>>>>>>> a\n</pre><p\n"),
        ("a.rst", "Title\n=======\n"),
    ],
)
def test_what_is_no_marker_or_stands_in_a_string_or_comment_is_none(name, source):
    assert leftovers(text(source, name)) == []
    assert LEFTOVER not in [message for _, message in told(text(source, name))]


@pytest.mark.parametrize("source", [HALVES[half][0] for half in HALVES])
def test_no_fix_edits_it(source):
    lines = source.split("\n")
    drafts = ["", "pass", *lines, "\n".join(lines[:1]), "x = 1\n", "x = 2\n"]
    fixed = fix(text(source), ScriptedEngine([[draft] for draft in drafts]), CHECKS)
    assert isinstance(fixed.outcome, NoEdit)
    assert not fixed.mended


def test_beside_a_whole_conflict_both_are_told():
    document = text(f"{MERGE}y = 1\n>>>>>>> older\n")
    assert [line for line, _ in told(document)] == [1, 7]
    assert told(document)[1][1] == LEFTOVER != told(document)[0][1]


@pytest.mark.parametrize("merge", [">>>>>>> other\n", MERGE])
def test_a_draft_that_breaks_the_text_beside_a_merge_brings_a_problem(merge):
    before, after = text(f"a = 1\n{merge}b = 2\n"), text(f"a = (\n{merge}b = 2\n")
    able = [checker for checker in guards() if checker.supports("python")]
    assert any(new_problems(checker, before, after) for checker in able)
    assert not any(new_problems(c, before, text(f"a = 3\n{merge}b = 2\n")) for c in able)


def test_without_merges_every_place_stays():
    document = text(f"a = 1\n>>>>>>> x\n{MERGE}b = 2\n".replace("\n", "\r\n"))
    bare = without_merges(document).text
    assert len(bare) == len(document.text)
    assert [line.strip() for line in bare.split("\r\n")] == [
        "a = 1",
        "",
        "",
        "x = 1",
        "",
        "",
        "",
        "b = 2",
        "",
    ]
    assert without_merges(text("x = 1\n")).text == "x = 1\n"


@pytest.mark.parametrize("name", ["a.c", "a.py"])
def test_another_fault_does_not_hide_a_marker_that_names_a_branch(name):
    source = "int x = (1;\n>>>>>>> feature\n"
    assert told(text(source, name)) == [(2, LEFTOVER)]


PIECES = st.sampled_from(
    ["<<<<<<< a", "=======", ">>>>>>> b", "||||||| c", "x = 1", '"""', "x = (", ")", "é"]
)


@given(st.lists(PIECES, max_size=10).map("\n".join), st.sampled_from(["a.py", "a.c", "a.md"]))
def test_what_is_told_are_whole_lines_of_markers_and_only_in_a_text_that_does_not_parse(
    source, name
):
    document = text(source, name)
    found = leftovers(document)
    assert all(span.slice(source) in source.split("\n") for span in found)
    assert all(span.slice(source)[:7] in {7 * sign for sign in "<=>|"} for span in found)
    assert not found or any(c.check(document) for c in guards() if c.supports(document.language))
