"""Batches with their noise, made ahead by worker processes where a GPU would have to wait for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from editdiff.families.canvas.transformer import CanvasTransformer
from editdiff.training.batches.data import Batch, Rows, batches
from editdiff.training.batches.loss import Losses
from editdiff.training.batches.recipe import Recipe


class Form(Protocol):
    """How the rows of a batch lie in memory: `rowwise` or `packed`."""

    def prepare(self, batch: Batch, step: int) -> Any:
        """Draw the noise of one step, on the CPU; the item knows its `tokens`, `asked` and `canvas_targets`."""
        ...

    def losses(self, model: CanvasTransformer, item: Any) -> Losses:
        """Both losses of what was prepared."""
        ...


class Steps(IterableDataset[Any]):
    """Prepared steps from `start` on; each of several workers makes every n-th, so that their order stays."""

    def __init__(self, form: Form, rows: Rows, recipe: Recipe, start: int) -> None:
        self.form, self.rows, self.recipe, self.start = form, rows, recipe, start

    def __iter__(self) -> Iterator[Any]:
        """Yield one item a step, without end."""
        info = get_worker_info()
        mine, workers = (info.id, info.num_workers) if info else (0, 1)
        o, special = self.recipe.optim, self.rows.special
        step = self.start + mine
        for batch in batches(self.rows, self.recipe.batch, special, o.seed, step, workers):
            yield self.form.prepare(batch, step)
            step += workers


def stream(form: Form, rows: Rows, recipe: Recipe, start: int, workers: int) -> Iterator[Any]:
    """Prepared steps from `start` on: the same whatever the number of `workers`; 0 makes them here."""
    steps = Steps(form, rows, recipe, start)
    if not workers:
        return iter(steps)
    return iter(DataLoader(steps, batch_size=None, num_workers=workers, prefetch_factor=4))
