"""Two opinions on a text: the grammar's and a second judge's. What the judge accepts is not broken.

A grammar lags behind its language, so its word alone counts only where there is no judge and it is known to keep
up. Of other texts its problems are kept in doubt: they guard drafts, as a draft that brings new ones is most often
broken, and are neither reported nor mended.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import replace
from hashlib import blake2b
from threading import Lock

from editdiff.check.base import Problem
from editdiff.check.judges.base import Accepted, Judge, Rejected, Unjudged, Verdict
from editdiff.check.judges.dialect import otherwise
from editdiff.check.judges.table import Entry, entry_of, judge_of
from editdiff.check.leftovers import KEEP_LEFTOVER, LEFTOVER, leftovers, without_merges
from editdiff.check.syntax import SyntaxChecker
from editdiff.text.conflicts import conflicts, has_markers
from editdiff.text.document import Document
from editdiff.text.literals import literals

CONFLICT = "a merge in conflict: the markers of git stand in the text"
BESIDE_MERGE = "what else is wrong shows when the merge is settled"
KEEP_CONFLICT = "which side is meant is not to be guessed; settle the merge first"
_MACROS = re.compile(r"^[ \t]*#[ \t]*\w|\b__\w|\b_[A-Z]|(?:\b|_)[A-Z][A-Z0-9_]{2,}\b", re.MULTILINE)
"""A preprocessor's line, a name of the compiler, or one in capitals: perhaps a macro of an including file."""
_NO_JUDGE = "there is no second judge, and the grammar does not know all of"
LAGS = {
    "c": f"{_NO_JUDGE} C with a preprocessor",
    "cpp": f"{_NO_JUDGE} C++",
    "css": f"{_NO_JUDGE} CSS",
    "html": f"{_NO_JUDGE} HTML",
    "javascriptreact": f"{_NO_JUDGE} JSX",
    "typescriptreact": f"{_NO_JUDGE} TypeScript with JSX",
}
"""Language without a judge, whose grammar reports right texts, to the reason to be told."""
KEPT = 256
"""Verdicts that are remembered: two checkers ask for each."""


def lagging(document: Document) -> str:
    """Why the grammar's word alone is not enough for a document without a judge; empty where it is."""
    if document.language == "c" and not _MACROS.search(_code(document)):
        return ""
    return LAGS.get(document.language, "")


def _code(document: Document) -> str:
    """The text without its comments and strings."""
    text, kept, end = document.text, [], 0
    for literal in literals(text, document.language):
        kept.append(text[end : literal.start])
        end = literal.end
    return " ".join([*kept, text[end:]])


def considered(document: Document, judge: Judge) -> Verdict:
    """A judge's verdict on a document; none on what it rejects that may be of another language, as a template."""
    verdict = judge.judge(document)
    why = otherwise(document.language, document.text) if isinstance(verdict, Rejected) else ""
    return Unjudged(why) if why else verdict


class Verdicts:
    """The judges' last verdicts; one that failed is asked again."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str, bytes], Verdict] = OrderedDict()
        self._lock = Lock()

    def of(self, document: Document, entry: Entry) -> Verdict:
        """What the judge of a document's language says of it."""
        key = (document.path, document.language, blake2b(document.text.encode()).digest())
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        verdict = considered(document, judge_of(entry))
        if not isinstance(verdict, Unjudged):
            with self._lock:
                self._known[key] = verdict
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
        return verdict


VERDICTS = Verdicts()


class JudgedSyntaxChecker:
    """What the grammar finds, as far as the second judge leaves it."""

    name = "syntax"

    def __init__(self) -> None:
        self.quick = SyntaxChecker()
        """The grammar alone, which no process is started for."""

    def supports(self, language: str) -> bool:
        """Whether there is a grammar, and it can be loaded."""
        return self.quick.supports(language)

    def check(self, document: Document) -> list[Problem]:
        """Problems of the grammar that no judge denies; `doubt` says why one is not to be relied on.

        Raises:
            MissingDependencyError: when tree-sitter or the language's grammar is not installed.
        """
        found = self.quick.check(document)
        if not found and not has_markers(document.text):
            return []
        entry = entry_of(document.language)
        verdict = VERDICTS.of(document, entry) if entry else None
        if isinstance(verdict, Accepted):
            return []
        broken = found or isinstance(verdict, Rejected)
        if merges := (of_merges if broken else _half_settled)(document, self.name):
            left = self.quick.check(without_merges(document))  # else they guard no draft
            merges += [replace(problem, doubt=BESIDE_MERGE) for problem in left]
            return sorted(merges, key=lambda problem: problem.span)
        if isinstance(verdict, Rejected) and entry:
            return _left(found, verdict, entry)
        if isinstance(verdict, Unjudged):
            return [replace(problem, doubt=verdict.reason) for problem in found]
        doubt = otherwise(document.language, document.text) or lagging(document)
        return [replace(problem, doubt=doubt) for problem in found] if doubt else found


class ParserChecker:
    """What a second judge rejects; it stops at the first fault. What it cannot judge is no problem."""

    name = "parser"
    stops_at_first = True

    def __init__(self) -> None:
        self._grammar = SyntaxChecker()

    def supports(self, language: str) -> bool:
        """Whether there is a judge; Python's is a checker of its own."""
        return language != "python" and entry_of(language) is not None

    def check(self, document: Document) -> list[Problem]:
        """The fault of a text that its judge rejects; in doubt where a grammar takes what a tool does not."""
        entry = entry_of(document.language) if self.supports(document.language) else None
        verdict = VERDICTS.of(document, entry) if entry else None
        if not isinstance(verdict, Rejected) or entry is None:
            return []
        problems = problems_of(verdict, document, self.name)
        if entry.trust == "both" and problems and not self._sees(document):
            doubt = "the grammar takes it, so it may be newer than the tool that rejects it"
            return [replace(problem, doubt=doubt) for problem in problems]
        return problems

    def unjudged(self, document: Document) -> str:
        """Why the judge of a document's language cannot judge it; empty where it can, or there is none."""
        entry = entry_of(document.language) if self.supports(document.language) else None
        verdict = VERDICTS.of(document, entry) if entry else None
        return verdict.reason if isinstance(verdict, Unjudged) else ""

    def _sees(self, document: Document) -> bool:
        """Whether the grammar, too, finds something wrong."""
        known = self._grammar.supports(document.language)
        return known and bool(self._grammar.check(document))


def problems_of(verdict: Rejected, document: Document, source: str) -> list[Problem]:
    """The problem that a rejection is; none where what is left of a merge is told as such."""
    if of_merges(document, source):
        return []
    candidates, keep = verdict.candidates, verdict.keep
    return [Problem(verdict.span, verdict.message, source, candidates, keep=keep)]


def of_merges(document: Document, source: str) -> list[Problem]:
    """What merges left in a text that does not parse: conflicts, and markers of such as are settled by half."""
    whole = [conflict.span for conflict in conflicts(document.text)]
    told = [Problem(place, CONFLICT, source, keep=KEEP_CONFLICT) for place in whole]
    return sorted([*told, *_half_settled(document, source)], key=lambda problem: problem.span)


def _half_settled(document: Document, source: str) -> list[Problem]:
    return [Problem(at, LEFTOVER, source, keep=KEEP_LEFTOVER) for at in leftovers(document)]


def _left(found: list[Problem], verdict: Rejected, entry: Entry) -> list[Problem]:
    """What the grammar may say of a text that its judge rejects."""
    if entry.trust == "alone" or verdict.keep or not verdict.grammar:
        return []
    if entry.trust == "both":  # some of it may be right: only what makes the whole parse is a fix
        return [replace(problem, whole=True) for problem in found]
    return found
