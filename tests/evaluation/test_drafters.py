"""The benchmark `drafters`: the same gaps with tokens drafted by lookup, by a canvas, by both, and by nobody."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tiny_gguf import tiny_qwen, with_canvas

from editdiff.engines.base import FillOptions
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.recall import WithLookup
from editdiff.engines.twin.engine import TwinEngine
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks import drafters, drafters_gaps
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.rows import RowReport
from editdiff.evaluation.data.folder_files import LARGEST, by_language

LINE = "total = width * height"
PYTHON = f"def area(width, height):\n    {LINE}\n    {LINE}\n    {LINE}\n    return total + width\n"
KINDS = ["inside of a line", "a line", "3 lines", "two lines together"]


def ignore(name: str, done: int, total: int) -> None:
    pass


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> TwinEngine:
    return TwinEngine(with_canvas(tmp_path_factory.mktemp("trunk")), "tiny")


@pytest.fixture(scope="module")
def request_(tmp_path_factory) -> Request:
    folder = tmp_path_factory.mktemp("packages")
    for i in range(3):
        (folder / f"p{i}").mkdir()
        (folder / f"p{i}" / "a.py").write_text(PYTHON.replace("area", f"area{i}"))
    return Request(FillOptions(max_tokens=12), 3, 3, data=folder)


@pytest.fixture(scope="module")
def found(engine, request_) -> RowReport:
    return drafters.evaluate(WithLookup(engine), request_, ignore)


def test_every_way_fills_every_kind(found):
    names = [f"{kind}: {way.name}" for kind in KINDS for way in drafters.WAYS]
    assert sorted(row.name for row in found.rows) == sorted(names)
    counts = {"inside of a line": 3, "a line": 3, "3 lines": 1, "two lines together": 2}
    for row in found.rows:
        assert row.figures["gaps"].value == counts[row.name.partition(":")[0]]
        assert ("time" in row.figures) == ("cost nothing" not in row.name)
    assert len(found.items) == 9
    json.dumps(found.to_json())


def test_behind_the_first_gaps_only_what_a_user_can_choose_is_tried(engine, request_, monkeypatch):
    monkeypatch.setattr(drafters, "FEW", 1)
    found = drafters.evaluate(engine, request_, ignore)
    counts = {row.name: row.figures["gaps"].value for row in found.rows}
    many = {"a token at a time", "lookup", "lookup and canvas"}
    for way in drafters.WAYS:
        name = way.name.removesuffix(", typical")
        assert counts[f"a line: {way.name}"] == (3 if name in many else 1), way.name
        assert counts[f"3 lines: {way.name}"] == 1


def test_ways_that_take_exact_tokens_write_the_networks_own_text(found):
    for row in found.rows:
        if "typical" not in row.name:
            assert row.figures["same"].hits == row.figures["same"].total, row.name


def test_who_drafts_is_counted(found):
    of = {row.name: row.figures for row in found.rows}
    for kind in KINDS:
        alone, lookup = of[f"{kind}: {drafters.ALONE}"], of[f"{kind}: {drafters.LOOKUP}"]
        assert alone["by_text"].value == alone["by_canvas"].value == 0
        assert lookup["by_canvas"].value == of[f"{kind}: {drafters.CANVAS}"]["by_text"].value == 0
        assert alone["forwards"].value >= lookup["forwards"].value
    refused = [
        of[f"{kind}: {drafters.CANVAS}, rows cost nothing"]["refused"].value for kind in KINDS
    ]
    assert max(refused) > 0, "a random canvas is often wrong"


def test_the_engine_is_left_as_it_was(engine, request_):
    before = engine.guesses, engine.canvas, engine.denoiser.canvas, engine.denoiser.costs
    way = drafters.Way("shut", False, False, shut=True, costs=drafters.FLAT)
    task = drafters_gaps.kinds(by_language(request_.data, LARGEST), request_)[0].places[0].task
    with pytest.raises(RuntimeError), drafters._set_to(engine, way):
        assert engine.denoiser.canvas.shut and not engine.guesses
        raise RuntimeError
    drafters.attempt(engine, task, request_.options, way)
    assert (engine.guesses, engine.canvas, engine.denoiser.canvas, engine.denoiser.costs) == before


def test_what_is_hidden_is_not_in_the_task(request_):
    for kind in drafters_gaps.kinds(by_language(request_.data, LARGEST), request_):
        for place in kind.places:
            text = place.task.text
            for gap, truth in zip(reversed(place.task.gaps), reversed(place.truths), strict=True):
                assert gap.length == 0 and truth.strip()
                text = text[: gap.start] + truth + text[gap.start :]
            assert text == PYTHON.replace("area", f"area{place.package[1:]}")
            if kind.name == "inside of a line":
                (gap,) = place.task.gaps
                line_end = place.task.text.index("\n", gap.start)
                assert place.task.text[gap.start : line_end].strip()
            assert len(place.truths) == (2 if kind.name == "two lines together" else 1)


def test_a_model_without_a_canvas_is_refused(request_, tmp_path):
    for engine in (ScriptedEngine(()), TwinEngine(tiny_qwen(tmp_path))):
        with pytest.raises(UsageError, match="has no canvas at hand"):
            drafters.evaluate(engine, request_, ignore)


def test_a_folder_without_a_line_is_refused(engine, request_, tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.py").write_text("\n")
    with pytest.raises(InputError):
        drafters.evaluate(engine, replace(request_, data=Path(tmp_path)), ignore)
