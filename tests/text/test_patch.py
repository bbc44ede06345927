import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_zoo import ZOO, related_texts, texts

from editdiff.errors import InputError
from editdiff.text.diff import git_lines, patch, unified_diff
from editdiff.text.document import Document
from editdiff.text.patch import FilePatch, apply_patch, changed_spans, parse_patch
from editdiff.text.span import Span

pairs = (related_texts() | st.tuples(texts, texts)).filter(lambda pair: pair[0] != pair[1])
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
HEAD = "--- a/x.py\n+++ b/x.py\n"


def patched(before: str, patch_text: str) -> str:
    (file,) = parse_patch(patch_text)
    return apply_patch(Document.from_bytes(before.encode(), "x.py"), file).to_bytes().decode()


@settings(deadline=None)
@given(pairs, st.sampled_from([0, 1, 3]))
def test_a_diff_read_again_and_applied_gives_the_same_text(pair, context):
    before, after = pair
    assert patched(before, unified_diff(before, after, "x.py", context)) == after


@settings(deadline=None)
@given(pairs, st.sampled_from([0, 1, 3]))
def test_the_changed_spans_hold_all_that_is_new(pair, context):
    """The old text is what stands outside them, with the removed lines between."""
    before, after = pair
    (file,) = parse_patch(unified_diff(before, after, "x.py", context))
    spans = changed_spans(file, Document("x.py", after))
    added = [line.text for hunk in file.hunks for line in hunk.lines if line.mark == "+"]
    assert "".join(span.slice(after) for span in spans) == "".join(added)
    kept, done = "", 0
    for span in spans:
        kept += after[done : span.start]
        done = span.end
    removed = sum(len(line.text) for hunk in file.hunks for line in hunk.lines if line.mark == "-")
    assert len(kept + after[done:]) == len(before) - removed


@pytest.mark.parametrize("kind", ZOO)
def test_every_kind_of_file_goes_there_and_back(kind):
    before = Document.from_bytes(ZOO[kind], "x.txt")
    after = before.with_text("é" + before.text + "\r\nlast")
    (there,) = parse_patch(patch(before, after))
    (back,) = parse_patch(patch(after, before))
    assert apply_patch(before, there) == after
    assert apply_patch(after, back).to_bytes() == ZOO[kind]
    assert changed_spans(there, after)[0].start == 0


def test_a_patch_may_take_a_byte_order_mark_away_or_put_it_there():
    marked, plain = Document("x", "a\n", bom=True), Document("x", "a\n")
    for before, after in ((marked, plain), (plain, marked)):
        assert apply_patch(before, parse_patch(patch(before, after))[0]).bom == after.bom


def test_changed_lines_are_those_of_the_new_file():
    before = "".join(f"{n}\n" for n in range(1, 21))
    after = before.replace("2\n", "two\n2.5\n", 1).replace("9\n", "", 1).replace("20\n", "xx")
    (file,) = parse_patch(unified_diff(before, after, "x.py"))
    assert file.changed_lines == (range(1, 3), range(19, 20))
    spans = changed_spans(file, Document("x.py", after))
    assert [span.slice(after) for span in spans] == ["two\n2.5\n", "xx"]


@pytest.mark.parametrize("bom", [True, False])
def test_changed_spans_count_in_the_text_without_its_byte_order_mark(bom):
    before, after = Document("x", "a\nb\nc\n", bom=bom), Document("x", "A\nb\nC\n", bom=bom)
    (file,) = parse_patch(patch(before, after))
    assert changed_spans(file, after) == (Span(0, 2), Span(4, 6))


def test_changed_spans_of_another_text_are_refused():
    (file,) = parse_patch(unified_diff("a\n", "b\n", "x.py"))
    with pytest.raises(InputError, match=r"x\.py, hunk 1: line 1 differs"):
        changed_spans(file, Document("x.py", "a\n"))


@pytest.mark.parametrize(
    ("text", "file"),
    [
        ("--- x.py\n+++ x.py\n", FilePatch("x.py", "x.py")),
        ("--- a/x.py\n+++ a/x.py\n", FilePatch("a/x.py", "a/x.py")),
        ("--- a/x.py\n+++ b/x.py\n", FilePatch("x.py", "x.py")),
        ("--- a/x.py\r\n+++ b/x.py\r\n", FilePatch("x.py", "x.py")),
        ("--- i/x.py\n+++ w/x.py\n", FilePatch("x.py", "x.py")),
        ("--- a/x y\t\n+++ b/x y\t\n", FilePatch("x y", "x y")),
        ("--- x\t2026-01-01 00:00:00 +0000\n+++ x\t2026-01-02\n", FilePatch("x", "x")),
        ("--- /dev/null\n+++ b/x\n", FilePatch("", "x", status="new")),
        ("--- a/x\n+++ /dev/null\n", FilePatch("x", "", status="deleted")),
        (
            '--- "a/\\303\\251\\t\\".py"\n+++ "b/\\303\\251\\t\\".py"\n',
            FilePatch('é\t".py', 'é\t".py'),
        ),
        ("diff --git a/x y b/x y\nold mode 100644\nnew mode 100755\n", FilePatch("x y", "x y")),
        (
            "diff --git a/x b/x\nnew file mode 100644\nindex 0000000..e69de29\n",
            FilePatch("", "x", status="new"),
        ),
        (
            "diff --git a/x b/x\ndeleted file mode 100644\nindex e69de29..0000000\n",
            FilePatch("x", "", status="deleted"),
        ),
        (
            'diff --git a/b/x "b/b/\\ty"\nsimilarity index 90%\nrename from b/x\nrename to "b/\\ty"\n'
            'index 1..2 100644\n--- a/b/x\n+++ "b/b/\\ty"\n',
            FilePatch("b/x", "b/\ty", status="renamed"),
        ),
        (
            "diff --git a/x b/y\nsimilarity index 100%\ncopy from x\ncopy to y\n",
            FilePatch("x", "y", status="copied"),
        ),
        (
            "diff --git a/x b/x\nindex 1..2 100644\nBinary files a/x and b/x differ\n",
            FilePatch("x", "x", binary=True),
        ),
        (
            "diff --git a/x b/x\nindex 1..2 100644\nGIT binary patch\nliteral 3\nKcmYdhNCE\n\n",
            FilePatch("x", "x", binary=True),
        ),
    ],
)
def test_headers_are_read_as_git_and_diff_write_them(text, file):
    assert parse_patch("what it does\n\n" + text + "-- \n2.39\n\n") == (file,)


@pytest.mark.parametrize(
    ("before", "hunk", "after"),
    [
        ("a\n", "@@ -1 +1 @@ def f():\n-a\n+b\n", "b\n"),
        ("a\n\nb\n", "@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n", "a\n\nc\n"),  # a blank lost on the way
        ("a\n", "@@ -1 +1 @@\n-a\n+b\n\\ Pas de fin de ligne\n", "b"),
        ("a\r\n", "@@ -1 +1 @@\n-a\r\n+b\r\n", "b\r\n"),
        ("a", "@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n", "a\nb\n"),
        ("-- a\n", "@@ -1 +1 @@\n--- a\n+++ b\n", "++ b\n"),
        ("a\n", "@@ -1 +1 @@\n-a\n+b\n\n-- \n2.39\n", "b\n"),
        ("", "@@ -0,0 +1 @@\n+a\n", "a\n"),
        ("a\n", "@@ -1 +0,0 @@\n-a\n", ""),
    ],
)
def test_hunks_are_read_as_others_write_them(before, hunk, after):
    assert patched(before, HEAD + hunk) == after


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "names no file"),
        ("a = 1\n", "names no file"),
        ("@@ -1 +1 @@\n-a\n+b\n", "no file for '@@ -1"),
        (HEAD + "@@ -1,b +1 @@\n-a\n+b\n", "or it is no hunk's head"),
        ("diff --git a/x b/y\nindex 1..2\n", "names no file"),
        ("diff --cc x.py\nindex 1,2..3\n--- a/x.py\n+++ b/x.py\n@@@ -1,1 -1,1 +1,1 @@@\n", "merge"),
        (HEAD + "@@ -1 +1 @@\n-a\n", "hunk 1: it ends before"),
        (HEAD + "@@ -1 +1 @@\n-a\ndiff --git a/y b/y\n", "hunk 1: it ends before"),
        (HEAD + "@@ -1 +1 @@\n-a\n+b\n+c\n", "hunk 1: it has more lines"),
        (HEAD + "@@ -1 +1,2 @@\n-a\n-b\n+c\n+d\n", "hunk 1: it has other lines"),
        (HEAD + "@@ -1 +1 @@\n-a\n+b\n@@ -9 +9 @@\n-a\n+b", "hunk 2: the patch ends in the middle"),
        (HEAD + "@@ -0 +1 @@\n-a\n+b\n", "hunk 1: its head begins at line 0"),
        (HEAD + "@@ -1 +1 @@\n\\ No newline\n-a\n+b\n", "hunk 1: .* follows no line"),
        (
            HEAD + "@@ -1 +1 @@\n-a\n+b\n\\ No newline\n\\ No newline\n",
            "hunk 1: .* follows no line",
        ),
        (HEAD + "@@ -1,2 +1 @@\n-a\n\\ No newline\n-b\n+b\n", "hunk 1: .* is not the last"),
    ],
)
def test_a_damaged_patch_is_refused(text, message):
    with pytest.raises(InputError, match=message) as caught:
        parse_patch(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("before", "hunks", "message"),
    [
        ("a\nb\n", "@@ -1 +1 @@\n-b\n+c\n", r"hunk 1: line 1 differs: expected 'b\\n'.*'a\\n'"),
        ("x\na\n", "@@ -1 +1 @@\n-a\n+b\n", "hunk 1: line 1 differs"),
        (
            "a\nb\n",
            "@@ -1 +1 @@\n-a\n+A\n@@ -2,2 +1,0 @@\n-b\n-c\n",
            "hunk 2: the file ends before line 3",
        ),
        ("a\n", "@@ -5,0 +6 @@\n+b\n", "hunk 1: the file ends before line 6"),
        ("a\nb\n", "@@ -2 +2 @@\n-b\n+c\n@@ -1 +1 @@\n-a\n+c\n", "hunk 2: it begins before"),
        ("a", "@@ -1 +1 @@\n-a\n+b\n", "hunk 1: line 1 differs"),
        ("a\nb\n", "@@ -1 +1 @@\n-a\n+c\n\\ No newline\n", "hunk 1: it ends the file"),
        ("a", "@@ -1,0 +2 @@\n+b\n", "hunk 1: it adds lines after one without a newline"),
    ],
)
def test_a_hunk_that_does_not_fit_is_named(before, hunks, message):
    with pytest.raises(InputError, match=r"x\.py, " + message):
        patched(before, HEAD + hunks)


PIECES = [
    HEAD,
    "diff --git a/x.py b/x.py\n",
    "rename from x\n",
    "new file mode 100644\n",
    "@@ -1 +1 @@\n",
    "@@ -1,2 +1,0 @@\n",
    "@@ -0,0 +1 @@\n",
    "@@ -2,0 +3 @@\n",
    "-a\n",
    "+b\n",
    " a\n",
    "\n",
    "\r\n",
    "\\ No newline at end of file\n",
    "-- \n",
    "+c",
    '--- "a/\\777\\"\n',
]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=8), st.sampled_from(["", "a\n", "a\na\n", "a"]))
def test_what_looks_like_a_patch_is_refused_kindly_or_glues_no_lines(parts, before):
    try:
        (file, *_) = parse_patch(HEAD + "".join(parts))
        after = apply_patch(Document("x.py", before), file).text
    except InputError as error:
        assert error.hint
        return
    marks = [line.mark for hunk in file.hunks for line in hunk.lines]
    assert len(git_lines(after)) == len(git_lines(before)) + marks.count("+") - marks.count("-")


def test_other_line_endings_are_named_as_the_cause():
    with pytest.raises(InputError, match="differs") as caught:
        patched("a\r\n", HEAD + "@@ -1 +1 @@\n-a\n+b\n")
    assert "line endings" in caught.value.hint


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("--- /dev/null\n+++ b/x\n", "a new file"),
        ("--- a/x\n+++ /dev/null\n", "a deleted file"),
        ("diff --git a/x b/x\nBinary files a/x and b/x differ\n", "a change of bytes"),
    ],
)
def test_only_modifications_of_text_are_applied(header, kind):
    with pytest.raises(InputError, match=f"^x: the patch holds {kind}$"):
        patched("", header)


def git(folder: Path, *arguments: str) -> bytes:
    ours = {"GIT_CONFIG_NOSYSTEM": "1", "HOME": str(folder)}
    names = [f"GIT_{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")]
    environment = {"PATH": os.environ["PATH"]} | ours | dict.fromkeys(names, "n")
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=True,
        timeout=30,
    ).stdout


@needs_git
def test_what_git_writes_is_read(tmp_path):
    old = {"plain.py": "a\nb\n", "sp ace.py": "x", "t\té.py": "a\r\nb\rc\n", "gone.py": "q\n"}
    new = {"plain.py": "a\nB\n", "sp ace.py": "y\n", "t\té.py": "a\nb\rC\n", "come.py": "n\n"}
    moved = "".join(f"{n}\n" for n in range(20))
    git(tmp_path, "init", "-q")
    for files in (old | {"from.py": moved, "empty": "", "bin": "\0"}, new | {"to.py": moved + "x"}):
        for path in tmp_path.iterdir():
            if path.is_file():
                path.unlink()
        for name, text in files.items():
            (tmp_path / name).write_bytes(text.encode())
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-qm", "a change\n\n--- not a header\n@@ nor a hunk")
    for command in (["diff", "-M", "HEAD~", "HEAD"], ["format-patch", "-1", "--stdout"]):
        patches = {file.path: file for file in parse_patch(git(tmp_path, *command).decode())}
        assert {name: file.status for name, file in patches.items()} == {
            "plain.py": "modified",
            "sp ace.py": "modified",
            "t\té.py": "modified",
            "gone.py": "deleted",
            "come.py": "new",
            "to.py": "renamed",
            "empty": "deleted",
            "bin": "deleted",
        }
        assert [name for name, file in patches.items() if file.binary] == ["bin"]
        assert patches["to.py"].old_path == "from.py"
        assert apply_patch(Document("from.py", moved), patches["to.py"]).text == moved + "x"
        for name in old.keys() & new.keys():
            assert apply_patch(Document(name, old[name]), patches[name]).text == new[name]
