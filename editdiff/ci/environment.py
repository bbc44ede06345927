"""What the environment of a CI job tells, and what of it no test may see.

Tests are written by whoever wrote the change. What they could read, they could send away or print; and what a
job's later steps read, as the files of GitHub's workflow commands, they could write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

_SECRET = re.compile(
    r"TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|(?:^|_)(?:KEY|KEYS|PAT|PWD|AUTH|JWT|COOKIE)(?:_|$)"
    r"|(?:API|ACCESS|PRIVATE|DEPLOY|SIGNING|ENCRYPTION)_?KEY|WEBHOOK|^SSH_|^GPG_|^AWS_|^AZURE_|^DOCKER_AUTH|^NETRC"
    r"|^ACTIONS_|_DSN$|CONNECTION_?STRING|^CI_REPOSITORY_URL$",
    re.IGNORECASE,
)
"""Names of variables that are likely to hold a secret, or to lead to one."""
_COMMANDS = re.compile(r"^GITHUB_(?:ENV|PATH|OUTPUT|STATE|STEP_SUMMARY)$")
"""Names of variables that name files which GitHub reads when a step is over."""
_NO_SECRET = frozenset({"PWD", "OLDPWD"})
_WITH_PASSWORD = re.compile(r"://[^/\s@]*:[^/\s@]+@")
LONG = 8
"""Characters from which on a secret is looked for in other variables, too."""
_NOTHING = re.compile(r"0+")
"""The commit before the first one."""


def without_secrets(environ: Mapping[str, str], keep: Collection[str] = ()) -> dict[str, str]:
    """The variables that tests may see: none that is or holds a secret by its name, but for those to `keep`."""
    secret = {
        name for name, value in environ.items() if name not in keep and _is_secret(name, value)
    }
    held = (environ[name] for name in secret)
    values = {value for value in held if len(value) >= LONG and not value.startswith("/")}
    return {
        name: value
        for name, value in environ.items()
        if name in keep or (name not in secret and not any(told in value for told in values))
    }


def _is_secret(name: str, value: str) -> bool:
    if name in _NO_SECRET:
        return False
    return bool(_SECRET.search(name) or _COMMANDS.search(name) or _WITH_PASSWORD.search(value))


def bases(environ: Mapping[str, str]) -> list[str]:
    """Revisions that a change may be compared with, by what GitHub, Gitea and GitLab tell a job; the best first."""
    told = environ.get
    names = [told("CI_MERGE_REQUEST_DIFF_BASE_SHA")]
    for branch in (told("GITHUB_BASE_REF"), told("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")):
        names += [f"origin/{branch}", branch] if branch else []
    names += [_pushed_before(told("GITHUB_EVENT_PATH")), told("CI_COMMIT_BEFORE_SHA")]
    return [name for name in names if name and not _NOTHING.fullmatch(name)]


def _pushed_before(event: str | None) -> str | None:
    """The commit before a push, of which GitHub and Gitea tell in a file."""
    with suppress(OSError, ValueError, AttributeError):
        before = json.loads(Path(event or "").read_text(encoding="utf-8")).get("before")
        return before if isinstance(before, str) else None
    return None
