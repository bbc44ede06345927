"""Who infills and rewrites in the model's place: the endpoint that the user named for that, if there is one.

It is named in the user's own settings, or in the options with which the server is started, and nowhere else. Ghost
text, revisions, fixes and doubts stay with the model of this machine.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

from editdiff.check.registry import writing_guards
from editdiff.edits.infill import DEFAULTS
from editdiff.edits.proposal import NoEdit
from editdiff.edits.session import Session
from editdiff.engines.base import Engine, FillOptions
from editdiff.engines.endpoint.address import Endpoint
from editdiff.engines.from_settings import endpoint, fill_options
from editdiff.errors import EditdiffError, UsageError
from editdiff.settings import BY_ENDPOINT, Settings

ONE = 1
"""Gaps that an endpoint fills at once."""
ANOTHER = NoEdit("the endpoint of your settings is another one by now", "ask for it again")


@dataclass(kw_only=True)
class EndpointSession(Session):
    """A session whose engine asks an endpoint: nothing is measured of it, and so nothing declined for that."""

    endpoint: Endpoint | None
    """None where what is named cannot be asked; loading the engine tells why."""
    wrong: str = ""
    """The same, for the status; empty where it can be asked."""

    @property
    def host(self) -> str:
        """Name and port of whom is asked; empty where nobody can be."""
        return self.endpoint.host if self.endpoint else ""

    @property
    def status(self) -> dict[str, Any]:
        """What `editdiff/status` tells of it."""
        model = self.endpoint.model if self.endpoint else None
        return {"host": self.host, "model": model, "message": self.wrong}


@dataclass
class Remote:
    """The endpoint, as the user's settings name it by now."""

    session: EndpointSession | None = None
    """None where none is named."""

    def configure(self, chosen: Settings) -> list[str]:
        """Take what the settings name; return what is wrong. A session goes on where the same is named again."""
        options = self._options(chosen)
        try:
            named = endpoint(chosen, os.environ)
        except EditdiffError as error:
            self.session = _broken(error)
            return [self.session.wrong]
        if named is None:
            self.session = None
        elif self.session and self.session.endpoint == named:
            self.session.options = options
        else:
            self.session = EndpointSession(
                lambda: _engine(named), options, writing_guards(), least=0.0, endpoint=named
            )
        return []

    def _options(self, chosen: Settings) -> FillOptions:
        """What the engine is told; where that is wrong, as is said of the model's, what it was told before."""
        try:
            return fill_options(chosen, by_request=True)
        except EditdiffError:
            return self.session.options if self.session else replace(DEFAULTS, drafts=1)


def parted(chosen: Settings, named: str | None) -> tuple[Settings, Settings]:
    """The settings of this machine's model, and those by which an endpoint is asked, if it is.

    One that is `named` in the editor is asked whatever model is named for the rest; an empty one stands for none.
    Else it is as on the command line: an endpoint is asked where no model is named.
    """
    here = replace(chosen, model=None) if chosen.model == BY_ENDPOINT else chosen
    if named is None:
        return here, chosen
    if not named.strip():
        return here, replace(here, endpoint=None)
    return here, replace(chosen, endpoint=named, model=BY_ENDPOINT)


def host_of(session: Session) -> str:
    """Name and port of whom a session sends to; empty where it sends nothing."""
    return session.host if isinstance(session, EndpointSession) else ""


def by_whom(session: Session) -> str:
    """What the title of an operation ends with that is sent somewhere; empty for one of this machine."""
    host = host_of(session)
    return f" (by {host})" if host else ""


def _engine(named: Endpoint) -> Engine:
    from editdiff.engines.endpoint.engine import EndpointEngine

    return EndpointEngine(named)


def _broken(error: EditdiffError) -> EndpointSession:
    """The session of an endpoint that cannot be asked, which says so whenever it is."""

    def load() -> Engine:
        raise UsageError(error.message, error.hint)

    return EndpointSession(load, endpoint=None, wrong=f"{error.message}; {error.hint}", least=0.0)
