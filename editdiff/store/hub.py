"""The Hugging Face hub, or what HF_ENDPOINT names in its place: no account, no telemetry.

huggingface_hub reads its settings from the environment when it is imported, so it is imported in a process of its
own (`hub_worker`): nothing of ours, and nothing of a program that uses us, is changed by that.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from editdiff.errors import EditdiffError, FetchError
from editdiff.store import child
from editdiff.store.origin import Share, gone
from editdiff.store.source import Source

WORKER = Path(__file__).with_name("hub_worker.py")
QUIET = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_XET": "1",  # its own protocol and cache: plain HTTP can be resumed, and looked into
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
}
OTHER = "--from FILE, or --source index"


@dataclass(frozen=True)
class FromHub:
    """The hub."""

    theirs: ClassVar[bool] = False

    def told(self, source: Source) -> list[str]:
        """Repository, and whose hub."""
        endpoint = os.environ.get("HF_ENDPOINT")
        where = f"the hub at {endpoint}" if endpoint else "the Hugging Face hub"
        return [f"from {source.hub.repo} on {where}, revision {source.hub.revision}"]

    def room(self, source: Source, folder: Path) -> int:
        """What has not arrived yet."""
        return source.size - min(_arrived(folder / source.file), source.size)

    def fetch(self, source: Source, folder: Path, progress: Share) -> Path:
        """Download what has not arrived yet.

        Raises:
            FetchError: when the hub is gone, has no such file any more, or has another one.
        """
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / source.file
        if _arrived(file) > source.size:
            file.unlink()
        if _arrived(file) < source.size:
            job = json.dumps(_job(source, file))
            done = child.python(
                [str(WORKER), job], QUIET, lambda: progress(_arrived(file) / source.size)
            )
            if done.code:
                raise _failure(source, done.last)
        progress(1.0)
        return file

    def refusal(self, source: Source, file: Path, fault: str) -> EditdiffError:
        """What arrived is not what was released."""
        return FetchError(
            f"{source.file} from {source.hub.repo} {fault}: it was not used",
            f"try once more, it may have been damaged on its way; or get it elsewhere: {OTHER}",
        )


def _arrived(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _job(source: Source, to: Path) -> dict[str, str | int]:
    """What the worker is told."""
    return {
        "repo": source.hub.repo,
        "revision": source.hub.revision,
        "file": source.file,
        "size": source.size,
        "sha256": source.sha256,
        "to": str(to),
        "parent": os.getpid(),
    }


def _failure(source: Source, last: str) -> FetchError:
    """From the last line of the worker, `NameOfTheException: what it says`."""
    kind, _, said = last.partition(": ")
    if kind.endswith("NotFoundError"):
        return gone(f"the hub has no {source.file} in {source.hub.repo} any more", OTHER)
    if kind == "OfflineModeIsEnabled":
        return FetchError("HF_HUB_OFFLINE forbids downloads", "unset it, or use --from FILE")
    return gone(f"cannot fetch {source.file} from the hub: {said or last}", OTHER)
