"""What code actions would draft, until they are resolved or forgotten."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from dataclasses import dataclass, field

from editdiff_lsp.offers import Drafting
from editdiff_lsp.store import Opened

KEPT = 16
"""Code actions that can still be resolved."""


@dataclass
class KeptActions:
    """The last code actions, by their names."""

    _actions: OrderedDict[str, tuple[Opened, Drafting]] = field(default_factory=OrderedDict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def keep(self, opened: Opened, filling: Drafting) -> str:
        """Keep what an action would draft; returns its name."""
        name = str(next(self._numbers))
        self._actions[name] = opened, filling
        while len(self._actions) > KEPT:
            self._actions.popitem(last=False)
        return name

    def get(self, name: str) -> tuple[Opened, Drafting] | None:
        """Return what one would draft, if it is still kept."""
        return self._actions.get(name)
