"""The command `adapter`: a canvas on a pretrained trunk, trained on the corpus."""

from __future__ import annotations

from pathlib import Path

from editdiff.cli.common import adapter_options as options
from editdiff.cli.common.training import prepare, require_torch
from editdiff.engines.choose import Choice
from editdiff.errors import UsageError


def adapter(
    state: options.State,
    model: options.Model = "coder",
    minutes: options.Minutes = None,
    begin: options.Begin = None,
    to: options.To = None,
    judge: options.Judge = "python=100",
    judge_minutes: options.JudgeMinutes = 20.0,
    against: options.Against = None,
    json: options.Json = False,
    rank: options.Rank = 32,
    block: options.Block = 8,
    sampler: options.Sampler = 512,
    own: options.Own = 0.5,
    several: options.Several = 0.15,
    languages: options.Languages = "",
    rate: options.Rate = 1e-3,
    decay: options.Decay = 0.0,
    rows: options.Rows = 2,
    anchors: options.Anchors = 40,
    trunk_weight: options.TrunkWeight = 0.5,
    fall: options.Fall = 0.9,
    drafting: options.Drafting = 0.6,
    shortlist: options.Shortlist = 12_000,
    seed: options.Seed = 0,
    manifest: options.Manifest = Path("models/corpus.toml"),
    cache: options.Cache = Path(".cache/corpus"),
    prepared: options.Prepared = None,
    pieces: options.Pieces = None,
    device: options.Device = "cpu",
    threads: options.Threads = 0,
) -> int:
    """Train a canvas on a pretrained model; an interrupted run goes on where its last state stands.

    Ctrl-C writes the state and ends in order. What is trained is a low-rank branch of every matrix that only places
    of a canvas take; the model itself stays as it is. At the end, and every --judge-minutes, the averaged weights
    are judged on held-out packages: how often each place names the right token, and how many tokens a round the
    model would accept.
    """
    from editdiff.training.adapter.languages import counts_of, shares_of

    judged, shares = counts_of(judge), shares_of(languages)
    if minutes is not None and not minutes > 0:
        raise UsageError(f"--minutes must be above 0, not {minutes:g}", "try 60")
    if minutes is None and not judged and to is None:
        raise UsageError(
            "there is nothing to do", "train with --minutes, judge with --judge, or write with --to"
        )
    if (json or against is not None) and not judged:
        raise UsageError("--json and --against tell of what is judged", "judge with --judge")
    require_torch()
    from editdiff.cli.adapter_run import Task, run
    from editdiff.training.adapter.assemble import Wish, plan_of
    from editdiff.training.adapter.canvases import Noise
    from editdiff.training.adapter.corpus import Corpus, Mixture
    from editdiff.training.adapter.losses import Weights
    from editdiff.training.adapter.prepared import Prepared
    from editdiff.training.adapter.run import Optimisation

    prepare(device, threads)
    folder = Choice.of(model).folder
    how = Optimisation(
        rate=rate,
        decay=decay,
        rows=rows,
        side_by_side=rows if device.startswith("cuda") else 1,
        anchors=anchors,
        judge_every=60 * judge_minutes,
        weights=Weights(trunk=trunk_weight, fall=fall),
        noise=Noise(drafting=drafting),
    )
    plan = plan_of(folder, rank, sampler, block, own, seed)
    wish = Wish(plan, how, shortlist, judged, device, begin, Mixture(shares, several))
    if prepared is not None:
        rows_of: Corpus | Prepared = Prepared.read(prepared)
    else:
        rows_of = Corpus.of(manifest, cache, bool(judged))
    run(Task(folder, rows_of, state, wish, minutes, to, against, pieces, json), threads)
    return 0
