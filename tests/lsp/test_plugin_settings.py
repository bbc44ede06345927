"""The plugin's package.json says of the server what the server says of itself."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from editdiff_lsp.options import AT_START, Diagnostics, GhostText, Options, parse

import editdiff
from editdiff.settings import Settings

PACKAGE = Path(editdiff.__file__).parents[1] / "vscode-extension" / "package.json"
CLIENT_ALONE = {
    "doubts.least",
    "doubts.lines",
    "offerModel",
    "server.interpreter",
    "server.path",
    "server.shared",
    "trace.server",
}
SERVER_ALONE = {"git", "markers", "unloadAfter"}
"""Options that the command line does not have."""
GROUPS = {"ghostText": GhostText(), "diagnostics": Diagnostics()}


@pytest.fixture(scope="module")
def package():
    return json.loads(PACKAGE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def defaults(package):
    """Every setting's default, by its name without the first part."""
    groups = package["contributes"]["configuration"]
    groups = groups if isinstance(groups, list) else [groups]
    properties = {name: value for group in groups for name, value in group["properties"].items()}
    return {name.removeprefix("editdiff."): value["default"] for name, value in properties.items()}


def test_the_plugin_has_the_version_of_the_package(package):
    assert package["version"] == editdiff.__version__


def test_every_option_of_the_server_is_a_setting_and_nothing_else_is(defaults):
    options = {f.name for f in fields(Options)} - set(GROUPS)
    options |= {f"{name}.{f.name}" for name, group in GROUPS.items() for f in fields(group)}
    assert set(defaults) - CLIENT_ALONE == options


def test_the_settings_defaults_are_those_of_the_server(defaults):
    settings, options = Settings(), Options()
    for name, value in defaults.items():
        if name in CLIENT_ALONE:
            continue
        owner, _, field = name.rpartition(".")
        known = getattr(GROUPS[owner], field) if owner else getattr(settings, snake(name), None)
        known = getattr(options, name) if name in SERVER_ALONE else known
        assert value == (list(known) if isinstance(known, tuple) else known), name


def snake(name):
    return re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def test_a_workspace_can_name_neither_model_nor_endpoint(package):
    properties = package["contributes"]["configuration"]["properties"]
    own = [name for name in properties if name.startswith(("editdiff.endpoint", "editdiff.model"))]
    assert len(own) == 1 + len(AT_START)
    assert {properties[name]["scope"] for name in own} == {"machine"}
    restricted = package["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]
    assert set(own) <= set(restricted)


def test_no_setting_holds_a_key(package):
    names = package["contributes"]["configuration"]["properties"]
    assert [name for name in names if "key" in name.lower()] == ["editdiff.endpointKeyEnv"]


def test_the_defaults_sent_as_options_are_understood(defaults):
    said: dict = {name: {} for name in GROUPS}
    for name, value in defaults.items():
        if name not in CLIENT_ALONE:
            owner, _, field = name.rpartition(".")
            (said[owner] if owner else said)[field] = value
    told: list[str] = []
    parse(said, told.append)
    assert told == []
