"""Real repositories with a base and a change, and a session without a real model."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from small_projects import RIGHT, write

from editdiff.ci.base import Proposed
from editdiff.ci.run import propose
from editdiff.edits.session import Session
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.twin.engine import TwinEngine

PATCHED = ["apply", "--check", "-"]


def git(folder: Path, *arguments: str, data: bytes | None = None) -> str:
    """Run git as nobody in particular; what it prints."""
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    allowed = ["-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", *who, *allowed, *arguments], cwd=folder, check=True, capture_output=True, input=data
    )
    return os.fsdecode(done.stdout)


def session(right: str = RIGHT) -> Session:
    """A session whose engine has read what is right."""
    return Session(lambda: TwinEngine(ChainDenoiser((right,) * 20), "chain"))


@dataclass(frozen=True)
class Repository:
    """A repository with a commit that is the base."""

    folder: Path

    @classmethod
    def begin(cls, folder: Path, files: Mapping[str, str | bytes]) -> "Repository":
        """One commit with some files, tagged `base`."""
        folder.mkdir()
        git(folder, "init", "-q")
        found = cls(folder)
        found.commit(files)
        git(folder, "tag", "base")
        return found

    def commit(self, files: Mapping[str, str | bytes] = {}, *gone: str) -> None:
        """Write files, remove others, and commit all."""
        write(self.folder, files)
        for name in gone:
            (self.folder / name).unlink()
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-qm", "a change", "--allow-empty")

    def proposed(self, base: str = "base", *, right: str = RIGHT, **asked: object) -> Proposed:
        """What is proposed for what changed since."""
        return propose(self.folder, base, session=session(right), **asked)  # type: ignore[arg-type]

    def mended(self, proposed: Proposed) -> dict[str, str]:
        """The files as they are with all fixes, which `git apply` makes."""
        from editdiff.ci.formats import diff

        patch = diff(proposed).encode("utf-8", "surrogateescape")
        if patch:
            git(self.folder, "apply", "-", data=patch)
        names = {fix.path for fix in proposed.fixes}
        return {name: (self.folder / name).read_bytes().decode() for name in names}
