import os
import shutil
import subprocess
import tempfile
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from text_zoo import ZOO, edits_of, related_texts, texts

from editdiff.text.diff import diff, hunks, patch, unified_diff, whole_words
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable
from editdiff.text.patch import parse_patch, patch_edits
from editdiff.text.span import Span

pairs = related_texts() | st.tuples(texts, texts)
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git_apply(patch_text: str, before: dict[str, bytes], *flags: str) -> dict[str, bytes]:
    """The files after a real `git apply` of the patch, in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in before.items():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_bytes(data)
        ours = {"GIT_CONFIG_NOSYSTEM": "1", "HOME": folder, "GIT_CEILING_DIRECTORIES": folder}
        done = subprocess.run(
            ["git", "apply", *flags, "-"],
            cwd=folder,
            env={"PATH": os.environ["PATH"]} | ours,
            input=patch_text.encode(),
            capture_output=True,
            timeout=30,
        )
        assert done.returncode == 0, done.stderr.decode() + patch_text
        return {name: (Path(folder) / name).read_bytes() for name in before}


@settings(deadline=None)
@given(pairs)
@example(("a\r\nb", "a\nb"))
@example(("a\nb", "a\r\nb"))
@example(("a\r", "a\r\n"))
@example(("\r\n\r\n", "\r\n"))
def test_the_edits_between_two_texts_lead_from_one_to_the_other(pair):
    before, after = pair
    assert diff(before, after).apply(before) == after


@settings(deadline=None, max_examples=300)
@given(st.data(), st.integers(0, 3))
def test_a_diff_by_known_edits_leads_to_the_same_text(data, context):
    before = data.draw(texts)
    edits = data.draw(edits_of(before))
    after = edits.apply(before)
    made = unified_diff(before, after, "a.py", context, edits)
    if before == after:
        assert made == ""
        return
    (file,) = parse_patch(made)
    assert patch_edits(file, before).apply(before) == after


def test_edits_far_apart_in_a_long_file_are_found_at_once():
    before = "a = 1\n" * 300_000
    edits = Edits((TextEdit(Span(4, 5), "2"), TextEdit(Span(len(before) - 2, len(before)), "3\n")))
    made = unified_diff(before, edits.apply(before), "a.py", 0, edits)
    assert made.partition("@@")[2] == (
        " -1 +1 @@\n-a = 1\n+a = 2\n@@ -300000 +300000 @@\n-a = 1\n+a = 3\n"
    )


@settings(deadline=None)
@given(pairs)
@example(("a\r\nb", "a\rb"))
@example(("a\r\nb", "a\nb"))
def test_no_edit_begins_or_ends_inside_crlf(pair):
    before, after = pair
    for edit in diff(before, after):
        for border in (edit.span.start, edit.span.end):
            assert before[max(0, border - 1) : border + 1] != "\r\n"


@settings(deadline=None)
@given(texts)
def test_equal_texts_have_no_edits_and_an_empty_diff(text):
    assert len(diff(text, text)) == 0
    assert unified_diff(text, text, "a") == ""


@pytest.mark.parametrize(
    ("before", "after", "edits"),
    [
        ("a = 1\nb = 2\n", "a = 1\nb = 3\n", [TextEdit(Span(10, 11), "3")]),
        ("a\nc\n", "a\nb\nc\n", [TextEdit(Span(2, 2), "b\n")]),
        ("a\nb\nc\n", "a\nc\n", [TextEdit(Span(2, 4), "")]),
        ("aa", "a", [TextEdit(Span(1, 2), "")]),
        ("a\r\nb\r\n", "a\nb\r\n", [TextEdit(Span(1, 3), "\n")]),
        (
            "a\nb\nc\nd\ne\n",
            "A\nb\nc\nd\nE\n",
            [TextEdit(Span(0, 1), "A"), TextEdit(Span(8, 9), "E")],
        ),
    ],
)
def test_edits_are_small(before, after, edits):
    assert list(diff(before, after)) == edits


def test_lines_that_repeat_often_do_not_make_the_edits_coarse():
    """`difflib` would by default ignore a line that makes up more than 1 % of a long text."""
    before = "a\nb\n" * 150
    assert [edit.text for edit in diff(before, "first\n" + before + "last\n")] == [
        "first\n",
        "last\n",
    ]


@settings(deadline=None)
@given(st.data())
def test_hunks_do_together_what_the_edits_do_inside_their_spans(data):
    text = data.draw(texts)
    edits = data.draw(edits_of(text))
    parts = [edit for hunk in hunks(edits, text) for edit in hunk.edits]
    assert Edits(tuple(parts)).apply(text) == edits.apply(text)
    for part in parts:
        assert any(edit.span.contains(part.span) for edit in edits)


@settings(deadline=None)
@given(st.data())
def test_between_two_hunks_lies_a_line_that_neither_changes(data):
    text = data.draw(texts)
    found = hunks(data.draw(edits_of(text)), text)
    table = LineTable(text)
    for above, below in pairwise(found):
        assert above.end < below.first
        kept = table.full(above.end)
        for edit in (*above.edits, *below.edits):
            assert edit.span.end <= kept.start or edit.span.start >= kept.end


@pytest.mark.parametrize(
    ("edits", "lines"),
    [
        ([(0, 1, "A"), (4, 5, "C")], [(0, 1), (2, 3)]),
        ([(0, 1, "A"), (2, 3, "B")], [(0, 2)]),
        ([(0, 2, "A\n"), (4, 6, "C\n")], [(0, 1), (2, 3)]),
        ([(0, 2, ""), (4, 5, "C")], [(0, 1), (2, 3)]),
        ([(0, 2, ""), (2, 3, "B")], [(0, 2)]),
        ([(1, 2, ""), (4, 5, "C")], [(0, 3)]),
        ([(2, 2, "x\n"), (4, 5, "C")], [(1, 1), (2, 3)]),
        ([(2, 2, "x"), (4, 5, "C")], [(1, 3)]),
        ([(0, 1, "A"), (2, 2, "x\n"), (6, 7, "D")], [(0, 1), (3, 4)]),
        ([(0, 8, "A\nb\nc\nD\n")], [(0, 1), (3, 4)]),
        ([(0, 8, "a\nb\nc\nd\n")], []),
    ],
)
def test_edits_of_the_same_or_of_adjacent_lines_share_a_hunk(edits, lines):
    edits = Edits(tuple(TextEdit(Span(start, end), text) for start, end, text in edits))
    assert [(hunk.first, hunk.end) for hunk in hunks(edits, "a\nb\nc\nd\n")] == lines


def test_a_unified_diff_reads_as_git_writes_it():
    before = "".join(f"{i}\n" for i in range(1, 13))
    assert unified_diff(before, before.replace("6\n", "six\n"), "src/a.py", context=1) == (
        "--- a/src/a.py\n+++ b/src/a.py\n@@ -5,3 +5,3 @@\n 5\n-6\n+six\n 7\n"
    )


@pytest.mark.parametrize(
    ("before", "after", "hunk"),
    [
        ("", "a\n", "@@ -0,0 +1 @@\n+a\n"),
        ("a\n", "", "@@ -1 +0,0 @@\n-a\n"),
        ("a", "a\n", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"),
        ("", "a\nb", "@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n"),
        ("a\rb\n", "a\rc\r\n", "@@ -1 +1 @@\n-a\rb\n+a\rc\r\n"),
        ("a\x0cb\u2028c\n", "d\n", "@@ -1 +1 @@\n-a\x0cb\u2028c\n+d\n"),
    ],
)
def test_hunks_of_awkward_texts(before, after, hunk):
    assert unified_diff(before, after, "x") == "--- a/x\n+++ b/x\n" + hunk


def test_a_far_change_is_a_hunk_of_its_own_and_the_context_is_as_asked():
    before = "".join(f"{i}\n" for i in range(40))
    after = before.replace("5\n", "five\n", 1).replace("30\n", "thirty\n")
    for context in (0, 1, 3, 5):
        text = unified_diff(before, after, "x", context)
        assert text.count("@@ -") == 2
        assert text.count("\n ") == 4 * context


@pytest.mark.parametrize(("between", "hunks"), [(5, 1), (6, 1), (7, 2)])
def test_changes_whose_context_meets_share_a_hunk(between, hunks):
    same = "".join(f"{i}\n" for i in range(between))
    assert unified_diff(f"a\n{same}b\n", f"A\n{same}B\n", "x").count("@@ -") == hunks


def test_a_name_with_a_space_is_closed_by_a_tab_for_other_patch_programs():
    assert unified_diff("", "a\n", "a b.py").startswith("--- a/a b.py\t\n+++ b/a b.py\t\n@@")


@needs_git
@settings(max_examples=40, deadline=None)
@given(st.lists(pairs, min_size=1, max_size=6), st.sampled_from([0, 1, 3]))
@example([("\n\r\n", "\r\n\n\n\r\n")], 1)  # repeated lines: context kept below the last change
def test_git_applies_the_diff_and_gets_the_same_bytes(changes, context):
    files = {f"f{i}.py": pair for i, pair in enumerate(changes) if pair[0] != pair[1]}
    text = "".join(unified_diff(*pair, name, context) for name, pair in files.items())
    flags = ["--unidiff-zero"] if context == 0 else []
    if text:
        after = git_apply(text, {name: pair[0].encode() for name, pair in files.items()}, *flags)
        assert after == {name: pair[1].encode() for name, pair in files.items()}


@needs_git
def test_git_applies_the_diff_of_every_kind_of_file():
    names = {f"{i} {kind}.txt": data for i, (kind, data) in enumerate(ZOO.items())}
    before = {name: Document.from_bytes(data, name) for name, data in names.items()}
    after = {
        name: document.with_text("é" + document.text + "\r\nlast")
        for name, document in before.items()
    }
    there = "".join(patch(before[name], after[name]) for name in names)
    back = "".join(patch(after[name], before[name]) for name in names)
    written = {name: document.to_bytes() for name, document in after.items()}
    assert git_apply(there, names) == written
    assert git_apply(back, written) == names


@needs_git
def test_git_finds_files_with_odd_names():
    names = [
        "plain.py",
        "./in/folder.py",
        "with space.py",
        "with space/and\ttab.py",
        'quote".py',
        "back\\slash.py",
        "line\nbreak.py",
        "café😀.py",
        'both é"\x7f.py',
        os.fsdecode(b"latin-\xe9.py"),
    ]
    text = "".join(unified_diff("a\nb\n", "a\nB\n", name) for name in names)
    before = dict.fromkeys(names, b"a\nb\n")
    assert git_apply(text, before) == dict.fromkeys(names, b"a\nB\n")


@pytest.mark.parametrize(
    ("text", "after", "old", "new"),
    [
        ("x = alpha_one + 1", "x = alpha_two + 1", "alpha_one", "alpha_two"),
        ("x = a - b", "x = a + b", "-", "+"),
        ("x = ab", "x = abc", "ab", "abc"),
        ("x = a b", "x = ab", "a b", "ab"),
        ("f(a)", "f(a, b)", "", ", b"),
        ("n = 12", "n = 13", "12", "13"),
        ("a", "a", "", ""),
    ],
)
def test_for_a_reader_an_edit_changes_whole_words_and_no_more(text, after, old, new):
    for edit in (TextEdit(Span(0, len(text)), after), *diff(text, after)):
        shown = whole_words(edit, text)
        assert (shown.span.slice(text), shown.text) == (old, new)


@given(pairs)
def test_edits_of_whole_words_lead_to_the_same_text(pair):
    before, after = pair
    edit = whole_words(TextEdit(Span(0, len(before)), after), before)
    assert Edits((edit,)).apply(before) == after
