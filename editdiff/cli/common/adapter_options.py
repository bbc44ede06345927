"""The options of the commands `adapter` and `rows`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def _folder(text: str) -> typer.models.OptionInfo:
    made: typer.models.OptionInfo = typer.Option(metavar="DIR", help=text)
    return made


def _file(text: str) -> typer.models.OptionInfo:
    made: typer.models.OptionInfo = typer.Option(metavar="FILE", help=text)
    return made


def _share(text: str) -> typer.models.OptionInfo:
    made: typer.models.OptionInfo = typer.Option(min=0, max=1, help=text)
    return made


def _count(text: str, least: int = 1, most: int | None = None) -> typer.models.OptionInfo:
    made: typer.models.OptionInfo = typer.Option(min=least, max=most, help=text)
    return made


State = Annotated[Path, _folder("Where the run's state is kept, outside of the tree.")]
Model = Annotated[str, typer.Option(help="A model that is fetched; its trunk stays as it is.")]
Minutes = Annotated[
    float | None, typer.Option(help="Minutes of training; without, it is judged and written alone.")
]
Begin = Annotated[
    Path | None, _file("A new run begins with the weights of this adapter, and a warm-up.")
]
To = Annotated[Path | None, _file("Write the adapter here at the end, in 8 bits.")]
Judge = Annotated[
    str,
    typer.Option(
        metavar="LANGUAGE=N,…",
        help="Held-out gaps that it is judged on, by language; a number alone is of Python, 0 for none.",
    ),
]
Against = Annotated[
    Path | None, _file("Judge this adapter on the same gaps, and tell the difference.")
]
Json = Annotated[
    bool, typer.Option("--json", help="Write the last judgement to standard output as JSON.")
]
JudgeMinutes = Annotated[float, typer.Option(min=0.01, help="Minutes between judgements.")]
Rank = Annotated[int, _count("Of the low-rank branches.")]
Block = Annotated[int, _count("Places of a canvas.", 1, 64)]
Sampler = Annotated[int, _count("Width between the sampler head's two layers; 0 for none.", 0)]
Own = Annotated[float, _share("Share of the gaps whose text the trunk writes itself.")]
Several = Annotated[
    float, _share("Share of the rows with several gaps and given text between them.")
]
Languages = Annotated[
    str,
    typer.Option(metavar="LANGUAGE=SHARE,…", help="Shares of the languages, instead of our own."),
]
Rate = Annotated[float, typer.Option(min=0, help="Learning rate.")]
Decay = Annotated[float, _share("Share of the minutes over which the rate falls, at their end.")]
Rows = Annotated[int, _count("Gaps of a step.")]
Anchors = Annotated[int, _count("Most canvases of a gap.")]
TrunkWeight = Annotated[float, _share("Weight of the trunk's own distribution in the loss.")]
Drafting = Annotated[
    float,
    _share("Share of the canvases that are masked all over; in the others some tokens stand."),
]
Fall = Annotated[float, _share("Weight of a place in the loss, of that of the place before.")]
Shortlist = Annotated[int, _count("Commonest tokens that a new run names while training.", 16)]
Seed = Annotated[int, _count("Of weights, gaps and noise.", 0)]
Manifest = Annotated[Path, _file("The corpus; held-out packages are judged on alone.")]
Cache = Annotated[Path, _folder("Where downloaded packages are kept.")]
Prepared = Annotated[
    Path | None,
    _folder("Train and judge on rows of `editdiff rows`, without corpus and tokenizer."),
]
Pieces = Annotated[
    Path | None,
    _folder(
        "The state in pieces of 15 MiB: taken from here where --state has none, written at the end."
    ),
]
ToPieces = Annotated[Path, _folder("Where the pieces go.")]
RowCount = Annotated[int, _count("Rows to train on, from where the state stands.")]
ForState = Annotated[
    Path | None, _folder("The state that is to go on with the rows; without, a run that begins.")
]
PieceMib = Annotated[int, _count("Largest piece, MiB.")]
Device = Annotated[str, typer.Option(help="cpu or cuda.")]
Threads = Annotated[int, _count("CPU threads; 0 for all.", 0)]
