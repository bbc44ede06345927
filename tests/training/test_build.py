from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from editdiff.errors import InputError
from editdiff.tokens.bpe import BpeTokenizer, train_bpe
from editdiff.training.batches.build import draw_rows, file_weights
from editdiff.training.batches.recipe import CorpusPlan
from editdiff.training.corpus.sources import SourceFile
from editdiff.training.tasks.mixture import TASKS, draw_example, mixture
from editdiff.training.tasks.rows import Row

CODE = Path(__file__).read_text()
PROSE = "# Notes\n\nA gap is what the model fills. It sees both sides of it.\n\n" * 6
FILES = [
    SourceFile("a", "a/one.py", CODE),
    SourceFile("a", "a/two.py", CODE.replace("Row", "Line")),
    SourceFile("b", "b/README.md", PROSE, "prose"),
]


@pytest.fixture
def tokenizer(tmp_path: Path) -> Path:
    train_bpe([CODE, PROSE], 400).save(tmp_path / "tokenizer.json")
    return tmp_path / "tokenizer.json"


def same(a: Row, b: Row) -> bool:
    drafts = (a.draft is None) == (b.draft is None)
    return (
        drafts
        and a.context.tolist() == b.context.tolist()
        and a.target.tolist() == b.target.tolist()
    )


def test_rows_are_the_same_whatever_the_number_of_workers(tokenizer: Path) -> None:
    plan = CorpusPlan(rows=60)
    alone, helped = (list(draw_rows(tokenizer, FILES, plan, 256, n)) for n in (1, 2))
    assert len(alone) == 60
    assert all(same(a, b) for a, b in zip(alone, helped, strict=True))


def test_every_task_is_drawn_and_counted(tokenizer: Path) -> None:
    counts: Counter[str] = Counter()
    rows = list(draw_rows(tokenizer, FILES, CorpusPlan(rows=400), 256, counts=counts))
    assert counts.total() == len(rows) == 400
    assert set(counts) == set(TASKS)
    assert any(row.draft is not None for row in rows)


def test_a_task_of_share_nought_is_not_drawn(tokenizer: Path) -> None:
    counts: Counter[str] = Counter()
    plan = CorpusPlan(rows=200, mixture={"maths": 0.0, "prose": 0.0, "several": 0.9})
    list(draw_rows(tokenizer, FILES[:2], plan, 256, counts=counts))
    assert "maths" not in counts
    assert counts["several"] > 80


def test_an_unknown_task_is_named_with_the_nearest() -> None:
    with pytest.raises(InputError, match="reviese") as caught:
        mixture({"reviese": 1.0})
    assert "revise" in caught.value.hint


def test_files_of_prose_give_prose() -> None:
    rng = np.random.default_rng(0)
    tasks = {draw_example(PROSE, "b/README.md", rng)[0].task for _ in range(40)}
    assert tasks == {"prose", "infill"}


def test_a_large_package_counts_no_more_than_its_cap() -> None:
    weights = file_weights(FILES, CorpusPlan(per_package=len(PROSE)))
    assert weights[:2].sum() == pytest.approx(weights[2], rel=0.01)


def test_the_saved_tokenizer_is_the_one_that_cut_the_rows(tokenizer: Path) -> None:
    bpe = BpeTokenizer.from_file(tokenizer)
    row = next(draw_rows(tokenizer, FILES[:1], CorpusPlan(rows=3, mixture={"maths": 0.0}), 256))
    assert bpe.decode(row.target[:-1].tolist()) in CODE or len(row.target) > 1
