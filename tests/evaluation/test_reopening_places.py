"""The benchmark `reopening-places`: what reopening is worth on a canvas over a trunk, lengths told."""

import json
from dataclasses import replace

import numpy as np
import pytest
from tiny_gguf import tiny_qwen, with_canvas

from editdiff.engines.base import FillOptions
from editdiff.engines.twin.engine import TwinEngine
from editdiff.errors import UsageError
from editdiff.evaluation.benchmarks import hidden_words, reopening_places
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.rows import RowReport

PYTHON = "def area(width, height):\n    total = width * height\n    return total + width\n"


def ignore(name: str, done: int, total: int) -> None:
    pass


@pytest.fixture(scope="module")
def request_(tmp_path_factory) -> Request:
    folder = tmp_path_factory.mktemp("packages")
    for i in range(4):
        (folder / f"p{i}").mkdir()
        (folder / f"p{i}" / "a.py").write_text(PYTHON.replace("area", f"area{i}"))
    return Request(FillOptions(), 4, 3, data=folder)


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> TwinEngine:
    return TwinEngine(with_canvas(tmp_path_factory.mktemp("trunk")), "tiny")


@pytest.fixture(scope="module")
def found(engine, request_) -> RowReport:
    return reopening_places.LINES.evaluate(engine, request_, ignore)


def test_every_rule_is_told_beside_the_trunk(found):
    names = [row.name for row in found.rows]
    assert names == list(reopening_places.ways(0))
    assert {"cap", "rescale", "conf", "loop", "token", "the trunk from left to right"} <= {*names}
    assert len(found.notes) == len(names)
    json.dumps(found.to_json())


def test_evaluations_are_counted(found):
    of = {row.name: row for row in found.rows}
    tokens = [outcome["tokens"] for outcome in of["none, a place at a time"].outcomes]
    spent = [outcome["nfe"] for outcome in of["none, a place at a time"].outcomes]
    assert spent == tokens == [o["nfe"] for o in of["the trunk from left to right"].outcomes]
    assert {o["nfe"] for o in of["none, all places at once"].outcomes} == {1}
    assert of["none, a place at a time"].figures["changed"].value == 0
    assert of["loop"].figures["nfe"].value == reopening_places.STEPS
    assert max(of[name].figures["changed"].value for name in ("cap", "rescale", "conf", "loop")) > 0


def test_a_hidden_text_that_the_network_knows_is_found(engine, request_, monkeypatch):
    def knows(self, cache, canvas, asked=None):
        guess = original(self, cache, canvas, asked)
        ids = guess.ids.copy()
        ids[0, 1 : 1 + len(truth[0]), 0] = truth[0]
        logp = guess.logp.copy()
        logp[0, 1 : 1 + len(truth[0]), 0] = -1e-9
        return replace(guess, ids=ids, logp=logp)

    truth: list = [None]
    original = type(engine.denoiser).propose
    places = hidden_words.of_folder(request_)
    item = next(i for p in places if (i := reopening_places.read(engine.denoiser, p, p)))
    truth[0] = item.ids[: item.hidden].tolist()
    monkeypatch.setattr(type(engine.denoiser), "propose", knows)
    for name in ("none, a place at a time", "none, all places at once", "token"):
        outcome = reopening_places.ways(0)[name](engine.denoiser, item)
        assert outcome.exact and outcome.right == item.hidden


def test_the_control_has_another_files_text_behind_it(engine, request_):
    other, network = hidden_words.of_folder(request_)[0], engine.denoiser
    end = other.task.gaps[0].end
    text = other.task.text[:end] + "zz" + other.task.text[end:]
    other = other._replace(task=replace(other.task, text=text))
    place, item = next(
        (p, item)
        for p in hidden_words.of_folder(request_)
        if (item := reopening_places.read(network, p, other)) is not None
    )
    tokenizer, hidden = engine.denoiser.tokenizer, item.ids[: item.hidden].tolist()
    text_of = [
        i for i in item.strange.prompt.ids.tolist() if tokenizer.special.is_text(np.array(i))
    ]
    assert "zz" in tokenizer.decode(text_of)
    assert item.strange_ids[: item.hidden].tolist() == hidden
    assert tokenizer.decode(hidden).endswith(place.truths[0])
    behind = tokenizer.decode(item.strange_ids[item.hidden :].tolist())
    assert behind.startswith("zz") or not behind


def test_a_model_without_a_canvas_is_refused(request_, tmp_path):
    with pytest.raises(UsageError, match="has no canvas at hand"):
        reopening_places.LINES.evaluate(TwinEngine(tiny_qwen(tmp_path)), request_, ignore)
