import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from proposed_runs import HOSTILE

from editdiff.ci.outputs.shown import cell, code, fenced, one_line, prose, scalar, visible

MARKDOWN = MarkdownIt("commonmark", {"linkify": False}).enable(["table", "strikethrough"])
TEXTS = st.text(st.sampled_from("ab `|\\@#<>&*_~[]()!:./$%-+=1\r\n\t\0\x1b\u202e\u2028é😀\udcff"))


def inline(markdown: str) -> list[tuple[str, str]]:
    """Kinds and texts of what a line of Markdown holds."""
    (_, content, _) = MARKDOWN.parse(f"x: {markdown}")
    return [(token.type, token.content) for token in content.children]


@given(TEXTS | st.sampled_from(HOSTILE))
def test_a_code_span_shows_the_text_and_nothing_else(text):
    kinds = inline(code(text))
    assert [kind for kind, _ in kinds] == ["text", "code_inline"]
    assert kinds[1][1] == (one_line(text) or " ")


@given(TEXTS | st.sampled_from(HOSTILE))
def test_in_prose_whatever_is_not_a_plain_word_is_code(text):
    kinds = inline(prose(text))
    assert {kind for kind, _ in kinds} <= {"text", "code_inline"}
    outside = "".join(content for kind, content in kinds if kind == "text")
    outside = re.sub(r"\d[.-]\d|(?<=\s)\(?[+/=]\)?[,;:.!?]*(?=\s|$)", "", outside)
    assert not re.search(r"[@#<>&*_~\[\]|\\/$+=-]|\w\.\w|:\w", outside)


@given(TEXTS | st.sampled_from(HOSTILE))
def test_prose_shows_every_word(text):
    shown = "".join(content for _, content in inline(prose(text)))
    assert shown.replace("`", "").split() == f"x: {one_line(text)}".replace("`", "").split()


@given(TEXTS | st.sampled_from(HOSTILE))
def test_a_block_ends_where_its_text_ends(text):
    tokens = MARKDOWN.parse(f"before\n\n{fenced(text, 'diff')}\n\nafter")
    kinds = [token.type for token in tokens]
    assert kinds == [*["paragraph_open", "inline", "paragraph_close"], "fence", *kinds[4:]]
    assert kinds[4:] == ["paragraph_open", "inline", "paragraph_close"]
    assert tokens[3].content == visible(text).removesuffix("\n") + "\n"


@given(TEXTS | st.sampled_from(HOSTILE), TEXTS)
def test_a_cell_of_a_table_is_one_cell(one, other):
    row = f"| {cell(code(one))} | {cell(prose(other) or 'x')} |"
    tokens = MARKDOWN.parse(f"| a | b |\n|---|---|\n{row}\n\nafter")
    cells = [tokens[i + 1] for i, token in enumerate(tokens) if token.type == "td_open"]
    assert len(cells) == 2
    assert [token.type for token in cells[0].children] == ["code_inline"]
    assert cells[0].children[0].content == (one_line(one) or " ")


def test_plain_words_stay_as_they_are_and_code_in_backticks_stays_code():
    assert prose("expected 2 words, got (more): 61 %") == "expected 2 words, got (more): 61 %"
    assert prose("Undefined name `heigth`.") == "Undefined name `heigth`."
    assert prose("see @you, #1") == "see `@you`, `#1`"
    assert prose("lines 1-2: 2.5 + 3 = 6") == "lines 1-2: 2.5 + 3 = 6"


@pytest.mark.parametrize(
    "text", ["1. a", "1) a", "+ a", "- a", "# a", "= a", "===", "---", "> a", "+"]
)
def test_no_text_begins_a_block_of_another_kind(text):
    for before in ("", "- "):
        kinds = [token.type for token in MARKDOWN.parse(before + prose(text))]
        assert [kind for kind in kinds if kind.endswith("_open")] == (
            ["bullet_list_open", "list_item_open"] * bool(before) + ["paragraph_open"]
        )


def test_what_is_not_seen_is_shown():
    assert visible("a\u202eb\u200bc\x1b\x00") == "a[U+202E]b[U+200B]c␛␀"
    assert visible("👩‍👩‍👧 é") == "👩‍👩‍👧 é"
    assert one_line("a\r\nb\tc") == "a␊b c"


def test_a_long_text_is_cut():
    assert one_line("x" * 30, 10) == "x" * 9 + "…"
    assert one_line("x" * 10, 10) == "x" * 10


@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_can_be_written(text):
    scalar(text).encode()
    for shown in (code(text), prose(text), fenced(text, ""), one_line(text)):
        shown.encode()
