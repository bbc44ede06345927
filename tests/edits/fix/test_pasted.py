"""Fences, prompts and patches in a file: taken out whole, without a model, or left."""

import pytest

from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.fix.run import Fixing
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines.base import Engine
from editdiff.text.document import Document
from editdiff.text.span import Span

CHECKS = Checks((SyntaxChecker(), PythonCompileChecker()))
RIGHT = (
    'def area(a, b):\n    """Say `>>> area(1, 2)`."""\n    return a * b\n\n\ntotal = area(1, 2)\n'
)
DEF, *_, TOTAL = RIGHT.splitlines()
OLD = "-total = area(2, 1)\n"
HEAD = (
    "diff --git a/a.py b/a.py\nindex 12ab..34cd 100644\n--- a/a.py\n+++ b/a.py\n@@ -1,6 +1,6 @@\n"
)


class AskedError(Exception):
    """The model was asked for."""


def no_engine() -> Engine:
    raise AskedError


def fixed(text: str, path: str = "a.py", **limits):
    fixing = Fixing(Document.from_bytes(text.encode(), path), no_engine, CHECKS, **limits)
    for _ in fixing.run():
        pass
    return fixing.result()


def marked(text: str, *signs: str) -> str:
    """Each line behind a sign, the last one behind all further ones."""
    lines = text.splitlines(keepends=True)
    every = [*signs, *[signs[-1]] * len(lines)]
    return "".join(sign + line for sign, line in zip(every, lines, strict=False))


WRONG = {
    "fence": f"```python\n{RIGHT}```\n",
    "fence of tildes": f"~~~\n{RIGHT}~~~\n",
    "only its end": f"{RIGHT}```\n",
    "prompts": marked(RIGHT, ">>> ", "... ").replace("... \n", "...\n"),
    "prompts of some lines": RIGHT.replace(TOTAL, f">>> {TOTAL}"),
    "new line of a patch": RIGHT.replace(TOTAL, f"+{TOTAL}"),
    "old and new line": RIGHT.replace(f"{TOTAL}\n", f"{OLD}+{TOTAL}\n"),
    "whole patch": HEAD + marked(RIGHT, " ").replace(f" {TOTAL}\n", f"{OLD}+{TOTAL}\n"),
    "end of a file in a patch": HEAD + marked(RIGHT, "+") + "\\ No newline at end of file\n",
}


@pytest.mark.parametrize("what", WRONG)
def test_what_was_pasted_along_is_taken_out_without_a_model(what):
    found = fixed(WRONG[what])
    assert isinstance(found.outcome, Proposal), found.left
    assert found.outcome.after.text == RIGHT
    assert (len(found.mended), found.left) == (1, ())


def test_what_strings_hold_of_fences_stays():
    held = RIGHT.replace("Say `>>> area(1, 2)`.", "Say\n```\narea(1, 2)\n```\n")
    for text in (f"```python\n{held}```\n", held.replace(TOTAL, f"```python\n{TOTAL}\n```")):
        found = fixed(text)
        assert isinstance(found.outcome, Proposal), found.left
        assert found.outcome.after.text == held


def test_line_endings_stay():
    found = fixed(WRONG["fence"].replace("\n", "\r\n"))
    assert isinstance(found.outcome, Proposal)
    assert found.outcome.after.text == RIGHT.replace("\n", "\r\n")


def test_other_languages_have_fences_and_patches_too():
    for text in ("```c\nint a[1];\n```\n", "-int a[2];\n+int a[1];\n"):
        found = fixed(text, "a.c")
        assert isinstance(found.outcome, Proposal)
        assert found.outcome.after.text == "int a[1];\n"


@pytest.mark.parametrize(
    "text",
    [
        RIGHT.replace(DEF, DEF.removesuffix(":")),  # the prompt in its string is no fault
        WRONG["fence"].replace("(a, b):", "(a, b:"),  # it would not parse then
        RIGHT.replace(f"{TOTAL}\n", f"{OLD}{TOTAL} =\n"),  # what is only old is somebody's text
        RIGHT.replace(TOTAL, f"total = (1\n+ 2\n+{TOTAL}"),
    ],
)
def test_where_that_does_not_help_the_model_is_asked(text):
    with pytest.raises(AskedError):
        fixed(text)


def test_a_line_that_is_marked_is_left():
    text = RIGHT.replace(TOTAL, f"+{TOTAL}  # editdiff: ignore\n+)")
    with pytest.raises(AskedError):
        fixed(text)


def test_it_stays_within_the_lines_that_may_be_edited():
    text = WRONG["fence"]
    with pytest.raises(AskedError):
        fixed(text, editable=[Span(0, 20)])


def test_a_file_that_parses_is_left_as_it_is():
    for text in (RIGHT, 'x = """\n```\n>>> 1\n+1\n"""\n'):
        assert isinstance(fixed(text).outcome, NoEdit)
