"""Which pull request of which host a run belongs to, and the token: all from the environment that CI gives."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from editdiff.errors import UsageError
from editdiff.sending import is_loopback
from editdiff.text.printable import printable

HostName = Literal["GitHub", "GitLab", "Gitea"]
"""Forgejo is asked as Gitea is."""
TOKENS: Mapping[HostName, tuple[str, ...]] = {
    "GitHub": ("GITHUB_TOKEN",),
    "GitLab": ("GITLAB_TOKEN",),
    "Gitea": ("GITEA_TOKEN", "FORGEJO_TOKEN", "GITHUB_TOKEN"),
}
"""Variables that may hold the token, the first that is set."""
PERMISSIONS: Mapping[HostName, str] = {
    "GitHub": "give the job `permissions: pull-requests: write` and the variable GITHUB_TOKEN: ${{ github.token }}",
    "GitLab": "set GITLAB_TOKEN to a project access token with the scope api: CI_JOB_TOKEN may not write comments",
    "Gitea": "set GITEA_TOKEN to a token that may write to issues and repositories",
}
"""What lets a host take comments."""
FORK = "the pull request comes from a fork, whose runs get a token that may only read"
MOST_OF_EVENT = 30_000_000
"""Bytes of the file that tells of the event."""
_NUMBER = re.compile(r"[1-9][0-9]{0,18}")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_TOKEN = re.compile(r"[!-~]+")
"""What a header can hold."""


@dataclass(frozen=True)
class Target:
    """A pull request, called merge request by GitLab."""

    host: HostName
    api: str
    """Where the routes begin, without a slash at its end."""
    project: str
    """`owner/name`; a number at GitLab."""
    number: int
    head: str
    """The pull request's last commit when the run began."""
    token: str | None = field(default=None, repr=False)
    """Sent to `api` alone, and told nowhere."""
    read_only: str = ""
    """Why nothing can be posted here, one sentence without a full stop; empty where something can."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Target:
        """The pull request that the environment's variables tell of.

        Raises:
            UsageError: where they tell of none, one is missing or malformed, or the token would be sent openly.
        """
        host = _host(environ)
        made = _of_gitlab(environ) if host == "GitLab" else _of_event(environ, host)
        if made.token is None and not made.read_only:
            raise UsageError(
                f"no token for {host}: {TOKENS[host][0]} is not set", PERMISSIONS[host]
            )
        return made

    @property
    def graphql(self) -> str:
        """GitHub's other way to ask: beside the routes, and with its Enterprise Server one folder up."""
        return self.api.removesuffix("/v3") + "/graphql"


def _host(environ: Mapping[str, str]) -> HostName:
    if environ.get("GITLAB_CI") == "true" or environ.get("CI_API_V4_URL"):
        return "GitLab"
    gitea = any(environ.get(name) == "true" for name in ("GITEA_ACTIONS", "FORGEJO_ACTIONS"))
    if gitea or environ.get("GITHUB_API_URL", "").rstrip("/").endswith("/api/v1"):
        return "Gitea"
    if environ.get("GITHUB_ACTIONS") == "true" or environ.get("GITHUB_API_URL"):
        return "GitHub"
    raise UsageError(
        "the environment names no host: neither GITHUB_API_URL nor CI_API_V4_URL is set",
        "post from a job of GitHub, GitLab, Gitea or Forgejo; elsewhere leave out --post",
    )


def _of_event(environ: Mapping[str, str], host: HostName) -> Target:
    """A pull request of GitHub's or Gitea's Actions."""
    api = _api(environ, "GITHUB_API_URL")
    project = _matching(environ, "GITHUB_REPOSITORY", _REPOSITORY, "owner/name")
    pull = _pull_request(_required(environ, "GITHUB_EVENT_PATH"))
    trusted = environ.get("GITHUB_EVENT_NAME") == "pull_request_target"
    return Target(
        host,
        api,
        project,
        _told(pull, _NUMBER, "number"),
        _told(pull, _COMMIT, "head", "sha"),
        _token(environ, host, api),
        FORK if not trusted and _from_fork(pull) else "",
    )


def _of_gitlab(environ: Mapping[str, str]) -> Target:
    if not environ.get("CI_MERGE_REQUEST_IID"):
        raise UsageError(
            "this run belongs to no merge request: CI_MERGE_REQUEST_IID is not set",
            "run the job with `rules: - if: $CI_PIPELINE_SOURCE == 'merge_request_event'`",
        )
    api = _api(environ, "CI_API_V4_URL")
    name = "CI_MERGE_REQUEST_PROJECT_ID"  # the one that is merged into; a fork's run has its own beside it
    project = _matching(
        environ, name if environ.get(name) else "CI_PROJECT_ID", _NUMBER, "a number"
    )
    number = int(_matching(environ, "CI_MERGE_REQUEST_IID", _NUMBER, "a number"))
    name = "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"  # a merged result has a commit of its own
    head = _matching(environ, name if environ.get(name) else "CI_COMMIT_SHA", _COMMIT, "a commit")
    token = _token(environ, "GitLab", api)
    fork = environ.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", project) != project
    return Target("GitLab", api, project, number, head, token, FORK if fork and not token else "")


def _pull_request(file: str) -> Mapping[str, Any]:
    """What the event's file tells of the pull request."""
    hint = "the runner writes it; see GITHUB_EVENT_PATH"
    try:
        if Path(file).stat().st_size > MOST_OF_EVENT:
            raise UsageError(f"the event in {printable(file)} is too long to be one", hint)
        event = json.loads(Path(file).read_bytes())
    except OSError as error:
        raise UsageError(
            f"the event cannot be read from {printable(file)}: {error.strerror}", hint
        ) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the event in {printable(file)} is no JSON", hint) from error
    pull = event.get("pull_request") if isinstance(event, dict) else None
    if not isinstance(pull, dict):
        raise UsageError(
            "this run belongs to no pull request: the event is of another kind",
            "run the job `on: pull_request`, or leave out --post",
        )
    return pull


def _told(pull: Mapping[str, Any], pattern: re.Pattern[str], *names: str) -> Any:
    value: Any = pull
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, bool) or not pattern.fullmatch(str(value)):
        raise UsageError(
            f"the event tells no {' '.join(names)} of the pull request",
            "the runner writes it; see GITHUB_EVENT_PATH",
        )
    return value


def _from_fork(pull: Mapping[str, Any]) -> bool:
    """Whether its commits are another repository's; one that is gone was another."""
    names = list[Any]()
    for side in ("head", "base"):
        repository = pull.get(side, {}).get("repo") if isinstance(pull.get(side), dict) else None
        names.append(repository.get("full_name") if isinstance(repository, dict) else None)
    return names[0] is None or names[0] != names[1]


def _api(environ: Mapping[str, str], name: str) -> str:
    """An address of the API."""
    address = _required(environ, name)
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        known = False
    odd = re.search(r"[^!-~]|[?#@\\]", address)
    if not known or odd:
        raise UsageError(
            f"{name} is no address of a host by https", "it is as https://api.github.com"
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise UsageError(
            f"the token would go over the network in the open: {name} begins with http://",
            "name the host by https",
        )
    return address.rstrip("/")


def _token(environ: Mapping[str, str], host: HostName, api: str) -> str | None:
    for name in TOKENS[host]:
        if token := environ.get(name, "").strip():
            break
    else:
        return None
    if not _TOKEN.fullmatch(token):
        raise UsageError(
            f"{name} has characters that no token can have",
            "set it to the token alone, without spaces and line breaks",
        )
    return token


def _required(environ: Mapping[str, str], name: str) -> str:
    if value := environ.get(name, "").strip():
        return value
    raise UsageError(
        f"{name} is not set, so nobody knows where to post",
        "post from a job of CI, which sets it; elsewhere leave out --post",
    )


def _matching(environ: Mapping[str, str], name: str, pattern: re.Pattern[str], what: str) -> str:
    value = _required(environ, name)
    if not pattern.fullmatch(value):
        raise UsageError(
            f"{name} has to be {what}, but is {printable(value[:80])!r}",
            "CI sets it; see what changes it in the job",
        )
    return value
