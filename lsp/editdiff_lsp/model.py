"""The one model of the server: loaded after the handshake, in the thread that runs it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from editdiff import settings
from editdiff.check.base import Checker
from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.session import Session
from editdiff.engines.base import Engine, FillOptions
from editdiff.engines.choose import traits
from editdiff.engines.from_settings import fill_options
from editdiff.errors import EditdiffError
from editdiff_lsp.options import Options

QUICK: tuple[Checker, ...] = (SyntaxChecker(),)
"""Checkers that a keystroke can wait for."""
Load = Callable[[str | None], Engine]
"""Loads the engine of a model's folder; None is the built-in model."""


@dataclass
class Model:
    """Which model there is, in what state, and how it is to be used."""

    load: Load
    thresholds: Callable[[str | None], Mapping[str, float]]
    """Reads the least confidence of ghost text, 0 to 1, for each language, from a model's folder."""
    options: Options = field(default_factory=Options)
    state: str = "waiting"
    """`waiting`, `loading`, `ready` or `failed`."""
    message: str = ""
    """Why it failed."""
    session: Session = field(init=False)
    _folder: str | None = None

    def __post_init__(self) -> None:
        self._begin(None, FillOptions())
        self.configure(self.options)  # what is wrong is told when options come

    @property
    def name(self) -> str:
        """Name of the model; empty before it is loaded."""
        return self.session.engine.name if self.state == "ready" else ""

    @property
    def most_gaps(self) -> int:
        """Most gaps that the model fills at once, before it is loaded, too; 1 where its folder does not tell."""
        try:
            return traits(self._folder).gaps
        except EditdiffError:  # told when it is loaded
            return 1

    @property
    def encoded(self) -> int:
        """Context tokens encoded so far."""
        return getattr(self.session.engine, "encoded", 0) if self.state == "ready" else 0

    def configure(self, options: Options) -> list[str]:
        """Take new options; return what is wrong, which is then left as it was.

        Where the user's own file or a variable is wrong, the client's options count all the same.
        """
        wrong = []
        try:
            chosen = settings.load(options.flags, None, os.environ)
        except EditdiffError as error:
            wrong.append(f"{error.message}; {error.hint}")
            said = {name: value for name, value in options.flags.items() if value is not None}
            chosen = settings.Settings(**said)
        try:
            fill = fill_options(chosen)
        except EditdiffError as error:
            return [*wrong, f"{error.message}; {error.hint}"]
        self.options = options
        if chosen.model == self._folder and self.state in ("loading", "ready"):
            self.session.options = fill
            return wrong
        self._begin(chosen.model, fill)
        return wrong

    def _begin(self, folder: str | None, fill: FillOptions) -> None:
        """Have a model loaded when it is next wanted."""
        self._folder = folder
        self.state, self.message = "waiting", ""
        checkers = (*QUICK, PythonCompileChecker())
        self.session = Session(lambda: self.load(folder), fill, checkers)

    def engine(self) -> Engine:
        """Return the engine, loaded if need be; called in the model's thread alone.

        Raises:
            EditdiffError: when it cannot be loaded.
        """
        session = self.session  # another may be chosen while this one is loaded
        try:
            engine = session.engine
        except Exception as error:
            if session is self.session:
                self.state, self.message = "failed", _told(error)
            raise
        if session is self.session:
            self.state = "ready"
        return engine

    def least(self, language: str) -> float | None:
        """Least confidence of ghost text that is shown in a language; None where there is none."""
        ghost = self.options.ghostText
        measured = self.thresholds(self._folder)
        if not ghost.enabled or language not in self.languages:
            return None
        if ghost.confidence is not None:
            return ghost.confidence
        return measured.get(language, max(measured.values(), default=1.0))

    @property
    def languages(self) -> tuple[str, ...]:
        """Where ghost text is on."""
        ghost = self.options.ghostText
        if not ghost.enabled:
            return ()
        if ghost.languages is not None:
            return ghost.languages
        return tuple(self.thresholds(self._folder))


def _told(error: Exception) -> str:
    """What the user is told; an error that is none of ours is a bug, and has no hint."""
    if isinstance(error, EditdiffError):
        return f"{error.message}; {error.hint}"
    return f"{type(error).__name__}: {error}"
