"""Settings: what can be said once instead of with every command.

`Filling` says all that is known of a setting of filling: name, type, default, limits, help. The flags of the
commands, the values that these places may hold and what an engine is told (`engines.base.FillOptions`) are
made of it.

Each place overrides those before it:

    1. the defaults of `Settings`
    2. the user's file, `$XDG_CONFIG_HOME/editdiff/config.toml`, or `~/.config/editdiff/config.toml`
    3. `[tool.editdiff]` of the nearest `pyproject.toml`, from the current folder upwards
    4. environment variables, as `EDITDIFF_DRAFTS`
    5. flags

The third place belongs to whoever wrote the repository, so it may say how drafts are made, and
never which model, engine, endpoint or command is used. A key is no setting: it is in an environment variable.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args, get_type_hints

from editdiff.errors import UsageError

PREFIX = "EDITDIFF_"
ENDPOINT_KEY = "EDITDIFF_ENDPOINT_KEY"
"""The environment variable that holds the endpoint's key, unless another one is named: a key is no setting."""
NO_SETTINGS = frozenset({"EDITDIFF_DEBUG", "EDITDIFF_MODELS", ENDPOINT_KEY})
"""Environment variables with another purpose."""
BY_ENDPOINT = "endpoint"
"""Named as the model: what the endpoint has."""
ENDPOINT = ("endpoint", "endpoint_model", "endpoint_kind", "endpoint_key_env", "endpoint_seconds")
"""Settings of an endpoint, which is asked to infill and to rewrite."""
USER_ONLY = frozenset({"command", "engine", "model", "endpoint_key", *ENDPOINT})
"""What a repository's file must not name, whether it is a setting yet or not."""


ENDPOINT_KINDS = ("auto", "llama.cpp", "ollama", "openai")
"""What may answer at an endpoint."""
ENGINES = ("auto", "openvino", "torch")
"""What may run a network."""
DRAFTERS = ("canvas", "lookup", "none")
"""Who drafts tokens for a model that writes from left to right and judges several at once."""


class Limits(NamedTuple):
    """Annotation of a field: its least and greatest value."""

    low: float
    high: float


class Help(str):
    """Annotation of a field: the sentence with which the commands explain it."""


@dataclass(frozen=True)
class Filling:
    """What changes how a region is filled, and may be set; limits are checked where an engine is told."""

    drafts: Annotated[
        int, Limits(1, 1024), Help("Drafts made side by side; the best that parses is shown.")
    ] = 4
    """Denoised over one context cache, then ranked."""
    steps: Annotated[int, Limits(1, 1024), Help("Most denoising steps for a canvas.")] = 32
    """Network evaluations: at most so many for one canvas and each gap on it."""
    threshold: Annotated[
        float, Limits(0.0, 1.0), Help("Settle a token when its probability exceeds this, 0 to 1.")
    ] = 0.9
    """At least one masked place is committed each step, whatever its probability."""
    temperature: Annotated[
        float,
        Limits(0.0, 10.0),
        Help("Variety of the drafts after the first; 0 for a single draft."),
    ] = 0.7
    """Sampling temperature; the first draft is greedy."""
    # of fewer than 8 places a block could be one undecodable piece of a character, and never advance
    canvas: Annotated[
        int,
        Limits(8, 128),
        Help("Tokens denoised at once: a size that the model was trained with."),
    ] = 32
    """Places of one canvas, its head included: the largest that the model was trained with and that is no larger.

    Never the hidden text's length."""
    accept: Annotated[
        str,
        Help(
            "Which tokens drafted ahead `coder` takes: exact (what it would have written), or typical (what is at "
            "least half as likely as that)."
        ),
    ] = "exact"
    """How the greedy draft is written; sampled ones are what they would have been."""
    fill_seconds: Annotated[
        float,
        Limits(0.0, 3600.0),
        Help(
            "Most seconds that `coder` writes at one gap; what is not finished by then is no draft. 0: no limit."
        ),
    ] = 0.0
    """None unless asked for: with a limit the same document may be answered otherwise on a slower machine."""
    seed: Annotated[int, Limits(0, 2**63 - 1), Help("Seed of all randomness.")] = 0
    others: Annotated[
        int,
        Limits(0, 64),
        Help(
            "Most other files, those that this one imports first, that `coder` is shown; 0: none."
        ),
    ] = 0
    """None unless asked for: they cost their reading, and no gain was measured (docs/log.md). `nano` has no place
    for them."""


@dataclass(frozen=True)
class Settings(Filling):
    """All that may be set."""

    model: Annotated[
        str | None,
        Help(
            "A model's name or its folder, instead of `coder` once it is fetched, else the built-in model."
        ),
    ] = None
    """None for `coder` once it is fetched, else the built-in model."""
    engine: Annotated[
        str,
        Help(
            "What runs the network: openvino (processors), torch (GPUs; needs editdiff[torch]), or auto: "
            "what suits the model."
        ),
    ] = "auto"
    """One of ENGINES."""
    endpoint: Annotated[
        str | None,
        Help(
            "Address of a server that infills and rewrites instead of a local model, such as "
            "http://127.0.0.1:8080; what stands around the region is sent there."
        ),
    ] = None
    """None for local models alone. A user's own, never a repository's."""
    endpoint_model: Annotated[
        str | None, Help("Name of the endpoint's model, where it has several.")
    ] = None
    endpoint_kind: Annotated[
        str,
        Help(
            "What answers at the endpoint: llama.cpp, ollama, openai (and all that is compatible), or auto: "
            "by its port."
        ),
    ] = "auto"
    """One of ENDPOINT_KINDS."""
    endpoint_key_env: Annotated[
        str, Help("Environment variable that holds the endpoint's key, if it wants one.")
    ] = ENDPOINT_KEY
    endpoint_seconds: Annotated[
        float, Limits(1, 3600), Help("Seconds after which an answer of the endpoint is given up.")
    ] = 120.0
    drafter: Annotated[
        str,
        Help(
            "Who drafts tokens ahead of `coder`, which judges several at once: lookup (what stands in the text "
            "already), canvas (its diffusion canvas, too), or none. That changes the time alone."
        ),
    ] = "lookup"
    """One of DRAFTERS; the canvas is not the default, for on processors it does not pay (docs/log.md)."""
    threads: Annotated[
        int, Limits(0, 1024), Help("Processor cores that the network takes; 0 for all.")
    ] = 0
    """A file of the repository may say so: it costs time alone."""
    confidence: Annotated[
        float | None,
        Limits(0.0, 1.0),
        Help(
            "Least probability, 0 to 1, that a draft is right, as measured of the model: of a file's only gap, of "
            "a fix, and in an editor of ghost text, too. Below it nothing is offered; 0 offers every draft."
        ),
    ] = None
    """None for the model's own: what is offered unasked has to be likelier than what is asked for."""
    exclude: Annotated[
        tuple[str, ...],
        Help("Globs of files and folders that are left out of the folders that are named."),
    ] = ()
    """One with a `/` holds whole paths: what was written begins at the folder of the file that says so, where that
    is a repository's, else at the current one. One without is compared with the name of each file and folder."""
    sources: tuple[str, ...] = field(default=(), compare=False)
    """Files and variables that had a say, flags apart: to be told with an error."""
    said: frozenset[str] = field(default=frozenset(), compare=False)
    """Names of the settings that somebody set, by a flag too."""

    @property
    def asks_endpoint(self) -> bool:
        """Whether infilling and rewriting are left to an endpoint: where no other model is named."""
        return self.model == BY_ENDPOINT or (self.model is None and self.endpoint is not None)


LISTS = ("exclude",)
"""Settings that are lists of texts: no flags, and in a variable with commas between them."""
NAMES = tuple(
    entry.name for entry in fields(Settings) if entry.name not in (*LISTS, "sources", "said")
)
"""Those that are single values, and flags."""


def limits(kind: type[Filling]) -> dict[str, Limits]:
    """The limits of those fields that have some, by name, in the order of the fields."""
    return {
        name: note for name, notes in _notes(kind) for note in notes if isinstance(note, Limits)
    }


def help_of(setting: str) -> str:
    """The sentence that explains a setting, one of NAMES."""
    return next(str(note) for note in dict(_notes(Settings))[setting] if isinstance(note, Help))


def type_of(setting: str) -> Any:
    """What a setting's value is: `int`, `float` or `str`."""
    hint = get_type_hints(Settings)[setting]
    return next(kind for kind in (int, float, str) if kind in (hint, *get_args(hint)))


def _notes(kind: type) -> list[tuple[str, tuple[Any, ...]]]:
    """Annotations of the fields of a dataclass, by name."""
    hints = get_type_hints(kind, include_extras=True)
    return [(name, getattr(hints[name], "__metadata__", ())) for name in hints]


@dataclass(frozen=True)
class _Layer:
    """Values of one place."""

    source: str
    values: Mapping[str, Any]
    spell: Callable[[str], str] = str
    """From a setting's name to how it is written in this place."""
    folder: Path = Path()
    """Where the path of a model begins."""
    base: Path = Path()
    """Where globs of files begin."""

    def checked(self) -> dict[str, Any]:
        """Return the values in their types."""
        typed = {name: _checked(name, self) for name in self.values}
        if "model" in typed:
            typed["model"] = self._model(typed["model"])
        if "exclude" in typed:
            typed["exclude"] = tuple(map(self._glob, typed["exclude"]))
        return typed

    def _glob(self, glob: str) -> str:
        """A glob of whole paths where it begins; one of names as it is."""
        return str(self.base / glob.rstrip("/")) if "/" in glob.rstrip("/") else glob.rstrip("/")

    def _model(self, named: str) -> str:
        """A model's folder where it begins; a name, or the address of a service, stays as it is."""
        path = self.folder / os.path.expanduser(named)
        is_name = os.path.basename(named) == named and not path.is_dir()
        return named if is_name or "://" in named else str(path)


class ProjectFile(NamedTuple):
    """A `pyproject.toml`."""

    path: Path
    text: str


def load(
    flags: Mapping[str, Any],
    folder: Path | None,
    environ: Mapping[str, str],
    project: ProjectFile | None = None,
) -> Settings:
    """Merge all places; `None` is a flag that was not given, `folder` the current one.

    Without a folder, no repository has a say but by a `project` that is given: its text counts, whatever the disk
    holds now.

    Raises:
        UsageError: for a file that is not TOML, an unknown name, a value of another type, or a
            repository's file that names a model.
    """
    user, found = user_file(environ), project_file(folder) if folder else None
    here = (folder or Path()).absolute()
    layers = [_Layer(str(user), _read(user), folder=user.parent, base=here)]
    if path := project.path if project else found:
        values = _project_values(path, _parsed(*project) if project else _read(path))
        layers.append(_Layer(f"[tool.editdiff] of {path}", values, base=path.parent))
    layers += [
        _Layer(
            name,
            {name.removeprefix(PREFIX).lower(): value},
            lambda n: PREFIX + n.upper(),
            base=here,
        )
        for name, value in sorted(environ.items())
        if name.startswith(PREFIX) and name not in NO_SETTINGS and value
    ]
    merged: dict[str, Any] = {}
    for layer in layers:
        merged |= layer.checked()
    sources = tuple(layer.source for layer in layers if layer.values)
    given = {name: value for name, value in flags.items() if value is not None}
    if given.get("endpoint") and "model" not in given:
        given["model"] = BY_ENDPOINT
    merged |= given
    return replace(Settings(), **merged, sources=sources, said=frozenset(merged))


def user_file(environ: Mapping[str, str]) -> Path:
    """Where the user's own file is, if there is one (XDG Base Directory Specification 0.8)."""
    folder = environ.get("XDG_CONFIG_HOME", "")
    if not os.path.isabs(folder):  # the specification: a relative path is to be ignored
        folder = os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".config")
    return Path(folder, "editdiff", "config.toml")


def project_file(folder: Path) -> Path | None:
    """Return the nearest `pyproject.toml`, from `folder` upwards; None when there is none."""
    folder = folder.absolute()
    candidates = (parent / "pyproject.toml" for parent in (folder, *folder.parents))
    return next((path for path in candidates if path.is_file()), None)


def project_refusal(path: Path) -> UsageError | None:
    """What is told of a `pyproject.toml` that would choose what runs; None of one that would not.

    Raises:
        UsageError: for a file that cannot be read.
    """
    return _refusal(path, _table(path, _read(path)))


def _refusal(path: Path, values: Mapping[str, Any]) -> UsageError | None:
    refused = sorted(USER_ONLY & values.keys())
    if not refused:
        return None
    return UsageError(
        f"[tool.editdiff] of {path} must not set {refused[0]}: a repository's own file never "
        "chooses a model, an engine, an endpoint or a command",
        "remove it there; a model is named in your own config.toml, by EDITDIFF_MODEL or --model, an endpoint "
        "by EDITDIFF_ENDPOINT or --endpoint",
    )


def _project_values(path: Path, parsed: Mapping[str, Any]) -> Mapping[str, Any]:
    """Values of `[tool.editdiff]`, refused when they would choose what runs."""
    values = _table(path, parsed)
    if refusal := _refusal(path, values):
        raise refusal
    return values


def _table(path: Path, parsed: Mapping[str, Any]) -> Mapping[str, Any]:
    """Values of `[tool.editdiff]`, whatever they are."""
    tool = parsed.get("tool", {})
    values = tool.get("editdiff", {}) if isinstance(tool, dict) else {}
    if not isinstance(values, dict):
        raise UsageError(f"tool.editdiff of {path} is not a table", "write [tool.editdiff]")
    return values


def _read(path: Path) -> dict[str, Any]:
    """Read a TOML file; empty when there is none."""
    try:
        return _parsed(path, path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise UsageError(
            f"cannot read the settings {path}: {error.strerror}", "allow reading it, or remove it"
        ) from error
    except UnicodeDecodeError as error:
        raise _no_toml(path, error) from error


def _parsed(path: Path, text: str) -> dict[str, Any]:
    """Parse the text of a TOML file."""
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise _no_toml(path, error) from error


def _no_toml(path: Path, error: ValueError) -> UsageError:
    return UsageError(
        f"the settings {path} are not TOML: {error}",
        "mend the file, or run the command outside its folder",
    )


def _checked(name: str, layer: _Layer) -> Any:
    """Return the value of a setting in its type."""
    if name in LISTS:
        return _list(name, layer)
    if name not in NAMES:
        raise _unknown(name, layer)
    value, wanted = layer.values[name], type_of(name)
    try:
        if layer.spell is not str:  # the environment has texts only
            return wanted(value)
        if type(value) is wanted or (wanted is float and type(value) is int):
            return wanted(value)
    except ValueError:
        pass
    kind = {int: "a whole number", float: "a number", str: "a text"}[wanted]
    spelled, default = layer.spell(name), getattr(Settings, name)
    where = "" if layer.source == spelled else f"{layer.source}: "
    examples = {"model": "coder", "endpoint": "http://127.0.0.1:8080", "endpoint_model": "qwen"}
    example = examples.get(name, 0.5) if default is None else default
    raise UsageError(
        f"{where}{spelled} has to be {kind}, but is {value!r}",
        f"give it one, as in {spelled} = {json.dumps(example)}, or remove it",
    )


def _list(name: str, layer: _Layer) -> tuple[str, ...]:
    """Return the value of a setting that is a list of texts."""
    value = layer.values[name]
    if layer.spell is not str:  # the environment has texts only
        return tuple(text.strip() for text in value.split(",") if text.strip())
    if isinstance(value, list) and all(isinstance(text, str) and text for text in value):
        return tuple(value)
    raise UsageError(
        f"{layer.source}: {name} has to be a list of texts, but is {value!r}",
        f'change {name} there, as in {name} = ["docs", "*.gen.py"]',
    )


def _unknown(name: str, layer: _Layer) -> UsageError:
    nearest = get_close_matches(name, (*NAMES, *LISTS), n=1)
    known = ", ".join(map(layer.spell, (*NAMES, *LISTS)))
    meant = f"did you mean {layer.spell(nearest[0])}? " if nearest else ""
    return UsageError(
        f"{layer.source}: there is no setting {layer.spell(name)}", f"{meant}the settings: {known}"
    )
