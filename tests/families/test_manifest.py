"""What a model folder says of itself, and which family reads it."""

import importlib
import json
from pathlib import Path

import pytest

from editdiff.engines.choose import DEFAULT, Choice, embedded, traits
from editdiff.errors import ModelError, UsageError
from editdiff.families import load
from editdiff.families.base import Family
from editdiff.families.manifest import FORMAT, MANIFEST, Manifest


def test_what_is_written_is_read(tmp_path):
    manifest = Manifest("canvas", "a run", "Apache-2.0", ("python", "go"), ("lines: 3 % of 200",))
    manifest.write(tmp_path)
    assert Manifest.read(tmp_path) == manifest


def test_a_folder_of_an_earlier_version_has_no_manifest_and_the_family_it_had(tmp_path):
    assert Manifest.read(tmp_path) == Manifest("canvas")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "cannot read the manifest"),
        ("[]", "cannot read the manifest"),
        ('{"family": "canvas"}', "cannot read the manifest"),
        ('{"format": 1}', "cannot read the manifest"),
        (f'{{"format": {FORMAT + 1}, "family": "canvas"}}', "cannot use the manifest"),
        ('{"format": 1, "family": "canvas", "magic": 1}', r"unknown entries \['magic'\]"),
    ],
)
def test_a_manifest_that_is_broken_or_of_a_later_version_is_a_clear_error(tmp_path, content, told):
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(ModelError, match=told) as caught:
        Manifest.read(tmp_path)
    assert caught.value.hint


@pytest.mark.parametrize(
    "family", ["diffusion", "load", "runtime", "os", "canvas.weights", "../canvas", ""]
)
def test_a_manifest_names_a_family_and_no_other_module(tmp_path, family):
    Manifest(family).write(tmp_path)
    (tmp_path / MANIFEST).write_text(json.dumps({"format": FORMAT, "family": family}))
    with pytest.raises(ModelError, match="family that this version does not know"):
        load.family_of(tmp_path)


def test_every_module_that_counts_as_a_family_is_one():
    assert "canvas" in load.names()
    for name in load.names():
        assert isinstance(importlib.import_module(f"editdiff.families.{name}"), Family), name


def test_a_folder_that_is_missing_is_a_clear_error(tmp_path):
    with pytest.raises(ModelError, match="there is no model folder"):
        load.family_of(tmp_path / "nowhere")


def test_a_model_is_named_by_its_name_or_by_its_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Choice.of(None) == Choice.of(DEFAULT) == Choice(embedded(DEFAULT))
    assert Choice.of("mine") == Choice(Path("mine"))
    assert Choice.of(f"./{DEFAULT}") == Choice(Path(DEFAULT))
    assert Choice.of(str(tmp_path)).name == tmp_path.name


def test_the_address_of_a_service_is_no_folder():
    with pytest.raises(UsageError, match="an address is no model"):
        Choice.of("https://example.org/v1")
    with pytest.raises(UsageError, match="and nothing else"):
        Choice.of("endpoint")


@pytest.mark.weights
def test_the_traits_of_the_embedded_model_are_known_without_loading_it():
    assert traits(None) == traits(DEFAULT)
    assert traits(None).languages == ("python",)
