import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from proposed_runs import BASE, BEFORE, HOSTILE, NAMES, NOWHERE, fix, left, run

from editdiff.ci.base import Problem
from editdiff.ci.outputs import markdown
from editdiff.ci.outputs.shown import one_line

PARSER = MarkdownIt("commonmark").enable("table")
TEXTS = st.text(max_size=30) | st.sampled_from(HOSTILE)


def blocks(text: str) -> list[str]:
    """Kinds of all blocks, those of a table's rows once for each row."""
    opened = ("heading_open", "paragraph_open", "fence", "tr_open", "html_block", "list_item_open")
    return [token.type for token in PARSER.parse(text) if token.type in opened]


def inlines(text: str) -> set[str]:
    found = [child for token in PARSER.parse(text) for child in token.children or ()]
    return {child.type for child in found}


def test_a_fix_is_told_with_its_place_who_judged_and_the_diff():
    problem = Problem("src/a.py", 2, "Undefined name `helo`", "ruff", "F821")
    text = markdown.text(run(fix("a\nb\n", "a\nx\n", "src/a.py", (problem,), 0.934)))
    assert text == (
        "## editdiff: 1 fix proposed, no problems left\n\n"
        f"Compared with `{BASE}`.\n\n"
        "### `src/a.py`, line 2\n\n"
        "- `ruff/F821`: Undefined name `helo`\n\n"
        "Judged by python and ruff, 93 % likely right.\n\n"
        "```diff\n--- a/src/a.py\n+++ b/src/a.py\n@@ -1,2 +1,2 @@\n a\n-b\n+x\n```\n"
    )


def test_what_is_left_is_a_table_with_the_reasons():
    text = markdown.text(run(left=(left("a | b", line=3, rule="E1"), left("c"))))
    assert "## editdiff: no fixes proposed, 2 problems left" in text
    rows = [line for line in text.split("\n") if line.startswith("| `")]
    assert rows == [
        "| `a.py`, line 3 | `ruff/E1`: a `\\|` b | nothing is likely enough |",
        "| `a.py`, line 1 | `ruff`: c | nothing is likely enough |",
    ]


def test_notes_and_a_run_that_was_broken_off_are_told():
    text = markdown.text(run(notes=("ruff is not installed",), finished=False))
    assert "**Not finished**" in text
    assert "### Notes\n\n- ruff is not installed.\n" in text
    assert "Not finished" not in markdown.text(run())


@given(TEXTS, TEXTS, st.text(min_size=1, max_size=20) | st.sampled_from(NAMES))
def test_no_text_makes_a_block_a_link_a_picture_or_html(message, rule, path):
    problem = Problem(path, 1, message, "ruff", rule)
    made = run(
        fix("a\n", "b\n", path, (problem, problem)),
        left=(left(message, path, rule=rule),) * 2,
        notes=(message or "n",),
    )
    text = markdown.text(made)
    assert inlines(text) <= {"text", "code_inline", "strong_open", "strong_close"}
    bullet = ["list_item_open", "paragraph_open"]
    assert blocks(text) == [
        *("heading_open", "paragraph_open"),
        *("heading_open", *bullet, *bullet, "paragraph_open", "fence"),
        *("heading_open", "tr_open", "tr_open", "tr_open"),
        *("heading_open", *bullet),
    ]
    cells = [token for token in PARSER.parse(text) if token.type == "td_open"]
    assert len(cells) == 6
    codes = [child.content for token in PARSER.parse(text) for child in token.children or ()]
    assert (one_line(path) or " ") in codes


@pytest.mark.parametrize("code", ["```\n", "x = '````'\n", "~~~\n```suggestion\n```\n"])
def test_code_with_fences_stays_inside_of_its_block(code):
    text = markdown.text(run(fix(code, f"{code}y\n")))
    (fence,) = [token for token in PARSER.parse(text) if token.type == "fence"]
    assert all(line in fence.content for line in code.split("\n"))
    assert fence.content.endswith("+y\n")


@pytest.mark.parametrize("most", [2_000, 5_000, 60_000])
def test_what_has_no_room_is_counted_and_a_large_fix_hides_no_small_one(most):
    large = fix("a\n", "é" * 40_000 + "\n", "large.py")
    made = run(
        large,
        *(fix("a\n", "b\n", f"f{i}.py") for i in range(5)),
        left=tuple(left("words " * 10, line=i + 1) for i in range(300)),
    )
    text = markdown.text(made, most)
    assert len(text.encode()) <= most
    shown = sum(kind in ("fence", "tr_open") for kind in blocks(text))
    shown -= "tr_open" in blocks(text)  # the heads of the columns
    assert text.endswith(f"{306 - shown} more had no room here.\n")
    assert "f0.py" in text


def test_a_summary_of_thousands_of_problems_is_one_that_github_takes():
    many = tuple(
        left("a problem with quite some words in it" * 3, line=i + 1) for i in range(9_000)
    )
    text = markdown.text(run(left=many))
    assert 900_000 < len(text.encode()) <= markdown.MOST < 1024 * 1024


def test_what_has_no_place_and_what_was_wrong_before_are_told_apart():
    text = markdown.text(run(left=(NOWHERE, BEFORE)))
    assert "## editdiff: no fixes proposed, 1 problem left, 1 beside the change" in text
    assert "| – | `tests`: the command fails | nothing is likely enough |" in text
