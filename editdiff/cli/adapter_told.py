"""How the command `adapter` tells of an entry of a run's log: in words, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from editdiff.evaluation.core.metrics import Z95, wilson


def lines_of(entry: dict[str, Any]) -> list[str]:
    """An entry of the log in words."""
    head = f"step {entry['step']}  {entry['targets']:,} targets  {entry['seconds'] / 60:.1f} min"
    if "judged" not in entry:
        places = " ".join(f"{value:.3f}" for value in entry["right"])
        return [
            f"{head}  loss {entry['loss']:.3f}  {entry['nats']:.3f} nats  right {places}"
            f"  {entry['targets_a_second']:.1f} targets/s"
        ]
    lines = [head]
    for language, told in entry["judged"].items():
        lines += _judged(language, told)
        if "against" in entry:
            lines += _differences(entry["against"][language])
    return lines


def as_json(entry: dict[str, Any]) -> dict[str, Any]:
    """A judgement with intervals: `[value, low, high]` at 95 %, of places a list of them."""
    languages = {}
    for language, told in entry["judged"].items():
        made: dict[str, Any] = {"rows": told["rows"], "trunk": told["trunk"]}
        for name in ("right", "right_sampled"):
            pairs = zip(told[name], told[f"{name}_worth"], strict=True)
            made[name] = [[share, *_interval(share, worth)] for share, worth in pairs]
        for name in ("accepted", "accepted_sampled"):
            value, half = told[name], Z95 * told[f"{name}_error"]
            made[name] = [value, value - half, value + half]
        if "against" in entry:
            made["against"] = entry["against"][language]
        languages[language] = made
    seen = {name: entry[name] for name in ("step", "targets", "earlier", "seconds")}
    return {**seen, "judged": languages}


def _judged(language: str, told: dict[str, Any]) -> Iterator[str]:
    pairs = zip(told["right"], told["right_worth"], strict=True)
    shares = " ".join(_with_interval(share, worth) for share, worth in pairs)
    sampled = " ".join(f"{value:.3f}" for value in told["right_sampled"])
    yield f"  {language}, {told['rows']} gaps; the model's own token right in {told['trunk']:.3f}"
    yield f"    places right: {shares}"
    yield f"    with the sampler head: {sampled}"
    yield (
        f"    accepted a round: {told['accepted']:.2f} ± {Z95 * told['accepted_error']:.2f}, with the sampler head"
        f" {told['accepted_sampled']:.2f} ± {Z95 * told['accepted_sampled_error']:.2f}"
    )


def _differences(found: dict[str, Any]) -> Iterator[str]:
    accepted, sampled = (
        f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]"
        for mean, low, high in (found["accepted"], found["accepted_sampled"])
    )
    places = " ".join(
        f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]"
        for mean, low, high in zip(*found["right"], strict=True)
    )
    yield f"    against the other, paired: accepted {accepted}, with the sampler head {sampled}"
    yield f"      places right: {places}"
    verdict = "better beyond" if found["accepted_sampled"][1] > 0 else "not better beyond"
    yield f"      {verdict} the interval, by tokens accepted with the sampler head"


def _interval(share: float, worth: float) -> tuple[float, float]:
    return wilson(round(share * worth), round(worth))


def _with_interval(share: float, worth: float) -> str:
    low, high = _interval(share, worth)
    return f"{share:.3f} [{low:.3f}-{high:.3f}]"
