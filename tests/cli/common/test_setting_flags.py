"""The flags of a command are made of what `editdiff.settings` says."""

import inspect

import pytest
import typer
from typer.testing import CliRunner

from editdiff.cli.common.setting_flags import NO_FLAGS, OWN, Flags, setting, with_setting_flags
from editdiff.cli.fix import fix
from editdiff.cli.infill import infill
from editdiff.settings import ENDPOINT, NAMES, Settings, help_of, type_of


@pytest.fixture
def run():
    """Run a command that has the flags between two of its own; gives what it got."""
    got = []

    @with_setting_flags
    def command(first: str, flags: Flags = NO_FLAGS, last: bool = False) -> int:
        """Do nothing."""
        got.append((first, dict(flags), last))
        return 0

    app = typer.Typer()
    app.command()(command)

    def install(*args: str) -> tuple[str, dict, bool]:
        done = CliRunner().invoke(app, args, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return got[-1]

    return install


def test_a_flag_that_is_not_given_is_none(run):
    assert run("a") == ("a", dict.fromkeys(NAMES), False)


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_a_flag_and_has_its_type(name, run):
    first, flags, last = run("a", f"--{name.replace('_', '-')}", "3", "--last")
    assert (first, last) == ("a", True)
    assert flags == dict.fromkeys(NAMES) | {name: type_of(name)(3)}
    assert type(flags[name]) is type_of(name)


@pytest.mark.parametrize(
    ("command", "name"),
    [
        *((infill, name) for name in NAMES),
        *((fix, name) for name in NAMES if name != "confidence" and name not in ENDPOINT),
    ],
)
def test_the_help_of_a_flag_is_the_settings_with_its_default(name, command):
    option = inspect.signature(command).parameters[name].annotation.__metadata__[0]
    default = getattr(Settings(), name)
    assert option.help == help_of(name)
    said = OWN.get(name, True) if default is None else str(default)
    assert option.show_default == said


def test_a_command_that_no_endpoint_serves_has_no_flag_for_one():
    assert not set(ENDPOINT) & inspect.signature(fix).parameters.keys()


def test_a_command_can_mean_something_of_its_own():
    assert setting("seed").help == help_of("seed")
    assert setting("seed", "Which regions are drawn.").help == "Which regions are drawn."


def test_the_parameter_that_stands_for_the_flags_is_none_itself():
    names = list(inspect.signature(infill).parameters)
    assert "flags" not in names
    assert names[names.index("path") + 1 : names.index("reopen")] == [
        "model",
        *(name for name in NAMES if name != "model"),
    ]
