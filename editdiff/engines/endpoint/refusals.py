"""A server that refuses, or answers with something else than JSON: one sentence, and what can be done."""

from __future__ import annotations

import json
import re
from typing import Any

from editdiff.engines.endpoint.address import Endpoint
from editdiff.errors import EngineError
from editdiff.sending import Reply, said, sent_to
from editdiff.settings import ENDPOINT_KEY
from editdiff.text.printable import printable

NO_ROUTE = (400, 404, 405, 422, 501)
"""How a server answers that does not fill gaps: by hand, or because the model cannot."""
_PAGE = re.compile(rb"\s*<")


def cannot_infill(reply: Reply) -> bool:
    """Whether a server says that it does not fill gaps: by the status, or since it names the suffix."""
    return reply.status in NO_ROUTE or (reply.status >= 400 and b"suffix" in reply.body)


def content(endpoint: Endpoint, reply: Reply) -> Any:
    """The JSON of a reply.

    Raises:
        EngineError: where it refuses, or is no JSON.
    """
    if not 200 <= reply.status < 300:
        raise _refusal(endpoint, reply)
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        page = "a page" if _PAGE.match(reply.body) else "no JSON"
        raise EngineError(
            f"the endpoint {endpoint.host} answers with {page}, as no server of a model does",
            "see that endpoint names the server, and endpoint_kind what it is",
        ) from error


def strange(endpoint: Endpoint) -> EngineError:
    """What is told of JSON that is no answer of the endpoint's kind."""
    return EngineError(
        f"the endpoint {endpoint.host} does not answer as {endpoint.kind} does",
        "name in endpoint_kind what it is",
    )


def _refusal(endpoint: Endpoint, reply: Reply) -> EngineError:
    host, status = endpoint.host, reply.status
    told = said(reply, endpoint.key)
    if 300 <= status < 400:
        where = sent_to(reply, endpoint.key)
        why = f"the endpoint {host} sends to another address{where}, which is not followed"
        return EngineError(why, "name that address as endpoint, if you trust it")
    if status in (401, 403):
        why = "refuses the key" if endpoint.key else "wants a key"
        return EngineError(
            f"the endpoint {host} {why} ({status})",
            f"set {ENDPOINT_KEY}, or the variable that endpoint_key_env names, to a key that it takes",
        )
    if status == 404:
        model = f", or has no model {printable(endpoint.model)}" if endpoint.model else ""
        return EngineError(
            f"the endpoint {host} has no such address{model} (404){told}",
            "see endpoint, endpoint_model and endpoint_kind",
        )
    if status == 429:
        after = reply.headers.get("retry-after", "")
        wait = f"wait {after} seconds" if after.isdecimal() and len(after) < 6 else "wait a while"
        return EngineError(f"the endpoint {host} takes no more requests now (429){told}", wait)
    if status >= 500:
        return EngineError(
            f"the endpoint {host} failed ({status}){told}", "see what the server says, or ask again"
        )
    return EngineError(
        f"the endpoint {host} refuses the request ({status}){told}",
        "see endpoint_model and endpoint_kind; on the command line --show-request prints what is asked",
    )
