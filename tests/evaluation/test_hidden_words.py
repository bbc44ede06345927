"""Words that are hidden inside of lines: of mended programs, and of worked solutions."""

import json

import pytest

from editdiff.engines.base import FillOptions
from editdiff.evaluation.benchmarks import condefects, gsm8k, hidden_words
from editdiff.evaluation.benchmarks.condefects import Item
from editdiff.evaluation.core.benchmark import Request

WRONG = "n = int(input())\nif n > 3:\n    print(n)\n"


def program(right: str, line: int = 1) -> Item:
    lines = WRONG.split("\n")
    lines[line] = right
    return Item("1", WRONG, "\n".join(lines), line)


@pytest.mark.parametrize(
    ("right", "hidden"),
    [
        ("if n >= 3:", "="),
        ("if n > 2 * k + 1:", "2 * k + 1"),
        ("if m > 3:", "m"),
        ("if n > 33:", "33"),
        ("while n > 3:", "while"),
        ("if not n > 3:", "not"),
    ],
)
def test_what_was_mended_is_hidden(right, hidden):
    place = hidden_words.mended(program(right))
    assert place.truths == (hidden,)
    (gap,) = place.task.gaps
    text = place.task.text
    assert text[: gap.start] + hidden + text[gap.end :] == program(right).fixed


@pytest.mark.parametrize("right", ["if n:", "if n > 3 :"])
def test_a_line_that_only_lost_words_or_white_space_has_nothing_to_be_hidden(right):
    assert hidden_words.mended(program(right)) is None


def records(path, some):
    path.write_text("".join(json.dumps(each) + "\n" for each in some))
    return path


def test_programs_are_drawn_from_the_file_up_to_the_limit(tmp_path):
    ops = [{"buggy_start": 1, "buggy_lines": ["if n > 3:"], "fixed_lines": ["if n > 4:"]}]
    right = program("if n > 4:").fixed
    some = [{"id": str(i), "buggy": WRONG, "fixed": right, "ops": ops} for i in range(5)]
    request = Request(FillOptions(), 3, data=records(tmp_path / condefects.FILE, some))
    places = hidden_words.of_programs(request)
    assert [place.truths for place in places] == [("4",)] * 3
    assert len({place.package for place in places}) == 3


def test_of_a_solution_a_result_is_hidden_with_its_copy(tmp_path):
    def solution(n: int) -> dict[str, str]:
        sum_, product = f"{n}*{n + 20}", n * (n + 20)
        answer = f"He has {sum_}=<<{sum_}={product}>>{product} of them.\n#### {product}"
        return {"question": f"{n} bags of {n + 20}?", "answer": answer}

    some = [solution(n) for n in range(11, 51)]
    request = Request(FillOptions(), 4, data=records(tmp_path / gsm8k.FILE, some))
    places = hidden_words.of_solutions(request)
    assert len(places) == 4
    for place in places:
        (truth,), (gap,) = place.truths, place.task.gaps
        result, copy = truth.split(">>")
        assert result == copy and result.isdigit()
        assert result not in place.task.text[: gap.start]
        assert place.task.text[gap.start :].startswith(" of them")
