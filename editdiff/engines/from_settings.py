"""From settings to what an engine is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace

from editdiff.engines.base import FillOptions
from editdiff.engines.choose import NO_MODEL, traits
from editdiff.engines.endpoint.address import Endpoint
from editdiff.errors import ModelError, UsageError
from editdiff.families.running import Running
from editdiff.settings import BY_ENDPOINT, Filling, Settings


def fill_options(
    settings: Settings,
    *,
    reopen: str | None = None,
    critic_rounds: int | None = None,
    by_request: bool = False,
) -> FillOptions:
    """Return what an engine is told: the settings, and what is said for one run alone; None: nothing.

    Where each draft is a request of its own (`by_request`), there is one unless the user wants more.

    Raises:
        UsageError: for a value that no engine can serve; the hint names where settings came from.
    """
    with _telling_where(settings):
        if not by_request:
            check_canvas(settings.canvas, settings.model)
        options = FillOptions(
            **{entry.name: getattr(settings, entry.name) for entry in fields(Filling)}
        )
    if by_request and "drafts" not in settings.said:
        options = replace(options, drafts=1)
    if reopen is not None:
        options = replace(options, reopen=reopen)
    if critic_rounds is not None:
        options = replace(options, critic_rounds=critic_rounds)
    return options


def endpoint(settings: Settings, environ: Mapping[str, str]) -> Endpoint | None:
    """Return the endpoint that infills and rewrites; None where a model of this machine does.

    Raises:
        UsageError: for an endpoint that cannot be asked; the hint names where settings came from.
    """
    if not settings.asks_endpoint:
        return None
    with _telling_where(settings):
        return Endpoint.of(settings, environ)


def running(settings: Settings) -> Running:
    """Return how the network is to be run.

    Raises:
        UsageError: for an engine that there is not, and an endpoint, which has no network here; the hint names
            where settings came from.
    """
    with _telling_where(settings):
        if settings.model == BY_ENDPOINT:
            raise UsageError(*NO_MODEL)
        return Running(settings.engine, settings.threads, settings.drafter)


def least_confidence(settings: Settings) -> float | None:
    """Return how likely what is offered has to be right, 0 to 1; None for the model's own.

    Raises:
        UsageError: for what is no probability; the hint names where settings came from.
    """
    told = settings.confidence
    with _telling_where(settings):
        if told is not None and not 0 <= told <= 1:
            raise UsageError(
                f"confidence has to be from 0 to 1, but is {told:g}",
                "leave confidence out for the model's own",
            )
    return told


@contextmanager
def _telling_where(settings: Settings) -> Iterator[None]:
    """Name in a UsageError's hint where the settings came from."""
    try:
        yield
    except UsageError as error:
        if not settings.sources:
            raise
        places = ", ".join(settings.sources)
        raise UsageError(
            error.message, f"{error.hint.rstrip('.')}; settings were read from {places}"
        ) from error


def check_canvas(canvas: int, model: str | None) -> None:
    """Raise UsageError for a size that a model, by its name or folder, was not trained on.

    The default is for every model: an engine takes the next smaller size. Of a model that cannot be read nothing is
    said: loading it will tell.
    """
    if canvas == Filling.canvas:
        return
    try:
        sizes = traits(model).canvases
    except ModelError:
        return
    if sizes and canvas not in sizes:
        *others, last = map(str, sizes)
        named = f"{', '.join(others)} or {last}" if others else last
        raise UsageError(
            f"canvas has to be {named}, but is {canvas}", "the model is trained on these sizes"
        )
