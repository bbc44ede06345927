"""With a calibration of the model ghost text is as sure as it is likely right, and `least` asks for that."""

import math
from collections.abc import Iterator, Sequence

import pytest

from editdiff.edits.block import Lines
from editdiff.edits.complete import UNSURE, Suggestion, complete, suggest_lines
from editdiff.edits.infill import fill_task
from editdiff.edits.proposal import NoEdit
from editdiff.engines.base import Draft, FillOptions, FillTask, Place, Sketch, Update
from editdiff.engines.confidence import LineCalibration, Unread
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.text.document import Document
from editdiff.text.span import Span

BY_READING = LineCalibration(1.0, {"read": 1.0}, 0.5, {}, Unread(0.5, {}, 0.0))
"""As sure as a line is likely with what follows it, one in e being as good as none; unread, 62 %."""
DOCUMENT = Document("m.py", "x = \n", language="python")


class Reading(ScriptedEngine):
    """Reads texts as likely as they were told, and others as one in e."""

    def __init__(self, script: Sequence[object], told: dict[str, float]) -> None:
        super().__init__(script)  # type: ignore[arg-type]
        self.told, self.read = told, list[str]()

    def score_with(
        self, task: FillTask, texts: Sequence[tuple[str, ...]], options: FillOptions
    ) -> list[float]:
        self.read += [text for (text,) in texts]
        return [self.told.get(text, -1.0) for (text,) in texts]


def ask(engine: Reading, least: float = 0.0, **more: object) -> Suggestion | NoEdit:
    return complete(DOCUMENT, 4, engine, least=least, calibration=BY_READING, **more)  # type: ignore[arg-type]


def test_its_confidence_is_the_probability_that_the_line_is_right():
    found = ask(Reading([[Draft(("1",), math.log(0.25), 1)]], {"1": 0.0}), 0.4)
    assert isinstance(found, Suggestion)
    assert found.confidence == pytest.approx(1 / (1 + math.exp(-1)))
    assert found.probability == pytest.approx(0.25)


@pytest.mark.parametrize(("least", "shown"), [(0.7, True), (0.74, False)])
def test_least_asks_for_that_probability(least, shown):
    engine = Reading([[Draft(("1",), math.log(0.9), 1)]], {"1": 0.0})
    found = ask(engine, least)
    assert isinstance(found, Suggestion) == shown
    assert isinstance(found, Suggestion) or found.reason == f"{UNSURE}: 73 % likely, 74 wanted"


def test_a_line_that_the_network_is_much_less_sure_of_is_not_read():
    engine = Reading([[Draft(("1",), math.log(0.04), 1)]], {"1": 9.0})
    assert isinstance(ask(engine, 0.5), NoEdit)
    assert engine.read == []
    assert isinstance(
        ask(Reading([[Draft(("1",), math.log(0.07), 1)]], {"1": 9.0}), 0.5), Suggestion
    )


@pytest.mark.parametrize("least", [0.0, 0.1, 0.9])
def test_a_line_is_not_read_where_that_is_unlikely_to_decide(least):
    engine = Reading([[Draft(("1",), math.log(0.9), 1)]], {"1": 9.0})
    found = ask(engine, least)
    assert engine.read == []
    if least < 0.5:
        assert isinstance(found, Suggestion)
        assert found.confidence == pytest.approx(1 / (1 + math.exp(-0.5)))
    else:
        assert reason(found) == f"{UNSURE}: 62 % likely, 90 wanted"


def reason(outcome: Suggestion | NoEdit) -> str:
    assert isinstance(outcome, NoEdit)
    return outcome.reason


def test_an_empty_line_is_not_read():
    engine = Reading([[Draft(("",), -0.1, 1)]], {})
    assert isinstance(ask(engine), NoEdit)
    assert engine.read == []


class Slow(Reading):
    """Commits the tokens of its line one by one, each with a half, and counts the steps that it is asked for."""

    steps = 0

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        for step in range(1, 5):
            self.steps = step
            yield Sketch(step, (tuple(Place("a", True, 0.5) for _ in range(step)),))
        yield Draft(("aaaa",), 4 * math.log(0.5), 4)


@pytest.mark.parametrize(("least", "steps"), [(0.0, 4), (0.4, 4), (0.9, 3)])
def test_writing_is_given_up_once_the_network_is_too_unsure_for_what_is_wanted(least, steps):
    engine = Slow([], {"aaaa": 9.0})
    ask(engine, least)
    assert engine.steps == steps, "sqrt(0.5 ** 3) < 0.5 * 0.9 < sqrt(0.5 ** 2)"


def test_of_an_engine_that_cannot_read_it_is_what_is_known_unread():
    engine = ScriptedEngine([[Draft(("1",), math.log(0.25), 1)]])
    found = complete(DOCUMENT, 4, engine, least=0.5, calibration=BY_READING)
    assert isinstance(found, Suggestion)
    assert found.confidence == pytest.approx(1 / (1 + math.exp(-0.5)))


def test_of_several_lines_each_number_of_them_is_read():
    document = Document("m.py", "def f():\n    \n", language="python")
    task = fill_task(document, [Span(13, 13)])

    class Block(Reading):
        def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
            places = tuple(Place(text, True, 0.9) for text in ("a = 1", "\n    ", "b = 2", "\n"))
            yield Sketch(4, (places,))
            yield Draft(("a = 1\n    b = 2",), math.log(0.6), 4)

    told = {"a = 1": 3.0, "a = 1\n    b = 2": -1.0}
    (found,) = suggest_lines(
        document, 13, task, Block([], told), line=0.6, several=0.6, calibration=BY_READING
    )
    assert found.text == "a = 1", "two lines are as likely as not"
    assert found.confidence == pytest.approx(1 / (1 + math.exp(-4)))
    assert Lines("a = 1", found.confidence).sure(0.6, 0.6)
