"""An endpoint as a command asks it, and what would be sent to it (`--show-request`)."""

from __future__ import annotations

from collections.abc import Callable, Generator

import typer

from editdiff.cli.common.job import NO_EDIT, PROPOSED, Job
from editdiff.edits.proposal import NoEdit
from editdiff.engines.base import Engine
from editdiff.engines.endpoint.address import Endpoint

LOCAL = "nothing would be sent: the model runs on this machine"
FIRST = "note: this is the first request; what the others ask, for further regions and drafts, hangs on its answer"
IN_WORDS = (
    "note: where the server fills no gaps by itself, it is asked in words, by /chat/completions"
)


class Shown(Exception):  # noqa: N818 (no error)
    """Instead of being sent, a request is shown."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def engine_of(endpoint: Endpoint, show: bool) -> Engine:
    """The engine that asks an endpoint; its first request raises Shown, if that is wanted."""
    from editdiff.engines.endpoint.engine import EndpointEngine
    from editdiff.sending import Reply, Request

    def seen(request: Request, seconds: float) -> Generator[None, None, Reply]:
        raise Shown(request.shown)
        yield

    return EndpointEngine(endpoint, seen) if show else EndpointEngine(endpoint)


def run(
    begin: Callable[[], Job], endpoint: Endpoint | None, show: bool, *, fills: bool = True
) -> int:
    """Run a job, or show what it would ask first, or that it would ask nobody; return the exit code.

    A job that `fills` gaps may be asked in words after all.
    """
    if not show:
        return begin().run()
    if endpoint is None:
        typer.echo(LOCAL)
        return PROPOSED
    job = begin()
    try:
        outcome = job.outcome()
    except Shown as shown:
        typer.echo(shown.text, nl=False)
        _note(job, fills)
        return PROPOSED
    job.show(outcome)  # there is nothing to be asked
    return NO_EDIT if isinstance(outcome, NoEdit) else PROPOSED


def _note(job: Job, fills: bool) -> None:
    """Say on stderr what else may be asked."""
    if job.output.quiet:
        return
    if len(job.filling.spans) > 1 or job.filling.session.options.drafts > 1:
        typer.echo(FIRST, err=True)
    if fills:
        typer.echo(IN_WORDS, err=True)
