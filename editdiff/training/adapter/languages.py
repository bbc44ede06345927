"""How often a row is of which language.

A share belongs to a language and not to its files: a corpus has ten times as many files of JavaScript as of Java.
Within a language no package has more than MOST of them: one has a fifth of all files of JavaScript.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from editdiff.errors import InputError
from editdiff.training.corpus.sources import SourceFile

Number = TypeVar("Number", int, float)
SHARES: Mapping[str, float] = {
    "python": 0.50,
    "javascript": 0.18,
    "typescript": 0.17,
    "cpp": 0.03,
    "java": 0.03,
    "markdown": 0.03,
    "shellscript": 0.02,
    "c": 0.01,
    "css": 0.01,
    "json": 0.01,
    "yaml": 0.01,
}
"""Where nothing else is asked for; languages that a corpus does not have leave theirs to the others."""
MOST = 500
"""Files of one package in one language; of more, so many are taken evenly."""


def grouped(
    files: Sequence[SourceFile], shares: Mapping[str, float]
) -> dict[str, tuple[float, list[SourceFile]]]:
    """Files by language, of those that have a share, and the shares, which sum to 1.

    Raises:
        InputError: when there is no file of any of them.
    """
    found: dict[str, list[SourceFile]] = {name: [] for name, share in shares.items() if share > 0}
    for file in files:
        if file.language in found:
            found[file.language].append(file)
    there = {name: _evenly(some) for name, some in found.items() if some}
    if not there:
        raise InputError(
            f"the corpus has no file of {', '.join(found) or 'any language'}",
            "name other languages, or another --manifest",
        )
    total = sum(shares[name] for name in there)
    return {name: (shares[name] / total, some) for name, some in there.items()}


def _evenly(files: Sequence[SourceFile]) -> list[SourceFile]:
    """Files, at most MOST of each package, in the order of the packages."""
    packages: dict[str, list[SourceFile]] = {}
    for file in files:
        packages.setdefault(file.package, []).append(file)
    kept: list[SourceFile] = []
    for some in packages.values():
        count = min(len(some), MOST)
        kept += [some[i * len(some) // count] for i in range(count)]
    return kept


def shares_of(text: str) -> Mapping[str, float]:
    """Shares of `python=0.6,javascript=0.4`; our own of an empty text.

    Raises:
        InputError: when it is something else.
    """
    return _numbers(text, float, "python=0.6,javascript=0.4") if text else SHARES


def counts_of(text: str) -> dict[str, int]:
    """Rows of `python=500,javascript=200`; a number alone is of Python, and languages with 0 are left out.

    Raises:
        InputError: when it is something else.
    """
    text = f"python={text}" if text.strip().isdecimal() else text
    found = _numbers(text, int, "python=500,javascript=200")
    return {language: count for language, count in found.items() if count}


def _numbers(text: str, number: Callable[[str], Number], example: str) -> dict[str, Number]:
    try:
        pairs = [part.split("=") for part in text.split(",")]
        found = {name.strip(): number(value) for name, value in pairs}
    except ValueError as error:
        raise InputError(f"{text!r} is not a number for each language", f"try {example}") from error
    if unknown := sorted(found.keys() - SHARES.keys()):
        raise InputError(
            f"the corpus has no language {unknown[0]!r}", f"there are {', '.join(sorted(SHARES))}"
        )
    if not all(0 <= value < float("inf") for value in found.values()):
        raise InputError(f"not every number of {text!r} is 0 or more", f"try {example}")
    return found
