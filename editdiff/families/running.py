"""How a network is run: by what, and on how many cores."""

from __future__ import annotations

from dataclasses import dataclass

from editdiff.errors import MissingDependencyError, UsageError
from editdiff.settings import DRAFTERS, ENGINES, Settings, limits

AUTO, OPENVINO, TORCH = ENGINES
BY_CANVAS, BY_LOOKUP, BY_NOTHING = DRAFTERS
_LIMITS = limits(Settings)


@dataclass(frozen=True)
class Running:
    """What a family is told beside a model folder; changes what an answer costs, and its last digits."""

    engine: str = Settings.engine
    """One of ENGINES; AUTO is what the family runs on by itself."""
    threads: int = Settings.threads
    """Cores that a forward takes; 0 for all of them."""
    drafter: str = Settings.drafter
    """One of DRAFTERS; a canvas costs each forward a little, so it is loaded only where it is wanted."""

    def __post_init__(self) -> None:
        """Raise UsageError for an engine that there is not, or a senseless number of threads."""
        if self.engine not in ENGINES:
            raise UsageError(
                f"engine has to be one of {', '.join(ENGINES)}, but is {self.engine!r}.",
                f"Leave engine out for {AUTO}: what suits the model.",
            )
        if self.drafter not in DRAFTERS:
            raise UsageError(
                f"drafter has to be one of {', '.join(DRAFTERS)}, but is {self.drafter!r}.",
                f"Leave drafter out for {Settings.drafter}.",
            )
        low, high = _LIMITS["threads"]
        if not low <= self.threads <= high:
            raise UsageError(
                f"threads has to be from {low} to {high}, but is {self.threads}.",
                f"Leave threads out for {Settings.threads}: all cores.",
            )

    @classmethod
    def of(cls, engine: str | None, threads: int | None, drafter: str | None = None) -> Running:
        """What was said; None where nothing was."""
        return cls(
            Settings.engine if engine is None else engine,
            Settings.threads if threads is None else threads,
            Settings.drafter if drafter is None else drafter,
        )


AS_IT_COMES = Running()


def prepare_torch(running: Running) -> None:
    """Take as many threads as are wanted; they are those of the whole process.

    Raises:
        MissingDependencyError: without torch.
    """
    try:
        import torch
    except ImportError as error:
        raise MissingDependencyError(
            f"the engine torch needs torch, which cannot be imported: {error}",
            "pip install 'editdiff[torch]'",
        ) from error
    if running.threads:
        torch.set_num_threads(running.threads)
