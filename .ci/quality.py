"""The quality table of a model's card, from the JSON files of `editdiff eval`: python .ci/quality.py FOLDER.

FOLDER holds `BENCHMARK.json` for each benchmark that was run. Printed is Markdown: every figure with its 95 %
interval, the floors of the same run, and published anchors.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    benchmark: str
    label: str
    figure: str
    """Key among a row's figures."""
    rows: str = ""
    """What the names of the model's rows begin with."""
    anchors: str = "–"


LINES = (
    Line("lines", "held-out lines: exact", "exact"),
    Line("ghost", "rest of the line while typing: shown", "shown"),
    Line("ghost", "… exact, of what is shown", "exact"),
    Line("joint", "two gaps of one name, held out: they agree", "agree"),
    Line("likelihood", "held-out lines: bits a byte", "bits_per_byte"),
    Line(
        "humaneval-single", "HumanEval-infilling, single line: pass@1", "passed",
        anchors="OpenAI FIM 411M 55.7, InCoder-6.7B 69.0, Open-dCoder-0.5B 32.5 (told the length 77.4)",
    ),
    Line("humaneval-multi", "… multi line: pass@1", "passed", anchors="OpenAI FIM 411M 25.0, 844M 29.0"),
    Line(
        "humaneval-random", "… random span: pass@1", "passed",
        anchors="OpenAI FIM 411M 32.1, 10.2 trained with token spans, 1.5 with line spans",
    ),
    Line("humaneval-random-light", "… random span, light: pass@1", "passed"),
    Line("humanevalfix", "HumanEvalFix, the line given: pass@1", "pass@1", "line given"),
    Line("humanevalfix", "… with tests, best of 10: pass@10", "pass@10", "line given"),
    Line("humanevalfix", "… with tests, best of 100: pass@100", "pass@100", "line given"),
    Line(
        "humanevalfix", "… no location: pass@1", "pass@1", "no location",
        "StarCoder-16B 8.7, OctoCoder 30.4",
    ),
    Line("condefects", "ConDefects, the line given: exact at 1", "exact_at_1"),
    Line("condefects", "… exact at 10", "exact_at_10"),
    Line("condefects", "… the faulty line ranked first", "top_1"),
    Line("gsm8k", "GSM8K, one value corrupted: restored", "restored"),
    Line("gsm8k", "… correct solutions left alone", "unchanged"),
)  # fmt: skip
SOME = 3
"""Floors shown of one figure: the best ones."""


def table(folder: Path) -> str:
    """Markdown of every line whose benchmark was run."""
    found = [
        "| benchmark | n | model | floors of the same run | published |",
        "|---|---|---|---|---|",
    ]
    for line in LINES:
        path = folder / f"{line.benchmark}.json"
        if path.exists():
            found.append(drawn(line, json.loads(path.read_text(encoding="utf-8"))))
    return "\n".join(found) + "\n"


def drawn(line: Line, result: dict[str, Any]) -> str:
    """One line: the model's rows, then the best floors."""
    rows = result.get("rows") or result.get("fillers") or result["ways"]
    # a name with a space in front is a slice of the row above it; a share of nothing is no figure
    having = [
        r for r in rows
        if r["figures"].get(line.figure, {}).get("total", 1) and line.figure in r["figures"]
        and not r["name"].startswith(" ")
    ]  # fmt: skip
    mine = [row for row in having if not row.get("floor") and row["name"].startswith(line.rows)]
    floors = [row for row in having if row.get("floor") and row["name"].startswith(line.rows)]
    floors.sort(key=lambda row: worth(row["figures"][line.figure]), reverse=True)
    figures = [row["figures"][line.figure] for row in mine]
    total = next((f["total"] for f in figures if "total" in f), len(result.get("items", [])))
    cells = (
        line.label, f"{total:,}", "; ".join(named(r, line) for r in mine),
        "; ".join(named(r, line, interval=False) for r in floors[:SOME]) or "–", line.anchors,
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def value(figure: dict[str, Any]) -> float:
    """The share, or the value of what is no share."""
    return float(figure.get("share", figure.get("value", 0.0)))


def worth(figure: dict[str, Any]) -> float:
    """What the best has most of: a share is good, bits are bad."""
    return value(figure) if "share" in figure else -value(figure)


def named(row: dict[str, Any], line: Line, *, interval: bool = True) -> str:
    """A row's name and figure; shares in per cent."""
    figure = row["figures"][line.figure]
    share = "share" in figure
    low, high = figure["wilson95"] if share else figure.get("interval95", (0.0, 0.0))
    scale, digits = (100, 1) if share else (1, 2)
    name = row["name"].removeprefix(line.rows).lstrip(": ")
    text = f"{name} **{scale * value(figure):.{digits}f}**"
    return text + f" [{scale * low:.{digits}f}, {scale * high:.{digits}f}]" if interval else text


if __name__ == "__main__":
    sys.stdout.write(table(Path(sys.argv[1])))
