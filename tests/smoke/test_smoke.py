"""The few things that every installation has to do, with the model that comes with it.

What a model says changes with its weights; so the gaps are chosen such that the outcome does not:
nearly any words can stand in a docstring, and only `import` between `from x` and a name.
"""

import os
import re
import sys
from subprocess import CompletedProcess

import pytest

HEAD = b'def area(width, height):\n    """Return the area.\n\n'
LINE = b"    Both sides are lengths.\n"
TAIL = b'    """\n    return width * height\n'
AREA = HEAD + LINE + TAIL
AT = "4"
"""The line of `AREA` that is filled."""
TWICE = b"""\
class Point:
    def move(self, x, y):
        self.x = x
        self.y = y


class Place:
    def move(self, x, y):
        self.x = x
        self.y = y
"""
"""Whatever else stands for `import`, columns 9 to 14, breaks the syntax; itself is no change."""

LIBRARY = """
import sys, editdiff
for name in editdiff.__all__:
    getattr(editdiff, name)
document = editdiff.Document.from_bytes(sys.stdin.buffer.read(), "area.py")
start = document.text.index("    Both")
span = editdiff.Span(start, document.text.index("\\n", start))
outcome = editdiff.infill(document, [span], editdiff.choose(), checkers=[editdiff.SyntaxChecker()])
print(editdiff.__version__, type(outcome).__name__, "torch" in sys.modules)
"""


def version_of(done: CompletedProcess[bytes]) -> str:
    found = re.fullmatch(rb"editdiff (\d+\.\d+\.\d+\S*)\r?\n", done.stdout)
    assert found, done
    return found[1].decode()


def test_the_command_and_the_module_tell_the_same_version(editdiff, start):
    module = start([sys.executable, "-m", "editdiff", "--version"])
    assert version_of(editdiff("--version")) == version_of(module)


def test_the_help_names_the_commands(editdiff):
    done = editdiff("--help")
    assert done.returncode == 0, done.stderr
    assert {b"infill", b"models", b"demo"} <= set(done.stdout.split())


def test_the_built_in_model_is_there_and_whole(editdiff):
    listed, described = editdiff("models"), editdiff("models", "nano")
    assert re.search(rb"^nano .* M parameters .* default", listed.stdout, re.M), listed
    assert described.returncode == 0, described.stderr
    facts, card = described.stdout.split(os.linesep.encode() * 2)
    assert {b"tokenizer", b"sha256", b"context"} <= set(facts.split())
    assert card.strip()


def test_the_library_fills_a_gap_without_torch(editdiff, start):
    done = start([sys.executable, "-c", LIBRARY], stdin=AREA)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().split() == [version_of(editdiff("--version")), "Proposal", "False"]


def test_a_proposal_is_a_patch_of_its_region_and_the_same_for_the_same_seed(editdiff, tmp_path):
    (tmp_path / "area.py").write_bytes(AREA)
    command = ("infill", "area.py", "--lines", AT, "--diff", "--seed", "3")
    done, again = editdiff(*command), editdiff(*command)
    assert done.returncode == 0, done.stderr
    assert done.stdout == again.stdout
    old_name, new_name, _, *hunk = done.stdout.splitlines(keepends=True)
    assert (old_name, new_name) == (b"--- a/area.py\n", b"+++ b/area.py\n")
    assert [line for line in hunk if line.startswith(b"-")] == [b"-" + LINE]
    before = b"".join(line[1:] for line in hunk if line.startswith((b" ", b"-")))
    after = b"".join(line[1:] for line in hunk if line.startswith((b" ", b"+")))
    assert_filled(AREA.replace(before, after), HEAD, TAIL)
    assert (tmp_path / "area.py").read_bytes() == AREA


def test_regions_of_two_files_are_written(editdiff, tmp_path):
    for name in ("one.py", "two.py"):
        (tmp_path / name).write_bytes(AREA)
    done = editdiff("infill", f"one.py:{AT}", f"two.py:{AT}", "--write")
    assert done.returncode == 0, done.stderr
    for name in ("one.py", "two.py"):
        assert b"+++ b/" + name.encode() in done.stdout
        assert_filled((tmp_path / name).read_bytes(), HEAD, TAIL)


def test_nothing_but_the_region_of_a_file_with_crlf_changes(editdiff, tmp_path):
    head, tail = (
        (b"\xef\xbb\xbf" + HEAD).replace(b"\n", b"\r\n"),
        TAIL + "# Länge\r\n\tend".encode(),
    )
    (tmp_path / "area.txt").write_bytes(head + LINE.replace(b"\n", b"\r\n") + tail)
    done = editdiff("infill", "area.txt", "--lines", AT, "--write", "--quiet")
    assert done.returncode == 0, done.stderr
    assert_filled((tmp_path / "area.txt").read_bytes(), head, tail, ending=b"\r\n")


def test_standard_input_comes_out_filled(editdiff, tmp_path):
    done = editdiff("infill", "-", "--path", "area.py", "--lines", AT, "--write", stdin=AREA)
    assert done.returncode == 0, done.stderr
    assert_filled(done.stdout, HEAD, TAIL)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="tests are confined on Linux")
def test_an_edit_with_which_tests_pass_is_found_and_written(editdiff, tmp_path):
    wrong = b"def area(width, height):\n    return width + height\n"
    tests = b"from area import area\n\n\ndef test_area():\n    assert area(3, 4) == 12\n\n\ntest_area()\n"
    (tmp_path / "area.py").write_bytes(wrong)
    (tmp_path / "test_area.py").write_bytes(tests.replace(b"\n\n\ntest_area()", b""))
    by_pytest = f"PYTHONPATH=. '{sys.executable}' -m pytest -q -p no:cacheprovider"
    done = editdiff("fix", "--test", by_pytest, "--tries", "1", "--threads", "1")
    assert done.returncode == 1
    assert b"test_area.py::test_area fails: AssertionError: assert 7 == 12" in done.stderr
    (tmp_path / "test_area.py").write_bytes(tests)
    plain = f"'{sys.executable}' -S test_area.py"
    done = editdiff("fix", "area.py", "--test", plain, "--write", "--threads", "1")
    assert done.returncode == 0, done.stderr
    assert b"+++ b/area.py" in done.stdout and (tmp_path / "test_area.py").read_bytes() == tests
    done = editdiff("fix", "--test", plain)
    assert done.returncode == 0 and b"the tests pass as it is" in done.stderr


def test_no_edit_is_exit_code_1_with_a_reason(editdiff, tmp_path):
    (tmp_path / "twice.py").write_bytes(TWICE)
    done = editdiff("infill", "twice.py", "--lines", "9", "--write")
    assert done.returncode == 1, done.stdout
    assert done.stdout == b""
    assert b"no edit: " in done.stderr
    assert (tmp_path / "twice.py").read_bytes() == TWICE


@pytest.mark.parametrize(
    ("data", "target"),
    [
        (AREA, "none.py:1"),
        (AREA, "area.py:99"),
        (AREA, "area.py"),
        (AREA, ".:1"),
        (b"caf\xe9\n", "area.py:1"),
        (b"a\x00b\n", "area.py:1"),
    ],
    ids=["no file", "no such line", "no region", "a folder", "not UTF-8", "binary"],
)
def test_bad_input_is_exit_code_2_a_sentence_and_a_hint(data, target, editdiff, tmp_path):
    (tmp_path / "area.py").write_bytes(data)
    done = editdiff("infill", target, "--write")
    assert done.returncode == 2, done.stdout
    assert done.stdout == b""
    error, hint = done.stderr.splitlines()
    assert error.startswith(b"error: ")
    assert hint.startswith(b"hint: ")
    assert [path.name for path in tmp_path.iterdir()] == ["area.py"]
    assert (tmp_path / "area.py").read_bytes() == data


def assert_filled(data: bytes, head: bytes, tail: bytes, ending: bytes = b"\n") -> None:
    """The region holds something else, in the file's own line endings, and all the rest is as it was."""
    assert data.startswith(head)
    assert data.endswith(tail)
    region = data[len(head) : len(data) - len(tail)]
    assert region != LINE.replace(b"\n", ending)
    assert region.count(b"\n") == region.count(ending)
