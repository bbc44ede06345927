"""Which endpoint is asked: its address, what answers there, and the key that it wants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from editdiff.errors import UsageError
from editdiff.sending import is_loopback
from editdiff.settings import ENDPOINT_KEY, ENDPOINT_KINDS, Settings, limits

LLAMA_CPP, OLLAMA, OPENAI = "llama.cpp", "ollama", "openai"
"""Kinds of servers."""
PORTS = {8080: LLAMA_CPP, 11434: OLLAMA}
"""By which port a kind is known where none is named: the one that it takes by default."""
EXAMPLE = "give it as in --endpoint http://127.0.0.1:8080"
_KEY = re.compile(r"[!-~]+")
"""What a header can hold."""


@dataclass(frozen=True)
class Endpoint:
    """A server, and how it is asked."""

    url: str
    """Without a slash at its end."""
    kind: str
    """One of LLAMA_CPP, OLLAMA and OPENAI."""
    model: str | None = None
    """None where the server has one alone."""
    key: str | None = field(default=None, repr=False)
    """Sent as a bearer's token, and told nowhere."""
    seconds: float = 120.0
    """How long an answer may take."""

    @classmethod
    def of(cls, settings: Settings, environ: Mapping[str, str]) -> Endpoint:
        """The endpoint of a user's settings; its key is in the environment.

        Raises:
            UsageError: where there is none, or it cannot be one, or a key would be sent in the open.
        """
        if settings.endpoint is None:
            raise UsageError("no endpoint is named", f"{EXAMPLE}, or as endpoint in config.toml")
        parts = _parts(settings.endpoint)
        key = _key(settings.endpoint_key_env, environ)
        if key is not None and parts.scheme == "http" and not is_loopback(parts.hostname):
            raise UsageError(
                f"the key would go over the network in the open: {parts.netloc} is asked by http",
                "name the endpoint by https, or unset the variable that holds the key",
            )
        kind = _kind(settings.endpoint_kind, parts)
        if kind == OLLAMA and not settings.endpoint_model:
            raise UsageError(
                "Ollama has several models, and none is named",
                "name one of `ollama list` as endpoint_model (--endpoint-model)",
            )
        url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        seconds = _seconds(settings.endpoint_seconds)
        return cls(url, kind, settings.endpoint_model or None, key, seconds)

    @property
    def host(self) -> str:
        """Name and port, as the address has them."""
        return urlsplit(self.url).netloc

    @property
    def named(self) -> dict[str, str]:
        """How a request names the model, where there is a name: a server that has one alone wants none."""
        return {"model": self.model} if self.model else {}

    def at(self, route: str) -> str:
        """Address of a route of the server itself, such as `/infill`: without what OpenAI's clients add."""
        return self.url.removesuffix("/v1") + route

    def by_openai(self, route: str) -> str:
        """Address of a route of OpenAI's protocol, such as `/chat/completions`.

        With such a server an address that has a path names where the routes begin, as its clients know it.
        """
        if self.kind == OPENAI and urlsplit(self.url).path:
            return self.url + route
        return self.at(f"/v1{route}")


def _parts(address: str) -> SplitResult:
    """The parts of an address.

    Raises:
        UsageError: where it is none of a server, or holds a password, which addresses are told with.
    """
    wrong = "the endpoint is no address of a server by http or https"
    try:
        parts = urlsplit(address.strip())
        known = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError as error:
        raise UsageError(wrong, EXAMPLE) from error
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "the endpoint's address holds a name or a password",
            f"leave it out; a key is read from the variable {ENDPOINT_KEY}",
        )
    if (
        not known
        or not address.strip().isascii()
        or re.search(r"[\s\x00-\x1f\x7f]", parts.geturl())
    ):
        raise UsageError(wrong, EXAMPLE)
    if parts.query or parts.fragment:
        raise UsageError("the endpoint's address has more than a path", EXAMPLE)
    return parts


def _kind(named: str, parts: SplitResult) -> str:
    if named not in ENDPOINT_KINDS:
        raise UsageError(
            f"endpoint_kind has to be one of {', '.join(ENDPOINT_KINDS)}, but is {named!r}",
            "leave endpoint_kind out for auto, the default",
        )
    return PORTS.get(parts.port or 0, OPENAI) if named == "auto" else named


def _seconds(wanted: float) -> float:
    low, high = limits(Settings)["endpoint_seconds"]
    if not low <= wanted <= high:
        raise UsageError(
            f"endpoint_seconds has to be from {low:g} to {high:g}, but is {wanted:g}",
            f"leave endpoint_seconds out for {Settings.endpoint_seconds:g}, the default",
        )
    return wanted


def _key(variable: str, environ: Mapping[str, str]) -> str | None:
    """The key in a variable; the value of `endpoint_key_env` is not told, since it may be the key by mistake."""
    key = environ.get(variable, "").strip()
    if not key and variable != ENDPOINT_KEY:
        raise UsageError(
            "the variable that endpoint_key_env names is not set",
            f"it is the name of a variable, not a key; leave it out for {ENDPOINT_KEY}",
        )
    if key and not _KEY.fullmatch(key):
        raise UsageError(
            "the endpoint's key has characters that no key can have",
            "set the variable to the key alone, without spaces and line breaks",
        )
    return key or None
