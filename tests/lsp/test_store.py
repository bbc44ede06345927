"""The server's documents: changes in the client's unit, and what happened since a version."""

import pytest
from editdiff_lsp.store import KEPT, Opened, Store
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from editdiff.errors import InputError
from editdiff.text.lines import LineTable

PIECES = ["a", "bc", "\n", "\r\n", "\r", "\f", "\u2028", "😋", "é", ""]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
UNITS = st.sampled_from(["utf-8", "utf-16", "utf-32"])


def opened(text: str, unit="utf-16") -> Opened:
    return Opened("file:///a.py", "python", 1, text, unit)


def replaced(text: str, start: int, end: int, new: str, unit):
    """A content change as a client sends it, for code-point offsets of a text."""
    table = LineTable(text)
    ends = [types.Position(*table.position(at, unit)) for at in (start, end)]
    return types.TextDocumentContentChangePartial(types.Range(*ends), new)


@st.composite
def histories(draw):
    """A unit, and texts of which each but the first comes of the one before by one replacement."""
    texts, changes, unit = [draw(TEXTS)], [], draw(UNITS)
    for _ in range(draw(st.integers(0, 6))):
        text = texts[-1]
        table = LineTable(text)
        # a client's place never lies between \r and \n
        ends = sorted(
            table.offset(*table.position(draw(st.integers(0, len(text))))) for _ in range(2)
        )
        new = draw(TEXTS)
        changes.append(replaced(text, *ends, new, unit))
        texts.append(text[: ends[0]] + new + text[ends[1] :])
    return unit, texts, changes


@given(histories())
def test_a_document_follows_its_client_in_every_unit(history):
    unit, texts, changes = history
    document = opened(texts[0], unit)
    for version, (change, text) in enumerate(zip(changes, texts[1:], strict=True), 2):
        document.change([change], version)
        assert document.text == text
        assert document.version == version


@given(histories())
def test_several_changes_of_one_notification_are_applied_in_turn(history):
    unit, texts, changes = history
    document = opened(texts[0], unit)
    document.change(changes, 9)
    assert (document.text, document.version) == (texts[-1], 9)


@given(histories())
def test_the_edits_since_any_version_lead_from_it_to_the_text_of_now(history):
    unit, texts, changes = history
    document = opened(texts[0], unit)
    for version, change in enumerate(changes, 2):
        document.change([change], version)
    for version, text in enumerate(texts, 1):
        edits = document.since(version)
        assert edits is not None
        assert edits.apply(text) == texts[-1]


@given(histories())
def test_what_was_asked_before_is_gone_on_with(history):
    unit, texts, changes = history
    document = opened(texts[0], unit)
    for version, change in enumerate(changes, 2):
        document.change([change], version)
        for earlier in range(1, version):
            edits = document.since(earlier)
            assert edits is not None
            assert edits.apply(texts[earlier - 1]) == texts[version - 1]


def test_many_scattered_edits_are_put_together_once():
    text = "line\n" * 400
    document = opened(text)
    for version in range(2, 302):
        at = (version * 37 % 400) * 5
        document.change([replaced(document.text, at, at, "x", "utf-16")], version)
        edits = document.since(1)
    assert edits is not None
    assert edits.apply(text) == document.text
    for version in range(302, KEPT + 400):  # more than is remembered
        document.change([replaced(document.text, 0, 0, "y", "utf-16")], version)
    assert document.since(1) is None
    assert document.since(KEPT + 350) is not None


def test_a_version_that_was_never_there_has_no_edits_since():
    document = opened("a")
    document.change([replaced("a", 1, 1, "b", "utf-16")], 5)
    assert document.since(3) is None
    assert document.since(0) is None


def test_a_change_of_the_whole_text_is_a_change():
    document = opened("one\n")
    document.change([types.TextDocumentContentChangeWholeDocument("two\n")], 2)
    edits = document.since(1)
    assert edits is not None
    assert (document.text, edits.apply("one\n")) == ("two\n", "two\n")


def test_the_halves_of_a_character_may_come_one_by_one():
    document = opened("ab")
    high, low = "\ud83d", "\ude0b"
    document.change([replaced("ab", 1, 1, high, "utf-16")], 2)
    with pytest.raises(InputError):
        document.document()
    where = types.Range(types.Position(0, 2), types.Position(0, 2))
    document.change([types.TextDocumentContentChangePartial(where, low)], 3)
    assert document.text == document.document().text == "a😋b"
    edits = document.since(2)
    assert edits is not None
    assert edits.apply(f"a{high}b") == "a😋b"


def test_lines_end_where_the_protocol_says_and_nowhere_else():
    text = "a\fb\u2028c\x0bd\x85e\r\nf"
    document = opened(text)
    assert document.converter.offset(types.Position(1, 0)) == text.index("f")
    assert document.converter.offset(types.Position(0, 99)) == text.index("\r")
    assert document.converter.offset(types.Position(7, 0)) == len(text)


def test_a_language_is_named_by_the_client_or_found_by_the_path():
    store = Store()
    for language_id, uri, language in [
        ("python", "file:///a.txt", "python"),
        ("c++", "file:///a", "cpp"),
        ("plaintext", "file:///some%20place/a.py", "python"),
        ("plaintext", "untitled:Untitled-1", ""),
    ]:
        item = types.TextDocumentItem(uri, language_id, 1, "")
        assert store.open(item).language == language
