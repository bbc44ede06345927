"""What benchmarks ask of an engine beside filling gaps: its word on how likely texts are."""

from __future__ import annotations

from typing import cast

from editdiff.engines.base import Engine, Scorer
from editdiff.errors import UsageError


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
