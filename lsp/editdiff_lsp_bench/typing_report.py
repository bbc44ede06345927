"""What came of typing: the editor's log of keys and suggestions, joined with the talk of its language server."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from editdiff.evaluation.core.metrics import quantile
from editdiff.evaluation.core.table import NONE, Share, Table

TYPED, LINE, JUMP = "a key typed on", "a new line", "a jump or a file opened"
KINDS = {"typed": TYPED, "line": LINE, "jump": JUMP}
"""As the driver of the editor calls them."""
HEADER = (
    "",
    "characters accepted",
    "shown",
    "exact",
    "part right",
    "dismissed",
    "lines mended",
    "files whole",
)
TIMES = ("", "n", "not answered in time", "with a line", "p50", "p95", "on the screen p50", "p95")


@dataclass(frozen=True)
class Key:
    """One key, of those after which the typist waits."""

    kind: str
    answered: float | None
    """Seconds from the key to the answer; None when none came before the typist went on."""
    line: bool
    """Whether the answer was a line to be shown."""
    seen: float | None
    """Seconds from the key to the suggestion on the screen; None when none was new there."""


@dataclass(frozen=True)
class Typed:
    """One file, typed beside one server."""

    side: str
    file: str
    language: str
    whole: bool
    """Whether the file is, byte for byte, what it was before its lines were taken out."""
    characters: int
    """Of the lines that were taken out, indentation apart."""
    accepted: int
    """Of these, those that were taken from suggestions."""
    mended: int
    """Lines that the typist had to write again: the editor made something else of the keys."""
    suggestions: Sequence[Mapping[str, Any]]
    """Each that was seen: `exact`, `accepted` characters, `shown`, the line that it makes."""
    keys: Sequence[Key]

    @classmethod
    def of(cls, told: Mapping[str, Any], talk: Sequence[Mapping[str, Any]]) -> Typed:
        """Join what the driver told of a file with the talk about it."""
        about = [each for each in _requests(talk) if each.uri.endswith(f"/{told['file']}")]
        keys = [_key(key, about) for key in told["keys"] if key["waited"]]
        return cls(
            side=told["side"],
            file=told["file"],
            language=told["language"],
            whole=told["whole"],
            characters=told["characters"],
            accepted=told["accepted"],
            mended=told["mended"],
            suggestions=told["suggestions"],
            keys=keys,
        )


@dataclass
class _Request:
    """A request for ghost text and its answer."""

    uri: str
    asked: float
    answered: float = math.inf
    text: str = ""


def _requests(talk: Iterable[Mapping[str, Any]]) -> list[_Request]:
    """The requests in the order in which they were sent; those that failed or were cancelled have no answer."""
    found: dict[Any, _Request] = {}
    for each in talk:
        if each["what"] == "asked":
            found[each["id"]] = _Request(each["uri"], each["at"])
        elif each["what"] == "cancelled":
            request = found.get(each["id"])
            if request is not None and request.answered == math.inf:
                request.answered = math.nan
        elif each["what"] == "answered" and not each["failed"]:
            request = found[each["id"]]
            if request.answered == math.inf:
                request.answered, request.text = each["at"], each["text"]
    return list(found.values())


def _key(told: Mapping[str, Any], requests: Sequence[_Request]) -> Key:
    """Join what the driver told of a key with the last answer that came before the typist went on."""
    at, until = told["at"] / 1000, told["until"] / 1000
    answered = [each for each in requests if at <= each.asked and each.answered <= until]
    return Key(
        KINDS[told["kind"]],
        answered[-1].answered - at if answered else None,
        bool(answered and answered[-1].text),
        None if told["seen"] is None else told["seen"] / 1000 - at,
    )


def tables(typed: Sequence[Typed], pause: float) -> list[Table]:
    """What came of it by side and language, and how long it took by kind of key; `pause` in seconds."""
    sides = list(dict.fromkeys(each.side for each in typed))
    languages = sorted({each.language for each in typed})
    counts, times = [], []
    for side in sides:
        of_side = [each for each in typed if each.side == side]
        counts.append(_counts(side, of_side))
        counts += [
            _counts(f"  {language}", [each for each in of_side if each.language == language])
            for language in languages
        ]
        for kind in KINDS.values():
            keys = [key for each in of_side for key in each.keys if key.kind == kind]
            times.append(_times(f"{side}: {kind}", keys, pause))
    what = f"{len({each.file for each in typed})} files in {len(languages)} languages, typed again in VS Code"
    notes = [
        "Shares in percent with Wilson's 95 % interval; characters of one file are alike, so theirs is too narrow.",
        "Shown: suggestions that stood on the screen when the typist looked. Exact: all of it stands in the file.",
        "Part right: its first word, and more. Dismissed: typed on without taking anything of it.",
    ]
    waited = [
        "Milliseconds from the key to the answer at the server's pipe, of keys after which the typist waits",
        f"{1000 * pause:.0f} ms; what is not answered by then counts as later than all others. On the screen:",
        "until a new suggestion is seen there.",
    ]
    return [Table(what, HEADER, counts, notes), Table("Time by kind of key", TIMES, times, waited)]


def _counts(name: str, typed: Sequence[Typed]) -> tuple[str, ...]:
    suggestions = [each for file in typed for each in file.suggestions]
    exact = [bool(each["exact"]) for each in suggestions]
    part = [not each["exact"] and each["accepted"] > 0 for each in suggestions]
    dismissed = [each["accepted"] == 0 for each in suggestions]
    characters = sum(file.characters for file in typed)
    return (
        name,
        f"{Share(sum(file.accepted for file in typed), characters)} of {characters}",
        str(len(suggestions)),
        *(str(Share.of(each)) for each in (exact, part, dismissed)),
        str(sum(file.mended for file in typed)),
        f"{sum(file.whole for file in typed)} of {len(typed)}",
    )


def _times(name: str, keys: Sequence[Key], pause: float) -> tuple[str, ...]:
    late = [math.inf if key.answered is None else key.answered for key in keys]
    seen = [key.seen for key in keys if key.seen is not None]
    return (
        name,
        str(len(keys)),
        str(Share.of([key.answered is None for key in keys])),
        str(Share.of([key.line for key in keys])),
        *(_quantile(late, q, pause) for q in (0.5, 0.95)),
        *(_quantile(seen, q, pause) for q in (0.5, 0.95)),
    )


def _quantile(seconds: Sequence[float], q: float, pause: float) -> str:
    if not seconds:
        return NONE
    value = quantile(seconds, q)
    return f"> {1000 * pause:.0f}" if value == math.inf else f"{1000 * value:.0f}"
