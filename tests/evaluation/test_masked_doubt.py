"""The benchmark `masked-doubt`: lines in the order of doubt, each token hidden in turn on a canvas."""

import json

import numpy as np
import pytest
from tiny_gguf import tiny_qwen, with_canvas

from editdiff.engines.base import FillOptions
from editdiff.engines.twin.engine import TwinEngine
from editdiff.errors import UsageError
from editdiff.evaluation.benchmarks import condefects, masked_doubt
from editdiff.evaluation.core.benchmark import Request
from editdiff.text.span import Span

WRONG = "n = int(input())\nif n > 3:\n    print(n)\n"


def ignore(name: str, done: int, total: int) -> None:
    pass


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> TwinEngine:
    return TwinEngine(with_canvas(tmp_path_factory.mktemp("trunk")), "tiny")


@pytest.fixture
def request_(tmp_path) -> Request:
    ops = [{"buggy_start": 1, "buggy_lines": ["if n > 3:"], "fixed_lines": ["if n > 4:"]}]
    record = {"id": "1", "buggy": WRONG, "fixed": WRONG.replace("3", "4"), "ops": ops}
    (tmp_path / condefects.FILE).write_text(json.dumps(record) + "\n")
    return Request(FillOptions(), 1, data=tmp_path / condefects.FILE)


def test_every_order_has_the_lines_of_every_program(engine, request_):
    found = masked_doubt.evaluate(engine, request_, ignore)
    names = [masked_doubt.SUM, masked_doubt.WORST, masked_doubt.TRUNK, "longest line", "any line"]
    assert [row.name for row in found.rows] == names
    for row in found.rows:
        (outcome,) = row.outcomes
        assert outcome["lines"] == 3 and 1 <= outcome["rank"] <= 3
        assert row.floor == (row.name in ("longest line", "any line"))
    assert {row.name: row for row in found.rows}["longest line"].outcomes[0]["rank"] == 2
    json.dumps(found.to_json())


def test_a_token_is_judged_in_view_of_those_behind_it(engine):
    text = "total = width * height\n"
    told = masked_doubt.hidden_in_turn(engine.denoiser, text, Span(0, 22))
    other = masked_doubt.hidden_in_turn(
        engine.denoiser, text.replace("height", "depths"), Span(0, 22)
    )
    assert len(told) == len(engine.denoiser.tokenizer.encode(text[:22]))
    assert (told < 0).all()
    assert not np.allclose(told[1:3], other[1:3]), "what stands behind counts"


def test_a_model_without_a_canvas_is_refused(request_, tmp_path):
    with pytest.raises(UsageError, match="has no canvas at hand"):
        masked_doubt.evaluate(TwinEngine(tiny_qwen(tmp_path)), request_, ignore)
