import pytest
from endpoint_server import fenced

from editdiff.engines.endpoint.fences import EMPTY, told

OLD = "return w * h"


@pytest.mark.parametrize(
    "answer",
    [
        fenced("return 1"),
        f"Sure! Here is the new code:\n\n{fenced('return 1')}\n\nI hope this helps.",
        f"<think>\nFirst I try\n{fenced('return 9')}\n</think>\n\n{fenced('return 1', '')}",
        f"Before:\r\n{fenced('return 1')}".replace("\n", "\r\n"),
        "```python\nreturn 1",
        f"{fenced('return 1')}\nand again:\n{fenced('return 1')}",
        "~~~~\nreturn 1\n~~~~",
        "return 1\n",
    ],
)
def test_the_text_is_what_stands_in_the_only_block(answer):
    assert told(answer, "python", OLD) == ("return 1", "")


def test_a_longer_fence_holds_shorter_ones():
    text = "```sh\nls\n```"
    assert told(f"````markdown\n{text}\n````", "markdown").text == text


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("", EMPTY), (" \n", EMPTY), (fenced(""), EMPTY), ("<think>x</think>", EMPTY),
        (f"{fenced('return 1')}\nor\n{fenced('return 2')}", "2 blocks"),
        (fenced("-return w * h\n+return 1", "diff"), "a patch"),
        (fenced("return 1\n# ... rest of the code unchanged ..."), "leaves out"),
        (fenced("// … existing code\nreturn 1"), "leaves out"),
    ],
)  # fmt: skip
def test_from_some_answers_nobody_can_tell_what_is_meant(answer, why):
    text, flaw = told(answer, "python", OLD)
    assert why in flaw and not text


def test_a_comment_that_was_there_before_leaves_nothing_out():
    line = "# ... the rest is the same"
    assert told(fenced(line), "python", line).text == line
    assert told(fenced("# see the rest of it"), "python").text


@pytest.mark.parametrize("language", ["markdown", "", "shellscript", "yaml", "html"])
def test_where_a_sentence_would_do_as_text_an_answer_needs_its_fence(language):
    assert "no block" in told("Sure! I have changed it: done.", language).flaw
    assert told(fenced("x", ""), language).text == "x"
