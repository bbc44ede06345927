"""The benchmark of several lines: which blocks are drawn, what counts as right, how a threshold is chosen."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace

import pytest
from evaluation_zoo import MODULE, File, write_corpus

from editdiff.engines.base import Draft, FillOptions, FillTask, Place, Sketch, Update
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.errors import InputError
from editdiff.evaluation.benchmarks import ghost_lines
from editdiff.evaluation.benchmarks.ghost_lines import (
    Block,
    Judged,
    Keystroke,
    choose_threshold,
    curve,
    draw,
    tried,
)
from editdiff.evaluation.core.benchmark import Request

FILE = """class A:
    def f(self):
        if self.a:  # why
            b = 1

            return b
        return {
            "a": 1,
        }


C = 1
"""


def stroke(*lines: tuple[str, float, int]) -> Keystroke:
    return Keystroke(tuple(Judged(*each) for each in lines), 0.1)


class Knowing:
    """Knows the lines of every block, and is as sure of each line as `sure` says; every third block is wrong."""

    name = "knowing"

    def __init__(self, blocks: list[Block], sure: float = 0.99) -> None:
        self._truth = {(b.text, b.offset): b.truth for b in blocks}
        self._sure = sure

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        truth = self._truth[task.text, task.gaps[0].start]
        wrong = len(truth) % 3 == 0
        sure = self._sure - 0.5 * wrong
        lines = [line + "zz" * wrong for line in truth.split("\n")]
        places = tuple(Place(f"{line}\n", True, sure) for line in lines)
        for count in range(1, len(lines)):
            yield Sketch(count, (places[:count],))
        yield Draft(("\n".join(lines),), len(lines) * math.log(sure), len(lines))


@pytest.fixture
def blocks() -> list[Block]:
    return draw([File("p", f"m{n}.py", MODULE + f"\n# {n}\n") for n in range(60)], 480, seed=0)


@pytest.fixture
def request_(tmp_path) -> Request:
    manifest = write_corpus(tmp_path, {"kept": "heldout", "out": "heldout"})
    return Request(FillOptions(), 8, 5, manifest, tmp_path)


def test_a_block_is_all_that_is_indented_as_its_first_line_and_its_text_is_gone():
    found = {block.line: block for block in draw([File("p", "a.py", FILE)], 99, seed=0)}
    assert {line: block.truth for line, block in found.items()} == {
        2: FILE[13 : FILE.index("\n\n\nC")],
        3: FILE[34 : FILE.index("\n\n\nC")],
        4: "b = 1\n\n            return b",
        8: '"a": 1,',
    }
    for block in found.values():
        restored = block.text[: block.offset] + block.truth + block.text[block.offset :]
        assert restored == FILE
    assert found[4].text.split("\n")[3] == " " * 12


def test_the_same_seed_draws_the_same_blocks_and_a_smaller_limit_the_first_of_them(blocks):
    files = [File("p", f"m{n}.py", MODULE + f"\n# {n}\n") for n in range(60)]
    assert draw(reversed(files), 10, seed=0) == blocks[:10]


def test_lines_are_right_up_to_the_first_that_did_not_stand_there():
    block = Block("p", "a.py", "if a:\n    \nd\n", 10, 2, "b  \n    c")
    for draft, right in [("b\n    c", 2), ("b\n    c\n    e", 2), ("b\n    x", 1), ("x\n    c", 0)]:
        (judged,) = ghost_lines.ask(ScriptedEngine([draft]), block, ()).lines[:1]
        assert (judged.text, judged.right, judged.exact) == (draft, right, draft == "b\n    c")


def test_a_threshold_shows_the_most_lines_that_are_above_it_and_no_single_one():
    several = stroke(("a\nb\nc", 0.3, 2), ("a\nb", 0.6, 2), ("a", 0.9, 1))
    assert [several.shown(t) for t in (0.2, 0.5, 0.7, None)] == [
        several.lines[0],
        several.lines[1],
        None,
        None,
    ]
    found = tried(0.2, [several, stroke(("a\nb", 0.2, 2)), stroke()])
    assert (found.exact.hits, found.exact.total, found.shown.total) == (1, 2, 3)
    assert curve([several]) == {"threshold": [0.6, 0.3], "shown": [1, 1], "exact": [1, 0]}


def test_the_least_threshold_that_is_good_enough_is_chosen():
    right = [stroke(("a\nb", 0.5 + n / 100, 2)) for n in range(30)]
    wrong = [stroke(("a\nb", 0.4, 0)) for _ in range(30)]
    assert choose_threshold([*right, *wrong]) == 0.5
    assert choose_threshold(right[:19]) is None
    assert choose_threshold(wrong) is None


def test_it_is_chosen_on_one_half_and_reported_on_the_other(blocks, request_):
    choose, test = blocks[::2], blocks[1::2]
    report = ghost_lines.report(Knowing(blocks), choose, test, request_, checkers=())
    found = report.thresholds["python"]
    assert found.confirmed
    assert found.exact.hits == found.exact.total > 20
    content = json.loads(json.dumps(report.to_json()))
    assert content["thresholds"]["python"]["threshold"] == found.threshold
    assert len(content["items"]) == len(content["rows"][0]["outcomes"]) == len(test)
    assert any(note.endswith("exact; confirmed.") for note in report.notes)


def test_where_no_threshold_is_good_enough_editors_show_one_line(blocks, request_):
    others = [replace(block, truth="something else") for block in blocks]
    report = ghost_lines.report(Knowing(blocks), others[::2], others[1::2], request_, checkers=())
    assert report.to_json()["thresholds"]["python"]["threshold"] is None
    assert any("editors show one line" in note for note in report.notes)


def test_without_two_files_that_are_held_out_it_says_so(tmp_path):
    manifest = write_corpus(tmp_path, {"kept": "heldout", "learnt": "train"})
    with pytest.raises(InputError, match="no two files"):
        ghost_lines.evaluate(
            ScriptedEngine([]),
            Request(FillOptions(), 8, 0, manifest, tmp_path),
            lambda name, done, total: None,
        )
