"""Our trunk as the network of a paper's objective: any attention mask, no context, no copying."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from editdiff.families.canvas.transformer import NOTHING, Beside, CanvasTransformer


class PaperNetwork(nn.Module):
    """A `papers.predictor.Predictor` over the trunk; every place is in denoise mode. It knows no time.

    The trunk adds to each place the inputs of the places beside it: here of those that it may attend to, so that
    every objective gets what its mask allows (both sides, the left one across blocks, the left one alone).
    """

    def __init__(self, network: CanvasTransformer) -> None:
        """Wrap `network`.

        Raises:
            ValueError: a network with a copy head, which copies from a context that is not there.
        """
        super().__init__()
        if network.config.n_copy:
            raise ValueError("a paper's objective has no context to copy from: n_copy must be 0")
        self.network = network

    def forward(
        self,
        ids: Tensor,
        *,
        positions: Tensor | None = None,
        attend: Tensor | None = None,
        t: Tensor | None = None,
    ) -> Tensor:
        """Logits [B, S, V] of `ids` [B, S]; see `Predictor`."""
        s, device = ids.shape[1], ids.device
        where = torch.arange(s, device=device) if positions is None else positions
        sees = torch.ones(s, s, dtype=torch.bool, device=device) if attend is None else attend
        canvas = torch.ones_like(ids, dtype=torch.bool)
        states, _ = self.network.trunk(  # [B, S, D]
            ids, canvas, where[None], sees[None, None], beside=beside(ids, where, sees)
        )
        logits = self.network.logits(states)
        return logits


def beside(ids: Tensor, positions: Tensor, attend: Tensor) -> Beside:
    """What each of the last S of the places of `ids` [B, P + S] has on its left and on its right, both [B, S].

    A neighbour is the place at the position [P + S] before or after that `attend` [S, P + S] lets it see; under
    the masks of `papers.blocks` there is never more than one, and who sees a place sees what that one sees.
    """
    own = positions[-len(attend) :, None]  # [S, 1]
    sides = []
    for at in (own - 1, own + 1):
        found = attend & (positions == at)  # [S, P + S]
        there = ids[:, found.int().argmax(-1)]
        sides.append(torch.where(found.any(-1), there, NOTHING))
    return sides[0], sides[1]
