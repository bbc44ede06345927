"""Settings and a session for a change that a stranger may have made: the repository's own are those of the base."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from editdiff import settings
from editdiff.edits.others import on_disk
from editdiff.edits.session import Session
from editdiff.engines.choose import choose
from editdiff.engines.from_settings import fill_options, least_confidence, running
from editdiff.engines.measured import fix_calibration
from editdiff.errors import UsageError
from editdiff.report.git import stored
from editdiff.settings import ProjectFile, Settings

FILE = "pyproject.toml"
DIFFER = f"[tool.editdiff] in {FILE} is another one than at the base, whose settings hold here"


class Chosen(NamedTuple):
    """Settings, and what is to be told of them."""

    settings: Settings
    note: str
    """Empty where the change leaves them as they are."""


def settings_at(
    flags: Mapping[str, Any], folder: Path, top: Path, commit: str, environ: Mapping[str, str]
) -> Chosen:
    """All settings, those of the repository as they were at a commit.

    Raises:
        UsageError: for settings that make no sense (`settings.load`).
        InputError: when git cannot be asked.
    """
    project = _project_at(folder, top, commit)
    found = settings.load(flags, None if project is None else folder, environ, project)
    try:
        now = settings.load(flags, folder, environ)
    except UsageError:
        return Chosen(found, DIFFER)
    return Chosen(found, "" if now == found else DIFFER)


def session_of(chosen: Settings) -> Session:
    """A session with the model that the settings name; it is loaded when it is needed.

    Raises:
        UsageError: for a value that no engine can serve.
    """
    run_with = running(chosen)
    return Session(
        lambda: choose(chosen.model, run_with),
        fill_options(chosen),
        find=on_disk,
        least=least_confidence(chosen),
        calibrate_fixes=lambda: fix_calibration(chosen.model),
    )


def _project_at(folder: Path, top: Path, commit: str) -> ProjectFile | None:
    """The nearest file of settings, from a folder upwards: in the repository as a commit has it."""
    for parent in (folder, *folder.parents):
        path = parent / FILE
        if parent.is_relative_to(top):
            data = stored(top, commit, path.relative_to(top).as_posix())
            if data is not None:
                return ProjectFile(path, data.decode("utf-8", "replace"))
        elif path.is_file():
            return ProjectFile(path, path.read_text(encoding="utf-8", errors="replace"))
    return None
