"""The benchmark `revising`: what is drawn, what counts as restored, and both ways beside each other."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from editdiff.edits.doubts import alike
from editdiff.edits.proposal import Effort, propose
from editdiff.engines.base import FillOptions
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.recall import WithLookup
from editdiff.engines.twin.engine import TwinEngine
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks import revising
from editdiff.evaluation.benchmarks.registry import find
from editdiff.evaluation.benchmarks.revising import (
    ELSEWHERE,
    NOTHING,
    OTHERWISE,
    RESTORED,
    Outcome,
)
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.data.faulty_blocks import Block, of_folder
from editdiff.evaluation.data.folder_files import LARGEST, by_language
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.span import Span
from editdiff.training.tasks.faults.source import parses

FUNCTION = '''\
def area(width, height, most=20):
    """Area of a rectangle,
    in metres."""
    size = width * height
    if size > most:
        size = most
    half = size / 2
    rest = size - half
    return half + rest
'''
SHORT = "def one():\n    return 1\n"


def ignore(name: str, done: int, total: int) -> None:
    pass


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("packages")
    for i in range(3):
        (folder / f"p{i}").mkdir()
        for j in range(2):
            text = FUNCTION.replace("area", f"area{i}{j}")
            (folder / f"p{i}" / f"m{j}.py").write_text(f"import math\n\n\n{text}\n\n{SHORT}")
        (folder / f"p{i}" / "broken.py").write_text(FUNCTION + "def f(:\n")
        (folder / f"p{i}" / "other.js").write_text("function f() {}\n" * 20)
    return folder


@pytest.fixture(scope="module")
def request_(folder) -> Request:
    return Request(FillOptions(drafts=2), 6, 3, data=folder)


@pytest.fixture(scope="module")
def engine() -> TwinEngine:
    learnt = FUNCTION[FUNCTION.index("    size") :]
    return TwinEngine(ChainDenoiser((learnt,), order=6, smooth=1e-7), name="chain")


def blocks(folder: Path, limit: int = 6, seed: int = 3) -> list[Block]:
    return of_folder(by_language(folder, LARGEST, ("python",))["python"], limit, seed)


@pytest.mark.parametrize("seed", range(8))
def test_every_other_function_has_one_word_that_is_wrong_and_still_parses(folder, seed):
    drawn = blocks(folder, seed=seed)
    assert [block.wrong is not None for block in drawn] == [True, False] * 3
    assert len({block.package for block in drawn[:3]}) == 3
    for block in drawn:
        assert parses(block.text)
        assert block.span.slice(block.text).startswith("def area")
        assert block.span.slice(block.text).endswith(block.body.slice(block.text))
        assert '"""' not in block.body.slice(block.text)
        if block.wrong is None:
            assert block.text == block.truth
            continue
        assert block.body.contains(block.wrong.span)
        assert block.text != block.truth == Edits((block.wrong,)).apply(block.text)
        assert alike(block.wrong.span.slice(block.text), block.wrong.text)
    assert drawn == blocks(folder, seed=seed)
    assert drawn[:2] == blocks(folder, limit=2, seed=seed)


def test_a_folder_without_functions_is_told(tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.py").write_text(SHORT)
    with pytest.raises(InputError, match="no function of 8 to 35 lines"):
        blocks(tmp_path)


@pytest.mark.parametrize(
    ("edits", "result"),
    [
        ({"+": "*"}, RESTORED),
        ({"+": "-"}, OTHERWISE),
        ({"2": "3"}, ELSEWHERE),
        ({"+": "*", "2": "3"}, ELSEWHERE),
    ],
)
def test_what_became_of_a_fault(edits, result):
    truth = "def f(a, b):\n    c = a * b\n    return c / 2\n"
    text = truth.replace("*", "+")
    at = text.index("+")
    whole = Span(0, len(text))
    undone = TextEdit(Span(at, at + 1), "*")
    block = Block("p", "a.py", text, whole, whole, truth, "arithmetic", undone)
    places = {old: text.index(old) for old in edits}
    made = Edits(tuple(TextEdit(Span(places[o], places[o] + 1), n) for o, n in edits.items()))
    document = Document("a.py", text, language="python")
    proposal = propose(document, made, [whole], (), Effort(0.0, 0, 0.0, 1))
    assert revising._result(block, proposal) == result
    right = replace(block, wrong=None)
    if result != RESTORED:
        assert revising._result(right, proposal) == ELSEWHERE


def test_functions_are_revised_both_ways_beside_the_floor(engine, request_):
    found = find("revising").evaluate(WithLookup(engine), request_, ignore)
    once, places, floor = found.rows
    assert (once.name, places.name) == ("chain, read once", "chain, contexts for each place")
    assert floor.floor
    assert floor.figures[NOTHING].hits == 3
    assert once.figures["faulty"].value == once.figures["right"].value == 3
    assert once.figures[RESTORED].hits >= places.figures[RESTORED].hits
    assert once.figures["edited"].hits == 0
    assert len(found.notes) == 2
    told = json.loads(json.dumps(found.to_json()))
    assert [("kind" in item) for item in told["items"]] == [True, False] * 3
    for row in told["rows"]:
        assert len(row["outcomes"]) == 6
    weights = [each for outcome in told["rows"][0]["outcomes"][::2] for each in outcome["weights"]]
    assert any(each["right"] for each in weights)


def test_one_way_alone_is_measured_as_well(engine, request_):
    found = find("revising-once").evaluate(engine, request_, ignore)
    assert [row.name for row in found.rows] == ["chain, read once", "nothing"]
    assert found.notes == []
    assert "something else changed" in found.table.plain()


def test_figures_are_counted_over_faulty_and_right_functions_apart(folder):
    drawn = blocks(folder, limit=4)
    results = [RESTORED, NOTHING, NOTHING, ELSEWHERE]
    figures = revising._row("a", drawn, [Outcome(each, 1.0, 2.0) for each in results]).figures
    assert (figures[RESTORED].hits, figures[RESTORED].total) == (1, 2)
    assert (figures["edited"].hits, figures["edited"].total) == (1, 2)
    assert (figures["seconds"].value, figures["wall"].value) == (1.0, 2.0)


def test_a_model_that_cannot_weigh_is_refused(request_):
    with pytest.raises(UsageError, match="no way to revise"):
        find("revising").evaluate(ScriptedEngine([]), request_, ignore)
