"""The command `rows`: what `adapter` trains on, prepared for a machine without corpus and tokenizer."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from editdiff.cli.common import adapter_options as options
from editdiff.cli.common.training import require_torch
from editdiff.engines.choose import Choice


def rows(
    to: options.ToPieces,
    model: options.Model = "coder",
    count: options.RowCount = 20_000,
    state: options.ForState = None,
    judge: options.Judge = "python=100",
    block: options.Block = 8,
    own: options.Own = 0.5,
    several: options.Several = 0.15,
    languages: options.Languages = "",
    shortlist: options.Shortlist = 12_000,
    seed: options.Seed = 0,
    manifest: options.Manifest = Path("models/corpus.toml"),
    cache: options.Cache = Path(".cache/corpus"),
    piece_mib: options.PieceMib = 15,
) -> int:
    """Draw the rows of `editdiff adapter --prepared`, so that they can be carried to a machine with a GPU.

    They are the rows that a run with the same options would draw, and the held-out rows that it would be judged on.
    """
    require_torch()
    from editdiff.training.adapter.assemble import Wish, plan_of, prepared
    from editdiff.training.adapter.corpus import Corpus, Mixture
    from editdiff.training.adapter.languages import counts_of, shares_of
    from editdiff.training.adapter.run import Optimisation

    judged, mixture = counts_of(judge), Mixture(shares_of(languages), several)
    folder = Choice.of(model).folder
    plan = plan_of(folder, rank=1, sampler=0, block=block, own=own, seed=seed)
    wish = Wish(plan, Optimisation(), shortlist, judged, "cpu", mixture=mixture)
    made = prepared(folder, Corpus.of(manifest, cache, bool(judged)), state, wish, count)
    size = made.write(to, piece_mib * 2**20)
    first, last = made.train.first, made.train.first + len(made.train.rows) - 1
    Console(stderr=True).print(
        f"rows {first} to {last} and {sum(map(len, made.judged.values()))} to judge on: "
        f"{size / 2**20:.1f} MiB in pieces in {to}",
        soft_wrap=True,
        highlight=False,
    )
    return 0
