import json
import math
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from evaluation_zoo import write_corpus
from hypothesis import given
from hypothesis import strategies as st

from editdiff.denoise.guess import Guess
from editdiff.engines.base import FillOptions
from editdiff.engines.fakes.anything import any_traits
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.local.engine import LocalEngine
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.benchmarks import likelihood
from editdiff.evaluation.benchmarks.likelihood import canvas_nats, drawn_counts, masks, ratio
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.byte_ngram import ByteNGram
from editdiff.families.canvas.onnx_denoiser import OnnxDenoiser
from editdiff.families.canvas.torch_denoiser import TorchDenoiser
from editdiff.prompt.base import ContextParts
from editdiff.prompt.sections import Sections
from editdiff.tokens.base import Tokenizer
from editdiff.tokens.byte_tokenizer import ByteTokenizer
from editdiff.tokens.canvas import Canvas

SPECIAL = ByteTokenizer().special
IDS = [*ByteTokenizer().encode("ab"), SPECIAL.end]


@dataclass(frozen=True)
class Table:
    """A network that says the same of a place whatever stands around it: every sum can be done by hand."""

    p: dict[tuple[int, int], float]
    """(place, id) -> probability; 0 elsewhere."""
    tokenizer: Tokenizer = field(default_factory=ByteTokenizer)
    traits = any_traits(256)
    prompt = Sections(ByteTokenizer())

    def encode(self, prompt: Any, cache: Any = None) -> None:
        return None

    def propose(self, cache: None, canvas: Canvas, asked: Any = None) -> Guess:
        p = [[self.p.get((at, int(i))) or 1e-300 for at, i in enumerate(row)] for row in asked]
        logp = np.log(np.array(p))
        return Guess(asked[..., None], logp[..., None], asked=logp)

    def score(self, cache: None, ids: Any) -> Any:
        raise AssertionError("it is asked for its canvas alone")


def estimate(network: Table, places: int, samples: int = 4000) -> float:
    rng, head = np.random.default_rng(0), SPECIAL.gaps[0]
    return canvas_nats(network, None, head, IDS, places, samples, rng)


def by_all_orders(network: Table, places: int) -> tuple[float, float]:
    """Nats of IDS, and the bound, both exactly: the sum over all orders in which the tokens may come."""
    n, pad = len(IDS), [network.p.get((at, SPECIAL.pad), 0.0) for at in range(places)]
    logs = []
    for order in permutations(range(1, n + 1)):
        logp, waiting = 0.0, set(range(1, places))
        for at in order:
            rate = sum(1 - pad[i] for i in waiting)
            logp += math.log(network.p[at, IDS[at - 1]] / rate)
            waiting -= set(range(n, places)) if at == n else {at}
        logs.append(logp)
    return -float(np.logaddexp.reduce(logs)), -float(np.mean(logs)) - math.log(len(logs))


def table(pad: float = 0.0) -> Table:
    p = dict(zip(enumerate(IDS, 1), (0.5, 0.25, 0.1), strict=True))
    p |= {(at, SPECIAL.pad): pad * at for at in range(1, 8)}
    return Table(p)


def test_without_padding_and_with_independent_places_the_bound_is_the_likelihood():
    exact = -math.log(0.5 * 0.25 * 0.1)
    assert by_all_orders(table(), 4) == pytest.approx((exact, exact))
    assert estimate(table(), 4) == pytest.approx(exact, rel=0.02)


def test_without_padding_equal_places_leave_no_variance():
    network = Table({(at, token): 0.2 for at, token in enumerate(IDS, 1)})
    assert estimate(network, 4, samples=3) == pytest.approx(-3 * math.log(0.2))


@pytest.mark.parametrize("places", [5, 8])
def test_with_padding_the_estimate_is_the_bound_and_no_less_than_the_likelihood(places):
    exact, bound = by_all_orders(table(0.1), places)
    assert bound >= exact
    assert estimate(table(0.1), places) == pytest.approx(bound, rel=0.02)


def test_a_canvas_that_is_unsure_of_the_end_costs_more():
    sure, unsure = table(0.0), table(0.0)
    sure.p.update({(at, SPECIAL.pad): 0.99 for at in range(4, 8)})
    unsure.p.update({(at, SPECIAL.pad): 0.5 for at in range(4, 8)})
    assert estimate(sure, 8) < estimate(unsure, 8)


def test_ids_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="3 ids and a head on a canvas of 3 places"):
        estimate(table(), 3)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 10**6))
def test_numbers_of_masks_are_spread_evenly(n, samples, seed):
    count = drawn_counts(n, samples, np.random.default_rng(seed))
    assert len(count) == samples
    times = np.bincount(count, minlength=n + 1)
    assert times[0] == 0
    assert len(times) == n + 1
    assert set(times[1:]) <= {samples // n, -(-samples // n)} | {samples // n + 1}


@given(st.integers(1, 20), st.integers(0, 10), st.integers(0, 10**6))
def test_as_many_tokens_are_masked_as_drawn_and_padding_goes_with_the_end(n, padding, seed):
    rng = np.random.default_rng(seed)
    count = drawn_counts(n, 8, rng)
    masked = masks(n, n + 1 + padding, count, rng)
    assert not masked[:, 0].any()
    assert (masked[:, 1 : n + 1].sum(axis=1) == count).all()
    assert (masked[:, n + 1 :] == masked[:, [n]]).all()


def test_every_token_is_masked_equally_often():
    rng = np.random.default_rng(0)
    masked = masks(4, 5, np.full(4000, 2), rng)
    assert masked[:, 1:].mean(axis=0) == pytest.approx(0.5, abs=0.04)


def test_a_ratio_has_the_error_of_its_items():
    found = ratio([2.0, 4.0, 6.0], [1.0, 2.0, 3.0])
    assert (found.value, found.error) == (2.0, 0.0)
    assert ratio([1.0, 3.0], [1.0, 1.0]).error == pytest.approx(1.0)
    assert ratio([1.0], [2.0]).error == math.inf


def test_the_byte_model_is_a_distribution_behind_any_context():
    model = ByteNGram(["abab\nabc\n", "xyz"], order=3)
    for context in (b"", b"a", b"ab", b"never seen", b"zab"):
        total = sum(model.p(context + bytes([b]), len(context)) for b in range(256))
        assert total == pytest.approx(1.0)
    assert model.nats("a", "b") < model.nats("a", "z")
    assert model.nats("zz ab", "a") == model.nats("ab", "a")
    assert ByteNGram([]).nats("", "ab") == pytest.approx(2 * math.log(256))


class Patient(OracleDenoiser):
    """An oracle that tells all its probabilities."""

    def propose(self, cache: int, canvas: Canvas, asked: Any = None) -> Guess:
        guess = super().propose(cache, canvas)
        return (
            guess
            if asked is None
            else replace(guess, asked=np.where(asked == SPECIAL.pad, -40.0, -1.0))
        )


@pytest.fixture
def request_(tmp_path) -> Request:
    manifest = write_corpus(tmp_path, {"kept": "heldout", "learnt": "train"})
    return Request(FillOptions(), 6, 0, manifest, tmp_path)


def ignore(name: str, done: int, total: int) -> None:
    pass


def test_the_report_has_both_modes_floors_and_their_difference(request_):
    result = likelihood.evaluate(LocalEngine(Patient(("",))), request_, ignore)
    content = json.loads(json.dumps(result.to_json()))
    rows = {row["name"]: row["figures"] for row in content["rows"]}
    assert list(rows) == [
        "local, canvas mode (bound)",
        "local, left to right",
        "5 bytes at a time",
        "every byte alike",
    ]
    assert rows["every byte alike"]["bits_per_byte"]["value"] == pytest.approx(8)
    for item in content["items"]:
        assert item["tokens"] == item["size"] + 1
        assert item["canvas"] > item["tokens"]
    assert "canvas less left to right, the same gaps: " in "\n".join(result.notes)
    assert "floor: 5 bytes at a time" in result.table.plain()


def test_lines_that_do_not_fit_the_canvas_are_left_out_and_counted(request_):
    small = Request(FillOptions(canvas=16), 6, 0, request_.manifest, request_.cache)
    result = likelihood.evaluate(LocalEngine(Patient(("",))), small, ignore)
    assert all(item["tokens"] < 16 for item in result.items)
    assert f"{6 - len(result.items)} lines were too long" in "\n".join(result.notes)
    tiny = Request(FillOptions(canvas=8), 1, 0, request_.manifest, request_.cache)
    with pytest.raises(InputError, match="no line that fits a canvas of 8 places"):
        likelihood.evaluate(LocalEngine(Patient(("",))), tiny, ignore)


@pytest.mark.parametrize("engine", [ScriptedEngine([]), LocalEngine(OracleDenoiser(("",)))])
def test_an_engine_that_tells_no_likelihoods_is_refused(request_, engine):
    with pytest.raises(UsageError, match="does not say how likely each token is"):
        likelihood.evaluate(engine, request_, ignore)


@pytest.mark.weights
@pytest.mark.parametrize("kind", [OnnxDenoiser, TorchDenoiser.from_pretrained])
def test_the_shipped_network_tells_of_any_token_what_it_proposes(nano, kind):
    network = kind(nano)
    context = network.prompt.encode(ContextParts("def area(", "):\n", "a.py"), 100)
    cache = network.encode(context)
    canvas = Canvas.blank(SPECIAL, 2, [8], context.heads)
    guess = network.propose(cache, canvas)
    for column in (0, 31):
        told = network.propose(cache, canvas, np.ascontiguousarray(guess.ids[..., column]))
        assert told.asked == pytest.approx(guess.logp[..., column], abs=1e-4)
        assert np.array_equal(told.ids, guess.ids)
        assert np.array_equal(told.logp, guess.logp)
