"""A draft that goes on with the text after its gap is cut before that."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from table_network import TableNetwork, one_by_one, writes

from editdiff.edits.infill import infill
from editdiff.edits.proposal import Proposal
from editdiff.engines.base import Draft, FillOptions, FillTask
from editdiff.engines.twin.engine import TwinEngine
from editdiff.engines.twin.repeats import cut
from editdiff.text.document import Document
from editdiff.text.span import Span


@pytest.mark.parametrize(
    ("text", "after", "left"),
    [
        # whole lines: the gap ends with its line
        ("1\nreturn a\n", "\nreturn a\n", "1"),
        ("1\nreturn a\nmore\n", "\nreturn a\n", "1"),
        ("1\n\nreturn a\n", "\n\nreturn a\n", "1"),
        ("1\nreturn a \n", "\nreturn a\n", "1"),
        ("1\n  return a\n", "\nreturn a\n", None),
        ("1\nreturn a", "\nreturn a\n", None),
        ("1\nreturn ab\n", "\nreturn a\n", None),
        ("return a\n", "\nreturn a\n", None),
        ("1\nreturn a\n", "\nreturn a", "1"),
        # lines that stand everywhere count together with the next one
        ("1\n}\n", "\n}\nprint()\n", None),
        ("1\n}\nprint()\n", "\n}\nprint()\n", "1"),
        ("1\n}\n\nprint()\n", "\n}\n\n\nprint()\n", "1"),
        ("1\n}\nother()\n", "\n}\nprint()\n", None),
        ("1\n}\n", "\n}\n", None),
        ("1\n}\n}\nprint()\n", "\n}\nprint()\n", "1\n}"),
        # the rest of a line: the gap ends inside one
        ("width, height):\n", "):\n    pass\n", "width, height"),
        ("width, height):", "):\n    pass\n", None),
        ("width,\nheight):\nmore\n", "):\n    pass\n", "width,\nheight"),
        ("width):  \n", "): \n", "width"),
        ("width]:\n", "):\n", None),
        (" + b)\n", ")\n", " + b"),
        # nothing, or no line break, follows
        ("1\nreturn a\n", "", None),
        ("1\n", "\n", None),
        ("1\n\n\n", "\n\n\n", None),
        ("width):\n", "):", None),
        ("", "\nreturn a\n", None),
    ],
)
def test_a_text_is_cut_before_it_repeats_what_follows(text, after, left):
    assert cut(text, after) == left


@given(st.text("ab}\n ", max_size=30), st.text("ab}\n ", max_size=30))
def test_what_is_left_is_the_beginning_of_the_text(text, after):
    left = cut(text, after)
    assert left is None or (text.startswith(left) and len(left) < len(text))


@given(
    st.text("ab}\n ", max_size=20), st.text("ab}\n ", max_size=20), st.text("ab}\n ", max_size=20)
)
def test_more_text_changes_nothing_of_a_cut(text, more, after):
    left = cut(text, after)
    if left is not None:
        assert cut(text + more, after) == left


def written(story: str, before: str, after: str) -> Draft:
    task = FillTask(before + after, (Span(len(before), len(before)),))
    network = TableNetwork(writes(story, start=before))
    updates = one_by_one(network).fill(task, FillOptions(drafts=1, temperature=0.0))
    (draft,) = [update for update in updates if isinstance(update, Draft)]
    return draft


def test_a_draft_ends_as_soon_as_it_repeats_what_follows():
    draft = written("1\nprint(a)\nprint(b)\n", "a = ", "\nprint(a)\n")
    assert (draft.texts, draft.ended, draft.nfe) == (("1",), True, 11)


def test_a_draft_ends_where_it_repeats_the_rest_of_its_line():
    draft = written("w, h):\n    return\n", "def area(", "):\n    pass\n")
    assert (draft.texts, draft.ended, draft.nfe) == (("w, h",), True, 7)


def test_line_endings_of_two_characters_never_come_to_the_model():
    document = Document.from_bytes(b"a = 2\r\nprint(a)\r\n", "a.py")
    network = TableNetwork(writes("1\nprint(a)\n", start="a = "))
    options = FillOptions(drafts=1, temperature=0.0)
    outcome = infill(document, [Span(4, 5)], TwinEngine(network), options)
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == "a = 1\r\nprint(a)\r\n"


def test_in_the_last_line_of_a_file_a_draft_ends_where_the_model_says():
    draft = written("w, h):\n    return\n", "def area(", ")")
    assert draft.texts == ("w, h):\n    return\n",)
