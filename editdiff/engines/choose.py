"""From what a user names to an engine.

    None                 `coder` once it is fetched, else the embedded model
    nano                 a model that comes with editdiff, by its name
    path/to/a/folder     a model folder
    https://…            a service; none is known to this version

What is named is a `Choice`, a value of its own: only here is it known that a local model has a folder.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar, cast
from weakref import WeakValueDictionary

from editdiff.engines.base import Engine
from editdiff.errors import ModelError, UsageError
from editdiff.families import load, manifest
from editdiff.families.base import CausalDenoiser, Traits, TreeDenoiser
from editdiff.families.running import AS_IT_COMES, Running
from editdiff.store import source

if TYPE_CHECKING:
    from editdiff.engines import confidence
    from editdiff.engines.doubt import Calibration, LocalDoubter
    from editdiff.engines.surprise import CausalDoubter

DEFAULT = "nano"
"""The embedded model, which is always there."""
PREFERRED = "coder"
"""The model that is used where none is named, once its weights are fetched."""
SCHEME = "://"
"""Tells a service's address from a folder."""
T = TypeVar("T")
_NETWORKS: WeakValueDictionary[tuple[Path, Running], CausalDenoiser] = WeakValueDictionary()
"""Networks in memory, which go when nobody holds them any more."""
_LOADING = Lock()
"""One is loaded at a time: two who want the same one would else load it twice."""


@dataclass(frozen=True)
class Choice:
    """A local model, and the name by which it was asked for."""

    folder: Path
    """Whether it is there or not."""

    @classmethod
    def of(cls, named: str | None) -> Choice:
        """What a user means: a name of the models that are here, or a folder; None is the `default`.

        Raises:
            UsageError: for the address of a service.
        """
        if named is None:
            return cls(default())
        if SCHEME in named:
            raise UsageError(
                f"there is no engine for {named}: this version runs local models alone",
                "name a model of `editdiff models`, or a model folder",
            )
        known = {folder.name: folder for folder in shipped()}
        return cls(known.get(named, Path(named)))

    @property
    def name(self) -> str:
        """Of the model."""
        return self.folder.name


def embedded(name: str) -> Path:
    """Folder of a model that comes with editdiff: inside the wheel, or in the source tree."""
    package = Path(__file__).parents[1]
    inside = package / "models" / name
    return inside if inside.is_dir() else package.parent / "models" / name


def default() -> Path:
    """Folder of the model that is used where none is named."""
    preferred = embedded(PREFERRED)
    return preferred if load.is_fetched(preferred) else embedded(DEFAULT)


def default_name() -> str:
    """Name of the model that is used where none is named."""
    return default().name


def seen_from(folder: Path, named: str | None) -> str | None:
    """What a user means who names a model in a `folder`: one there, unless a model that is here is called so."""
    if named is None or named in (known.name for known in shipped()):
        return named
    return str(folder / named) if (folder / named).is_dir() else named


def shipped() -> list[Path]:
    """Folders of the models that come with editdiff, by name."""
    around = embedded(DEFAULT).parent
    found = sorted(around.iterdir()) if around.is_dir() else []
    return [folder for folder in found if (folder / manifest.MANIFEST).is_file()]


def fetchable() -> list[Path]:
    """Folders of the models that come without their weights, by name."""
    around = embedded(DEFAULT).parent
    return sorted(path.parent for path in around.glob(f"*/{source.FILE}"))


@cache
def traits(named: str | None = None) -> Traits:
    """What the model that is `named` can do; its network is not loaded.

    Raises:
        ModelError: when there is no such model, or its folder cannot be read.
    """
    return load.traits_of(Choice.of(named).folder)


def denoiser(named: str | None = None, running: Running = AS_IT_COMES) -> CausalDenoiser:
    """Load the network that is `named`, see `Choice`, to be run as `running` says.

    While somebody holds it, it is not loaded again: it is in memory once, whoever asks, from whatever thread.

    Raises:
        ModelError: when there is no such model, or it cannot be used.
        MissingDependencyError: when what is to run it is not installed.
        UsageError: for an engine that cannot run it.
    """
    key = Choice.of(named).folder, running
    with _LOADING:
        network = _NETWORKS.get(key)
        if network is None:
            network = _NETWORKS[key] = load.load(*key)
        return network


def is_loaded(named: str | None, running: Running) -> bool:
    """Whether somebody holds the network that is `named`, to be run so: to load it takes no more memory."""
    return (Choice.of(named).folder, running) in _NETWORKS


@cache
def choose(named: str | None = None, running: Running = AS_IT_COMES) -> Engine:
    """Load the engine that is `named`, see `Choice`; asked again, the same one, with all that it has encoded.

    Raises:
        ModelError, MissingDependencyError, UsageError: as `denoiser` does.
    """
    return new_engine(named, running)


def new_engine(named: str | None = None, running: Running = AS_IT_COMES) -> Engine:
    """The same, but one of its own, for a thread of its own: what it encodes is apart, the network is not.

    Raises:
        ModelError, MissingDependencyError, UsageError: as `denoiser` does.
    """
    from editdiff.engines.recall import WithLookup

    network, name = denoiser(named, running), Choice.of(named).name
    if network.traits.canvases:
        from editdiff.engines.local.engine import LocalEngine

        return WithLookup(LocalEngine(network, name=name))
    from editdiff.engines.twin.engine import TwinEngine

    return WithLookup(TwinEngine(tree(network), name=name))


def tree(network: CausalDenoiser) -> TreeDenoiser:
    """A network that writes several drafts at once, which one without a canvas has to be.

    Raises:
        ModelError: when it does not.
    """
    if not hasattr(network, "write"):
        raise ModelError(
            "the model has neither a canvas nor a way to write several drafts at once",
            "its family has to give it `propose` with canvases, or `write`",
        )
    return cast(TreeDenoiser, network)


@cache
def choose_twin(named: str | None = None, running: Running = AS_IT_COMES) -> Engine:
    """Return the same network from left to right, with which `choose(named)` is compared.

    Raises:
        ModelError: as `choose` does.
    """
    from editdiff.engines.causal import CausalEngine

    return CausalEngine(denoiser(named, running), name=f"{Choice.of(named).name}, left to right")


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
    from editdiff.engines.surprise import CausalDoubter

    return CausalDoubter(network, name, calibration, piece=piece)


def doubter_with(
    engine: Engine, named: str | None = None, piece: int | None = None
) -> LocalDoubter | CausalDoubter:
    """Return who doubts with the network that an engine already runs, calibrated as `choose_doubter` does it.

    Raises:
        UsageError: when it runs none on this machine.
        ModelError: when the calibration cannot be used.
    """
    return doubter_of(network_of(engine), engine.name, review_calibration(named), piece)


@cache
def ghost_thresholds(named: str | None = None) -> Mapping[str, float]:
    """Least confidence of a shown line, 0 to 1, by language identifier; ghost text is off in every other one.

    Empty where the model folder tells none, or tells those of other weights. Read once, as the model is.

    Raises:
        ModelError: when the file cannot be used.
    """
    return _thresholds("languages", "ghost", named)


@cache
def several_thresholds(named: str | None = None) -> Mapping[str, float]:
    """The same of ghost text of several lines: it has one line in every other language."""
    return _thresholds("several", "ghost-lines", named)


def _thresholds(kind: str, benchmark: str, named: str | None) -> Mapping[str, float]:
    folder = Choice.of(named).folder
    path = folder / manifest.GHOST
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        entries = told.get(kind, {})
        known = {name: entry["threshold"] for name, entry in entries.items()}
        thresholds = {name: float(known[name]) for name in known if known[name] is not None}
        return thresholds if told["weights"] == load.identity(folder) else {}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"cannot read the thresholds {path}: {error!r}",
            f"restore the file, or write it again with `editdiff eval {benchmark} --write-threshold`",
        ) from error


def write_ghost_thresholds(languages: Mapping[str, Mapping[str, Any]], named: str | None) -> Path:
    """Keep what was measured of each language, its `threshold` among it (None: off), with the weights' SHA-256.

    What is known of other languages with the same weights stays.

    Raises:
        ModelError: when the file cannot be written.
    """
    return _write_thresholds("languages", languages, named)


def write_several_thresholds(languages: Mapping[str, Mapping[str, Any]], named: str | None) -> Path:
    """The same of ghost text of several lines."""
    return _write_thresholds("several", languages, named)


def _write_thresholds(
    kind: str, languages: Mapping[str, Mapping[str, Any]], named: str | None
) -> Path:
    """Keep one kind of thresholds beside those of the other kind, if they are of the same weights."""
    folder = Choice.of(named).folder
    try:
        told = json.loads((folder / manifest.GHOST).read_text(encoding="utf-8"))
        kept = told if told["weights"] == load.identity(folder) else {}
    except (OSError, ValueError, KeyError, TypeError):
        kept = {}
    kinds = {name: kept[name] for name in ("languages", "several") if name in kept}
    known = {**kinds.get(kind, {}), **languages}
    path = _write(manifest.GHOST, {**kinds, kind: known}, named)
    ghost_thresholds.cache_clear()
    several_thresholds.cache_clear()
    return path


def review_calibration(named: str | None = None) -> Calibration | None:
    """From doubt to probability; None where the model folder tells nothing, or tells it of other weights.

    Raises:
        ModelError: when the file cannot be used.
    """
    from editdiff.engines.doubt import Calibration

    return _calibration(manifest.REVIEW, Calibration.of, named, "review")


def write_review_calibration(
    calibration: Mapping[str, Any], measured: Mapping[str, Any], named: str | None
) -> Path:
    """Keep a calibration and what was measured with it, with the weights' SHA-256.

    Raises:
        ModelError: when the file cannot be written.
    """
    path = _write_calibration(manifest.REVIEW, calibration, measured, named)
    choose_doubter.cache_clear()
    return path


@cache
def infill_calibration(named: str | None = None) -> confidence.Calibration | None:
    """How likely a draft of one gap is right; None where the model folder tells nothing, or of other weights.

    Read once, as the model is.

    Raises:
        ModelError: when the file cannot be used.
    """
    from editdiff.engines.confidence import Calibration

    return _calibration(manifest.INFILL, Calibration.of, named, "infill-confidence")


def write_infill_calibration(
    calibration: Mapping[str, Any], measured: Mapping[str, Any], named: str | None
) -> Path:
    """Keep a calibration and what was measured with it, with the weights' SHA-256.

    Raises:
        ModelError: when the file cannot be written.
    """
    path = _write_calibration(manifest.INFILL, calibration, measured, named)
    infill_calibration.cache_clear()
    return path


def _calibration(
    name: str, of: Callable[[Mapping[str, Any]], T], named: str | None, benchmark: str
) -> T | None:
    """Read a calibration from a file of a model folder; None where it tells none, or that of other weights."""
    folder = Choice.of(named).folder
    path = folder / name
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        calibration = of(told["calibration"])
        return calibration if told["weights"] == load.identity(folder) else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"cannot read the calibration {path}: {error!r}",
            f"restore the file, or write it again with `editdiff eval {benchmark} --write-calibration`",
        ) from error


def _write_calibration(
    name: str, calibration: Mapping[str, Any], measured: Mapping[str, Any], named: str | None
) -> Path:
    return _write(name, {"calibration": dict(calibration), "measured": dict(measured)}, named)


def _write(name: str, content: Mapping[str, Any], named: str | None) -> Path:
    """Write a file of a model folder, with the hash of the weights that it belongs to."""
    folder = Choice.of(named).folder
    path = folder / name
    whole = {"weights": load.identity(folder), **content}
    try:
        path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ModelError(
            f"cannot write {path}: {error.strerror}", "name a model folder that can be written"
        ) from error
    return path
