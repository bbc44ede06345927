"""The settings as flags of a command, made of what `editdiff.settings` says of each."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from types import MappingProxyType
from typing import Annotated, Any

import typer

from editdiff.settings import ENDPOINT, NAMES, Settings, help_of, type_of

Flags = Mapping[str, Any]
"""Values by setting; None where the flag was not given, so that the settings' other places have their say."""
OWN = {"confidence": "the model's own"}
"""What is said of a default that is not told by its value."""
NO_FLAGS: Flags = MappingProxyType({})


def setting(name: str, meaning: str = "", shown: bool | str = True) -> Any:
    """Return what typer is told of a setting; `meaning` where a command has its own, `shown`: the default."""
    return typer.Option(help=meaning or help_of(name), show_default=shown)


def with_setting_flags(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command a flag for each setting, where its parameter `flags` stands; that gets their values.

    typer reads the options of a command off its signature.
    """
    return _with_flags(command, NAMES)


def with_local_flags(command: Callable[..., int]) -> Callable[..., int]:
    """The same for a command that no endpoint serves."""
    return _with_flags(command, tuple(name for name in NAMES if name not in ENDPOINT))


def _with_flags(command: Callable[..., int], names: Sequence[str]) -> Callable[..., int]:
    own = inspect.signature(command, eval_str=True)
    parameters: list[inspect.Parameter] = []
    for parameter in own.parameters.values():
        parameters += _flags(names) if parameter.name == "flags" else [parameter]

    @wraps(command)
    def with_flags(**given: Any) -> int:
        flags = {name: given.pop(name) for name in names}
        return command(**given, flags=flags)

    with_flags.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    return with_flags


def _flags(names: Sequence[str]) -> list[inspect.Parameter]:
    """A parameter for each setting, that of the model first."""
    return [_flag(name) for name in sorted(names, key=lambda name: name != "model")]


def _flag(name: str) -> inspect.Parameter:
    default = getattr(Settings(), name)
    option = setting(name, shown=OWN.get(name, True) if default is None else str(default))
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Parameter(
        name, kind, default=None, annotation=Annotated[type_of(name) | None, option]
    )
