"""Numbers in running text: what each of them may be, and whether the words around it repeat a result.

Told by what stands beside it. A number that is clearly of another kind (a page, a date, a version) is nothing to a
calculation; one of which that is not clear may be a quantity of its own, though it has the same value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from editdiff.check.maths.plain import CURRENCY
from editdiff.check.maths.tokens import read_number
from editdiff.check.maths.tree import Number
from editdiff.check.maths.vocabulary import LABELS, NAMELESS
from editdiff.text.span import Span

Sort = Literal["other", "expression", "quantity"]
NOUNS = 4
"""Words behind a number among which the name of what is counted is looked for."""
_NUMBER = re.compile(
    r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|(?<![0-9])\.[0-9]+"
)
_GLUED_BEFORE = re.compile(r"(?:[\w.,/:@_~'#^]|[\w.,)][-–−])$")
_GLUED_BEHIND = re.compile(r"[^\W\d]|[/:_°'′″@^]\S|[-–−]\w|[.,][0-9]")
_COIN_BEFORE = re.compile(rf"\\?([{CURRENCY}])\s?$")
_COIN_BEHIND = re.compile(
    r"\s?([€£¥₹¢])|\s?(dollars?|bucks|usd|euros?|eur|pounds? sterling|gbp|cents?|rupees?)\b",
    re.IGNORECASE,
)
_NAMED = {"d": "$", "b": "$", "u": "$", "e": "€", "p": "£", "g": "£", "c": "¢", "r": "₹"}
_PERCENT = re.compile(r"\s?\\?%|\s(?:percent|per cent|prozent)\b", re.IGNORECASE)
_OPERATOR_BEFORE = re.compile(
    r"(?:[-+*/^×÷·⋅−–=<>≈]|\\(?:cdot|times|div|frac\{)|(?<=[0-9)\s])x)\s*\(?$"
)
_OPERATOR_BEHIND = re.compile(
    r"\)?\s*(?:[+*/^×÷·⋅−=<>≈]|[-–](?=\s)|\\(?:cdot|times|div)|x\s?[$0-9(])"
)
_LABEL = re.compile(r"([^\W\d_]+)\.?[ \t~]*[#№]?$")
_YEAR_BEFORE = re.compile(
    r"\b(?:in|since|by|until|till|from|year|of|im|seit|bis|jahr|en)\s+$", re.IGNORECASE
)
_DAY_BEHIND = re.compile(
    r"\.?\s(?:of\s)?(?:jan|feb|mar|märz|apr|may\b|mai\b|jun|jul|aug|sep|o[ck]t|nov|de[cz])\w*|\s?(?:[ap]\.?m\b|o'clock)",
    re.IGNORECASE,
)
_ITEM = re.compile(r"[ \t>]*\(?$")
_ITEM_END = re.compile(r"[.)](?:\s|$)")
_WORD = re.compile(r"[ \t~]*(?:\r?\n[ \t>]*)?([^\W\d_]+(?:['’-][^\W\d_]+)*)")
CUE = re.compile(
    r"""
    \b(?: total\w* | altogether | in\ all | all\ together | answers? | results? | sum | so | thus | hence
      | therefore | makes? | making | gives? | giving | equals? | comes?\ to | amount\w* | now | remain\w* | overall
      | combined | means? | since | which\ is | that\ is | that's | then | we\ (?:get|have|find) | conclu\w+
      | insgesamt | zusammen | also | folglich | somit | ergibt | ergebnis | antwort | summe | übrig | macht
      | donc | en\ tout | résultat | réponse | respuesta | resultado | entonces | por\ lo\ tanto | quedan
      | quindi | risultato | portanto )\b
    | ^\s*\#{2,6}\s | \\boxed | ⇒ | → | \\(?:Rightarrow|implies|therefore)
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What says before a number that it was worked out before, or is concluded."""
_CUE_BEHIND = re.compile(
    r"""
    [ ](?:[^\W\d_]+[ ]){0,3}(?:in[ ]all | all[ ]together | altogether | (?:in[ ])?total
      | left(?![ ](?:the|for|on|at|in|to)\b)
      | remain\w* | overall | combined | insgesamt | zusammen | übrig | en[ ]tout | en[ ]total | in[ ]tutto)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""The same behind it: `46 apples in all`."""
AGAINST = re.compile(
    r"""
    \b(?: wrong\w* | incorrect\w* | mistake\w* | errors? | false | not | n't | never | instead | rather | claim\w*
      | guess\w* | typo\w* | would\ have | should\ have | was\ supposed
      | falsch\w* | fehler\w* | nicht | kein\w* | statt )\b
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What says that something is not stated as true."""
OTHER = re.compile(
    r"\b(?:different|another|other|also|too|as well|likewise|andere[rs]?)\b|\?", re.IGNORECASE
)
"""What says that a number may be another one."""
_DEFINITE = re.compile(
    r"\b(?:the|these|those|all|her|his|their|its|our|my|of|die|diese[nr]?|alle|von|les|los|las)\s+\\?[$€£¥₹]?\s?$",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?;](?=\s|$|[\"')])|\n")
_WORDS_OF = (
    (r"two|twice|double\w*|both|pairs?|couple|half|halves|zwei|doppelt\w*|beide\w*|hälfte|deux|dos", 2),
    (r"three|thrice|triple\w*|thirds?|drei\w*|trois|tres", 3),
    (r"four|quarters?|quadruple\w*|fourths?|vier\w*|quatre|cuatro", 4),
    (r"five|fifths?|nickels?|fünf\w*|cinq|cinco", 5),
    (r"six|sixths?|sechs\w*|seis", 6),
    (r"seven|weeks?|weekly|days?|daily|sieben|wochen?|sept|siete", 7),
    (r"eight|eighths?|acht|huit|ocho", 8),
    (r"nine|ninths?|neun|neuf|nueve", 9),
    (r"ten|tenths?|dimes?|decades?|zehn|dix|diez", 10),
    (r"eleven|elf|onze|once", 11),
    (r"twelve|dozens?|years?|yearly|months?|monthly|annual\w*|feet|foot|inch\w*|zwölf|dutzend|jahre?|monate?", 12),
    (r"thirteen|dreizehn", 13), (r"fourteen|fortnights?|vierzehn", 14), (r"fifteen|fünfzehn", 15),
    (r"sixteen|ounces?|sechzehn", 16), (r"seventeen|siebzehn", 17), (r"eighteen|achtzehn", 18),
    (r"nineteen|neunzehn", 19), (r"twenty|score|zwanzig", 20), (r"hours?|days?|stunden?|tage?", 24),
    (r"quarters?", 25), (r"thirty|months?|dreißig|monate?", 30), (r"forty|vierzig", 40), (r"fifty|fünfzig", 50),
    (r"years?|weeks?|weekly|jahre?", 52), (r"sixty|hours?|minutes?|seconds?|minuten?|sekunden?|stunden?", 60),
    (r"seventy|siebzig", 70), (r"eighty|achtzig", 80), (r"ninety|neunzig", 90),
    (r"hundreds?|percent\w*|%|cents?|dollars?|[$]|met(?:er|re)s?|hundert|prozent", 100),
    (r"years?|days?|jahre?", 365), (r"thousands?|kilo\w*|k[gm]|grams?|lit(?:er|re)s?|tausend", 1000),
)  # fmt: skip
_WORDS = {
    Fraction(value): re.compile(rf"(?<!\w)(?:{names})(?!\w)", re.IGNORECASE)
    for names, value in _WORDS_OF
}
"""A value to the words that may say it, or bring it in."""


@dataclass(frozen=True)
class Mention:
    """A number of a text."""

    span: Span
    number: Number


def numbers(text: str, start: int, end: int) -> Iterator[Mention]:
    """All numbers of a stretch that can be read, whatever they are."""
    for match in _NUMBER.finditer(text, start, end):
        if number := read_number(match[0]):
            yield Mention(Span(*match.span()), number)


def said_in_words(text: str, value: Fraction) -> bool:
    """Whether a text has a word that may stand for a value, or bring it into a calculation: `a week`."""
    words = _WORDS.get(value)
    return words is not None and words.search(text) is not None


def sort_of(text: str, span: Span) -> Sort:
    """Whether a number names something, stands in an expression, or may be a quantity."""
    before, behind = _line_before(text, span.start), text[span.end : span.end + 60]
    plain = before.rstrip(CURRENCY + "\\")
    label = _LABEL.search(plain)
    if label and label[1].lower() in LABELS:
        return "other"
    if _DAY_BEHIND.match(behind) or (
        _YEAR_BEFORE.search(plain) and re.fullmatch("1[5-9][0-9]{2}|20[0-9]{2}", span.slice(text))
    ):
        return "other"
    if _ITEM.fullmatch(before) and _ITEM_END.match(behind):
        return "other"
    if before.endswith("[") and behind.startswith("]"):
        return "other"
    if _OPERATOR_BEFORE.search(plain) or _OPERATOR_BEHIND.match(behind):
        return "expression"
    if _GLUED_BEFORE.search(plain) or _GLUED_BEHIND.match(behind):
        return "other"
    return "quantity"


def coin_of(text: str, span: Span) -> str:
    """The currency of a number; empty where none is named."""
    if found := _COIN_BEFORE.search(text[max(0, span.start - 3) : span.start]):
        return found[1]
    if found := _COIN_BEHIND.match(text, span.end):
        return found[1] or _NAMED[found[2][0].lower()]
    return ""


def is_percent(text: str, span: Span) -> bool:
    """Whether a number is one of hundredths."""
    return _PERCENT.match(text, span.end) is not None


def nouns_behind(text: str, at: int) -> tuple[str, ...]:
    """The first words behind a place that may name what is counted, without their endings."""
    found: list[str] = []
    while len(found) < NOUNS and (word := _WORD.match(text, at)):
        if word[1].lower() in NAMELESS:
            break
        found.append(_stem(word[1].lower()))
        at = word.end()
    return tuple(found)


def alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two names of what is counted may be of the same thing: one's last word is among the other's."""
    return one[-1] in other or other[-1] in one


def sentence_of(text: str, span: Span) -> tuple[str, str]:
    """What stands before and behind a number up to the ends of its sentence."""
    before = _line_before(text, span.start)
    start = max((end.end() for end in _SENTENCE_END.finditer(before)), default=0)
    end = _SENTENCE_END.search(text, span.end)
    return before[start:], text[span.end : end.end() if end else len(text)]


def speaks_against(sentence: tuple[str, str], *, other: bool = False) -> bool:
    """Whether a sentence says that it is not true; or, if asked, that a number in it may be an`other` one."""
    whole = " \0 ".join(sentence)
    return AGAINST.search(whole) is not None or (other and OTHER.search(whole) is not None)


def concludes(sentence: tuple[str, str]) -> bool:
    """Whether a sentence says of a number that it is the result of something."""
    before, behind = sentence
    return CUE.search(before) is not None or _CUE_BEHIND.match(behind) is not None


def is_definite(text: str, span: Span) -> bool:
    """Whether a number is spoken of as one that is known: `the 46`."""
    return _DEFINITE.search(_line_before(text, span.start)) is not None


def _line_before(text: str, at: int) -> str:
    return text[max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1 : at]


def _stem(word: str) -> str:
    for ending, kept in (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("s", "")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word.removesuffix(ending) + kept
    return word
