"""Several lines of ghost text: where they come, how many they are, what ends them."""

import math
from collections.abc import Iterator

import pytest

from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.block import MOST_LINES, takes_several
from editdiff.edits.complete import SEVERAL, UNSURE, Suggestion, complete
from editdiff.edits.proposal import NoEdit
from editdiff.engines.base import Draft, FillOptions, FillTask, Place, Sketch, Update
from editdiff.text.document import Document
from editdiff.text.markup import parse

HEAD = "def f(a):\n    ˇ\n"
BODY = ("b = a", "\n", "    c = ", "b\n", "    return", " c")


class Writer:
    """Writes tokens with these probabilities, a sketch for each, and ends with the last one."""

    name = "writer"

    def __init__(self, *tokens: str | tuple[str, float], ending: float = 1.0) -> None:
        self.tokens = [token if isinstance(token, tuple) else (token, 1.0) for token in tokens]
        self.ending, self.written, self.options = ending, 0, list[FillOptions]()

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        self.options.append(options)
        places: tuple[Place, ...] = ()
        for text, probability in self.tokens:
            places, self.written = (*places, Place(text, True, probability)), self.written + 1
            yield Sketch(self.written, (places,))
        score = sum(math.log(probability) for _, probability in self.tokens) + math.log(self.ending)
        yield Draft(("".join(text for text, _ in self.tokens),), score, self.written)


def suggest(marked: str, engine, language: str = "python", **options) -> Suggestion | NoEdit:
    """Ask at the cursor `ˇ` for as many lines as are likelier than one half."""
    case = parse(marked)
    document = Document("m", case.text, language=language)
    return complete(document, case.cursors[0], engine, **{"several": 0.5, **options})


def text(outcome: Suggestion | NoEdit) -> str:
    return outcome.text if isinstance(outcome, Suggestion) else ""


@pytest.mark.parametrize(
    "marked",
    [
        "def f():\nˇ\n",
        "def f():\n    ˇ",
        "for a in b:  # all of them\n    ˇ  \nc\n",
        "x = {\n    ˇ\n}\n",
        "if a:\r\n\tˇ\r\nb\r\n",
    ],
)
def test_several_lines_may_come_on_an_empty_line_under_one_that_opens_a_block(marked):
    case = parse(marked)
    assert takes_several(Document("m.py", case.text, language="python"), case.cursors[0])


@pytest.mark.parametrize(
    "marked",
    ["ˇ", "def f():ˇ\n", "def f():\n    aˇ\n", "def f():\n    ˇa\n", "a = 1\nˇ\n", "a  # b:\nˇ\n"],
)
def test_elsewhere_there_is_one_line_unless_several_are_wanted_everywhere(marked):
    case = parse(marked)
    document = Document("m.py", case.text, language="python")
    assert not takes_several(document, case.cursors[0])
    follows = marked.partition("ˇ")[2].partition("\n")[0]
    assert takes_several(document, case.cursors[0], anywhere=True) is not bool(follows)


def test_a_block_is_the_whole_draft_where_the_model_is_sure_of_it():
    engine = Writer(*BODY)
    found = suggest(HEAD, engine, checkers=(SyntaxChecker(),))
    assert isinstance(found, Suggestion)
    assert (found.text, found.confidence) == ("b = a\n    c = b\n    return c", 1.0)
    assert found.effort.nfe == len(BODY)
    assert engine.options == [SEVERAL]


def test_it_ends_before_the_line_of_which_the_model_is_not_sure():
    found = suggest(HEAD, Writer(*BODY[:4], ("    return", 0.4), *BODY[5:]))
    assert text(found) == "b = a\n    c = b"


def test_a_line_counts_with_its_break_and_the_last_one_with_the_ending():
    assert text(suggest(HEAD, Writer("a", ("\n", 0.9), "    b", ("\n", 0.5), "    c"))) == "a"
    unended = suggest(HEAD, Writer(*BODY, ending=0.4))
    assert text(unended) == "b = a\n    c = b"


def test_a_single_line_has_a_threshold_of_its_own():
    unsure = ("a", 0.4), "\n", "    b"
    assert text(suggest(HEAD, Writer(*unsure), least=0.3)) == "a"
    assert suggest(HEAD, Writer(*unsure), least=0.45) == NoEdit(UNSURE)


def test_writing_stops_when_no_line_can_be_sure_enough():
    engine = Writer(("a", 0.2), *BODY)
    suggest(HEAD, engine, least=0.3)
    assert engine.written == 1
    engine = Writer("a", "\n", ("    b", 0.4), *BODY)
    suggest(HEAD, engine, least=0.3)
    assert engine.written == 3


def test_there_are_no_more_lines_than_are_read_before_they_are_taken():
    engine = Writer(*["a\n    "] * 20)
    found = suggest(HEAD, engine)
    assert text(found).count("\n") == MOST_LINES - 1
    assert engine.written == MOST_LINES


@pytest.mark.parametrize("line", ["g()", "  g()", "\tg()"])
def test_it_ends_with_the_block(line):
    assert text(suggest(HEAD, Writer("a", f"\n    b\n\n{line}\n", "    c\n"))) == "a\n    b"
    assert text(suggest(HEAD, Writer("a", "\n    b\n\n    c\n"))) == "a\n    b\n\n    c"


def test_below_an_opener_that_it_is_not_indented_deeper_than_it_is_one_line():
    assert text(suggest("if a:\nˇ\n", Writer("b\n", "c\n", "d"))) == "b"
    assert text(suggest("if a:\nˇ\n", Writer("    b\n", "    c\n", "d"))) == "    b\n    c"


def test_the_documents_own_tabs_and_line_endings_are_kept():
    found = suggest("if a:\r\n\tˇ\r\nc\r\n", Writer("b\n", "\tif d:\n", "\t\te\n", "    f\n"))
    assert text(found) == "b\r\n\tif d:\r\n\t\te"


def test_a_block_that_brings_a_problem_is_cut_before_it():
    found = suggest(HEAD, Writer("a\n", "    b = c d\n", "    c\n"), checkers=(SyntaxChecker(),))
    assert text(found) == "a"
    doubled = suggest(HEAD, Writer("total = a\n", "    total = a\n"))
    assert text(doubled) == "total = a"


def test_half_a_character_is_not_shown():
    assert text(suggest(HEAD, Writer("a\n", "    # \ufffd\n", ("b", 0.1)))) == "a"


def test_a_looked_up_line_is_shown_where_there_is_no_block():
    class Recalling(Writer):
        def recall(self, task: FillTask, most: int) -> list[Draft]:
            return [Draft(("looked_up",), math.log(0.9), 0)]

    assert text(suggest(HEAD, Recalling("a\n", "    b"))) == "a\n    b"
    assert text(suggest(HEAD, Recalling(("a\n", 0.4), "    b"))) == "looked_up"
    assert text(suggest(HEAD, Recalling(("a", 0.8)))) == "looked_up"
    assert text(suggest(HEAD, Recalling(("a", 0.95)))) == "a"


def test_a_draft_that_was_cut_off_is_shown_as_far_as_its_lines_are_finished():
    class CutOff(Writer):
        def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
            for update in super().fill(task, options):
                if isinstance(update, Draft):
                    update = Draft(update.texts, update.score, update.nfe, ended=False)
                yield update

    assert text(suggest(HEAD, CutOff(*BODY))) == "b = a\n    c = b"
