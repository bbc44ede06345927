"""What a run of tests tells beside passing or not: which failed, where, and what each test ran.

Of pytest a plugin of ours tells it (`trials/plugin`), however it is started, as long as the variables of the
environment get there. Of other runners nothing is known but their output.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

PLUGIN = Path(__file__).with_name("plugin") / "editdiff_pytest.py"
NAME = PLUGIN.stem
_PLACES = re.compile(r"(?<![\w$])PYTHONPATH=(?=[^\s;&|])")


IMPORTED = ""
"""Id of the case that tells what ran while the files of tests were read."""


class Frame(NamedTuple):
    """Where a call stood when a test failed."""

    path: str
    """Below the tree, `/` between folders."""
    line: int
    """From 1."""


@dataclass(frozen=True)
class Case:
    """One test, or a file of tests that could not be collected."""

    id: str
    failed: bool
    message: str = ""
    """Of the error that it failed with."""
    frames: tuple[Frame, ...] = ()
    """The outermost call first."""
    lines: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Lines that it ran, from 1, by path; nothing where nobody looked."""


@dataclass(frozen=True)
class Asking:
    """A plugin in a folder of its own, and where it tells what it saw."""

    folder: Path

    def __post_init__(self) -> None:
        (self.folder / "plugin").mkdir(parents=True)
        shutil.copy(PLUGIN, self.folder / "plugin")

    def command(self, command: str) -> str:
        """A command of the shell that leads to the plugin, where it names the places of modules itself."""
        place = shlex.quote(str(self.folder / "plugin"))
        return _PLACES.sub(lambda _: f"PYTHONPATH={place}:", command)

    def environment(
        self,
        known: Mapping[str, str],
        root: Path,
        name: str,
        only: Collection[str] = (),
        lines: bool = False,
    ) -> dict[str, str]:
        """The environment of a run `name` that is to be told of; `only` are the tests that are to run."""
        plugin = str(self.folder / "plugin")
        path = f"{plugin}:{known['PYTHONPATH']}" if known.get("PYTHONPATH") else plugin
        options = f"{known.get('PYTEST_ADDOPTS', '')} -p {NAME}".strip()
        told = {"PYTHONPATH": path, "PYTEST_ADDOPTS": options, "EDITDIFF_ROOT": str(root)}
        told["EDITDIFF_TOLD"] = str(self.folder / name)
        if only:
            wanted = self.folder / f"{name}.only"
            wanted.write_text(json.dumps(sorted(only)), encoding="utf-8")
            told["EDITDIFF_ONLY"] = str(wanted)
        if lines:
            told["EDITDIFF_LINES"] = "1"
        return {**known, **told}

    def told(self, name: str) -> list[Case]:
        """What was told of a run; nothing of one whose plugin was not loaded, or that was ended."""
        known = dict[str, Case]()
        for file in sorted(self.folder.glob(f"{name}.*.json")):
            with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
                for each in _read(json.loads(file.read_text(encoding="utf-8"))):
                    before = known.get(each.id)
                    if before is None or len(each.frames) + len(each.lines) > len(before.frames):
                        known[each.id] = each
            file.unlink(missing_ok=True)
        return list(known.values())


def failing(tests: Sequence[Case]) -> tuple[str, ...]:
    """Ids of those that failed, in their order."""
    return tuple(test.id for test in tests if test.failed)


def _read(told: Mapping[str, Any]) -> list[Case]:
    return [
        Case(
            name,
            each["outcome"] == "failed",
            str(each["message"]),
            tuple(Frame(str(path), int(line)) for path, line in each["frames"]),
            {str(path): frozenset(map(int, lines)) for path, lines in each["lines"].items()},
        )
        for name, each in told.items()
        if each["outcome"] != "skipped"
    ]
