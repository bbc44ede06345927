"""The one model of the server: loaded after the handshake, in the thread that runs it; unloaded when it is idle."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from editdiff import settings
from editdiff.check.anatomy import TextAnatomist
from editdiff.check.base import Checker
from editdiff.check.registry import keystroke_guards, writing_guards
from editdiff.edits.others import Find, nothing
from editdiff.edits.session import Session
from editdiff.engines.base import (
    Assessor,
    Capable,
    Doubter,
    Engine,
    FillOptions,
    FixAssessor,
    LineAssessor,
)
from editdiff.engines.choose import DEFAULT, is_loaded, new_engine, seen_from, traits
from editdiff.engines.doubters import doubter_with
from editdiff.engines.from_settings import fill_options, least_confidence, running
from editdiff.engines.weights import check_memory
from editdiff.errors import EditdiffError
from editdiff.settings import Settings
from editdiff_lsp.memory import give_back
from editdiff_lsp.options import BLOCK, NEVER, Options
from editdiff_lsp.remote import Remote, parted

Load = Callable[[str | None, Settings], Engine]
"""Loads the engine of a model, to be run as the settings say; None is the default model."""
Thresholds = Callable[[str | None], Mapping[str, float]]
"""Reads the least confidence of ghost text, 0 to 1, for each language, from a model's folder."""
Doubting = Callable[[Engine, str | None], Doubter]
"""Who says what an engine doubts; the model's folder tells how likely such a doubt is right."""
Default = Callable[[], str | None]
"""Names the model that is used where none is named; None where only `Load` knows."""
PIECE = 64
"""Tokens of a text that are read for doubts at once: what comes meanwhile waits for them."""


class Beside(NamedTuple):
    """An engine that was loaded while another one answered."""

    named: str | None
    chosen: Settings
    engine: Engine


@dataclass(frozen=True)
class Measured:
    """What reads from a model's folder what was measured of it."""

    thresholds: Thresholds = lambda named: {}
    """Of ghost text of one line."""
    several: Thresholds = lambda named: {}
    """The same of several lines."""
    calibration: Callable[[str | None], Assessor | None] = lambda named: None
    """Who says how sure the model is of a draft; None where that was not measured."""
    of_lines: Callable[[str | None], LineAssessor | None] = lambda named: None
    """Who says the same of a line of ghost text."""
    of_fixes: Callable[[str | None], FixAssessor | None] = lambda named: None
    """Who says the same of a fix."""
    of_rewrites: Callable[[str | None], Assessor | None] = lambda named: None
    """Who says the same of an answer to an instruction."""


@dataclass
class Model:
    """Which model there is, in what state, and how it is to be used."""

    load: Load
    measured: Measured = Measured()
    default: Default = lambda: None
    doubting: Doubting = lambda engine, named: in_pieces(engine, named)
    here: Path | None = None
    """Where a model's folder is looked for that is not absolute; None for the current folder."""
    options: Options = field(default_factory=Options)
    state: str = "waiting"
    """`waiting`, `loading`, `ready`, `asleep` (loaded again with the next request) or `failed`."""
    message: str = ""
    """Why it failed, or why the embedded model took its place."""
    session: Session = field(init=False)
    remote: Remote = field(default_factory=Remote)
    """Who infills and rewrites in its place, if the user named an endpoint."""
    quick: tuple[Checker, ...] = field(default_factory=keystroke_guards)
    """Checkers that a keystroke can wait for."""
    find: Find = nothing
    """Finds the files that belong to a document; called in the model's thread."""
    on_wake: Callable[[], object] = lambda: None
    """Called in the model's thread when it begins to be loaded again, and when that is done."""
    used: float = 0.0
    """When it was last asked for, on the monotonic clock."""
    name: str = ""
    """Name of the model, also while it is asleep; empty before it is loaded."""
    _folder: str | None = None
    """What is loaded, or will be."""
    _wanted: Settings = field(default_factory=Settings)
    """What the user chose."""
    _default: str | None = None
    """The default model when it was chosen."""
    _least: float | None = None
    """How likely what is offered has to be right, where the user says so."""
    _read: int = 0
    """Context tokens that engines encoded that are gone."""

    def __post_init__(self) -> None:
        self._begin(Settings(), FillOptions())
        self.configure(self.options)  # what is wrong is told when options come

    @property
    def most_gaps(self) -> int:
        """Most gaps that the model fills at once, before it is loaded, too; 1 where its folder does not tell."""
        try:
            return traits(self._folder).gaps
        except EditdiffError:  # told when it is loaded
            return 1

    @property
    def named(self) -> str | None:
        """The model that the user named; None for the default."""
        return self._wanted.model

    @property
    def encoded(self) -> int:
        """Context tokens encoded so far."""
        return self._read + getattr(self.session.loaded, "encoded", 0)

    def configure(self, options: Options) -> list[str]:
        """Take new options; return what is wrong, which is then left as it was.

        Where the user's own file or a variable is wrong, the client's options count all the same.
        """
        said = {name: value for name, value in options.flags.items() if value is not None}
        named, wrong = said.pop("endpoint", None), list[str]()
        try:
            chosen = settings.load(said, None, os.environ)
        except EditdiffError as error:
            wrong.append(f"{error.message}; {error.hint}")
            chosen = settings.Settings(**said)
        chosen, asking = parted(chosen, named)
        wrong += self.remote.configure(asking)
        try:
            fill, self._least = fill_options(chosen), least_confidence(chosen)
        except EditdiffError as error:
            return [*wrong, f"{error.message}; {error.hint}"]
        if self.here is not None:
            chosen = replace(chosen, model=seen_from(self.here, chosen.model))
        self.options = options
        same = (chosen.model, chosen.engine, chosen.threads) == (
            self._wanted.model,
            self._wanted.engine,
            self._wanted.threads,
        )
        if same and self.state in ("loading", "ready", "asleep"):
            self.session.options, self.session.least = fill, self._least
            return wrong
        self._begin(chosen, fill)
        return wrong

    def _begin(self, wanted: Settings, fill: FillOptions) -> None:
        """Have a model loaded when it is next wanted."""
        self._wanted, self._read = wanted, 0
        self.session = Session(
            lambda: self.load(self._folder, self._wanted),
            fill,
            writing_guards(),
            lambda *asked: self.find(*asked),
            lambda: self.measured.calibration(self._folder),
            self._least,
            self.reviser,
            lambda: self.measured.of_fixes(self._folder),
            lambda: self.measured.of_rewrites(self._folder),
            TextAnatomist(),
        )
        self._aim_as_wanted()

    def _aim_as_wanted(self, loaded: Engine | None = None) -> None:
        """Have the session run what the user chose, which may be the default model."""
        self._default = self.default()
        self._aim(self._meant, loaded)

    def _aim(self, folder: str | None, loaded: Engine | None = None) -> None:
        """Have the session run a model, and load it when it is wanted; what is open goes on with it, too."""
        self.state, self.message, self.name = "waiting", "", ""
        self._folder = folder
        self.session.exchange(loaded)

    @property
    def _meant(self) -> str | None:
        """What the user's choice means by now."""
        return self.default() if self._wanted.model is None else self._wanted.model

    def engine(self) -> Engine:
        """Return the engine, loaded if need be; called in the model's thread alone.

        Where the default model cannot be used, the embedded one takes its place, and the message says so.

        Raises:
            EditdiffError: when it cannot be loaded.
        """
        self.used = time.monotonic()
        if self.state != "asleep":
            return self._engine()
        self.state, self.message = "loading", ""
        self.on_wake()
        try:
            return self._engine()
        finally:
            self.on_wake()

    @property
    def drafting(self) -> Session:
        """What infills and rewrites: the endpoint's session where one is named, else the model's."""
        return self.remote.session or self.session

    def doubter(self) -> Doubter:
        """Who says what the model doubts of a text; called in the model's thread alone.

        Raises:
            EditdiffError: when it cannot be loaded, or has no network that could doubt.
        """
        return self.doubting(self.engine(), self._folder)

    def reviser(self) -> Doubter | None:
        """Who says what is to be revised; None for a network with a canvas of its own, as `nano`.

        Its doubts and its judgement were measured to offer a wrong change in every other function that is right.

        Raises:
            EditdiffError: as `doubter` does.
        """
        engine = self.engine()
        drafts = isinstance(engine, Capable) and engine.traits.canvases
        return None if drafts else self.doubter()

    def _engine(self) -> Engine:
        session = self.session  # another may be chosen while this one is loaded
        try:
            engine = session.engine
        except Exception as error:
            if session is not self.session:
                raise
            by_default = self._wanted.model is None and self._folder != DEFAULT
            if by_default and isinstance(error, EditdiffError):
                self._aim(DEFAULT)
                engine = self._engine()
                self.message = f"{_told(error)}; {DEFAULT} takes its place"
                return engine
            self.state, self.message = "failed", _told(error)
            raise
        if session is self.session:
            self.state, self.name = "ready", engine.name
        return engine

    # while it lives

    def unload(self) -> None:
        """Give the memory of the model back; the next request loads it again. Called in the model's thread."""
        if self.state == "ready":
            name, message, self._read = self.name, self.message, self.encoded
            self._aim_as_wanted()  # where another had taken its place, it is tried again
            self.state, self.name, self.message = "asleep", name, message
            give_back()

    @property
    def outdated(self) -> bool:
        """Whether the default model is another one by now, and the user named none."""
        return self._wanted.model is None and self.default() != self._default

    def load_beside(self) -> Beside:
        """Load what the user's choice means by now, while the engine that there is goes on; in a thread of its own.

        Raises:
            EditdiffError: when it cannot be loaded.
        """
        meant, wanted = self._meant, self._wanted
        return Beside(meant, wanted, self.load(meant, wanted))

    def renew(self, beside: Beside | None) -> None:
        """Take up what the user's choice means by now, loaded if it was not yet; called in the model's thread.

        Raises:
            EditdiffError: as `engine` does.
        """
        self._read = self.encoded
        fits = beside is not None and beside[:2] == (self._meant, self._wanted)
        self._aim_as_wanted(beside.engine if beside and fits else None)
        try:
            self.engine()
        finally:
            give_back()

    def least(self, language: str) -> float | None:
        """Least confidence of ghost text that is shown in a language; None where there is none."""
        ghost = self.options.ghostText
        measured = self.measured.thresholds(self._folder)
        if not ghost.enabled or language not in self.languages:
            return None
        if self._asked_for is not None:
            return self._asked_for
        return measured.get(language, max(measured.values(), default=1.0))

    def least_of_several(self, language: str) -> float | None:
        """Least confidence of ghost text of several lines in a language; None where it has one line.

        Where the user wants several wherever a line ends, what was not measured is asked for as a line's.
        """
        ghost = self.options.ghostText
        measured = self.measured.several(self._folder).get(language)
        if ghost.severalLines == NEVER or (measured is None and ghost.severalLines == BLOCK):
            return None
        return self.least(language) if measured is None or self._asked_for is not None else measured

    @property
    def of_lines(self) -> LineAssessor | None:
        """Who says how likely a line of ghost text is right; None where that was not measured."""
        return self.measured.of_lines(self._folder)

    @property
    def _asked_for(self) -> float | None:
        """Least confidence of ghost text that the user wants; None for the model's own."""
        ghost = self.options.ghostText
        return self._least if ghost.confidence is None else ghost.confidence

    @property
    def languages(self) -> tuple[str, ...]:
        """Where ghost text is on."""
        ghost = self.options.ghostText
        if not ghost.enabled:
            return ()
        if ghost.languages is not None:
            return ghost.languages
        return tuple(self.measured.thresholds(self._folder))


def load_engine(named: str | None, chosen: Settings) -> Engine:
    """Load a model as the settings say; unless they do, a core is left to the editor where there are three or more.

    Raises:
        EditdiffError: when it cannot be loaded, or would take more memory than there is.
    """
    if not chosen.threads:
        cores = os.cpu_count() or 1
        chosen = replace(chosen, threads=max(min(cores, 2), cores - 1))
    if not is_loaded(named, running(chosen)):
        check_memory(named)
    return new_engine(named, running(chosen))


def in_pieces(engine: Engine, named: str | None) -> Doubter:
    """Who says what an engine doubts, calibrated by its model's folder, and reads a PIECE at a time.

    Raises:
        EditdiffError: when it has no network that could doubt, or the calibration cannot be used.
    """
    return doubter_with(engine, named, PIECE)


def _told(error: Exception) -> str:
    """What the user is told; an error that is none of ours is a bug, and has no hint."""
    if isinstance(error, EditdiffError):
        return f"{error.message}; {error.hint}"
    return f"{type(error).__name__}: {error}"
