"""The files that belong to the one being edited, and what of them a model is shown.

These are the files that it imports, and neighbours by their names: of its folder, the tests of a module and the
module of a test. Of each, the model is shown the definitions that the edited text names (`text.outline`); of C
and C++ the beginning, where a header has them; of languages whose definitions are not known, nothing. Nothing is
imported or run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePath, PurePosixPath
from typing import NamedTuple

from editdiff.engines.base import OtherFile
from editdiff.errors import InputError
from editdiff.text import document as disk
from editdiff.text.document import Document
from editdiff.text.folders import is_skipped, project_of
from editdiff.text.imports import ANYWHERE, SCRIPTS, Target, imported
from editdiff.text.language import language_of
from editdiff.text.outline import mentioned, words
from editdiff.text.shown import unix
from editdiff.text.span import Span

LARGEST = 200_000
"""Bytes of a file that is read."""
MOST_READ, MOST_BYTES = 64, 2_000_000
"""Files that are read for one document, and their bytes together."""
LISTED = 400
"""Names of a folder that are looked at."""
NEAR = 40
"""Lines before and after a gap whose names come first."""
LONGEST = 6_000
"""Code points that are shown of a file: more than half of the default context has room for."""
PACKAGE = ("__init__", "index")
"""Stems of files that hand on what others define."""
C_FAMILY = ("c", "cpp")
TESTS = ("test_{}", "{}_test", "{}.test", "{}.spec")
"""Stems of a module's tests."""


Find = Callable[[Document, Sequence[Span], int], tuple[OtherFile, ...]]
"""Finds at most so many files that belong to a document with gaps at some spans, the most telling last."""


def nothing(document: Document, spans: Sequence[Span], most: int) -> tuple[OtherFile, ...]:
    """No file belongs to any."""
    return ()


def on_disk(document: Document, spans: Sequence[Span], most: int) -> tuple[OtherFile, ...]:
    """At most `most` files of the project of a document's file that belong to it, the most telling last.

    They are regular text files inside the project, of at most LARGEST bytes, none in a folder that holds other
    people's code, and no link leads out of it. What cannot be read is left out. What stands in the `spans` is
    hidden, so it has no say.
    """
    if most <= 0 or not document.path or not document.language:
        return ()
    file = Path(os.path.abspath(document.path))
    project = _Project(project_of(file), file)
    pieces = _visible(document.text, spans)
    near = list(_imported("".join(pieces), file, document.language, project))
    beside = [found for path in _neighbours(file, project.root) if (found := project.read(path))]
    names = Names.around(pieces)
    told = [*ranked(beside, names), *ranked(near, names)][-most:]
    return tuple(
        OtherFile(Path(path).relative_to(project.root).as_posix(), text) for path, text in told
    )


def among(
    document: Document, spans: Sequence[Span], opened: Sequence[Document], most: int
) -> tuple[OtherFile, ...]:
    """At most `most` of open documents, the one seen last behind the others, that belong to one of them.

    The most telling stands last: one that the document imports, seen last. Nothing is read from the disk.
    """
    if most <= 0 or not document.language:
        return ()
    here = PurePosixPath(document.path)
    alike = [
        each
        for each in opened
        if each.path != document.path and _alike(each.language, document.language)
    ]
    pieces = _visible(document.text, spans)
    means = _meant_by("".join(pieces), document.language, here)
    names = Names.around(pieces)
    told = [
        (means(other.path), OtherFile(_named_from(here, other.path), text))
        for other in alike
        if (text := shown(other, names))
    ]
    return tuple(file for _, file in sorted(told, key=lambda each: each[0]))[-most:]


class Names(NamedTuple):
    """The names in a text, those in its gaps apart."""

    near: frozenset[str]
    """In the lines around the gaps."""
    all: frozenset[str]

    @classmethod
    def around(cls, pieces: Sequence[str]) -> Names:
        """Of the texts before, between and after the gaps."""
        near = [piece.split("\n")[-NEAR:] for piece in pieces[:-1]]
        near += [piece.split("\n")[:NEAR] for piece in pieces[1:]]
        lines = "\n".join(line for each in near for line in each)
        return cls(frozenset(words(lines)), frozenset(words("\n".join(pieces))))


def _visible(text: str, spans: Sequence[Span]) -> list[str]:
    """The texts before, between and after the gaps, which are disjoint and in order."""
    starts = [0, *(span.end for span in spans)]
    ends = [*(span.start for span in spans), len(text)]
    return [unix(text[start:end]) for start, end in zip(starts, ends, strict=True)]


@dataclass
class _Project:
    """Files of one folder, each read once and not too many of them."""

    root: Path
    file: Path
    """The one being edited; that the folders above it are skipped elsewhere is no matter."""
    bytes: int = 0
    _seen: set[str] = field(default_factory=set)
    """Real paths of what was read."""

    def __post_init__(self) -> None:
        self._seen.add(os.path.realpath(self.file))

    def read(self, path: Path) -> Document | None:
        """A file of the project that was not read before; None where it may not be read."""
        real = os.path.realpath(path)
        if real in self._seen or len(self._seen) > MOST_READ or not self._is_inside(path, real):
            return None
        try:
            size = os.stat(real).st_size
            if size > LARGEST or self.bytes + size > MOST_BYTES:
                return None
            found = disk.read(path)
        except (OSError, InputError):
            return None
        self._seen.add(real)
        self.bytes += size
        return found

    def _is_inside(self, path: Path, real: str) -> bool:
        """Whether a path, and the file that it leads to, lie in the project and in no skipped folder."""
        root = os.path.realpath(self.root)
        if not path.is_relative_to(self.root) or not os.path.isfile(real):
            return False
        if os.path.commonpath((root, real)) != root:
            return False
        below = [
            each for each in path.parents if each != self.root and each.is_relative_to(self.root)
        ]
        return not any(is_skipped(each) for each in below if each not in self.file.parents)


def _imported(text: str, file: Path, language: str, project: _Project) -> Iterator[Document]:
    """Files that a text imports; of a package, those that it imports itself, too."""
    for found in _meant(text, file, language, project):
        yield found
        if PurePath(found.path).stem in PACKAGE:
            yield from _meant(found.text, Path(found.path), language, project)


def _meant(text: str, file: Path, language: str, project: _Project) -> Iterator[Document]:
    for targets in imported(text, language):
        paths = (path for target in targets for path in _places(file, target, project.root))
        yield from islice(filter(None, map(project.read, paths)), 1)


def _places(file: Path, target: Target, root: Path) -> list[Path]:
    """Where a target may lie: where the path says; else from the file upwards to the root, and below `src`."""
    if target.up != ANYWHERE:
        return [Path(relative(file, target))]
    # a module of a package is not found by its name alone
    first = 1 if (file.parent / "__init__.py").exists() else 0
    above = [folder for folder in file.parents if folder.is_relative_to(root)][first:]
    folders = (*above, root / "src", root / "include")
    return [Path(os.path.normpath(folder / target.path)) for folder in folders]


def relative(file: PurePath, target: Target) -> PurePath:
    """Where the target of a relative import lies."""
    return type(file)(
        os.path.normpath(file.parents[min(target.up, len(file.parents) - 1)] / target.path)
    )


def _meant_by(text: str, language: str, here: PurePosixPath) -> Callable[[str], bool]:
    """Whether the text of a document at `here` imports the file of a path, as far as paths tell."""
    targets = [each for found in imported(text, language) for each in found]
    exact = {relative(here, each).as_posix() for each in targets if each.up != ANYWHERE}
    ends = tuple(f"/{each.path}" for each in targets if each.up == ANYWHERE)
    return lambda path: path in exact or path.endswith(ends)


def _named_from(here: PurePosixPath, path: str) -> str:
    """A path without the folders that it has in common with another one."""
    other = PurePosixPath(path)
    common = next((folder for folder in other.parents if folder in here.parents), None)
    return (other.relative_to(common) if common is not None else other).as_posix()


def _neighbours(file: Path, root: Path) -> list[Path]:
    """Files of the same folder and language, and then the module of a test, or the tests of a module."""
    try:
        with os.scandir(file.parent) as entries:
            listed = sorted(entry.name for entry in islice(entries, LISTED))
    except OSError:
        listed = []
    language = language_of(file)
    beside = [file.parent / name for name in listed if _alike(language_of(name), language)]
    if language in C_FAMILY:  # a header and its source; that others belong to it nothing says
        beside = [path for path in beside if path.stem == file.stem]
    folders = (
        file.parent,
        file.parent.parent,
        root,
        root / "src",
        root / "tests",
        file.parent / "tests",
    )
    stems = [pattern.format(file.stem) for pattern in TESTS]
    for pattern in TESTS:
        head, tail = pattern.split("{}")
        if file.stem.startswith(head) and file.stem.endswith(tail):
            stems.append(file.stem[len(head) : len(file.stem) - len(tail)])
    pairs = [folder / f"{stem}{file.suffix}" for folder in dict.fromkeys(folders) for stem in stems]
    return [*beside, *(path for path in pairs if path not in beside)]


def shown(document: Document, names: Names) -> str:
    """What a model is shown of a file beside a text with these names; nothing where it has nothing to tell."""
    text = unix(document.text[:LARGEST])
    brief = mentioned(text, names, document.language)
    if brief is None:
        brief = text if document.language in C_FAMILY else ""
    return brief[:LONGEST]


def ranked(found: Sequence[Document], names: Names) -> list[OtherFile]:
    """What a model is shown of some files beside a text with these names, that last of which most is named near."""
    told = [
        (len(names.near & words(text)), OtherFile(document.path, text))
        for document in found
        if (text := shown(document, names))
    ]
    return [file for _, file in sorted(told, key=lambda each: each[0])]


def _alike(one: str, other: str) -> bool:
    """Whether files of two languages can belong to each other."""
    return bool(one) and any({one, other} <= set(family) for family in (SCRIPTS, C_FAMILY, (one,)))
