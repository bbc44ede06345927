"""The command table, and the one place where errors become sentences and exit codes.

Only the named command's module is imported, so `--help` costs no more than typer itself.

Exit codes: 0 a proposal was made (or the command did its work), 1 no edit, 2 wrong usage, bad input
or our own fault, 130 interrupted, 141 the reader of the output is gone (as in `| head`).
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import typer

from editdiff import __version__
from editdiff.cli.common.environment import COMPLETE, DEBUG
from editdiff.cli.common.exit_codes import INTERRUPTED, UNREAD
from editdiff.cli.common.failure import show_failure
from editdiff.errors import EditdiffError


class Command(NamedTuple):
    """Where a command lives, `module:function`, and its line in the help."""

    target: str
    help: str


COMMANDS = {
    "infill": Command(
        "editdiff.cli.infill:infill",
        "Mask a region of a file, fill it from both sides, show the diff.",
    ),
    "rewrite": Command(
        "editdiff.cli.rewrite:rewrite",
        "Change a region of a file as you say, in words, and show the diff.",
    ),
    "fix": Command(
        "editdiff.cli.fix:fix",
        "Find problems, mask what is wrong, draft, check, show the diff.",
    ),
    "ci": Command(
        "editdiff.cli.ci:ci",
        "Look at what a change made wrong, and propose small fixes that were checked.",
    ),
    "review": Command(
        "editdiff.cli.review:review",
        "Show which tokens of files the model doubts, how much, and what it would rather read.",
    ),
    "trace": Command(
        "editdiff.cli.trace:trace",
        "Replay a run that was recorded with --trace, step by step, and see that it comes out the same.",
    ),
    "corpus": Command(
        "editdiff.cli.corpus:corpus",
        "Fetch the manifest's packages, train the tokenizer, cut and pack the training rows.",
    ),
    "train": Command(
        "editdiff.cli.train:train",
        "Train a network; an interrupted run goes on where its last checkpoint stands.",
    ),
    "endings": Command(
        "editdiff.cli.endings:endings",
        "Fit where a pretrained model's gaps end, on the training packages of the corpus.",
    ),
    "adapter": Command(
        "editdiff.cli.adapter:adapter",
        "Train a canvas on a pretrained model; an interrupted run goes on where its last state stands.",
    ),
    "rows": Command(
        "editdiff.cli.rows:rows",
        "Draw the rows of `editdiff adapter --prepared`, so that they can be carried to a machine with a GPU.",
    ),
    "ablate": Command(
        "editdiff.cli.ablate:ablate",
        "Train the arms of an ablation for the same steps and compare them on the same gaps.",
    ),
    "export": Command(
        "editdiff.cli.export:export",
        "Write the model folder of a run's last checkpoint: int8 weights, ONNX graph, tokenizer.",
    ),
    "eval": Command(
        "editdiff.cli.evaluate:evaluate",
        "Measure a model on a benchmark, beside floors that cost nothing.",
    ),
    "generate": Command(
        "editdiff.cli.generate:generate",
        "Write text with a network of `train --objective`: whole rows, or block by block to any length.",
    ),
    "bench": Command(
        "editdiff.cli.bench:bench",
        "Measure the speed of a model, against the same weights from left to right.",
    ),
    "models": Command(
        "editdiff.cli.models:models",
        "List the models, describe one, or get or remove the weights of one.",
    ),
    "lsp": Command(
        "editdiff_lsp.command:lsp",
        "Serve editors: the Language Server Protocol on standard input and output.",
    ),
    "completion": Command(
        "editdiff.cli.completion:completion",
        "Print the script that completes commands and options in a shell, or install it.",
    ),
    "demo": Command(
        "editdiff.cli.demo:demo",
        "Infill lines of a standard-library module, one after the other, and show the diffs.",
    ),
}
"""Each help line is the first line of the command's docstring; a test holds them together."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code; no error leaves, no traceback unasked."""
    args = list(sys.argv[1:] if argv is None else argv)
    try:
        return _complete() if COMPLETE in os.environ else _run(args)
    except EditdiffError as error:
        return show_failure(error.message, error.hint)
    except typer.TyperException as error:
        return show_failure(error.format_message(), _usage_hint(args))
    except KeyboardInterrupt:
        return INTERRUPTED
    except SystemExit:  # so typer ends when nobody reads standard output any more
        return UNREAD
    except OSError as error:
        reason = ": ".join(filter(None, (error.filename, error.strerror))) or str(error)
        return show_failure(f"the system refuses: {reason}", "check free space and permissions")
    except Exception as error:
        sentence = f"editdiff failed: {type(error).__name__}: {error}".rstrip(": ")
        return show_failure(sentence, f"set {DEBUG}=1 to see the traceback, and report it")


def _run(args: list[str]) -> int:
    """Build the command line around the wanted command and run it."""
    if args[:1] == ["lsp"] and {*args[1:]} <= {"--stdio", "--alone"}:
        code = _load("editdiff_lsp.command:lsp")(alone="--alone" in args)
        return int(code)  # an editor waits: reading no options costs no time
    command = typer.main.get_command(_build(_wanted(args)))
    code = command.main(args or ["--help"], prog_name="editdiff", standalone_mode=False)
    return code if isinstance(code, int) else 0


def _complete() -> int:
    """Answer a shell that completes a command line; the line is in the environment."""
    from typer._completion_classes import completion_init

    completion_init()  # typer does so itself only where it adds its own options
    line = os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS", "")
    command = typer.main.get_command(_build(_wanted(line.split()[1:])))
    try:
        command.main([], prog_name="editdiff", standalone_mode=False)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 0
    return 0


def _wanted(args: Sequence[str]) -> str:
    """Return the command named on the command line, or nothing."""
    return next((arg for arg in args if not arg.startswith("-")), "")


def _build(wanted: str) -> typer.Typer:
    """Make typer's table of the commands, with help lines; only the wanted one is imported and has its options."""
    # no rich markup: drawing the help with rich would cost more time than all the rest of `--help`
    app = typer.Typer(
        add_completion=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},  # commands inherit them
    )
    app.callback()(_root)
    for name, command in COMMANDS.items():
        if name == wanted:
            app.command(name)(_load(command.target))
        else:
            app.command(name, short_help=command.help)(_not_loaded)
    return app


def _load(target: str) -> Callable[..., Any]:
    """Import `module:function`."""
    module, _, function = target.partition(":")
    loaded: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return loaded


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"editdiff {__version__}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(
        False,
        "--version",
        callback=_print_version,
        is_eager=True,
        help="Show the version and exit.",
    ),
) -> None:
    """Edit code with a diffusion language model: nothing outside the region ever changes."""


def _not_loaded() -> None:
    """Stand in the help for a command that was not asked for."""


def _usage_hint(args: Sequence[str]) -> str:
    wanted = _wanted(args)
    return f"see `editdiff {wanted} --help`" if wanted in COMMANDS else "see `editdiff --help`"
