"""Files nobody was trained on, some lines of each taken out: what a typist puts back.

Which files and which lines is drawn by a seed from all that qualify, before anything is asked of a model.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from editdiff.errors import InputError
from editdiff.evaluation.core.gaps import code_lines
from editdiff.text.language import language_of
from editdiff.training.corpus.sources import EVERY, fetch, of_split, read_manifest, read_sources

FOLDERS: Mapping[str, tuple[Path, ...]] = {
    "c": (Path("/usr/include"),),
    "shellscript": (Path("/usr/bin"), Path("/usr/sbin")),
}
"""Where files of languages lie that no held-out package is written in: the system's own, in no corpus of ours."""
PACKAGES = ("python", "javascript", "typescript")
"""Languages of the held-out packages."""
SUFFIXES = {
    "python": ".py", "javascript": ".js", "typescript": ".ts", "c": ".h", "shellscript": ".sh",
}  # fmt: skip
REGIONS = 2
"""Taken out of each file."""
LINES = 4
"""Of a region."""
APART = 3
"""Least lines between two regions."""
SHORTEST, LONGEST = 40, 400
"""Lines of a file."""
WIDEST = 100
"""Code points of the longest line that is typed."""
TYPED = re.compile(r"(?P<indentation>\t*| *)(?P<body>[!-~](?:[ -~]*[!-~])?)")
"""A line that is typed: tabs or spaces before it and nowhere else, ASCII, nothing behind it."""
COMMENT = re.compile(
    r"\s*(?:#(?!\s*(?:define|include|if|ifdef|ifndef|else|endif|undef)\b)|//|/?\*|['\"]{3})"
)


@dataclass(frozen=True)
class Source:
    """A file as it is."""

    origin: str
    language: str
    text: str


@dataclass(frozen=True)
class Region:
    """Whole lines, of which the indentation of the first one stays where it is."""

    line: int
    """Of the finished file, from 0."""
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Hidden:
    """A file without some of its lines."""

    name: str
    """What it is called in the editor."""
    language: str
    origin: str
    finished: str
    regions: tuple[Region, ...]
    """In the order of the file."""

    @property
    def text(self) -> str:
        """What the typist begins with."""
        lines: list[str] = self.finished.split("\n")
        for region in reversed(self.regions):
            first = region.lines[0]
            indentation = first.removesuffix(first.lstrip())
            lines[region.line : region.line + len(region.lines)] = [indentation]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """What the driver of the editor is told, and by what the file is known again."""
        sha256 = hashlib.sha256(self.finished.encode()).hexdigest()
        return {**asdict(self), "text": self.text, "sha256": sha256}


def draw(files: Iterable[Source], count: int, seed: int) -> list[Hidden]:
    """Draw `count` files of each language, and the regions of each.

    Raises:
        InputError: when there are not enough files of a language.
    """
    drawn: list[Hidden] = []
    by_language: dict[str, list[Source]] = {}
    for file in files:
        by_language.setdefault(file.language, []).append(file)
    for language, sources in sorted(by_language.items()):
        order = random.Random(f"{seed} {language}")
        found: list[Hidden] = []
        ordered = sorted(sources, key=lambda file: file.origin)
        for file in order.sample(ordered, len(ordered)):
            if len(found) < count and (regions := _regions(file.text, language, order)):
                name = f"{language}{len(found)}{SUFFIXES[language]}"
                found.append(Hidden(name, language, file.origin, file.text, regions))
        if len(found) < count:
            raise InputError(
                f"{len(found)} files of {language} can be typed, not {count}",
                "ask for fewer, or name another folder of them with --folder",
            )
        drawn += found
    return drawn


def _regions(text: str, language: str, order: random.Random) -> tuple[Region, ...]:
    """Regions of a file in its order; none of a file that has not enough, or is too short, or too long."""
    lines = text.split("\n")
    if not SHORTEST <= len(lines) <= LONGEST or "\r" in text:
        return ()
    code = code_lines(text) if language == "python" else _outside_comments(lines)
    starts = [
        at for at in range(len(lines) - LINES) if at in code and _typed(lines[at : at + LINES])
    ]
    chosen: list[int] = []
    for start in order.sample(starts, len(starts)):
        if all(abs(start - other) >= LINES + APART for other in chosen):
            chosen.append(start)
        if len(chosen) == REGIONS:
            return tuple(Region(at, tuple(lines[at : at + LINES])) for at in sorted(chosen))
    return ()


def _outside_comments(lines: Sequence[str]) -> set[int]:
    """Lines that begin outside of a block comment, as C and JavaScript write it."""
    found: set[int] = set()
    inside = False
    for number, line in enumerate(lines):
        if not inside:
            found.add(number)
        opened, closed = line.rfind("/*"), line.rfind("*/")
        inside = opened > closed or (inside and closed < 0)
    return found


def _typed(lines: Sequence[str]) -> bool:
    """Whether somebody types such lines: short ones, more code than comments, the first one code."""
    if not all(len(line) <= WIDEST and TYPED.fullmatch(line) for line in lines):
        return False
    return not COMMENT.match(lines[0]) and 2 * sum(map(bool, map(COMMENT.match, lines))) < len(
        lines
    )


def held_out(manifest: Path, cache: Path) -> Iterator[Source]:
    """Files of the packages that are kept out of the training; fetched where they are missing."""
    kept = of_split(read_manifest(manifest, EVERY), "heldout")
    for file in read_sources(kept, fetch(kept, cache), "heldout"):
        language = language_of(file.path, file.text)
        if language in PACKAGES:
            yield Source(f"{file.package}: {file.path}", language, file.text)


def of_folder(language: str, folder: Path) -> Iterator[Source]:
    """Files of a language that lie in a folder itself, known by name or by their first line."""
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= LONGEST * WIDEST:
            try:
                text = path.read_bytes().decode("ascii")
            except (OSError, UnicodeDecodeError):
                continue
            if language_of(path.name, text) == language:
                yield Source(str(path), language, text)
