import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from text_zoo import edits_of, texts

from editdiff.text.edit import Edits, TextEdit, compose
from editdiff.text.rebase import TAKEN, TOUCHED, Dropped, Typed, rebase, typed_in
from editdiff.text.span import Span


def edits(*items: tuple[int, int, str]) -> Edits:
    return Edits(tuple(TextEdit(Span(start, end), text) for start, end, text in items))


def test_a_story_of_keystrokes():
    """A rename is proposed at two places; the user types the first, and more."""
    text = "def f(): pass\nf()\n"
    proposed = edits((4, 5, "load"), (14, 15, "load"))
    typed = Edits()

    def after(start: int, end: int, new: str) -> Edits | Dropped:
        """The proposal after one more edit, counted in the text as it is then."""
        nonlocal typed
        typed = compose(typed, edits((start, end, new)))
        return rebase(proposed, typed, text)

    # the name is removed, so less is left to remove
    assert after(4, 5, "") == edits((4, 4, "load"), (13, 14, "load"))
    # the user types what was proposed, so less is left to type
    assert after(4, 4, "l") == edits((5, 5, "oad"), (14, 15, "load"))
    assert after(5, 5, "o") == edits((6, 6, "ad"), (15, 16, "load"))
    # something else
    assert after(6, 6, "k") == Dropped(TOUCHED)
    # and is taken back
    assert after(6, 7, "") == edits((6, 6, "ad"), (15, 16, "load"))
    # the rest at once, as a completion does it: it replaces the word
    assert after(4, 6, "load") == edits((17, 18, "load"))
    # an edit elsewhere
    assert after(10, 10, "  ") == edits((19, 20, "load"))
    # the other place, too
    assert after(19, 20, "load") == Dropped(TAKEN)
    # undo
    assert after(19, 23, "f") == edits((19, 20, "load"))
    # a line that holds the rest of the proposal is removed
    assert after(18, 23, "") == Dropped(TOUCHED)


@pytest.mark.parametrize(
    ("user", "left"),
    [
        # "abc DEF ghi": DEF is to become D2F2; the place is [4, 7)
        ((2, 2, "x"), edits((5, 8, "D2F2"))),
        ((0, 3, ""), edits((1, 4, "D2F2"))),
        ((8, 8, "x"), edits((4, 7, "D2F2"))),
        ((8, 11, ""), edits((4, 7, "D2F2"))),
        ((4, 4, "D2"), edits((6, 9, "F2"))),
        ((4, 7, "D2"), edits((6, 6, "F2"))),
        ((4, 7, ""), edits((4, 4, "D2F2"))),
        ((4, 7, "D2F2"), Dropped(TAKEN)),
        ((5, 6, "2"), edits((6, 7, "F2"))),
        ((5, 5, "2"), edits((6, 8, "F2"))),
        ((5, 7, "2F2"), Dropped(TAKEN)),
        ((6, 7, ""), edits((4, 6, "D2F2"))),
        ((5, 6, "2F2\b"), Dropped(TOUCHED)),
        ((4, 7, "DEF"), edits((4, 7, "D2F2"))),
        ((0, 11, "abc DEF ghij"), edits((4, 7, "D2F2"))),
        ((4, 4, "x"), Dropped(TOUCHED)),
        ((4, 4, "D2F2!"), Dropped(TOUCHED)),
        ((7, 7, "2"), Dropped(TOUCHED)),
        ((7, 8, ""), Dropped(TOUCHED)),
        ((3, 4, ""), Dropped(TOUCHED)),
        ((3, 4, "\t"), Dropped(TOUCHED)),
        ((6, 9, ""), Dropped(TOUCHED)),
        ((0, 11, ""), Dropped(TOUCHED)),
    ],
)
def test_what_an_edit_near_or_in_a_proposed_span_leaves(user, left):
    assert rebase(edits((4, 7, "D2F2")), edits(user), "abc DEF ghi") == left


@pytest.mark.parametrize(
    ("user", "left"),
    [
        ((1, 1, "x"), edits((3, 3, "new"))),
        ((3, 3, "x"), edits((2, 2, "new"))),
        ((2, 2, "ne"), edits((4, 4, "w"))),
        ((2, 2, "x"), Dropped(TOUCHED)),
        ((1, 2, ""), Dropped(TOUCHED)),
        ((2, 3, ""), Dropped(TOUCHED)),
        ((1, 3, ""), Dropped(TOUCHED)),
    ],
)
def test_what_an_edit_near_a_proposed_insertion_leaves(user, left):
    assert rebase(edits((2, 2, "new")), edits(user), "abcd") == left


def test_nothing_is_left_once_the_proposed_text_stands_there_however_it_came():
    assert rebase(edits((0, 3, "ac")), edits((1, 2, "")), "abc") == Dropped(TAKEN)
    assert rebase(edits((0, 1, "\r\n")), edits((0, 0, "\r")), "\n") == Dropped(TAKEN)


def test_proposed_edits_that_touch_are_met_as_one():
    proposed = edits((1, 1, "on"), (1, 1, "ce"), (1, 2, "!"))
    assert rebase(proposed, edits((1, 1, "onc")), "abc") == edits((4, 5, "e!"))
    assert rebase(proposed, edits((0, 0, "x"), (3, 3, "x")), "abc") == edits(
        (2, 2, "on"), (2, 2, "ce"), (2, 3, "!")
    )


def test_one_touched_place_drops_the_others_too():
    assert rebase(edits((0, 1, "x"), (4, 5, "x")), edits((4, 4, "y")), "abcde") == Dropped(TOUCHED)


@settings(deadline=None)
@given(st.data())
def test_over_nothing_a_proposal_stays_as_it_is(data):
    text = data.draw(texts)
    proposed = data.draw(edits_of(text))
    assert rebase(proposed, Edits(), text) == proposed
    assert rebase(Edits(), proposed, text) == Edits()


@settings(deadline=None)
@given(st.data())
def test_typing_the_proposal_character_by_character_leaves_the_rest(data):
    text = data.draw(texts)
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    new = data.draw(texts.filter(len))
    proposed = edits((start, end, new))
    typed = edits((start, end, ""))
    for i in range(len(new)):
        left = rebase(proposed, typed, text)
        assert isinstance(left, Edits)
        assert left.apply(typed.apply(text)) == proposed.apply(text)
        typed = compose(typed, edits((start + i, start + i, new[i])))
    outcome = rebase(proposed, typed, text)
    if new == text[start:end]:  # then nothing was changed in the end
        assert outcome == proposed
    else:
        assert outcome == Dropped(TAKEN)


def trimmed(edit: TextEdit, text: str) -> TextEdit:
    old = text[edit.span.start : edit.span.end]
    size = min(len(old), len(edit.text))
    head = max(n for n in range(size + 1) if old[:n] == edit.text[:n])
    tails = (n for n in range(size - head + 1) if old.endswith(edit.text[len(edit.text) - n :]))
    tail = max(tails)
    span = Span(edit.span.start + head, edit.span.end - tail)
    return TextEdit(span, edit.text[head : len(edit.text) - tail])


@st.composite
def stories(draw):
    """A text, a proposal for it, and edits of a user who often does a part of the proposal."""
    text = draw(texts)
    proposed = draw(edits_of(text))
    user = []
    for edit in draw(edits_of(text)):
        if all(not edit.span.overlaps(other.span) for other in proposed):
            user.append(edit)
    for edit in proposed:
        if draw(st.booleans()):
            typed = edit.text[: draw(st.integers(0, len(edit.text)))]
            end = draw(st.integers(edit.span.start, edit.span.end))
            user.append(TextEdit(Span(edit.span.start, end), typed))
    try:
        return text, proposed, Edits(tuple(user))
    except ValueError:  # two of the user's edits overlap
        return text, proposed, Edits(tuple(user[:1]))


@settings(deadline=None, max_examples=300)
@given(stories())
@example(("abc", edits((1, 2, "xy")), edits((1, 1, "x"), (3, 3, "z"))))
def test_what_is_left_leads_to_the_proposal_with_the_users_other_edits(story):
    """So no byte outside the proposed spans and the user's is another than the user has."""
    text, proposed, user = story
    elsewhere = []
    for edit in (trimmed(edit, text) for edit in user):
        near = [o for o in proposed if o.span.start <= edit.span.end]
        if all(edit.span.start > other.span.end for other in near):
            elsewhere.append(edit)
    outcome = rebase(proposed, user, text)
    if isinstance(outcome, Edits):
        wanted = Edits((*proposed, *elsewhere)).apply(text)
        assert outcome.apply(user.apply(text)) == wanted
    elif outcome.reason == TAKEN:
        assert user.apply(text) == Edits((*proposed, *elsewhere)).apply(text)
    else:
        assert outcome == Dropped(TOUCHED)
        assert len(elsewhere) < len(user)


@pytest.mark.parametrize(
    ("user", "found"),
    [
        ((), Typed(4, "")),
        (((4, 4, "sum()"),), Typed(4, "sum()")),
        (((0, 0, "# a\n"), (4, 4, "su")), Typed(8, "su")),
        (((3, 4, " sum"),), Typed(4, "sum")),  # the space is written again
        (((6, 7, "z"),), Typed(4, "")),
        (((3, 4, ""),), None),
        (((4, 5, ""),), None),
    ],
)
def test_what_was_typed_in_a_place_is_told_with_where_it_stands_now(user, found):
    assert typed_in(Span(4, 4), edits(*user), "x = \nyes") == found


def test_a_place_may_hold_something_that_the_user_writes_over():
    text = "f(a)b"
    assert typed_in(Span(3, 4), edits((3, 3, "x")), text) == Typed(3, "x)")
    assert typed_in(Span(3, 4), edits((3, 4, "x)y")), text) == Typed(3, "x)y")
    assert typed_in(Span(3, 4), edits((3, 4, "")), text) == Typed(3, "")
    assert typed_in(Span(3, 4), edits((0, 1, "gg"), (4, 4, "z")), text) == Typed(4, ")z")
    assert typed_in(Span(3, 4), edits((3, 5, "")), text) is None


@given(st.data())
def test_what_was_typed_in_a_place_stands_there(data):
    text = data.draw(texts)
    user, at = data.draw(edits_of(text)), data.draw(st.integers(0, len(text)))
    found = typed_in(Span(at, at), user, text)
    near = [edit for edit in user if edit.span.start <= at <= edit.span.end]
    if any(edit.span.length for edit in near):  # it may have been written again
        return
    assert found is not None
    ahead = Edits(tuple(edit for edit in user if edit.span.end < at)).apply(text[:at])
    assert found == Typed(len(ahead), "".join(edit.text for edit in near))
    assert user.apply(text).startswith(ahead + found.text)
