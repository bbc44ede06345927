"""The benchmark `likelihood`: bits a byte that hidden lines of held-out packages cost, in both modes of a network.

Left to right the cost is exact: tokens and `<end>`, each after all before it. The canvas mode has a bound, for the
same text and `<end>`, with no length given. Let x be the n tokens of a gap, `<end>` among them, on a canvas of
more places; what stands behind `<end>` is padding, follows from it, and is masked exactly while it is. From a
canvas with k of the tokens masked the next one is drawn, place i and token v at once, with probability p_i(v) / R,
where R = sum_{masked places} (1 - p_i(pad)): padding means that no token stands there. Over all orders of the
tokens, each equally likely, Jensen's inequality gives

    -log p(x) <= sum_{k=1}^n E[1/k sum_{masked tokens} -log p_i(x_i) + log(R / k)]

Without padding R = k, and this is MDLM's eq. 11 (arXiv 2406.07524) for alpha(t) = 1 - t with t integrated out (Ou
et al. 2024, arXiv 2406.03736). So k and the masked tokens are drawn, k with low discrepancy. Sums are float64.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

import numpy as np

from editdiff.engines.base import Engine
from editdiff.errors import InputError, UsageError
from editdiff.evaluation.core.benchmark import Request
from editdiff.evaluation.core.byte_ngram import CHARS, ByteNGram
from editdiff.evaluation.core.gaps import Gap, draw
from editdiff.evaluation.core.rows import Estimate, Row, RowReport, Seconds
from editdiff.evaluation.core.runner import Progress
from editdiff.evaluation.core.scoring import scorer
from editdiff.evaluation.data.packages import held_out, training_texts
from editdiff.families.base import Denoiser
from editdiff.prompt.base import ContextParts
from editdiff.tokens.base import BoolArray, FloatArray, IntArray
from editdiff.tokens.canvas import Canvas
from editdiff.training.corpus.sources import read_manifest

NAME = "likelihood"
SAMPLES = 16
"""Noisy canvases of each gap."""
TINY = 1e-30
"""Least R: a network may be sure of padding everywhere."""
UNIFORM = 8.0
"""Bits a byte of a model that knows nothing."""
COLUMNS = {"bits_per_byte": "bits a byte [95 %]", "nats_per_gap": "nats a gap", "seconds": "time"}


@dataclass(frozen=True)
class Cost:
    """What one gap costs, in nats, `<end>` included."""

    size: int
    """Bytes of the hidden text."""
    tokens: int
    """Tokens of the hidden text, `<end>` included."""
    canvas: float
    """Upper bound, estimated."""
    causal: float
    canvas_seconds: float
    causal_seconds: float


def evaluate(engine: Engine, request: Request, progress: Progress) -> RowReport:
    """Draw lines of the held-out packages and measure what they cost.

    Raises:
        UsageError: when the engine has no network that tells likelihoods.
        InputError: when the manifest cannot be used or holds out no line that fits.
    """
    network = exact_network(engine)
    gaps = draw(held_out(request.manifest, request.cache), request.limit, request.seed)
    places = network.traits.fitting(request.options.canvas)
    request = replace(request, options=replace(request.options, canvas=places))
    fitting = [gap for gap in gaps if fits(network, gap, places)]
    if not fitting:
        raise InputError(
            f"{request.manifest} holds out no line that fits a canvas of {places} places",
            'give packages in it `split = "heldout"`',
        )
    texts = training_texts(read_manifest(request.manifest), request.cache, CHARS)
    floor = ByteNGram(texts) if texts else None
    return report(engine, fitting, len(gaps) - len(fitting), floor, request, progress)


def exact_network(engine: Engine) -> Denoiser:
    """The network of an engine.

    Raises:
        UsageError: when it has none, or one that tells the likeliest tokens only.
    """
    network = cast(Denoiser | None, getattr(engine, "denoiser", None))
    if network is None or not _tells_any_token(network):
        raise UsageError(
            f"the engine {engine.name} does not say how likely each token is",
            "measure a model that runs on this machine",
        )
    return network


def _tells_any_token(network: Denoiser) -> bool:
    """Whether a network answers what it is asked of an id: one question on its smallest canvas."""
    context = network.prompt.encode(ContextParts("", ""), 1)
    canvas = Canvas.blank(
        network.tokenizer.special, 1, [min(network.traits.canvases)], context.heads
    )
    return network.propose(network.encode(context), canvas, canvas.ids).asked is not None


def fits(network: Denoiser, gap: Gap, places: int) -> bool:
    """Whether a line, its sentinel and its `<end>` fit a canvas."""
    return len(network.tokenizer.encode(gap.truth)) + 2 <= places


def report(
    engine: Engine,
    gaps: Sequence[Gap],
    too_long: int,
    floor: ByteNGram | None,
    request: Request,
    progress: Progress = lambda name, done, total: None,
) -> RowReport:
    """Measure every gap in both modes."""
    network, costs = exact_network(engine), list[Cost]()
    for number, gap in enumerate(gaps):
        rng = np.random.default_rng([request.seed, number])
        costs.append(measure(engine, network, gap, request.options.canvas, rng))
        progress(f"{engine.name}, both modes", len(costs), len(gaps))
    size = [cost.size for cost in costs]
    rows = [
        row(f"{engine.name}, canvas mode (bound)", [c.canvas for c in costs], size,
            [c.canvas_seconds for c in costs]),
        row(f"{engine.name}, left to right", [c.causal for c in costs], size,
            [c.causal_seconds for c in costs]),
    ]  # fmt: skip
    if floor is not None:
        nats = [floor.nats(gap.text[: gap.span.start], f"{gap.truth}\n") for gap in gaps]
        rows.append(row(f"{floor.order} bytes at a time", nats, size))
    rows.append(row("every byte alike", [UNIFORM * math.log(2) * s for s in size], size))
    settings = {
        "limit": request.limit,
        "seed": request.seed,
        "manifest": request.manifest.as_posix(),
        "canvas": request.options.canvas,
        "samples": SAMPLES,
    }
    title = f"{NAME}: {len(gaps)} single lines of held-out packages, {sum(size)} bytes"
    notes = _notes(costs, too_long, floor, request.options.canvas)
    entries = [
        {"package": gap.package, "path": gap.path, "line": gap.line, **asdict(cost)}
        for gap, cost in zip(gaps, costs, strict=True)
    ]
    return RowReport(NAME, title, settings, COLUMNS, rows, notes, entries)


def measure(
    engine: Engine, network: Denoiser, gap: Gap, places: int, rng: np.random.Generator
) -> Cost:
    """Cost of one gap in both modes of a network, on a canvas of `places`; the context is encoded for each."""
    task, started = gap.task, time.perf_counter()
    parts = ContextParts.around(task.text, task.gaps, task.path)
    context = network.prompt.encode(parts, network.traits.context)
    cache = network.encode(context)
    ids = [*network.tokenizer.encode(gap.truth), network.tokenizer.special.end]
    canvas = canvas_nats(network, cache, context.heads[0], ids, places, SAMPLES, rng)
    middle = time.perf_counter()
    (logp,) = scorer(engine).score(task, [(gap.truth,)])
    ended = time.perf_counter()
    size = len(gap.truth.encode("utf-8"))
    return Cost(size, len(ids), canvas, -logp, middle - started, ended - middle)


def canvas_nats(
    network: Denoiser,
    cache: Any,
    head: int,
    ids: Sequence[int],
    places: int,
    samples: int,
    rng: np.random.Generator,
) -> float:
    """Estimate the bound of this module's docstring for a gap's `ids`, `<end>` last, in nats.

    `places` is the size of the canvas, the gap's `head` included.

    Raises:
        ValueError: when the ids do not fit.
    """
    special, n = network.tokenizer.special, len(ids)
    if n + 1 > places:
        raise ValueError(f"{n} ids and a head on a canvas of {places} places")
    clean = np.full(places, special.pad, dtype=np.int64)  # [L]
    clean[0], clean[1 : n + 1] = head, ids
    count = drawn_counts(n, samples, rng)  # [B]
    masked = masks(n, places, count, rng)  # [B, L]
    noisy = Canvas(np.where(masked, special.mask, clean), masked, masked, special)
    targets = np.tile(clean, (samples, 1))

    def logp_of(asked: IntArray) -> FloatArray:
        told = network.propose(cache, noisy, asked).asked
        if told is None:
            raise ValueError("the network does not tell what was asked")
        return told

    logp = logp_of(targets)  # [B, L]
    pad = np.exp(logp_of(np.full_like(targets, special.pad)))
    text = masked & (np.arange(places) <= n)
    tokens = -np.where(text, logp, 0.0).sum(axis=1) / count  # [B]
    rate = np.where(masked, 1 - pad, 0.0).sum(axis=1)
    return float(np.mean(n * (tokens + np.log(np.maximum(rate, TINY) / count))))


def drawn_counts(n: int, samples: int, rng: np.random.Generator) -> IntArray:
    """[B] numbers of masked tokens, 1 … n, spread as evenly as `samples` allow, each equally likely."""
    u = (rng.random() + np.arange(samples) / samples) % 1.0
    return np.floor(n * u).astype(np.int64) + 1


def masks(n: int, places: int, count: IntArray, rng: np.random.Generator) -> BoolArray:
    """[B, L] masks of `count` [B] of the n tokens behind the sentinel; padding follows the last of them."""
    order = rng.random((len(count), n)).argsort(axis=1).argsort(axis=1)  # [B, n] ranks
    masked = np.zeros((len(count), places), dtype=np.bool_)
    masked[:, 1 : n + 1] = order < count[:, None]
    masked[:, n + 1 :] = masked[:, n, None]
    return masked


def row(
    name: str, nats: Sequence[float], size: Sequence[int], seconds: Sequence[float] = ()
) -> Row:
    """A row of the table; without times it is a floor."""
    figures: dict[str, Any] = {
        "bits_per_byte": bits_per_byte(nats, size),
        "nats_per_gap": mean_of(nats),
    }
    if seconds:
        figures["seconds"] = Seconds(sum(seconds) / len(seconds))
    return Row(name, figures, [{"nats": value} for value in nats], floor=not seconds)


def mean_of(values: Sequence[float]) -> Estimate:
    """Mean with its standard error."""
    return ratio(values, [1.0] * len(values))


def bits_per_byte(nats: Sequence[float], size: Sequence[int]) -> Estimate:
    """All bits by all bytes, with the standard error over gaps."""
    return ratio([value / math.log(2) for value in nats], [float(s) for s in size])


def ratio(above: Sequence[float], below: Sequence[float]) -> Estimate:
    """Ratio of two sums over the same items, with its linearised standard error (Cochran 1977, §2.11)."""
    n, total = len(above), sum(below)
    middle = sum(above) / total
    square = sum((a - middle * b) ** 2 for a, b in zip(above, below, strict=True))
    error = math.sqrt(square * n / (n - 1)) / total if n > 1 else math.inf
    return Estimate(middle, error)


def _notes(costs: Sequence[Cost], too_long: int, floor: ByteNGram | None, places: int) -> list[str]:
    difference = bits_per_byte([c.canvas - c.causal for c in costs], [c.size for c in costs])
    low, high = difference.interval
    notes = [
        f"canvas mode: an upper bound (MDLM eq. 11, the length not given), {SAMPLES} samples a gap on {places} "
        "places; left to right: exact. Both count the end of the line; the context is the same.",
        f"canvas less left to right, the same gaps: {difference.value:+.3f} [{low:+.3f}, {high:+.3f}] bits a byte.",
        f"{too_long} lines were too long for the canvas and are left out.",
    ]
    if floor is None:
        notes.append("The floor of bytes is missing: not all training packages are in the cache.")
    return notes
