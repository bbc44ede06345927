"""A request to an endpoint, and what is told where no reply comes."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from typing import Any

from editdiff import sending
from editdiff.engines.endpoint.address import Endpoint
from editdiff.errors import EngineError
from editdiff.sending import Kind, Reply, Request, UnansweredError

NAMED = "the endpoint "
DOWN = "see that the server runs, and that endpoint names it"
HINTS: Mapping[Kind, str] = {
    "slow": "allow it more by endpoint_seconds (--endpoint-seconds), or name a smaller model or region",
    "large": "see that endpoint names a server of a model",
    "certificate": "name a server whose certificate your system trusts",
    "tls": "see that endpoint begins with http:// or https:// as it has to",
    "unknown": DOWN,
    "nobody": DOWN,
    "broke": DOWN,
}
"""What can be done about it."""


def request_to(endpoint: Endpoint, url: str, asked: Mapping[str, Any]) -> Request:
    """A request to an address of the endpoint."""
    return Request(url, json.dumps(asked, indent=2).encode("ascii"), endpoint.key, named=NAMED)


def send(request: Request, seconds: float) -> Generator[None, None, Reply]:
    """Send a request; yields now and then, until the reply is there.

    Raises:
        EngineError: when nothing answers, in time, or more than can be meant.
    """
    try:
        return (yield from sending.send(request, seconds))
    except UnansweredError as error:
        raise EngineError(error.why, HINTS[error.kind]) from error
