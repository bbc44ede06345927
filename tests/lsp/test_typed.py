"""What is left of a suggestion while somebody types it, and what an editor has closed behind the cursor."""

import pytest
from editdiff_lsp.typed import LONGEST_TYPED, NOTHING, Anchor, Given, Shown, over_closed, without
from hypothesis import given
from hypothesis import strategies as st

from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.span import Span

BEFORE, AFTER = "x = ", "\ny = 2\n"
PAIRS = {"(": ")", "[": "]", "{": "}", "'": "'"}


def edit(start: int, end: int, text: str) -> Edits:
    return Edits((TextEdit(Span(start, end), text),))


@pytest.mark.parametrize(
    ("typed", "text", "closed", "shown"),
    [
        ("f(", "a)", ")", Shown("a)", 1)),
        ("f(", "a) + b", ")", Shown("a) + b", 1)),
        ("f(", "a", ")", Shown("a")),
        ("f(", "g(a) + 2", ")", Shown("g(a) + 2")),
        ("f([", "a], b)", "])", Shown("a], b)", 2)),
        ("f([", "a]", "])", Shown("a]", 1)),
        ("f('", "a')", "')", Shown("a')", 2)),
        ("if f(", "a):\n    b(", ")", Shown("a):\n    b(")),
        ("f(", "a", "", Shown("a")),
        ("f(", "a)", "x", NOTHING),
        ("f(", "a]", "]", Shown("a]", 1)),
    ],
)
def test_a_suggestion_is_written_over_what_it_closes_itself(typed, text, closed, shown):
    assert over_closed(typed, text, closed, "python") == shown


@given(st.text("f([{'a, \n", max_size=12), st.integers(0, 30), st.booleans())
def test_whatever_is_typed_of_a_suggestion_leads_to_it(start, cut, closes):
    """A user types the beginning of a suggestion; his editor closes each bracket that he opens, or none."""
    openers = [sign for sign in start if sign in PAIRS]
    suggestion = start + "".join(PAIRS[sign] for sign in reversed(openers)) + " + 1"
    done = suggestion[: min(cut, len(start))]
    opened = [sign for sign in done if sign in PAIRS] if closes else []
    closed = "".join(PAIRS[sign] for sign in reversed(opened))
    shown = Shown(suggestion)
    user = edit(len(BEFORE), len(BEFORE), done + closed)
    left = Given(1, BEFORE + AFTER, len(BEFORE), shown).rest(user, len(BEFORE + done), "python")
    if left.text:
        now = user.apply(BEFORE + AFTER)
        at = len(BEFORE + done)
        after = now[:at] + left.text + now[at + left.over :]
        assert after.startswith(BEFORE + suggestion)
        assert after.endswith(AFTER)
    elif "'" not in start:
        assert closed, "only what was closed can be in the way"


def test_an_anchor_holds_behind_what_was_closed_and_says_what_that_is():
    anchor = Anchor(BEFORE + AFTER, len(BEFORE))
    for typed, closed in (("", ""), ("f", ""), ("f(", ")"), ("f('", "')"), ("f(')')", "")):
        assert anchor.closed(BEFORE + typed + closed + AFTER, len(BEFORE + typed)) == closed
    for text, at in (
        (BEFORE + ")" + AFTER, len(BEFORE)),
        (BEFORE + "f(x" + AFTER, len(BEFORE) + 2),
        (BEFORE + "f(" + ")" * 9 + AFTER, len(BEFORE) + 2),
        (BEFORE + "x" * (LONGEST_TYPED + 1) + AFTER, len(BEFORE) + LONGEST_TYPED + 1),
        ("y" + BEFORE + AFTER, len(BEFORE) + 1),
        (BEFORE + AFTER[:-1], len(BEFORE)),
        (BEFORE[:-1] + AFTER, len(BEFORE) - 1),
    ):
        assert anchor.closed(text, at) is None


def test_an_anchor_may_have_been_set_behind_what_was_closed():
    anchor = Anchor(BEFORE + "f(" + AFTER, len(BEFORE) + 2, behind=")")
    assert anchor.closed(BEFORE + "f()" + AFTER, len(BEFORE) + 2) == ")"
    assert anchor.closed(BEFORE + "f(a)" + AFTER, len(BEFORE) + 3) == ")"
    assert anchor.closed(BEFORE + "f(a)" + AFTER, len(BEFORE) + 4) == ""


def test_a_document_is_shown_without_what_was_closed():
    document = Document("a.py", "f(')\n", 3, "python")
    assert without(document, 2, "')").text == "f(\n"
    assert without(document, 2, "") is document
