"""Arguments and options of the commands that edit, as their help tells them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from editdiff.cli.common.setting_flags import setting
from editdiff.engines.base import FillOptions
from editdiff.settings import Settings

_DEFAULTS = FillOptions()

Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE[:LINES]",
        help="A text file in UTF-8, - for standard input. Of several files each names its "
        "regions, as a.py:12-14 or a.py:3,12:5-14:9, or --marker finds them.",
    ),
]
Lines = Annotated[
    list[str] | None,
    typer.Option(
        metavar="N[-M]",
        help="Fill these whole lines, counted from 1. May be repeated, as --span and --marker "
        "may: the gaps of a file are filled together, each in view of the others.",
    ),
]
AtSpan = Annotated[
    list[str] | None,
    typer.Option(
        metavar="L:C-L:C",
        help="Fill from a line and column up to, not including, another; both from 1, "
        "columns in characters.",
    ),
]
Marker = Annotated[
    list[str] | None,
    typer.Option(
        metavar="TEXT",
        help="Fill every place where this text stands, in each of the files, but for those in strings and "
        "comments; the text itself is replaced, and is no pattern.",
    ),
]
Everywhere = Annotated[
    bool,
    typer.Option("--everywhere", help="Fill --marker in strings and comments, too."),
]
Write = Annotated[
    bool,
    typer.Option("--write", help="Apply the edit to the file; with -, print the document with it."),
]
Diff = Annotated[
    bool,
    typer.Option(
        "--diff",
        help="Print a plain patch, for git apply, also on a terminal; in a repository it has names from the top.",
    ),
]
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Print one JSON object, on one line, for each file: outcome (proposal or no_edit), reason, hint, "
        "path, edits, patch, score, confidence, nfe, seconds, drafts, drafted, seed, model, written, "
        "others. There is an edit for each gap, in the order of the text: where the gap is, as start and "
        "end in characters from 0 and start_line, start_column, end_line, end_column from 1, ends "
        "exclusive, and its old and new text. others were offered to the model beside the file, the most "
        "telling last; of them it is shown what there is room for. drafted tells who proposed the tokens "
        "that coder judged: all of them, those from the text at hand, those from its canvas, and those "
        "that were refused.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Nothing on stderr but errors.")]
StdinPath = Annotated[
    str | None,
    typer.Option(
        "--path",
        "--stdin-filename",
        metavar="NAME",
        help="File name of what comes from standard input: its language, and what messages call it.",
    ),
]
Model = Annotated[str | None, setting("model")]
Engine = Annotated[str | None, setting("engine", shown=Settings.engine)]
Threads = Annotated[int | None, setting("threads", shown=str(Settings.threads))]
Reopen = Annotated[
    str | None,
    typer.Option(
        metavar="RULE",
        help="By which rule settled tokens are taken back: none, cap, rescale, conf, loop (ReMDM), token "
        "(token to token), or again (the least sure places of a finished draft once more).",
        show_default=_DEFAULTS.reopen,
    ),
]
CriticRounds = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Mask again what the syntax check finds wrong in a finished draft, at most so often.",
        show_default=str(_DEFAULTS.critic_rounds),
    ),
]
Trace = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Record every step; `editdiff trace FILE` replays it."),
]
ShowRequest = Annotated[
    bool,
    typer.Option(
        "--show-request",
        help="Print what would be sent to the endpoint, the key masked, and send nothing.",
    ),
]
