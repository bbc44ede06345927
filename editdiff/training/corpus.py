"""Sources: a pinned, hashed manifest of permissively licensed packages, fetched by pip, read from their wheels."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

from editdiff.errors import InputError

Split = Literal["train", "heldout"]
MIN_CHARS, MAX_CHARS = 200, 200_000
"""Files outside this range are left out: empty modules teach nothing, huge ones are tables."""
MAX_LINE = 400
"""Code points; a longer line marks a file as generated or minified."""


@dataclass(frozen=True)
class Package:
    """One pinned distribution of the manifest."""

    name: str
    version: str
    sha256: str
    licence: str
    split: Split = "train"
    exclude: tuple[str, ...] = ()
    """Shell patterns of paths inside the wheel that are not read."""


@dataclass(frozen=True)
class SourceFile:
    """One file of the corpus."""

    package: str
    path: str
    text: str


@dataclass
class Statistics:
    """What was read and what was left out, and why."""

    files: dict[str, int] = field(default_factory=dict)
    characters: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)

    def skip(self, reason: str) -> None:
        """Count one file left out."""
        self.left_out[reason] = self.left_out.get(reason, 0) + 1

    def keep(self, file: SourceFile) -> None:
        """Count one file kept."""
        self.files[file.package] = self.files.get(file.package, 0) + 1
        self.characters[file.package] = self.characters.get(file.package, 0) + len(file.text)


@dataclass(frozen=True)
class Manifest:
    """The packages and what is excluded from every one of them."""

    packages: tuple[Package, ...]
    exclude: tuple[str, ...]


def read_manifest(path: Path) -> Manifest:
    """Read `models/corpus.toml`.

    Raises:
        InputError: when the file is missing or an entry lacks a field.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        packages = tuple(
            Package(**{**entry, "exclude": tuple(entry.get("exclude", ()))})
            for entry in table["package"]
        )
        return Manifest(packages, tuple(table.get("exclude", ())))
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise InputError(
            f"cannot read the corpus manifest {path}: {error}",
            "each [[package]] has name, version, sha256 and licence",
        ) from error


def fetch(manifest: Manifest, folder: Path) -> dict[str, Path]:
    """Wheels by package name; pip downloads what is missing and checks every hash."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [p for p in manifest.packages if _find(p, folder) is None]
    if missing:
        requirements = folder / "requirements.txt"
        lines = [f"{p.name}=={p.version} --hash=sha256:{p.sha256}" for p in missing]
        requirements.write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary=:all:", "--require-hashes", "-d", str(folder)]
        done = subprocess.run([*command, "-r", str(requirements)], capture_output=True, text=True)
        if done.returncode:
            reason = done.stderr.strip().split("\n")[-1]
            raise InputError(
                f"pip could not fetch the corpus: {reason}",
                "check the network, or the manifest's versions and hashes",
            )
    found = {p.name: _find(p, folder) for p in manifest.packages}
    return {name: wheel for name, wheel in found.items() if wheel is not None}


def _find(package: Package, folder: Path) -> Path | None:
    stem = package.name.replace("-", "_").lower()
    for wheel in sorted(folder.glob("*.whl")):
        if wheel.name.lower().startswith(f"{stem}-{package.version}-"):
            digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
            if digest == package.sha256:
                return wheel
    return None


def read_sources(
    manifest: Manifest, wheels: dict[str, Path], split: Split, statistics: Statistics | None = None
) -> Iterator[SourceFile]:
    """Python files of one split, each text once, in a fixed order."""
    statistics = statistics or Statistics()
    seen: set[str] = set()
    for package in manifest.packages:
        if package.split != split:
            continue
        exclude = (*manifest.exclude, *package.exclude)
        with zipfile.ZipFile(wheels[package.name]) as archive:
            for name in sorted(archive.namelist()):
                if not name.endswith(".py"):
                    continue
                if any(fnmatch(name, pattern) for pattern in exclude):
                    statistics.skip("excluded path")
                    continue
                file = _decode(package.name, name, archive.read(name), seen, statistics)
                if file is not None:
                    statistics.keep(file)
                    yield file


def _decode(
    package: str, name: str, data: bytes, seen: set[str], statistics: Statistics
) -> SourceFile | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        statistics.skip("not UTF-8")
        return None
    if not MIN_CHARS <= len(text) <= MAX_CHARS:
        statistics.skip("too short or too long")
        return None
    if max(map(len, text.split("\n"))) > MAX_LINE:
        statistics.skip("generated or minified")
        return None
    digest = hashlib.sha256("".join(text.split()).encode()).hexdigest()
    if digest in seen:
        statistics.skip("duplicate")
        return None
    seen.add(digest)
    return SourceFile(package, name, text)
