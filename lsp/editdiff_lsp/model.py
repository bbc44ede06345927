"""The one model of the server: loaded after the handshake, in the thread that runs it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from editdiff import settings
from editdiff.check.base import Checker
from editdiff.check.registry import guards, keystroke_guards
from editdiff.edits.others import Find, nothing
from editdiff.edits.session import Session
from editdiff.engines.base import Assessor, Engine, FillOptions
from editdiff.engines.choose import choose, traits
from editdiff.engines.from_settings import fill_options, running
from editdiff.errors import EditdiffError
from editdiff.settings import Settings
from editdiff_lsp.options import BLOCK, NEVER, Options

Load = Callable[[str | None, Settings], Engine]
"""Loads the engine of a model, to be run as the settings say; None is the default model."""
Thresholds = Callable[[str | None], Mapping[str, float]]
"""Reads the least confidence of ghost text, 0 to 1, for each language, from a model's folder."""
Calibrate = Callable[[str | None], Assessor | None]
"""Reads from a model's folder who says how sure it is of a draft; None where that was not measured."""
EMBEDDED = "nano"
"""What takes the place of the default model where that cannot be used."""


@dataclass
class Model:
    """Which model there is, in what state, and how it is to be used."""

    load: Load
    thresholds: Thresholds
    calibration: Calibrate = lambda named: None
    thresholds_of_several: Thresholds = lambda named: {}
    """The same of ghost text of several lines."""
    options: Options = field(default_factory=Options)
    state: str = "waiting"
    """`waiting`, `loading`, `ready` or `failed`."""
    message: str = ""
    """Why it failed, or why the embedded model took its place."""
    session: Session = field(init=False)
    quick: tuple[Checker, ...] = field(default_factory=keystroke_guards)
    """Checkers that a keystroke can wait for."""
    find: Find = nothing
    """Finds the files that belong to a document; called in the model's thread."""
    _folder: str | None = None
    _chosen: Settings = field(default_factory=Settings)

    def __post_init__(self) -> None:
        self._begin(Settings(), FillOptions())
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
        same = (chosen.model, chosen.engine, chosen.threads) == (
            self._chosen.model,
            self._chosen.engine,
            self._chosen.threads,
        )
        if same and self.state in ("loading", "ready"):
            self.session.options, self.session.least = fill, options.confidence
            return wrong
        self._begin(chosen, fill)
        return wrong

    def _begin(self, chosen: Settings, fill: FillOptions) -> None:
        """Have a model loaded when it is next wanted."""
        self._folder, self._chosen = chosen.model, chosen
        self.state, self.message = "waiting", ""
        self.session = Session(
            lambda: self.load(chosen.model, chosen),
            fill,
            guards(),
            lambda *asked: self.find(*asked),
            lambda: self.calibration(chosen.model),
            self.options.confidence,
        )

    def engine(self) -> Engine:
        """Return the engine, loaded if need be; called in the model's thread alone.

        Where the default model cannot be used, the embedded one takes its place, and the message says so.

        Raises:
            EditdiffError: when it cannot be loaded.
        """
        session = self.session  # another may be chosen while this one is loaded
        try:
            engine = session.engine
        except Exception as error:
            if session is not self.session:
                raise
            if self._folder is None and isinstance(error, EditdiffError):
                self._begin(replace(self._chosen, model=EMBEDDED), session.options)
                engine = self.engine()
                self.message = f"{_told(error)}; {EMBEDDED} takes its place"
                return engine
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

    def least_of_several(self, language: str) -> float | None:
        """Least confidence of ghost text of several lines in a language; None where it has one line.

        Where the user wants several wherever a line ends, what was not measured is asked for as a line's.
        """
        ghost = self.options.ghostText
        measured = self.thresholds_of_several(self._folder).get(language)
        if ghost.severalLines == NEVER or (measured is None and ghost.severalLines == BLOCK):
            return None
        return (
            self.least(language) if measured is None or ghost.confidence is not None else measured
        )

    @property
    def languages(self) -> tuple[str, ...]:
        """Where ghost text is on."""
        ghost = self.options.ghostText
        if not ghost.enabled:
            return ()
        if ghost.languages is not None:
            return ghost.languages
        return tuple(self.thresholds(self._folder))


def load_engine(named: str | None, chosen: Settings) -> Engine:
    """Load a model as the settings say; unless they do, a core is left to the editor where there are three or more.

    Raises:
        EditdiffError: when it cannot be loaded.
    """
    if not chosen.threads:
        cores = os.cpu_count() or 1
        chosen = replace(chosen, threads=max(min(cores, 2), cores - 1))
    return choose(named, running(chosen))


def _told(error: Exception) -> str:
    """What the user is told; an error that is none of ours is a bug, and has no hint."""
    if isinstance(error, EditdiffError):
        return f"{error.message}; {error.hint}"
    return f"{type(error).__name__}: {error}"
