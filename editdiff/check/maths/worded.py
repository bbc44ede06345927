"""Equations with words between their numbers: `3 boxes + 4 boxes = 7 boxes`, `$5 for rent + $2 = $7`.

They are never judged: what a word such as `half` does to a number in such a sentence nobody can be sure of. But
where the numbers alone make an equation that holds, that is what was meant, and it can be carried along when one of
them changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from editdiff.check.maths import plain
from editdiff.check.maths.chains import Chain, chains
from editdiff.check.maths.passages import Passage
from editdiff.check.maths.tree import calculates, variables
from editdiff.text.span import Span

MAX_LINE = 1000
"""Code points of a line that is read."""
_WORDS = re.compile(
    r"(?:(?<=[\w )])/)?(?<!\\)[^\W\d_]{2,}(?:['’-][^\W\d_]+|/[^\W\d_]{2,})*\.?|(?<![\w\\])[aI](?=\s)"
)
_APART = re.compile(r"(?<=[0-9])[ \t](?=[ \t]+\\?[$€£(]?[0-9])")
"""Between two numbers with nothing but words between them."""


def worded(text: str, line: Span) -> Iterator[tuple[Passage, Chain]]:
    """Equations of a line that can be read once its words are left out; each side is in numbers."""
    if line.length > MAX_LINE:
        return
    content = _APART.sub(";", _WORDS.sub(_blank, line.slice(text)))
    passage = Passage(content, line.start)
    for chain in chains(plain.tokens(passage.text), False):
        trees = [side.tree for side in chain.sides]
        if all(tree is not None and not variables(tree) for tree in trees) and any(
            tree and calculates(tree) for tree in trees
        ):
            yield passage, chain


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])
