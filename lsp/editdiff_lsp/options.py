"""What the client may say about how editdiff works: initialization options and changed settings.

The page docs/lsp.md lists them. What is wrong is told, and counts as not said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from difflib import get_close_matches
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from editdiff.edits.markers import MARKERS
from editdiff.settings import NAMES

LIMITS = {
    "confidence": (0, 1),
    "ghostText.debounce": (0, 60_000),
    "ghostText.confidence": (0, 1),
    "unloadAfter": (0, 100_000),
}
"""Least and greatest value of a number that no operation checks."""

BLOCK, ALWAYS, NEVER = "block", "always", "never"
"""Where ghost text has several lines: under an opened block, wherever a line ends at the cursor, or nowhere."""
CHOICES = {"ghostText.severalLines": (BLOCK, ALWAYS, NEVER)}
"""The values of an option that is one of a few."""
AT_START = ("endpoint", "endpointModel", "endpointKind", "endpointKeyEnv", "endpointSeconds")
"""Options that are read when the server starts, and never again: what some editors say later is a folder's."""

Tell = Callable[[str], None]
"""Takes a sentence for the log."""


@dataclass(frozen=True)
class GhostText:
    """How ghost text is given."""

    enabled: bool = True
    languages: tuple[str, ...] | None = None
    """Language identifiers; None for those whose confidence was measured."""
    debounce: int = 75
    """Milliseconds of silence before the model is asked."""
    confidence: float | None = None
    """Least confidence of a line that is shown, 0 to 1; None for the model's own threshold."""
    severalLines: str = BLOCK  # noqa: N815 (its name in JSON)
    """One of BLOCK, ALWAYS and NEVER."""


@dataclass(frozen=True)
class Diagnostics:
    """What is told to be wrong with a document."""

    syntax: bool = True
    """Whether it does not parse."""
    syntaxLanguages: tuple[str, ...] | None = None  # noqa: N815 (its name in JSON)
    """Language identifiers; None for those with a parser of their own that VS Code does not check itself."""
    maths: bool = True
    """Whether an equation does not hold."""
    mathsLanguages: tuple[str, ...] | None = None  # noqa: N815
    """Language identifiers; None for those in which the findings were counted."""
    merges: bool = True
    """Whether a merge is in conflict."""


@dataclass(frozen=True)
class Options:
    """Options of the server; None leaves one to the user's own configuration file, or its default."""

    model: str | None = None
    """A model folder."""
    drafts: int | None = None
    steps: int | None = None
    threshold: float | None = None
    temperature: float | None = None
    canvas: int | None = None
    seed: int | None = None
    others: int | None = None
    """Most other open files that the model is shown."""
    confidence: float | None = None
    """Least confidence of a proposed draft, 0 to 1; None for the model's own."""
    unloadAfter: float = 15  # noqa: N815 (its name in JSON)
    """Minutes without a request after which the model gives its memory back; 0 for never."""
    endpoint: str | None = None
    """Address of a server that infills and rewrites in the model's place; empty for none, whoever names one."""
    endpointModel: str | None = None  # noqa: N815
    endpointKind: str | None = None  # noqa: N815
    endpointKeyEnv: str | None = None  # noqa: N815
    """The variable that holds the key; a key is no option."""
    endpointSeconds: float | None = None  # noqa: N815
    ghostText: GhostText = field(default_factory=GhostText)  # noqa: N815 (its name in JSON)
    diagnostics: Diagnostics = field(default_factory=Diagnostics)
    git: bool = True
    """Whether git may be asked what changed."""
    markers: tuple[str, ...] = MARKERS

    @property
    def flags(self) -> dict[str, Any]:
        """What overrides the user's own configuration file."""
        written = {name: _written(name) for name in NAMES}
        return {name: getattr(self, of) for name, of in written.items() if hasattr(self, of)}

    def as_at_start(self, first: Options, tell: Tell) -> Options:
        """These options, but for those that only the `first` ones may say; `tell` hears of what is left out."""
        for name in AT_START:
            said = getattr(self, name)
            if said not in (None, getattr(first, name)):
                tell(f"the option {name} is taken when the server starts, and never later")
        return replace(self, **{name: getattr(first, name) for name in AT_START})


def parse(value: Any, tell: Tell) -> Options:
    """Read the client's object; `tell` hears of each key and value that is not understood."""
    options: Options = _parse(Options(), value, "", tell)
    return options


def _parse(defaults: Any, value: Any, prefix: str, tell: Tell) -> Any:
    """Return `defaults` with the values that are right."""
    if value is None:
        return defaults
    if not isinstance(value, Mapping):
        tell(f"{prefix.rstrip('.') or 'the options'} should be an object, not {value!r}")
        return defaults
    hints = get_type_hints(type(defaults))
    known = [entry.name for entry in fields(defaults)]
    taken: dict[str, Any] = {}
    for key, given in value.items():
        name = prefix + str(key)
        if key not in known:
            near = get_close_matches(str(key), known, n=1)
            tell(
                f"there is no option {name}"
                + (f": did you mean {prefix + near[0]}?" if near else "")
            )
        elif is_dataclass(hints[key]):
            taken[key] = _parse(getattr(defaults, key), given, f"{name}.", tell)
        elif _fits(given, hints[key]) and _allowed(given, name):
            taken[key] = tuple(given) if isinstance(given, list | tuple) else given
        else:
            tell(f"the option {name} cannot be {given!r}")
    return replace(defaults, **taken)


def _allowed(value: Any, name: str) -> bool:
    """Whether a value is one of its option's choices, or lies within its limits."""
    if name in CHOICES:
        return value in CHOICES[name]
    low, high = LIMITS.get(name, (None, None))
    return value is None or low is None or high is None or low <= value <= high


def _fits(value: Any, hint: Any) -> bool:
    """Whether a JSON value is of the type."""
    if isinstance(hint, UnionType):
        return any(_fits(value, each) for each in get_args(hint))
    if get_origin(hint) is tuple:
        return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is hint


def _written(setting: str) -> str:
    """How a setting is written as an option: `endpoint_model` as `endpointModel`."""
    first, *others = setting.split("_")
    return first + "".join(word.capitalize() for word in others)
