"""A review, whatever the host: what is sent as one, and what each host has to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from editdiff.ci.posting.client import Client
from editdiff.ci.posting.lines import Placed, Shown
from editdiff.ci.posting.standing import Standing
from editdiff.ci.posting.writing import Form
from editdiff.errors import PostError


class Pull(NamedTuple):
    """A pull request as it is now."""

    head: str
    """Its last commit."""
    open: bool
    refs: Mapping[str, str]
    """Commits that a host wants told with each line."""


class Comment(NamedTuple):
    """What stands beside lines."""

    placed: Placed
    body: str


@dataclass(frozen=True)
class Review:
    """What is posted at once."""

    pull: Pull
    body: str
    comments: tuple[Comment, ...]


class Call(NamedTuple):
    """A request that writes."""

    method: str
    route: str
    body: Mapping[str, Any] | None


class Host(Protocol):
    """How a host is asked. Every method may raise PostError, but for `calls`."""

    form: Form

    def pull(self) -> Pull:
        """The pull request."""

    def files(self) -> Mapping[str, Shown]:
        """What it shows of the change, by the files' names."""

    def standing(self, pull: Pull) -> Sequence[Standing]:
        """The bot's own comments, the oldest first."""

    def calls(self, review: Review) -> list[Call]:
        """What posts a review, in this order."""

    def publish(self, calls: Sequence[Call]) -> None:
        """Post a review, all of it or nothing."""

    def withdraw(self, comment: Standing) -> None:
        """Mark one of the bot's comments as outdated."""

    def rewrite(self, summary: Standing, body: str) -> None:
        """Give one of the bot's summaries another text."""


def pull_at(client: Client, route: str) -> Pull:
    """A pull request as GitHub and Gitea tell it."""
    told = client.json("GET", route)
    try:
        return Pull(str(told["head"]["sha"]), told["state"] == "open", {})
    except (KeyError, TypeError) as error:
        raise client.strange() from error


def publish_or_clear(client: Client, calls: Sequence[Call], clear: Callable[[], None]) -> None:
    """Send what posts a review behind what `clear` takes away; what a failure leaves is taken away, too."""
    clear()
    try:
        for call in calls:
            client.json(*call)
    except PostError:
        with suppress(PostError):  # the next run takes it away: nobody else sees it
            clear()
        raise
