"""An engine that answers from a script: the public fake for everything above the engines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from editdiff.engines.base import Draft, FillOptions, FillTask, Place, Sketch, Update


class ScriptedEngine:
    """Answers one fill after the other from a list; with nothing left it has no draft to give."""

    name = "scripted"

    def __init__(self, script: Iterable[str | Sequence[Draft]]) -> None:
        """Each entry answers one fill: a text for its only gap, or drafts, best first."""
        self._script = iter(script)
        self.tasks: list[FillTask] = []
        """Every task asked so far."""
        self.options: list[FillOptions] = []
        """The options of each task."""

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        """Yield one finished sketch of the best draft, then the drafts."""
        self.tasks.append(task)
        self.options.append(options)
        entry = next(self._script, ())
        drafts = [Draft((entry,), score=0.0, nfe=1)] if isinstance(entry, str) else list(entry)
        if drafts:
            yield Sketch(1, tuple((Place(text, True, 1.0),) for text in drafts[0].texts))
        yield from drafts
