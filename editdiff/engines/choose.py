"""From what a user names to an engine.

    None                 `coder` once it is fetched, else the embedded model
    nano                 a model that comes with editdiff, by its name
    path/to/a/folder     a model folder
    endpoint             no model of this machine: one infills and rewrites alone (`engines.endpoint`)

What is named is a `Choice`, a value of its own: only here is it known that a local model has a folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import cast
from weakref import WeakValueDictionary

from editdiff.engines.base import Engine
from editdiff.errors import ModelError, UsageError
from editdiff.families import load, manifest
from editdiff.families.base import CausalDenoiser, Traits, TreeDenoiser
from editdiff.families.running import AS_IT_COMES, BY_NOTHING, Running
from editdiff.settings import BY_ENDPOINT
from editdiff.store import source

DEFAULT = "nano"
"""The embedded model, which is always there."""
PREFERRED = "coder"
"""The model that is used where none is named, once its weights are fetched."""
LARGEST = "coder-large"
"""The model that rewrites where none is named, once it was measured at it and its weights are fetched."""
SCHEME = "://"
"""Tells an endpoint's address from a folder."""
NO_MODEL = (
    "an endpoint infills and rewrites, and nothing else: it does not tell how likely a text is",
    "name a model of `editdiff models`, or a model folder",
)
"""What is said where a model of this machine is needed."""
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
            UsageError: for an endpoint.
        """
        if named is None:
            return cls(default())
        if named == BY_ENDPOINT:
            raise UsageError(*NO_MODEL)
        if SCHEME in named:
            raise UsageError(
                "an address is no model, but that of an endpoint, which infills and rewrites alone",
                "give it as --endpoint to infill or rewrite, or name a model of `editdiff models`",
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


def for_rewriting(named: str | None) -> str | None:
    """Name of the model that rewrites where none is named: the largest that is fetched and measured at it."""
    largest = embedded(LARGEST)
    measured = (largest / manifest.REWRITE).is_file()
    return LARGEST if named is None and measured and load.is_fetched(largest) else named


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

    guesses = running.drafter != BY_NOTHING
    return WithLookup(TwinEngine(tree(network), name=name, guesses=guesses))


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
