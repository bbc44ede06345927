"""Tarballs of the npm registry: fetched by npm, read as sources of many languages.

A package holds what was built as well as what it was built from. What was built is left out: by its path here, by
what it looks like in `quality`.
"""

from __future__ import annotations

import re
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from editdiff.errors import InputError
from editdiff.text.language import language_of
from editdiff.training.corpus.quality import Kind

BUILT = re.compile(
    r"(?:^|/)(?:dist|build|umd|cjs|es|esm|esm\d+|lib[.-]\w+|min|deps|node_modules|fixtures|__tests__"
    r"|locales?|i18n)/"
    r"|\.(?:min|umd|prod|production|bundle)\.|\.d\.[cm]?ts$|(?:-lock|shrinkwrap)\.",
    re.IGNORECASE,
)
"""Paths of what a compiler or a bundler wrote, of other projects, of tests, and of translations."""
MOST_BYTES = 2**20
"""Of a file that is unpacked; larger ones are left out by `quality` in any case."""


def file_name(package: str, version: str) -> str:
    """Of a package's tarball, as npm names it."""
    return f"{package.removeprefix('@').replace('/', '-')}-{version}.tgz"


def fetch(specs: Sequence[str], folder: Path) -> None:
    """Download tarballs of packages `NAME@VERSION`; none of their scripts is run.

    Raises:
        InputError: without npm, or when it cannot fetch one.
    """
    command = ["npm", "pack", "--ignore-scripts", "--silent", "--pack-destination", str(folder)]
    try:
        done = subprocess.run([*command, *specs], capture_output=True, text=True)
    except FileNotFoundError as error:
        raise InputError(
            f"npm is needed to fetch {len(specs)} packages of the corpus, and is not installed",
            f"install Node.js, or put their tarballs into {folder}",
        ) from error
    if done.returncode:
        lines = [line for line in done.stderr.split("\n") if line.strip()]
        raise InputError(
            f"npm could not fetch the corpus: {lines[0] if lines else 'it does not say why'}",
            "check the network, or the manifest's versions",
        )


def members(tarball: Path) -> Iterator[tuple[str, Kind, bytes]]:
    """Path, kind and content of the sources of a tarball, sorted by path.

    Paths begin with the tarball's name, not with the folder that all of them have. Python is left to its own index.
    """
    root = tarball.name.removesuffix(".tgz")
    found: dict[str, tuple[Kind, bytes]] = {}
    with tarfile.open(tarball) as archive:
        for (
            member
        ) in archive:  # in the archive's order: going back in it would be unpacking it anew
            path = member.name.partition("/")[2]
            language = language_of(path)
            if not language or language == "python" or not member.isfile():
                continue
            if member.size > MOST_BYTES or BUILT.search(path):
                continue
            content = archive.extractfile(member)
            if content is not None:
                found[path] = ("prose" if language == "markdown" else "code"), content.read()
    for path in sorted(found):
        yield f"{root}/{path}", *found[path]
