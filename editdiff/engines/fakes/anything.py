"""What fakes of a network have in common: they take whatever can be asked of one, in our own form of context."""

from __future__ import annotations

from editdiff.families.base import Traits
from editdiff.prompt.base import PromptFormat
from editdiff.prompt.sections import Sections
from editdiff.tokens.base import Tokenizer


def any_traits(context: int) -> Traits:
    """Canvases as large as those of real networks, and whatever can be asked of one."""
    return Traits(context, (8, 16, 32, 64), gaps=8, takes_old=True, takes_ask=True)


class TakesAnything:
    """A fake with a `tokenizer` and a context of `max_context` tokens."""

    tokenizer: Tokenizer
    max_context: int

    @property
    def traits(self) -> Traits:
        """Whatever can be asked of a network."""
        return any_traits(self.max_context)

    @property
    def prompt(self) -> PromptFormat:
        """Our own form of a context."""
        return Sections(self.tokenizer)
