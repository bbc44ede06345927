"""What benchmarks ask of an engine beside filling gaps: its word on how likely texts are, and its network."""

from __future__ import annotations

from typing import cast

from editdiff.engines.base import Engine, Scorer
from editdiff.errors import UsageError
from editdiff.families.base import CausalDenoiser


def scorer(engine: Engine) -> Scorer:
    """The engine as a scorer of texts.

    Raises:
        UsageError: when it cannot score.
    """
    if not hasattr(engine, "score"):
        raise UsageError(
            f"the engine {engine.name} cannot say how likely a text is",
            "measure a model that runs on this machine",
        )
    return cast(Scorer, engine)


def network(engine: Engine) -> CausalDenoiser:
    """The network of an engine.

    Raises:
        UsageError: when it has none on this machine.
    """
    if not hasattr(engine, "denoiser"):
        raise UsageError(
            f"the engine {engine.name} has no network that could doubt a text",
            "measure a model that runs on this machine",
        )
    return cast(CausalDenoiser, engine.denoiser)
