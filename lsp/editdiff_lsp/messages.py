"""The requests and notifications that are editdiff's own; docs/lsp.md describes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import attrs
from cattrs import Converter
from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams
from pygls.protocol import default_converter

FILL = "editdiff/fill"
OTHER = "editdiff/other"
REVISE = "editdiff/revise"
REWRITE = "editdiff/rewrite"
REJECT = "editdiff/reject"
CURSOR = "editdiff/cursor"
STATUS = "editdiff/status"
MODELS = "editdiff/models"
GET = "editdiff/models/get"
REVIEW = "editdiff/review"
ALTERNATIVES = "editdiff/alternatives"
DRAFT = "editdiff/draft"
MOVED = "editdiff/moved"
DROPPED = "editdiff/dropped"
STATUS_CHANGED = "editdiff/statusChanged"

DO_ACCEPT = "editdiff.server.accept"
DO_FILL = "editdiff.server.fill"
DO_OTHER = "editdiff.server.other"
DO_REVISE = "editdiff.server.revise"
DO_REWRITE = "editdiff.server.rewrite"
DO_FIX = "editdiff.server.fix"
DO_FIX_CHANGED = "editdiff.server.fixChanged"
COMMANDS = (DO_ACCEPT, DO_FILL, DO_OTHER, DO_REVISE, DO_REWRITE, DO_FIX, DO_FIX_CHANGED)

ProgressToken = int | str
LEAST = 0.03
"""Least probability of a doubt that is told, where the client says nothing else."""


@attrs.define
class Request:
    """A request of ours as it comes: its parameters stay what JSON made of them."""

    id: int | str
    method: str
    jsonrpc: str
    params: Any = None


@attrs.define
class Notification:
    """A notification of ours as it comes."""

    method: str
    jsonrpc: str
    params: Any = None


MESSAGES: Mapping[str, type] = {
    FILL: Request,
    OTHER: Request,
    REVISE: Request,
    REWRITE: Request,
    STATUS: Request,
    MODELS: Request,
    GET: Request,
    REVIEW: Request,
    ALTERNATIVES: Request,
    REJECT: Notification,
    CURSOR: Notification,
}


def converter() -> Converter:
    """Return the library's converter, which learns of our messages."""
    made: Converter = default_converter()  # type: ignore[no-untyped-call]
    for message in (Request, Notification):
        made.register_structure_hook(message, lambda data, cls: cls(**data))
    return made


@dataclass(frozen=True)
class FillParams:
    """Ranges of a document to fill."""

    uri: str
    version: int
    ranges: tuple[types.Range, ...]
    draft_token: ProgressToken | None = None
    progress: ProgressToken | None = None

    def to_json(self) -> dict[str, Any]:
        """What `fill_params` reads."""
        return {
            "textDocument": {"uri": self.uri, "version": self.version},
            "ranges": [_json(each) for each in self.ranges],
        }


@dataclass(frozen=True)
class ReviseParams:
    """A selection of a document to revise."""

    uri: str
    version: int
    range: types.Range
    draft_token: ProgressToken | None = None
    progress: ProgressToken | None = None

    def to_json(self) -> dict[str, Any]:
        """What `revise_params` reads."""
        return {
            "textDocument": {"uri": self.uri, "version": self.version},
            "range": _json(self.range),
        }


@dataclass(frozen=True)
class RewriteParams:
    """A selection of a document to rewrite."""

    uri: str
    version: int
    range: types.Range
    ask: str
    """What is to become of it, in words."""
    draft_token: ProgressToken | None = None
    progress: ProgressToken | None = None


@dataclass(frozen=True)
class FixParams:
    """What was reported at a range of a document."""

    uri: str
    version: int
    range: types.Range
    message: str
    progress: ProgressToken | None = None

    def to_json(self) -> dict[str, Any]:
        """Write it as a client sends it."""
        return {
            "textDocument": {"uri": self.uri, "version": self.version},
            "range": _json(self.range),
            "message": self.message,
        }


@dataclass(frozen=True)
class FixChangedParams:
    """A document of which what changed is to be mended, in whatever version."""

    uri: str
    progress: ProgressToken | None = None


@dataclass(frozen=True)
class OtherParams:
    """A proposal whose next draft is wanted."""

    id: str
    draft_token: ProgressToken | None = None
    progress: ProgressToken | None = None


@dataclass(frozen=True)
class HunkParams:
    """A proposal, or one hunk of it, that is rejected."""

    id: str
    hunk: int | None = None
    """Its number; None for all."""


@dataclass(frozen=True)
class GetParams:
    """A model whose weights are wanted."""

    name: str
    source: str | None = None
    """`hub` or `index`; None for the hub."""
    given: str | None = None
    """A file of the user's, in place of a source."""
    progress: ProgressToken | None = None


@dataclass(frozen=True)
class ReviewParams:
    """Lines of a document that are to be read for doubts."""

    uri: str
    version: int
    ranges: tuple[types.Range, ...] | None = None
    """What is read first comes first; None for all lines."""
    least: float = LEAST
    """Least probability of a doubt that is told."""
    partial: ProgressToken | None = None
    """Names the notifications that tell what was found so far."""
    progress: ProgressToken | None = None


def fill_params(params: Any) -> FillParams:
    """Read the parameters of `editdiff/fill`.

    Raises:
        JsonRpcInvalidParams: when they are not what docs/lsp.md says.
    """
    try:
        ranges = tuple(map(_range, params["ranges"]))
        if not ranges:
            raise ValueError("ranges is empty")
        return FillParams(
            *_document(params), ranges, params.get("draftToken"), params.get("workDoneToken")
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _invalid(error) from error


def review_params(params: Any) -> ReviewParams:
    """Read the parameters of `editdiff/review`.

    Raises:
        JsonRpcInvalidParams: when they are not what docs/lsp.md says.
    """
    try:
        ranges, least = params.get("ranges"), params.get("least", LEAST)
        if type(least) not in (int, float) or not 0 <= least <= 1:
            raise ValueError(f"least is {least!r}, and a probability is 0 to 1")
        return ReviewParams(
            *_document(params),
            None if ranges is None else tuple(map(_range, ranges)),
            least,
            params.get("partialResultToken"),
            params.get("workDoneToken"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _invalid(error) from error


def revise_params(params: Any) -> ReviseParams:
    """Read the parameters of `editdiff/revise`.

    Raises:
        JsonRpcInvalidParams: when they are not what docs/lsp.md says.
    """
    try:
        return ReviseParams(
            *_document(params),
            _range(params["range"]),
            params.get("draftToken"),
            params.get("workDoneToken"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _invalid(error) from error


def rewrite_params(params: Any) -> RewriteParams:
    """Read the parameters of `editdiff/rewrite`.

    Raises:
        JsonRpcInvalidParams: when they are not what docs/lsp.md says.
    """
    try:
        ask = params["ask"]
        if not isinstance(ask, str):
            raise TypeError(f"ask is {ask!r}")
        return RewriteParams(
            *_document(params),
            _range(params["range"]),
            ask,
            params.get("draftToken"),
            params.get("workDoneToken"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _invalid(error) from error


def fix_params(params: Any) -> FixParams:
    """Read the parameters of `editdiff.server.fix`.

    Raises:
        JsonRpcInvalidParams: when they are not what docs/lsp.md says.
    """
    try:
        message = params["message"]
        if not isinstance(message, str):
            raise TypeError(f"message is {message!r}")
        return FixParams(
            *_document(params), _range(params["range"]), message, params.get("workDoneToken")
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _invalid(error) from error


def fix_changed_params(params: Any) -> FixChangedParams:
    """Read the parameters of `editdiff.server.fixChanged`.

    Raises:
        JsonRpcInvalidParams: when they are not what docs/lsp.md says.
    """
    try:
        uri = params["textDocument"]["uri"]
        if not isinstance(uri, str):
            raise TypeError("textDocument needs a uri")
        return FixChangedParams(uri, params.get("workDoneToken"))
    except (KeyError, TypeError, AttributeError) as error:
        raise _invalid(error) from error


def other_params(params: Any) -> OtherParams:
    """Read the parameters of `editdiff/other`.

    Raises:
        JsonRpcInvalidParams: when they are not what docs/lsp.md says.
    """
    try:
        return OtherParams(
            offer_id(params["id"]), params.get("draftToken"), params.get("workDoneToken")
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise _invalid(error) from error


def get_params(params: Any) -> GetParams:
    """Read the parameters of `editdiff/models/get`.

    Raises:
        JsonRpcInvalidParams: when they are not what docs/lsp.md says.
    """
    try:
        name, source, given = params["name"], params.get("source"), params.get("from")
        if not isinstance(name, str) or not isinstance(given, str | None):
            raise TypeError("name, and from, are texts")
        if source not in (None, "hub", "index") or (source and given is not None):
            raise ValueError("source is hub or index, and left out with from")
        return GetParams(name, source, given, params.get("workDoneToken"))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _invalid(error) from error


def offer_id(value: Any) -> str:
    """Read the name of a proposal.

    Raises:
        JsonRpcInvalidParams: when it is no text.
    """
    if not isinstance(value, str):
        raise _invalid(TypeError(f"id is {value!r}"))
    return value


def hunk_params(name: Any, hunk: Any) -> HunkParams:
    """Read the name of a proposal and the number of a hunk, which may be left out.

    Raises:
        JsonRpcInvalidParams: when they are not what docs/lsp.md says.
    """
    if hunk is not None and type(hunk) is not int:
        raise _invalid(TypeError(f"hunk is {hunk!r}"))
    return HunkParams(offer_id(name), hunk)


def cursor_params(params: Any) -> tuple[str, types.Position]:
    """Read where a cursor rests.

    Raises:
        JsonRpcInvalidParams: when they are not what docs/lsp.md says.
    """
    try:
        return str(params["textDocument"]["uri"]), _position(params["position"])
    except (KeyError, TypeError) as error:
        raise _invalid(error) from error


def _document(params: Any) -> tuple[str, int]:
    """URI and version of the document that parameters name."""
    uri, version = params["textDocument"]["uri"], params["textDocument"]["version"]
    if not isinstance(uri, str) or type(version) is not int:
        raise TypeError("textDocument needs a uri and a version")
    return uri, version


def _range(value: Any) -> types.Range:
    return types.Range(_position(value["start"]), _position(value["end"]))


def _position(value: Any) -> types.Position:
    line, character = value["line"], value["character"]
    if type(line) is not int or type(character) is not int:
        raise TypeError(f"no position: {value!r}")
    return types.Position(line, character)


def _json(place: types.Range) -> dict[str, dict[str, int]]:
    ends = {"start": place.start, "end": place.end}
    return {name: {"line": at.line, "character": at.character} for name, at in ends.items()}


def _invalid(error: Exception) -> JsonRpcInvalidParams:
    reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
    return JsonRpcInvalidParams(f"the parameters are not those of docs/lsp.md: {reason}")
