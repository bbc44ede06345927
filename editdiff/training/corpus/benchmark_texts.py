"""Texts of public benchmarks in their upstream formats, to be looked for in the corpus."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from editdiff.errors import InputError
from editdiff.training.corpus.quality import Kind


@dataclass(frozen=True)
class Format:
    """Which fields of a benchmark's records make up its texts."""

    texts: tuple[tuple[str, ...], ...]
    """Fields that are joined to one text."""
    key: str | None
    """Field that names an item; None where it is its line."""
    kind: Kind = "code"


FORMATS = {
    # https://github.com/openai/human-eval-infilling
    "humaneval-infilling": Format(
        (("prompt", "canonical_solution", "suffix"), ("test",)), "task_id"
    ),
    # https://huggingface.co/datasets/bigcode/humanevalpack
    "humanevalfix": Format(
        (("prompt", "buggy_solution"), ("prompt", "canonical_solution"), ("test",)), "task_id"
    ),
    # https://github.com/appmlk/ConDefects
    "condefects": Format((("buggy",), ("fixed",)), "id"),
    # https://github.com/openai/grade-school-math
    "gsm8k": Format((("question",), ("answer",)), None, "prose"),
}
"""Folder of each benchmark that every scan has to look for, with `*.jsonl` or `*.jsonl.gz` in it."""


@dataclass(frozen=True)
class Benchmark:
    """The texts of one file of a benchmark."""

    name: str
    kind: Kind
    items: int
    texts: dict[str, set[str]]
    """Each text and the items that hold it: many items are cut from one program."""


def read_benchmarks(folder: Path) -> list[Benchmark]:
    """All benchmarks of `FORMATS` from the folders of their names, a file each.

    Raises:
        InputError: when one is missing, or a file is not in the upstream format.
    """
    benchmarks: list[Benchmark] = []
    missing = []
    for name, form in FORMATS.items():
        files = sorted((folder / name).glob("*.jsonl*"))
        missing += [] if files else [f"{name}/*.jsonl"]
        benchmarks += [_read(name, form, path) for path in files]
    if missing:
        raise InputError(
            f"the benchmarks in {folder} are not complete: there is no {', no '.join(missing)}",
            "a scan counts only when it looks for all of them",
        )
    return benchmarks


def _read(name: str, form: Format, path: Path) -> Benchmark:
    texts: dict[str, set[str]] = defaultdict(set)
    items = set()
    for number, record in enumerate(_records(path), 1):
        try:
            item = str(record[form.key]) if form.key else str(number)
            for fields in form.texts:
                texts["".join(record[field] for field in fields)].add(item)
        except (KeyError, TypeError) as error:
            raise InputError(
                f"{path}, line {number}: {error} is missing", f"the format is that of {name}"
            ) from error
        items.add(item)
    stem = path.name.split(".")[0]
    return Benchmark(f"{name}/{stem}", form.kind, len(items), dict(texts))


def _records(path: Path) -> Iterator[dict[str, Any]]:
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
        for line in filter(str.strip, text.split("\n")):
            yield json.loads(line)
    except (OSError, EOFError, ValueError) as error:
        raise InputError(f"cannot read {path}: {error}", "JSON lines are expected") from error
