"""Sources: a pinned, hashed manifest of permissively licensed packages, read from their archives.

Python comes in wheels, fetched by pip; JavaScript, TypeScript and others in tarballs that npm fetches.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

from editdiff.errors import InputError
from editdiff.text.language import language_of
from editdiff.training.corpus import npm
from editdiff.training.corpus.quality import Kind, built, fault

Split = Literal["train", "heldout"]
Registry = Literal["pypi", "npm"]
PYTHON: tuple[Registry, ...] = ("pypi",)
EVERY: tuple[Registry, ...] = ("pypi", "npm")
CODE_ALONE: tuple[Kind, ...] = ("code",)
PROSE = (".md", ".rst", ".txt")
NOT_PROSE = re.compile(
    r"templates?/|[^/]*(licen[sc]e|copying|notice|authors|requirements|stop_?words|changelog)[^/]*$",
    re.IGNORECASE,
)
"""Paths of legal texts, lists and templates."""


@dataclass(frozen=True)
class Package:
    """One pinned distribution of the manifest."""

    name: str
    version: str
    sha256: str
    licence: str
    split: Split = "train"
    exclude: tuple[str, ...] = ()
    """Shell patterns of paths inside the archive that are not read."""
    registry: Registry = "pypi"


@dataclass(frozen=True)
class SourceFile:
    """One file of the corpus."""

    package: str
    path: str
    text: str
    kind: Kind = "code"

    @property
    def sha256(self) -> str:
        """Hash of the text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def language(self) -> str:
        """Identifier by name and text; JSX and TSX count as what they extend. Empty when unknown."""
        return language_of(self.path, self.text).removesuffix("react")


@dataclass
class Statistics:
    """What was read and what was left out, and why."""

    files: dict[str, int] = field(default_factory=dict)
    """Files of code, by package."""
    characters: dict[str, int] = field(default_factory=dict)
    """Code points of code, by package."""
    prose: dict[str, int] = field(default_factory=dict)
    """Code points of prose, by package."""
    left_out: dict[str, int] = field(default_factory=dict)
    """Files, by reason."""

    def skip(self, reason: str) -> None:
        """Count one file left out."""
        self.left_out[reason] = self.left_out.get(reason, 0) + 1

    def keep(self, file: SourceFile) -> None:
        """Count one file kept."""
        if file.kind == "prose":
            self.prose[file.package] = self.prose.get(file.package, 0) + len(file.text)
            return
        self.files[file.package] = self.files.get(file.package, 0) + 1
        self.characters[file.package] = self.characters.get(file.package, 0) + len(file.text)


@dataclass(frozen=True)
class Manifest:
    """The packages and what is excluded from every one of them."""

    packages: tuple[Package, ...]
    exclude: tuple[str, ...]


def read_manifest(path: Path, registries: Sequence[Registry] = PYTHON) -> Manifest:
    """Read `models/corpus.toml`: its packages of some registries.

    Raises:
        InputError: when the file is missing or an entry lacks a field.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        packages = tuple(
            Package(**{**entry, "exclude": tuple(entry.get("exclude", ()))})
            for entry in table["package"]
        )
        wanted = tuple(p for p in packages if p.registry in registries)
        return Manifest(wanted, tuple(table.get("exclude", ())))
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise InputError(
            f"cannot read the corpus manifest {path}: {error}",
            "each [[package]] has name, version, sha256 and licence",
        ) from error


def fetch(manifest: Manifest, folder: Path) -> dict[str, Path]:
    """Archives by package name; pip and npm download what is missing, and every hash is checked.

    Raises:
        InputError: when a package cannot be fetched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [p for p in manifest.packages if _find(p, folder) is None]
    if wheels := [p for p in missing if p.registry == "pypi"]:
        _fetch_wheels(wheels, folder)
    if tarballs := [f"{p.name}@{p.version}" for p in missing if p.registry == "npm"]:
        npm.fetch(tarballs, folder)
    found = {p.name: _find(p, folder) for p in manifest.packages}
    for package in missing:
        if found[package.name] is None:
            raise InputError(
                f"{package.name} {package.version} is not what the manifest says: its hash is another",
                "correct the manifest's version and hash, or leave the package out",
            )
    return {name: archive for name, archive in found.items() if archive is not None}


def _fetch_wheels(packages: Sequence[Package], folder: Path) -> None:
    requirements = folder / "requirements.txt"
    lines = [f"{p.name}=={p.version} --hash=sha256:{p.sha256}" for p in packages]
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


def _find(package: Package, folder: Path) -> Path | None:
    if package.registry == "npm":
        candidates = [folder / npm.file_name(package.name, package.version)]
    else:
        stem = f"{package.name.replace('-', '_').lower()}-{package.version}-"
        candidates = sorted(w for w in folder.glob("*.whl") if w.name.lower().startswith(stem))
    for archive in candidates:
        if archive.is_file() and _sha256(archive) == package.sha256:
            return archive
    return None


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def training_sources(manifest: Path, cache: Path) -> list[SourceFile]:
    """Files of all packages that are not held out; fetched where they are missing.

    Raises:
        InputError: when the manifest cannot be used, or a package cannot be fetched.
    """
    return sources(manifest, cache, "train")


def sources(manifest: Path, cache: Path, split: Split) -> list[SourceFile]:
    """Python files of all packages of a split; fetched where they are missing.

    Raises:
        InputError: when the manifest cannot be used, or a package cannot be fetched.
    """
    kept = of_split(read_manifest(manifest), split)
    return list(read_sources(kept, fetch(kept, cache), split))


def of_split(manifest: Manifest, split: Split) -> Manifest:
    """Its packages of one split."""
    return replace(manifest, packages=tuple(p for p in manifest.packages if p.split == split))


def read_sources(
    manifest: Manifest,
    archives: dict[str, Path],
    split: Split,
    statistics: Statistics | None = None,
    kinds: Collection[Kind] = CODE_ALONE,
) -> Iterator[SourceFile]:
    """Files of one split, each text once, in a fixed order: code, and prose where it is asked for."""
    statistics = statistics or Statistics()
    seen: set[str] = set()
    for package in manifest.packages:
        if package.split != split:
            continue
        exclude = (*manifest.exclude, *package.exclude)
        members = npm.members if package.registry == "npm" else _members
        for name, kind, data in members(archives[package.name]):
            if kind not in kinds:
                continue
            if any(fnmatch(name, pattern) for pattern in exclude):
                statistics.skip("excluded path")
                continue
            file = _decode(package, name, kind, data, seen, statistics)
            if file is not None:
                statistics.keep(file)
                yield file


def _members(wheel: Path) -> Iterator[tuple[str, Kind, bytes]]:
    """Path, kind and content of what a wheel has to be read, sorted by path.

    The long description of the package's metadata, which is its README, is read as a file of its own.
    """
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            folder, _, base = name.rpartition("/")
            if name.endswith(".py"):
                yield name, "code", archive.read(name)
            elif folder.endswith(".dist-info"):
                if base == "METADATA":
                    suffix, text = long_description(archive.read(name))
                    yield f"{folder}/README{suffix}", "prose", text.encode()
            elif base.endswith(PROSE) and ".dist-info/" not in name and not NOT_PROSE.search(name):
                yield name, "prose", archive.read(name)


def long_description(metadata: bytes) -> tuple[str, str]:
    """File suffix and text of the long description in a wheel's METADATA."""
    message = email.message_from_bytes(metadata, policy=email.policy.compat32)
    body = message.get_payload(decode=True)
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else ""
    kind = message.get("Description-Content-Type", "text/x-rst")
    return (".md" if "markdown" in kind else ".rst"), text.replace("\r\n", "\n")


def _decode(
    package: Package, name: str, kind: Kind, data: bytes, seen: set[str], statistics: Statistics
) -> SourceFile | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        statistics.skip("not UTF-8")
        return None
    reason = fault(text, kind)
    if reason is None and package.registry == "npm":
        reason = built(text)
    if reason is not None:
        statistics.skip(reason)
        return None
    digest = hashlib.sha256("".join(text.split()).encode()).hexdigest()
    if digest in seen:
        statistics.skip("duplicate")
        return None
    seen.add(digest)
    return SourceFile(package.name, name, text, kind)
