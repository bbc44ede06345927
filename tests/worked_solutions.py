"""Worked solutions as GSM8K has them, in a file, and a benchmark asked to run on it."""

import json
from collections.abc import Iterable
from pathlib import Path

from editdiff.engines.base import FillOptions
from editdiff.evaluation.core.benchmark import Request


def written(folder: Path, answers: Iterable[tuple[str, str]]) -> Path:
    file = folder / "train.jsonl"
    lines = [json.dumps({"question": q, "answer": a}) for q, a in answers]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def request(data: Path, limit: int = 4) -> Request:
    return Request(FillOptions(), limit, 3, data=data)
