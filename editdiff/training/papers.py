"""Our trunk as the network of a paper's objective: any attention mask, no context, no copying."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from editdiff.network.transformer import CanvasTransformer


class PaperNetwork(nn.Module):
    """A `diffusion.predictor.Predictor` over the trunk; every place is in denoise mode. It knows no time.

    The trunk adds to each place the inputs of the places beside it. Where the mask forbids a place to look at its
    neighbour (the next block, a later token) that would tell what must not be known, so the input is laid out
    in runs of places that see each other, and no run is followed by what stands after it in the text.
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
        order = laid_out(where, sees)  # [S]
        laid = ids[:, order]
        canvas = torch.ones_like(laid, dtype=torch.bool)
        mask = sees[order][:, order][None, None]
        states, _ = self.network.trunk(laid, canvas, where[order][None], mask)  # [B, S, D]
        logits: Tensor = states[:, order.argsort()] @ self.network.embed.weight.T
        return logits


def laid_out(positions: Tensor, attend: Tensor) -> Tensor:
    """Order [S] of the places: runs of neighbours that see each other, the run that starts last first.

    After a run then comes one that starts no later, whose first position never follows on its last.
    """
    mutual = attend.diagonal(1) & attend.diagonal(-1)  # [S - 1]
    begins = torch.ones_like(positions, dtype=torch.bool)
    begins[1:] = ~(mutual & (positions[1:] == positions[:-1] + 1))
    start = positions[begins][begins.cumsum(0) - 1]  # [S], of each place's run
    return start.argsort(descending=True, stable=True)
