"""Licences: what the manifest declares has to be permissive, and what the package's own metadata says."""

from __future__ import annotations

import email
import email.policy
import json
import re
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from editdiff.errors import InputError

BSD = frozenset({"BSD-2-Clause", "BSD-3-Clause"})
PERMISSIVE = BSD | {
    "0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSL-1.0", "CC0-1.0", "HPND", "ISC", "MIT", "MIT-0", "PSF-2.0",
    "Unlicense", "WTFPL", "Zlib",
}  # fmt: skip
"""SPDX identifiers (https://spdx.org/licenses) of licences that ask for no more than to be named."""
CLASSIFIERS = {
    "Apache Software License": {"Apache-2.0"},
    "BSD License": BSD,
    "Historical Permission Notice and Disclaimer (HPND)": {"HPND"},
    "ISC License (ISCL)": {"ISC"},
    "MIT License": {"MIT"},
    "MIT No Attribution License (MIT-0)": {"MIT-0"},
    "Python Software Foundation License": {"PSF-2.0"},
    "The Unlicense (Unlicense)": {"Unlicense"},
    "Zero-Clause BSD (0BSD)": {"0BSD"},
    "zlib/libpng License": {"Zlib"},
}
"""Last part of a `License :: OSI Approved ::` classifier, and what it may stand for."""
SPELLINGS = {"bsd": BSD, "apache 2.0": {"Apache-2.0"}, "apache, version 2.0": {"Apache-2.0"}}
"""The old free-text field, in lower case, without the word licence, where it is no SPDX identifier."""

EXPRESSIONS = ("License-Expression", "license", "licenses")
"""Fields that name every licence there is."""


@dataclass(frozen=True)
class Declared:
    """What a package says of its licence in one field of its metadata."""

    field: str
    text: str
    allows: frozenset[str]
    """SPDX identifiers that it can mean; none where it is unknown."""


def read_declared(archive: Path) -> list[Declared]:
    """Every field of a package's metadata that speaks of its licence, the clearest first."""
    return _of_tarball(archive) if archive.suffix == ".tgz" else _of_wheel(archive)


def _of_wheel(wheel: Path) -> list[Declared]:
    """Of METADATA: License-Expression (PEP 639), License, Classifier."""
    with zipfile.ZipFile(wheel) as archive:
        names = [n for n in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n)]
        data = archive.read(names[0]) if names else b""
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    declared = []
    if expression := message.get("License-Expression"):
        declared.append(Declared("License-Expression", expression, identifiers(expression)))
    if (text := message.get("License", "")) and "\n" not in text.strip():
        declared.append(Declared("License", text, _from_words(text)))
    classifiers = [c.rsplit(" :: ", 1)[-1] for c in message.get_all("Classifier", []) if _names(c)]
    if classifiers:
        allows = frozenset().union(*(CLASSIFIERS.get(c, ()) for c in classifiers))
        declared.append(Declared("Classifier", ", ".join(classifiers), allows))
    return declared


def _of_tarball(tarball: Path) -> list[Declared]:
    """Of package.json: license, an expression; the older form is an object, or a list of them called licenses."""
    with tarfile.open(tarball) as archive:
        held = next((m for m in archive if re.fullmatch(r"[^/]+/package\.json", m.name)), None)
        content = archive.extractfile(held) if held is not None else None
        told = json.loads(content.read()) if content is not None else {}
    declared = []
    for field in ("license", "licenses"):
        value = told.get(field, [])
        texts = [v.get("type", "") if isinstance(v, dict) else str(v) for v in _several(value)]
        if texts:
            text = " OR ".join(texts)
            declared.append(Declared(field, text, identifiers(text)))
    return declared


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def check_licence(package: str, licence: str, archive: Path) -> list[Declared]:
    """Compare a manifest's licence with the package's; returns what the package says.

    Raises:
        InputError: when the licence is not permissive, or not the one that the package declares.
    """
    ours = identifiers(licence)
    if not ours or not ours <= PERMISSIVE:
        raise InputError(
            f"{package}: the licence {licence!r} is not on the list of permissive ones",
            f"name one of {', '.join(sorted(PERMISSIVE))}, or leave the package out",
        )
    declared = read_declared(archive)
    if not declared:
        raise InputError(
            f"{package}: {archive.name} does not say which licence it has",
            "leave the package out: nothing confirms the manifest's entry",
        )
    for field in declared:
        if not ours <= field.allows or (field.field in EXPRESSIONS and ours != field.allows):
            raise InputError(
                f"{package}: the manifest says {licence}, but {field.field} of {archive.name} says {field.text}",
                "correct the manifest, or leave the package out",
            )
    return declared


def identifiers(expression: str) -> frozenset[str]:
    """SPDX identifiers of an expression: of a choice each has to be permissive, as of a sum."""
    parts = re.split(r"\s+(?:OR|AND)\s+", expression.strip())
    known = {name.lower(): name for name in PERMISSIVE}
    return frozenset(known.get(part.strip("() ").lower(), part.strip("() ")) for part in parts)


def _names(classifier: str) -> bool:
    return classifier.startswith("License ::") and not classifier.endswith(":: OSI Approved")


def _from_words(text: str) -> frozenset[str]:
    words = re.sub(r"\s*\b(the|licen[sc]e)\b\s*", "", text.strip().lower())
    return frozenset(SPELLINGS.get(words) or identifiers(text))
