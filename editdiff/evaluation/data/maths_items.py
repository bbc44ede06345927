r"""Lines with equations, made for the benchmark `maths`: right ones, the same with one digit wrong, and traps.

Four formats: plain text, Markdown, LaTeX, a comment in Python. A trap looks like an equation and is none that
could be wrong: a definition, a unit, a version, a date, an equation to be solved, arithmetic of another kind.
What is true is worked out here by `fractions` and by formatting; nothing is shared with the checker that is
measured.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from editdiff.text.document import Document
from editdiff.text.span import Span

FORMATS = {"text": "notes.txt", "markdown": "notes.md", "latex": "notes.tex", "comment": "notes.py"}
"""Format to the file name that goes with it."""
LANGUAGES = {"text": "", "markdown": "markdown", "latex": "latex", "comment": "python"}
_OPEN, _SHUT = "\ue000", "\ue001"
"""Stand around the result of an equation while it is made."""


@dataclass(frozen=True)
class Item:
    """A line as it is right and, but for a trap, as it was made wrong."""

    format: str
    shape: str
    text: str
    """The whole document."""
    result: Span
    """Where the number stands that is made wrong, in both; empty in a trap."""
    wrong: str
    """The document with one digit changed; the same in a trap."""

    @property
    def is_trap(self) -> bool:
        """Whether nothing is to be judged in it."""
        return self.text == self.wrong

    def document(self, text: str) -> Document:
        """`text` under the item's file name."""
        return Document(FORMATS[self.format], text, language=LANGUAGES[self.format])


@dataclass(frozen=True)
class Notation:
    """How a format writes an operation."""

    times: str
    over: str
    minus: str = "-"
    latex: bool = False
    power_sign: str = "^"

    def fraction(self, over: int, under: int) -> str:
        """A fraction of two whole numbers."""
        return f"\\frac{{{over}}}{{{under}}}" if self.latex else f"{over}/{under}"

    def power(self, base: object, exponent: int) -> str:
        """A power."""
        raised = f"{{{exponent}}}" if self.latex else str(exponent)
        return f"{base}{self.power_sign}{raised}"

    def root(self, radicand: int) -> str:
        """A square root."""
        return f"\\sqrt{{{radicand}}}" if self.latex else f"sqrt({radicand})"

    def thousands(self, number: int) -> str:
        """A number with separators."""
        return f"{number:,}".replace(",", "{,}" if self.latex else ",")

    @property
    def percent(self) -> str:
        """The sign of a percentage."""
        return "\\%" if self.latex else "%"

    @property
    def about(self) -> str:
        """The sign of an approximation."""
        return "\\approx" if self.latex else "≈"


_LATEX = (
    Notation("\\cdot", "/", latex=True),
    Notation("\\times", "\\div", latex=True),
)
_PLAIN = (Notation("*", "/"), Notation("×", "÷", "−"), Notation("x", "/"))
_CODE = (Notation("*", "/", power_sign="**"), Notation("*", "/"))
_STORIES = (
    "We need @ for the two rooms.",
    "Per week that makes @.",
    "Adding it up: @.",
    "The clerk wrote @ on the back of the receipt.",
    "In the end @, which closes the account.",
    "So @, and the rest goes to the next shift.",
    "As a check, @.",
    "Total: @",
    "@",
    "Together they have @ in the box.",
    "First @; then the boxes are sent off.",
    "(see above: @)",
)
_TRAPS = (
    "Let f(x) = x + 1 for now.", "The default is n = 3 workers.", "We set y = 2x and go on.",
    "5 km = 5000 m on this map.", "1 h = 60 min, as always.", "60 * 60 = 1 hour of play.",
    "Released as version = 1.2.3 on 2024-01-02.", "The range 90-100 = 4 points.", "p = 0.05 is the level.",
    "Solve 2x + 1 = 7 for x.", "Then x = 3 follows.", "See http://example.org/?a=1+1=3 for the form.",
    "If 2 + 2 = 5 held, all would follow.", "7 + 8 = 3 (mod 12) on a clock.", "In binary, 1 + 1 = 10.",
    "It says 1 + 1 = 3, which is wrong.", "width = 10, height = 20, depth = 5",
    "The address is 10.0.0.1/24 = local.", "a = b, so both go.", "x = x + 1 adds one.",
    "The path is src/1/2 = new.", "At 12:30 - 11:00 = 1:30 they met.", "E = mc^2 and F = ma.",
    "k = 0x1F + 1 in the table.", "rate=5 per day, cap=10 - 2 retries", "The sum of 3 and 4 * 2 = 14 in all.",
    "Is 3 * 4 = 13?", "1 + 2 + ... + 10 = 55 after all.", "The score was 3-1 = a win.",
    "Take x^2 = 2x + 3 as given.", "1024 * 1024 = 1 MB", "n! = n * (n-1)! for n > 0", "10 = ten, 12 = a dozen",
    "T(n) = 2T(n/2) + n", "2 dozen = 24 eggs", "Room 4 = 2 + 3 beds",
)  # fmt: skip
"""Lines for every format but LaTeX, whose maths has its own."""
_LATEX_TRAPS = (
    "Let $f(x) = x + 1$.", "We set $y = 2x$ here.", "Solve $2x + 1 = 7$ for $x$.", "Then $x = 3$.",
    "$5\\text{ km} = 5000\\text{ m}$", "If $2 + 2 = 5$, all follows.", "$7 + 8 \\equiv 3 \\pmod{12}$",
    "$1 + 2 + \\dots + 10 = 55$", "$p = 0.05$", "$T(n) = 2T(n/2) + n$", "$x^2 = 2x + 3$", "$E = mc^2$",
    "$a_{n+1} = a_n + 1$", "$n = 1, 2, 3$", "\\setlength{\\parskip}{2pt} % 1 + 1 = 3", "\\verb|1 + 1 = 3|",
    "Version = 1.2.3 of 2024-01-02", "$60 \\cdot 60 = 1\\text{ hour}$", "$\\sin(30) = 0.5$", "$f(2) = 2 f(1)$",
    "$|A| = 5$", "$x \\mapsto 2x = y$", "$A + B = C$", "$\\hat{y} = 2.5 x + 1$", "$3 = x + y = 2z$",
)  # fmt: skip


def make(each: int, seed: int) -> list[Item]:
    """`each` items that are made wrong and two fifths as many traps for every format, in a random order."""
    rng = random.Random(seed)
    items = []
    for name in FORMATS:
        shapes = list(SHAPES)
        for k in range(each):
            items.append(_equation(name, shapes[k % len(shapes)], rng))
        items += [_trap(name, rng) for _ in range(each * 2 // 5)]
    rng.shuffle(items)
    return items


def _equation(name: str, shape: str, rng: random.Random) -> Item:
    """One equation of a shape, in a sentence, right and wrong."""
    notation, frame = _style(name, rng)
    marked = frame(SHAPES[shape](notation, rng), rng)
    start, end = marked.index(_OPEN), marked.index(_SHUT) - 1
    text = marked.replace(_OPEN, "").replace(_SHUT, "")
    wrong = text[:start] + _one_digit(text[start:end], rng) + text[end:]
    return Item(name, shape, text, Span(start, end), wrong)


def _one_digit(number: str, rng: random.Random) -> str:
    """Change a digit: the last of a decimal by more than one, none to a leading nought."""
    digits = [match.start() for match in re.finditer(r"[0-9]", number)]
    at = rng.choice(digits)
    old = int(number[at])
    near = {old - 1, old, old + 1} if "." in number and at == digits[-1] else {old}
    leads = not number[:at][-1:].isdecimal() and (
        number[at + 1 :] or "frac" in number or "/" in number
    )
    new = rng.choice([d for d in range(bool(leads), 10) if d not in near])
    return f"{number[:at]}{new}{number[at + 1 :]}"


def _trap(name: str, rng: random.Random) -> Item:
    line = rng.choice(_LATEX_TRAPS if name == "latex" else _TRAPS)
    if name == "comment":
        line = _in_code(line, rng)
    return Item(name, "trap", line + "\n", Span(0, 0), line + "\n")


Frame = Callable[[str, random.Random], str]


def _style(name: str, rng: random.Random) -> tuple[Notation, Frame]:
    """A notation of a format, and what puts an equation into a document of it."""
    if name == "text":
        return rng.choice(_PLAIN), lambda e, r: r.choice(_STORIES).replace("@", e) + "\n"
    if name == "comment":
        return rng.choice(_CODE), lambda e, r: _in_code(r.choice(_STORIES).replace("@", e), r)
    if name == "latex":
        marks = rng.choice([("$", "$"), ("\\(", "\\)"), ("\\[ ", " \\]"), ("$$", "$$")])
        return rng.choice(
            _LATEX
        ), lambda e, r: r.choice(_STORIES).replace("@", marks[0] + e + marks[1]) + "\n"
    if rng.random() < 0.5:
        return rng.choice(_LATEX), lambda e, r: r.choice(_STORIES).replace("@", f"${e}$") + "\n"
    lead = rng.choice(["", "- ", "> ", "1. ", "## "])
    return rng.choice(_PLAIN), lambda e, r: lead + r.choice(_STORIES).replace("@", e) + "\n"


def _in_code(line: str, rng: random.Random) -> str:
    """The line as a comment of its own, behind code, or in a docstring."""
    return rng.choice(
        [
            f"import os\n\n# {line}\nsize = 3\n",
            f"size = 3  # {line}\n",
            f'def size():\n    """Give the size.\n\n    {line}\n    """\n    return 3\n',
        ]
    )


def _result(text: object) -> str:
    return f"{_OPEN}{text}{_SHUT}"


def _calculation(n: Notation, rng: random.Random) -> str:
    a, b = rng.randint(3, 400), rng.randint(2, 99)
    return rng.choice(
        [
            f"{a} + {b} = {_result(a + b)}",
            f"{a + b} {n.minus} {b} = {_result(a)}",
            f"{a} {n.times} {b} = {_result(a * b)}",
            f"{a * b} {n.over} {b} = {_result(a)}",
            f"{a} {n.times} ({b} + 2) = {_result(a * (b + 2))}",
            f"{a}.5 + {b} = {_result(f'{a + b}.5')}",
        ]
    )


def _chain(n: Notation, rng: random.Random) -> str:
    a, b, c = rng.randint(3, 60), rng.randint(2, 30), rng.randint(2, 9)
    return rng.choice(
        [
            f"{a} {n.times} {c} + {b} = {a * c} + {b} = {_result(a * c + b)}",
            f"({a} + {b}) {n.times} {c} = {_result(a + b)} {n.times} {c} = {(a + b) * c}",
            f"{a} + {b} + {c} = {a + b} + {c} = {_result(a + b + c)}",
        ]
    )


def _fractions(n: Notation, rng: random.Random) -> str:
    while True:
        b, d = rng.randint(2, 9), rng.randint(2, 9)
        one, other = Fraction(rng.randint(1, 9), b), Fraction(rng.randint(1, 9), d)
        total = one + other
        if min(one.denominator, other.denominator, total.denominator) > 1:
            parts = [n.fraction(*part.as_integer_ratio()) for part in (one, other, total)]
            return f"{parts[0]} + {parts[1]} = {_result(parts[2])}"


def _rounded(n: Notation, rng: random.Random) -> str:
    a, b, places = rng.randint(1, 90), rng.choice([3, 6, 7, 9, 11, 13]), rng.randint(2, 4)
    quotient = _round(Decimal(a) / Decimal(b), places)
    sign = rng.choice(["=", n.about])
    return f"{n.fraction(a, b)} {sign} {_result(quotient)}"


def _percentage(n: Notation, rng: random.Random) -> str:
    share, whole = rng.choice([5, 10, 15, 20, 25, 40, 60, 75]), rng.randint(2, 60) * 20
    part = share * whole // 100
    if n.latex:
        return f"{share}{n.percent} {n.times} {whole} = {_result(part)}"
    return f"{share}{n.percent} of {whole} = {_result(part)}"


def _power(n: Notation, rng: random.Random) -> str:
    a, b, added = rng.randint(2, 12), rng.randint(2, 5), rng.randint(0, 9)
    tail = f" + {added}" if added else ""
    return f"{n.power(a, b)}{tail} = {_result(a**b + added)}"


def _root(n: Notation, rng: random.Random) -> str:
    radicand, places = rng.randint(2, 99), rng.randint(2, 4)
    with localcontext() as context:
        context.prec = 30
        root = _round(Decimal(radicand).sqrt(), places)
    return f"{n.root(radicand)} {n.about} {_result(root)}"


def _thousands(n: Notation, rng: random.Random) -> str:
    a, b = rng.randint(1001, 9999), rng.randint(2, 9)
    return f"{n.thousands(a)} {n.times} {b} = {_result(n.thousands(a * b))}"


def _identity(n: Notation, rng: random.Random) -> str:
    a, b = rng.randint(2, 9), rng.randint(2, 9)
    square = n.power("x", 2)
    middle, last = rng.choice([(_result(a + b), str(a * b)), (str(a + b), _result(a * b))])
    return f"(x + {a})(x + {b}) = {square} + {middle}x + {last}"


def _derivation(n: Notation, rng: random.Random) -> str:
    a, square = rng.randint(2, 9), n.power("x", 2)
    steps = f"{n.power(f'(x + {a})', 2)} = (x + {a})(x + {a})"
    return f"{steps} = {square} + {_result(2 * a)}x + {a * a}"


def _annotated(n: Notation, rng: random.Random) -> str:
    a, b = rng.randint(3, 99), rng.randint(2, 12)
    if n.latex:
        return _calculation(n, rng)
    return f"{a}*{b} = <<{a}*{b}={a * b}>>{_result(a * b)}"


def _round(number: Decimal, places: int) -> str:
    return str(number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


SHAPES: dict[str, Callable[[Notation, random.Random], str]] = {
    "calculation": _calculation,
    "chain": _chain,
    "fractions": _fractions,
    "rounded": _rounded,
    "percentage": _percentage,
    "power": _power,
    "root": _root,
    "thousands": _thousands,
    "identity": _identity,
    "derivation": _derivation,
    "annotated": _annotated,
}
"""Kinds of equations by name."""
