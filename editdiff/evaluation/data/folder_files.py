"""Files of other people's packages, each unpacked in its own folder, drawn evenly over languages and packages."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from editdiff.errors import InputError
from editdiff.evaluation.core.gaps import Source, spread
from editdiff.text import document as disk
from editdiff.text.document import Document
from editdiff.text.language import language_of

T = TypeVar("T")
LARGEST = 100_000
"""Bytes of a file that is drawn from, unless a benchmark says otherwise: who types in longer ones is rare."""


@dataclass(frozen=True)
class FolderFile:
    """A file, named by its path from the folder."""

    folder: Path
    path: str

    @property
    def text(self) -> str:
        """All of it, read anew each time; empty where it is no text."""
        try:
            return self.document.text
        except InputError:
            return ""

    @property
    def package(self) -> str:
        """The sub-folder in which it lies."""
        return self.path.partition("/")[0]

    @property
    def document(self) -> Document:
        """The file as it is read for an edit; its language is what its whole text says."""
        return disk.read(self.folder / self.path)


def drawn(
    folder: Path | None, limit: int, seed: int, largest: int, languages: Collection[str] = ()
) -> dict[str, list[Document]]:
    """At most `limit` texts of a folder, by language and of each as many if it has them; each text once.

    They are the same for the same arguments. Left out is what `by_language` leaves out, and what is no text.

    Raises:
        InputError: when there is no such folder, or no such file in it.
    """
    files = by_language(folder, largest, languages)
    each, known = -(-limit // len(files)), set[str]()
    return {
        language: spread(some, each, seed, partial(_text, known=known))
        for language, some in files.items()
    }


def in_turn(sources: Sequence[Iterator[T]], limit: int) -> list[T]:
    """At most `limit` items, one of each source by turns as long as it has some."""
    waiting, items = [*sources], list[T]()
    while waiting and len(items) < limit:
        for source in list(waiting):
            if len(items) == limit:
                break
            try:
                items.append(next(source))
            except StopIteration:
                waiting.remove(source)
    return items


def by_language(
    folder: Path | None, largest: int, languages: Collection[str] = ()
) -> dict[str, list[FolderFile]]:
    """The files of a folder, by language.

    Left out are links, files of more than `largest` bytes, and languages that are not among `languages`, where
    any are named.

    Raises:
        InputError: when there is no such folder, or no such file in it.
    """
    if folder is None or not folder.is_dir():
        said = f"there is no folder {folder}" if folder else "no folder is named"
        raise InputError(
            f"--data: {said}", "name one that holds unpacked packages, each in its own folder"
        )
    files = defaultdict[str, list[FolderFile]](list)
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and 0 < path.stat().st_size <= largest:
            language = language_of(path, _beginning(path))
            if language and (not languages or language in languages):
                files[language].append(FolderFile(folder, path.relative_to(folder).as_posix()))
    if not files:
        raise InputError(
            f"--data: {folder} holds no file of a known language",
            "name one that holds unpacked packages, each in its own folder",
        )
    return dict(sorted(files.items()))


def _text(file: Source, rng: random.Random, known: set[str]) -> Iterator[Document]:
    """The document that a file is, unless it is none or was there already."""
    assert isinstance(file, FolderFile)
    try:
        document = file.document
    except InputError:
        return
    if document.text not in known:
        known.add(document.text)
        yield document


def _beginning(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(1000).decode(errors="replace")
