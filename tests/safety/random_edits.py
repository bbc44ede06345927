"""One random edit: a file of the zoo, gaps in it, an engine that fills them, and what must hold after it.

Gaps are drawn as byte offsets of the file, and what has to come out is put together from the file's bytes:
nothing here relies on how editdiff applies an edit, or on how it checks one.
"""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from file_zoo import KINDS, PIECES, Kind, fill

from editdiff.check.base import Checker
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.infill import infill
from editdiff.edits.proposal import NoEdit, Proposal, accept
from editdiff.engines.base import Draft, Engine, FillOptions
from editdiff.engines.fakes.noise import NoiseDenoiser
from editdiff.engines.fakes.oracle import OracleDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.local.engine import LocalEngine
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.rebase import rebase
from editdiff.text.span import Span

BREAKS = re.compile(r"\r\n|\n|\r")
CHECKED = ("a.py", "a.json", "a.js", "a.yaml")
LONGEST_CHECKED = 1_000_000
"""Bytes: to parse ten megabytes takes seconds."""
FEW = FillOptions(steps=6, drafts=2, canvas=64, max_tokens=60)


class Gap(NamedTuple):
    """A gap of a file, in bytes of it."""

    start: int
    end: int


@dataclass(frozen=True)
class Draw:
    """A file, gaps and fills; `index` makes it again."""

    index: int
    kind: Kind
    data: bytes
    gaps: tuple[Gap, ...]
    drafts: tuple[tuple[str, ...], ...]
    """What the script answers; empty where an engine of the real loop is asked."""
    engine: Engine
    path: str
    checkers: tuple[Checker, ...]

    @property
    def outside(self) -> int:
        """Bytes that must stay."""
        return len(self.data) - sum(gap.end - gap.start for gap in self.gaps)

    def old(self, gap: Gap) -> str:
        return self.data[gap.start : gap.end].decode()

    def spans(self) -> tuple[Span, ...]:
        return tuple(span(self.data, gap) for gap in self.gaps)

    def infill(self, document: Document) -> Proposal | NoEdit:
        """Drafts may leave whole lines empty: what they do to the rest is what is asked."""
        return infill(document, self.spans(), self.engine, FEW, self.checkers, may_empty=True)


def draw(index: int, kind: Kind | None = None) -> Draw:
    """Make draw number `index`; the kind is drawn too unless it is given."""
    random = Random(index)
    kind = kind or random.choices(KINDS, [kind.share for kind in KINDS])[0]
    data = kind.make(random)
    if kind.refused:
        return Draw(index, kind, data, (), (), ScriptedEngine(()), "a.txt", ())
    gaps = drawn_gaps(random, data)
    old = [data[gap.start : gap.end].decode() for gap in gaps]
    drafts, engine = drawn_engine(random, old)
    checked = len(data) < LONGEST_CHECKED and random.random() < 0.2
    path = random.choice(CHECKED) if checked else "a.txt"
    return Draw(
        index, kind, data, gaps, drafts, engine, path, (SyntaxChecker(),) if checked else ()
    )


def drawn_engine(random: Random, old: Sequence[str]) -> tuple[tuple[tuple[str, ...], ...], Engine]:
    """A script mostly; at times the real loop over a denoiser that knows the answer, or nothing at all."""
    dice = random.random()
    if dice < 0.05:
        answers = tuple("".join(random.choices([*PIECES, "\n"], k=2)) for _ in old)
        return (), LocalEngine(OracleDenoiser(answers))
    if dice < 0.065:
        return (), LocalEngine(NoiseDenoiser(random.randrange(2**32), scale=9.0, special_bias=5.0))
    count = random.choice((0, 1, 1, 1, 1, 2, 3)) if random.random() < 0.2 else 1
    drafts = tuple(tuple(fill(random, text) for text in old) for _ in range(count))
    ended = random.random() > 0.02
    return drafts, ScriptedEngine([[Draft(texts, 0.0, 1, ended) for texts in drafts]])


def drawn_gaps(random: Random, data: bytes) -> tuple[Gap, ...]:
    """One to four disjoint gaps that begin and end between two characters, wherever that is."""
    first = len(codecs.BOM_UTF8) * data.startswith(codecs.BOM_UTF8)
    starts = sorted(
        {boundary(data, random.randint(first, len(data))) for _ in range(random.randint(1, 4))}
    )
    gaps = []
    for start, limit in zip(starts, [*starts[1:], len(data)], strict=True):
        reach = random.choice((0, 1, random.randint(0, 40), random.randint(0, 40), 500))
        gap = Gap(start, boundary(data, min(start + reach, limit)))
        if random.random() < 0.3:  # whole lines, without the ending of the last
            gap = whole_lines(data, gap, gaps[-1].end if gaps else first, limit)
        gaps.append(gap)
    if len(gaps) == 1 and random.random() < 0.05:
        return (Gap(first, len(data)),)
    return tuple(gaps)


def boundary(data: bytes, offset: int) -> int:
    """The start of the character that holds the byte at `offset`."""
    while offset < len(data) and data[offset] & 0xC0 == 0x80:
        offset -= 1
    return offset


def whole_lines(data: bytes, gap: Gap, low: int, high: int) -> Gap:
    start = max(low, *(data.rfind(end, low, gap.start) + 1 for end in (b"\n", b"\r")))
    ends = [at for at in (data.find(end, gap.end, high) for end in (b"\n", b"\r")) if at >= 0]
    return Gap(start, min(ends, default=high))


def span(data: bytes, gap: Gap) -> Span:
    """The gap in code points of the text, which has no byte order mark."""
    before = data[: gap.start].decode().removeprefix("\ufeff")
    return Span(len(before), len(before) + len(data[gap.start : gap.end].decode()))


def splice(data: bytes, parts: Sequence[tuple[Gap, bytes]]) -> bytes:
    """The file with other bytes in the gaps."""
    pieces, done = [], 0
    for gap, new in sorted(parts):
        pieces += [data[done : gap.start], new]
        done = gap.end
    return b"".join([*pieces, data[done:]])


def assert_only_the_gaps_changed(draw: Draw, new: bytes, texts: Sequence[str]) -> None:
    """`new` is the file's own bytes with `texts` in the gaps, each as drafted and in the file's endings."""
    encoded = [text.encode() for text in texts]
    assert new == splice(draw.data, list(zip(draw.gaps, encoded, strict=True)))
    drafts = [tuple(BREAKS.sub("\n", text) for text in draft) for draft in draw.drafts]
    assert not drafts or tuple(BREAKS.sub("\n", text) for text in texts) in drafts
    endings = set(BREAKS.findall(draw.data.decode()))
    for gap, text in zip(draw.gaps, texts, strict=True):
        used = set(BREAKS.findall(text))
        assert text == draw.old(gap) or (len(used) <= 1 and used <= (endings or {"\n"}))


def assert_hunks_make_the_whole(proposal: Proposal) -> None:
    assert accept(proposal.hunks).apply(proposal.before.text) == proposal.after.text


def assert_the_users_edit_stays(draw: Draw, proposal: Proposal, random: Random) -> bool:
    """Rebase on an edit that the user makes away from the gaps; False where there is no room for one."""
    mine = drawn_gaps(random, draw.data)[0]
    if any(mine.start <= gap.end and gap.start <= mine.end for gap in draw.gaps):
        return False
    typed = "".join(random.choices([*PIECES, "\n", "\r\n"], k=random.randint(0, 4)))
    text = proposal.before.text
    user = Edits((TextEdit(span(draw.data, mine), typed),))
    left = rebase(proposal.edits, user, text)
    assert isinstance(left, Edits)
    parts = [(gap, edit.text.encode()) for gap, edit in zip(draw.gaps, proposal.edits, strict=True)]
    mark = codecs.BOM_UTF8 if proposal.before.bom else b""
    both = mark + left.apply(user.apply(text)).encode()
    assert both == splice(draw.data, [*parts, (mine, typed.encode())])
    return True


def assert_parses_no_worse(draw: Draw, proposal: Proposal) -> None:
    for checker in draw.checkers:
        assert len(checker.check(proposal.after)) <= len(checker.check(proposal.before))
