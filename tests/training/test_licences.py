"""The manifest's licence has to be permissive, and the wheel's own."""

import zipfile
from pathlib import Path

import pytest

from editdiff.errors import InputError
from editdiff.training.corpus.licences import check_licence, identifiers


def wheel(folder: Path, *fields: str) -> Path:
    path = folder / "zoo-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        text = "\n".join(
            ("Metadata-Version: 2.4", "Name: zoo", "Version: 1.0", *fields, "", "A zoo.\n")
        )
        archive.writestr("zoo-1.0.dist-info/METADATA", text)
        # a vendored package's licence is not the wheel's
        archive.writestr("zoo/_vendor/a-1.dist-info/METADATA", "License-Expression: GPL-3.0-only\n")
    return path


@pytest.mark.parametrize(
    ("licence", "fields"),
    [
        ("MIT", ["License-Expression: MIT"]),
        ("MIT OR Apache-2.0", ["License-Expression: Apache-2.0 OR MIT"]),
        ("Apache-2.0", ["License: Apache License, Version 2.0"]),
        ("BSD-3-Clause", ["License: BSD", "Classifier: License :: OSI Approved :: BSD License"]),
        (
            "MIT OR Apache-2.0",
            [
                "Classifier: License :: OSI Approved",
                "Classifier: License :: OSI Approved :: MIT License",
                "Classifier: License :: OSI Approved :: Apache Software License",
            ],
        ),
    ],
)
def test_a_licence_that_the_wheel_confirms(tmp_path: Path, licence: str, fields: list[str]):
    assert check_licence("zoo", licence, wheel(tmp_path, *fields))


@pytest.mark.parametrize(
    ("licence", "fields", "reason"),
    [
        ("GPL-3.0-only", ["License-Expression: GPL-3.0-only"], "permissive"),
        ("MIT AND GPL-3.0-only", ["License-Expression: MIT AND GPL-3.0-only"], "permissive"),
        ("", ["License-Expression: MIT"], "permissive"),
        ("MIT", ["License-Expression: BSD-3-Clause"], "says BSD-3-Clause"),
        ("MIT", ["License-Expression: MIT AND MPL-2.0"], "MPL-2.0"),
        (
            "MIT",
            ["License: MIT", "Classifier: License :: OSI Approved :: BSD License"],
            "BSD License",
        ),
        ("BSD-3-Clause", ["License: Zoo keepers only"], "Zoo keepers"),
        ("MIT", [], "does not say"),
    ],
)
def test_a_licence_that_is_refused(tmp_path: Path, licence: str, fields: list[str], reason: str):
    with pytest.raises(InputError, match=reason) as caught:
        check_licence("zoo", licence, wheel(tmp_path, *fields))
    assert "zoo" in caught.value.message
    assert caught.value.hint


def test_identifiers_are_those_of_spdx_however_they_are_spelt():
    assert identifiers("(mit OR apache-2.0) AND GPL-2.0-only") == {
        "MIT",
        "Apache-2.0",
        "GPL-2.0-only",
    }
