"""From what a user names to who doubts a text with that model's network."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from editdiff.engines.base import Engine
from editdiff.engines.choose import Choice, denoiser
from editdiff.engines.measured import review_calibration
from editdiff.errors import UsageError
from editdiff.families.base import BranchDenoiser, CausalDenoiser
from editdiff.families.running import AS_IT_COMES, Running

if TYPE_CHECKING:
    from editdiff.engines.doubt import Calibration, LocalDoubter
    from editdiff.engines.surprise import CausalDoubter


@cache
def choose_doubter(
    named: str | None = None, running: Running = AS_IT_COMES
) -> LocalDoubter | CausalDoubter:
    """Load the network that is `named`, to be asked what it doubts, calibrated where its folder says how.

    Raises:
        ModelError: as `choose` does, or when the calibration cannot be used.
    """
    return doubter_of(denoiser(named, running), Choice.of(named).name, review_calibration(named))


def network_of(engine: Engine) -> CausalDenoiser:
    """The network of an engine.

    Raises:
        UsageError: when it has none on this machine.
    """
    if not hasattr(engine, "denoiser"):
        raise UsageError(
            f"the engine {engine.name} has no network that could doubt a text",
            "take a model that runs on this machine",
        )
    return cast(CausalDenoiser, engine.denoiser)


def doubter_of(
    network: CausalDenoiser,
    name: str,
    calibration: Calibration | None = None,
    piece: int | None = None,
) -> LocalDoubter | CausalDoubter:
    """Return who doubts with a network: on its canvas, or from left to right where it has none.

    From left to right it reads about `piece` tokens at once; a canvas is small by itself.
    """
    if network.traits.canvases:
        from editdiff.engines.doubt import LocalDoubter

        return LocalDoubter(network, name, calibration)
    from editdiff.engines.branching import BranchingDoubter
    from editdiff.engines.surprise import CausalDoubter

    branches = isinstance(network, BranchDenoiser)
    kind = BranchingDoubter if branches else CausalDoubter
    return kind(network, name, calibration, piece=piece)


def doubter_with(
    engine: Engine, named: str | None = None, piece: int | None = None
) -> LocalDoubter | CausalDoubter:
    """Return who doubts with the network that an engine already runs, calibrated as `choose_doubter` does it.

    Raises:
        UsageError: when it runs none on this machine.
        ModelError: when the calibration cannot be used.
    """
    return doubter_of(network_of(engine), engine.name, review_calibration(named), piece)
