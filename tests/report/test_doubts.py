import pytest

from editdiff.edits.review import Review
from editdiff.engines.base import Doubt
from editdiff.report.doubts import WIDEST, Place, most_doubtful, sarif_log, short
from editdiff.text.document import Document
from editdiff.text.span import Span

DOCUMENT = Document("a.py", "a = 1\nb = 22\n", 0, "python")


def place(start: int, end: int, *alternatives: str, probability: float = 0.5) -> Place:
    doubt = Doubt(Span(start, end), probability, alternatives)
    return Place(Review(DOCUMENT, (doubt,), calibrated=True), doubt)


def test_places_of_all_reviews_are_told_by_doubt_and_of_equal_ones_the_first():
    first = Review(DOCUMENT, (Doubt(Span(0, 1), 0.2), Doubt(Span(4, 5), 0.6)), True)
    second = Review(DOCUMENT, (Doubt(Span(6, 7), 0.6), Doubt(Span(10, 12), 0.9)), True)
    places = most_doubtful([first, second], 3)
    assert [p.token for p in places] == ["22", "1", "b"]
    assert [p.review for p in places] == [second, first, second]
    assert most_doubtful([first, second], 0) == []


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (place(10, 12, "3"), "`22` may be wrong (50 %): the model would rather read `3`."),
        (place(10, 12, ""), "`22` may be wrong (50 %): the model would rather read ``."),
        (place(10, 12), "`22` may be wrong (50 %)."),
        (
            place(5, 5, " + b"),
            "something may be missing here (50 %): the model would rather read `+ b`.",
        ),
    ],
)
def test_a_place_says_what_stands_there_and_what_the_model_would_rather_read(told, message):
    assert told.message == message


def test_a_token_that_begins_with_a_line_break_stands_on_the_line_below():
    assert place(5, 7).position == (0, 2, 1)
    assert place(5, 7).where == "2:1"
    assert place(5, 7).token == "b"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  x ", "x"),
        ("", ""),
        ("\n\t ", r"\n\t␣"),
        ("\x1b[2J", "␛[2J"),
        ("x" * 50, "x" * (WIDEST - 1) + "…"),
    ],
)
def test_a_token_is_shown_in_one_line_that_no_terminal_obeys(text, shown):
    assert short(text) == shown


def test_a_scanner_is_warned_from_the_threshold_on():
    places = [place(0, 1, probability=0.5), place(4, 5, "2", probability=0.49)]
    log = sarif_log([p.review for p in places], places, 0.5, finished=True)
    results = log["runs"][0]["results"]
    assert [result["level"] for result in results] == ["warning", "note"]
    assert [result["rank"] for result in results] == [50.0, 49.0]
    assert ["fixes" in result for result in results] == [False, True]
