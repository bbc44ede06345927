import json
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from editdiff.engines.base import Doubt, Draft, FillOptions, FillTask, Sketch, Update
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks import gsm8k
from editdiff.evaluation.benchmarks.gsm8k import best_bound, number_options
from editdiff.evaluation.benchmarks.revision import (
    DOUBTED,
    Reviser,
    calculate,
    first_number,
    leave,
    model_alone,
    model_and_calculator,
    model_and_checker,
    most_doubtful,
    suspects,
)
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.data.corruption import KINDS, Item, Place, corrupted, draw_items, places
from editdiff.evaluation.data.equations import content
from editdiff.text.span import Span

GOODS = ["pens", "nuts", "coins", "cards", "stamps", "boxes", "cups", "tiles"]
SOLUTIONS = [
    (
        f"Ann packs {n + 12} {goods} a day. How many in 3 days, and with 40 more?",
        f"She packs {n + 12}*3 = <<{n + 12}*3={3 * n + 36}>>{3 * n + 36} {goods}.\n"
        f"With more it is {3 * n + 36}+40 = <<{3 * n + 36}+40={3 * n + 76}>>{3 * n + 76} {goods}.\n"
        f"#### {3 * n + 76}",
    )
    for n, goods in enumerate(GOODS)
]
TEXT = "How many?\n\nShe packs 12*3 = $<<12*3=36>>36 in all.\n#### 36\n"
WRONG_RESULT = TEXT.replace("36>>36", "46>>46")
WRONG_OPERAND = TEXT.replace("12*3", "17*3")
LONG = TEXT.replace("#### 36", "That is 36*2 = <<36*2=72>>72 and <<72+1=73>>73.\n#### 73")
OPTIONS = number_options(FillOptions(drafts=2))


def ignore(name: str, done: int, total: int) -> None:
    pass


class Wary:
    """Doubts digits, the more the further at the front they stand; those of `doubtful` places of a text most."""

    name = "wary"
    calibrated = False

    def __init__(self, doubtful: Mapping[str, Place] = MappingProxyType({})) -> None:
        self.doubtful = {text: place.spans for text, place in doubtful.items()}
        self.asked: list[list[str]] = []

    def doubts(self, text: str, spans: Sequence[Span], path: str) -> Iterator[list[Doubt]]:
        self.asked.append([span.slice(text) for span in spans])
        for span in spans:
            for at in range(span.start, span.end):
                here = Span(at, at + 1)
                told = any(here.overlaps(other) for other in self.doubtful.get(text, ()))
                if here.slice(text).isdigit():
                    yield [Doubt(here, 1.0 if told else 0.9 * (1 - at / len(text)))]


class Knowing:
    """Knows correct texts: writes on as one of them does, and finds that likelier than anything else."""

    name = "knowing"

    def __init__(self, *right: str, junk: Sequence[str] = ()) -> None:
        self.right = right
        self.junk = junk
        """Numbers it writes as well, and finds likelier."""

    def truth(self, task: FillTask) -> str:
        (gap,) = task.gaps

        def likeness(text: str) -> int:
            return sum(a == b for a, b in zip(text, task.text, strict=False))

        return max(self.right, key=likeness)[gap.start :]

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        yield Sketch(5, ((),))
        texts = [(f"{text} and so",) for text in (*self.junk, self.truth(task))]
        for filling, score in zip(texts, self.score(task, texts), strict=True):
            yield Draft(filling, score, 5, ended=False)

    def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
        truth, scores = self.truth(task), []
        for (text,) in texts:
            likely = -0.5 if text.startswith(tuple(self.junk)) else -10.0
            scores.append(-1.0 if text == truth else likely)
        return scores


def reviser_of(engine: object, doubtful: Mapping[str, Place] = MappingProxyType({})) -> Reviser:
    return Reviser(engine, Wary(doubtful), OPTIONS)


def shown(text: str) -> list[tuple[str, str, list[int]]]:
    return [(p.kind, p.read(text), [s.start for s in p.spans]) for p in places(text)]


def test_a_value_and_its_copy_are_one_place():
    text = "In all 6*7 = $<<6*7=42>>42 and then <<42/4=10.5>>10.50 more."
    assert shown(text) == [
        ("operand", "6", [7, 16]),
        ("operand", "7", [9, 18]),
        ("result", "42", [20, 24]),
        ("operand", "42", [38]),
        ("operand", "4", [41]),
        ("result", "10.5", [43]),
    ]


def test_copies_are_taken_from_the_nearest_on_and_only_once():
    first, second, _ = places("5 of 5 times 5: <<5*5=25>>25")
    assert [span.start for span in first.spans] == [5, 18]
    assert [span.start for span in second.spans] == [13, 20]


def test_a_number_of_another_line_or_inside_a_longer_one_is_no_copy():
    assert shown("6 days\nof 16, 6.5 and 1,006: <<6+1=7>>7") == [
        ("operand", "6", [31]),
        ("operand", "1", [33]),
        ("result", "7", [35, 38]),
    ]


def test_a_place_is_written_in_all_its_copies():
    result = places(TEXT)[-1]
    assert result.write(TEXT, "9") == TEXT.replace("36>>36", "9>>9")


@given(st.integers(0, 10**6), st.sampled_from(KINDS), st.sampled_from(SOLUTIONS))
def test_a_wrong_solution_differs_in_one_digit_of_one_value(seed, kind, solution):
    text = "\n\n".join(solution) + "\n"
    item = corrupted(text, kind, random.Random(seed))
    right, wrong = item.place.read(item.text), item.place.read(item.wrong)
    assert item.text == text
    assert item.kind == kind
    assert len(right) == len(wrong)
    assert sum(a != b for a, b in zip(right, wrong, strict=True)) == 1
    assert not (wrong.startswith("0") and len(wrong) > 1)
    assert not content(item.wrong)
    assert item.place.write(item.wrong, right) == text
    line = next(line for line in item.wrong.split("\n") if line not in text.split("\n"))
    assert wrong in line
    assert len([True for a, b in zip(text, item.wrong, strict=True) if a != b]) == len(
        item.place.spans
    )


@pytest.mark.parametrize(
    "text",
    [
        "It is <<2+2=5>>5.\n",
        "nothing\n",
        "It is <<2+1=3>>3 and 3.\n",
        "It is <<2+1=3>>3.00.\n",
    ],
)
def test_a_solution_without_a_certain_place_is_passed_over(text):
    assert corrupted(text, "result", random.Random(0)) is None


def test_kinds_come_by_turns_in_both_halves_and_small_draws_are_part_of_large_ones():
    items = draw_items(SOLUTIONS, 8, seed=3)
    assert [item.kind for item in items] == ["result", "result", "operand", "operand"] * 2
    assert draw_items(SOLUTIONS, 5, seed=3) == items[:5]
    assert draw_items(SOLUTIONS, 8, seed=4) != items


def test_a_knowing_model_restores_both_kinds_in_every_way():
    reviser = reviser_of(Knowing(TEXT))
    for wrong in (WRONG_RESULT, WRONG_OPERAND):
        assert model_alone(reviser, wrong, 1.0).text == TEXT
        assert model_and_checker(reviser, wrong).text == TEXT
        assert model_and_calculator(reviser, wrong).text == TEXT


def test_a_knowing_model_leaves_a_correct_solution_as_it_is():
    reviser = reviser_of(Knowing(TEXT))
    for answer in (model_alone(reviser, TEXT, 1.0), model_and_checker(reviser, TEXT)):
        assert (answer.text, answer.written) == (TEXT, None)


def test_the_model_alone_needs_more_doubt_than_the_bound():
    reviser = reviser_of(Knowing(TEXT))
    doubt, answer = most_doubtful(reviser, WRONG_RESULT)
    assert (doubt, answer.written) == (9.0, "36")
    assert model_alone(reviser, WRONG_RESULT, doubt).text == WRONG_RESULT
    assert model_alone(reviser, WRONG_RESULT, doubt - 0.1).text == TEXT


def test_a_checker_passes_over_drafts_that_leave_the_equation_wrong():
    reviser = reviser_of(Knowing(TEXT, junk=["99"]))
    assert model_alone(reviser, WRONG_RESULT, 1.0).written == "99"
    assert model_and_checker(reviser, WRONG_RESULT).text == TEXT


@pytest.mark.parametrize(
    ("text", "ended", "number"),
    [
        ("36>>36 in", False, "36"),
        ("3.5 cups", False, "3.5"),
        ("36", True, "36"),
        ("36", False, None),
        ("x36", True, None),
        ("", True, None),
    ],
)
def test_a_draft_counts_by_the_whole_number_that_it_begins_with(text, ended, number):
    assert first_number(Draft((text,), -1.0, 3, ended)) == number


def test_what_stands_there_is_no_draft_and_equal_numbers_are_one():
    drafts = [Draft((text,), -1.0, 3) for text in ("46 in", "36 in", "36>>36")]

    class Confused(ScriptedEngine):
        def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
            return [-1.0 if text.startswith("36>>36 in all") else -9.0 for (text,) in texts]

    reviser = reviser_of(Confused([drafts]))
    assert reviser.look(WRONG_RESULT, places(WRONG_RESULT)[-1]).drafts == ((8.0, "36"),)


def test_the_values_are_read_at_once_and_the_most_doubtful_come_first():
    first, second, result = places(TEXT)
    reviser = reviser_of(Knowing(TEXT), {TEXT: result})
    assert reviser.read(TEXT).places == (result, first, second)
    assert reviser.doubter.asked == [["12*3 = $<<12*3=36>>36"]]


def test_only_the_most_doubtful_values_are_looked_at():
    first, *_, last = places(LONG)
    wrong = last.write(LONG, "9")
    assert model_alone(reviser_of(Knowing(LONG)), wrong, 1.0).text == wrong
    assert model_alone(reviser_of(Knowing(LONG), {wrong: last}), wrong, 1.0).text == LONG
    engine = ScriptedEngine([])
    most_doubtful(reviser_of(engine, {wrong: last}), wrong)
    assert len(engine.tasks) == DOUBTED
    assert engine.tasks[0].gaps == (Span(last.spans[0].start, len(wrong)),)
    assert engine.tasks[1].gaps == (Span(first.spans[0].start, len(wrong)),)


def test_a_text_without_an_equation_is_left_alone_unread():
    reviser = reviser_of(Knowing("No number.\n"))
    assert most_doubtful(reviser, "No number.\n")[0] == -math.inf
    assert reviser.doubter.asked == []


def test_the_same_place_of_the_same_text_is_written_once():
    engine = ScriptedEngine([])
    reviser = reviser_of(engine)
    model_alone(reviser, WRONG_RESULT, 0.0)
    model_and_checker(reviser, WRONG_RESULT)
    assert len(engine.tasks) == 3
    assert len(reviser.doubter.asked) == 1
    assert engine.options[0].canvas == gsm8k.CANVAS


def test_the_calculator_mends_results_and_makes_wrong_operands_worse():
    assert calculate(WRONG_RESULT).text == TEXT
    assert calculate(WRONG_OPERAND).text == WRONG_OPERAND.replace("36>>36", "51>>51")
    assert calculate(TEXT).text == TEXT
    assert leave(WRONG_RESULT).text == WRONG_RESULT


def test_only_the_wrong_equation_is_suspected():
    text = TEXT + "<<1+1=3>>3"
    assert {place.equation for place in suspects(text)} == {1}


def test_the_bound_gains_most_and_is_the_highest_of_equals():
    assert best_bound([(5.0, 1), (4.0, 1), (3.0, -1), (2.0, 0)]) == 3.0
    assert best_bound([(5.0, -1), (4.0, 1)]) == 5.0
    assert best_bound([(5.0, 0)]) == 5.0
    assert best_bound([(-1.0, 1), (-math.inf, 0)]) == 0.0


@pytest.fixture
def request_(tmp_path) -> Request:
    file = tmp_path / gsm8k.FILE
    lines = [json.dumps({"question": q, "answer": a}) for q, a in SOLUTIONS]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Request(FillOptions(drafts=2), limit=8, data=tmp_path)


@pytest.fixture
def items(request_) -> list[Item]:
    return draw_items(gsm8k.read_solutions(request_), request_.limit, request_.seed)


def test_the_report_counts_what_came_back_beside_both_floors(request_, items):
    wary = Wary({item.wrong: item.place for item in items})
    engine = Knowing(*(item.text for item in items))
    result = gsm8k.report(engine, wary, items, OPTIONS, request_)
    content_ = json.loads(json.dumps(result.to_json()))
    figures = {row["name"]: row["figures"] for row in content_["rows"]}
    assert figures["knowing alone"]["restored"]["hits"] == 4
    assert figures["knowing alone"]["unchanged"]["hits"] == 4
    assert figures["knowing and calculator"]["restored"]["hits"] == 4
    assert figures["leave it"]["restored"]["hits"] == 0
    assert figures["leave it"]["unchanged"]["hits"] == 4
    assert figures["calculator alone"]["restored_result"]["share"] == 1.0
    assert figures["calculator alone"]["restored_operand"]["share"] == 0.0
    assert "floor: leave it" in result.table.plain()
    assert content_["settings"]["threshold_items"] == 4


def test_a_model_that_writes_nothing_changes_nothing(request_, items):
    class Silent(ScriptedEngine):
        def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
            return [0.0] * len(texts)

    alone = gsm8k.report(Silent([]), Wary(), items, OPTIONS, request_).rows[0].figures
    assert str(alone["restored"]).startswith("0.0 [")
    assert str(alone["unchanged"]).startswith("100.0 [")


def test_an_engine_that_cannot_score_is_refused(request_, items):
    with pytest.raises(UsageError, match="cannot say how likely"):
        gsm8k.report(ScriptedEngine([]), Wary(), items, OPTIONS, request_)


def test_an_engine_without_a_network_is_refused(request_):
    with pytest.raises(UsageError, match="no network that could doubt"):
        gsm8k.evaluate(ScriptedEngine([]), request_, ignore)


def test_too_few_solutions_are_refused(tmp_path):
    file = tmp_path / "own.jsonl"
    file.write_text('{"question": "q", "answer": "no equation"}\n')
    with pytest.raises(InputError, match="0 solutions can be made wrong"):
        gsm8k.evaluate(Knowing("x"), Request(FillOptions(), data=file), ignore)
