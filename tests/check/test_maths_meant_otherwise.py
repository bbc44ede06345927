"""What looks like a wrong equation and is none, by kind and in several languages; and a near one that is wrong."""

import pytest

from editdiff.check.maths.checker import MathsChecker
from editdiff.text.document import Document

CHECKER = MathsChecker()
FAR = "Filler text that says nothing of it. " * 30


def found(text: str, language: str = "") -> list[tuple[str, tuple[str, ...]]]:
    problems = CHECKER.check(Document("a", text, language=language))
    return [(problem.span.slice(text), problem.candidates) for problem in problems]


PROSE = {
    "operations in words": [
        "3 mal 4 + 1 = 13", "3 fois 4 + 1 = 13", "10 menos 4 + 1 = 7", "die Summe aus 3 und 4 + 1 = 8",
        "la moitié de 6 + 4 = 5", "das Doppelte von 3 + 4 = 14", "radice di 9 + 16 = 5",
        "three times the\n4 + 1 = 15",
        "log2 8 + 1 = 4", "17 DIV 5 + 1 = 4", "6 : 2 + 1 = 4",
    ],
    "units of other languages": [
        "60 * 60 = 1 Stunde", "60 * 60 = 1 heure", "60 * 60 = 1 hora", "12 * 2 = 2 docenas",
        "7 * 24 = 1 settimana",
        "1000 * 1000 = 1 millón", "1/4 = 25 pour cent",
    ],
    "units that nobody listed, by their factor": [
        "12 * 100 = 1 octave", "5 * 20 = 1 Zug", "100 × 100 = 1 Morgen", "60 * 3 = 3 pomodoros",
    ],
    "cents, feet and inches": [
        "50 + 50 = $1", "25 × 4 = £1", "200 + 50 = 2.50 €", "3 * 100 + 50 = $3.50", "5*12 = 5'",
    ],
    "doubt in other languages": [
        "Falls 3 + 4 = 8 wäre", "es ist falsch, dass 3 + 4 = 8", "n'est pas 3 + 4 = 8",
        "c'est une erreur : 3 + 4 = 8",
        "no es cierto que 3 + 4 = 8", "non è vero che 3 + 4 = 8", "het is niet 3 + 4 = 8",
        "aproximadamente 14 * 3 = 40",
    ],
    "languages of which no words are known": [
        "если 3 + 4 = 8", "大约 14 * 3 = 40", "60 * 60 = 1 час", "10 минус 4 + 1 = 7",
    ],
    "bases told near": [
        "Computing in ternary: 12 + 1 = 20", "Im Oktalsystem gilt 7 + 1 = 10.", "En hexadécimal 9 + 7 = 10.",
        "Gray code: 11 + 1 = 10", "two's complement: 1111 + 1 = 0",
    ],
    "bases told far above": [
        f"All numbers here are octal.\n\n{FAR}\n\n17 + 1 = 20 and 7 * 7 = 61",
        f"In base three:\n\n{FAR}\n\n12 + 1 = 20",
        f"Hex digits.\n\n{FAR}\n\n9 + 9 = 12",
    ],
    "bases told by the calculation": [
        "101 = 1*4 + 0*2 + 1*1 = 5", "755 = 7*64 + 5*8 + 5 = 493", "213 = 2*4^2 + 1*4 + 3 = 39",
        "1001 = 8 + 1 = 9",
        "8 + 2 = 1010",
    ],
    "moduli told near": [
        "in Z_5: 3 + 4 = 2", "In ℤ₇: 5 + 4 = 2", "in 𝔽₇ we have 5 · 3 = 1", "cyclic group of order 5: 3 + 4 = 2",
        "in characteristic 2, 1 + 1 = 0", "3 * 5 = 1 [7]", "3 * 5 = 1 (7)", "days of the week: 5 + 4 = 2",
        "Restklassen: 5 + 4 = 2",
    ],
    "moduli told far above": [
        f"We count modulo 7.\n\n{FAR}\n\n5 + 4 = 2 and 3 * 5 = 1",
        f"Let p = 7. We work mod p.\n\n{FAR}\n\n2^3 = 1",
        f"Hours by the clock.\n\n{FAR}\n\n11 + 3 = 2",
    ],
    "other operations": [
        "8-bit arithmetic: 255 + 1 = 0", "With uint8, 250 + 10 = 4.", "logical OR: 1 + 1 = 1",
        "max-plus: 2 + 3 = 3",
        "Truth table: 1 + 1 = 1", "1 + 1 = 11 as strings", "digit sum: 9 + 9 = 18 = 9",
    ],
    "roundings told": [
        "to 2 s.f. 123 * 4 = 490", "123 * 4 = 490 (to 2 sig figs)", "to the nearest hundred, 149 + 249 = 400",
        "14 * 3 = 40 or so", "Ballpark: 14 * 3 = 40", "abgerundet 7/2 = 3", "≈ 14 * 3 = 40", "100/7 = 15 pages",
    ],
    "days and hours": [
        "28/2 + 1 = 1/3", "3/31 + 1 = 4/1", "30/11 + 1 = 1/12", "10/5 - 3 = 10/2", "El 4/7 = 4 de julio",
        "3/5 = 3 of 5",
        "9.30 + 1.45 = 11.15", "22 + 4 = 2 in the night",
    ],
    "music and marks": ["7/8 = 2+2+3", "5/4 = 3+2", "6/8 = 2 dotted quarters", "7/10 = 70", "12/50 = 24"],
    "scores and versions": [
        "Home 3-1 = 4 goals", "10-5 = .667", "3-2, 2-1 = 5-3", "+2 -1 =3", "odds 5/2 = 3.5", "3.9 + 1 = 3.10",
        "2x4 = 1.5 x 3.5", "3-1 = 3", "A draw: 2-2 = 1 point", "lost 0-2 = 0", "11/10 = 2.1", "1/1 = 2.0",
    ],
    "settings": ["key=1+1=3", "editdiff --expr=1+1=3"],
    "whole pieces, and what is left": [
        "7 / 2 = 3 full boxes", "7/2 = 3 (int)", "7/2 = 3, 1 over", "7 / 2 = 3 and 1 left", "7/2 = 3 each",
    ],
    "accounts": ["($500) + $800 = $300", "Net: (100) + 250 = 150"],
    "growth and shares": [
        "60/50 = 20% more", "120/100 = +20%", "80/100 = -20%", "40/50 = 20% less", "10/8 = 25% speedup",
        "33 % + 33 % + 33 % = 100 %", "2/3 = 66%",
    ],
    "powers and roots set flat": ["2 × 10-3 = 0.002", "10-3 = 0.001", "3 x 108 = 300000000", "3√8 = 2"],
    "permutations": ["(12) * (23) = (123)", "(123)² = (132)", "(12)·(13) = (132)", "213 * 132 = 231"],
    "measurements": ["1.23(4) * 2 = 2.46(8)", "5 +- 1 = 6", "22/7 = π", "√2 = 99/70"],
    "numbers of items": ["exercise 3 - 2 + 2 = 4", "Aufgabe 3 - 2 + 2 = 4", "1 - 3 + 4 = 7", "1/ 3 + 4 = 7"],
    "doubt in the line above": [
        "Common mistakes:\n\n- 1/2 + 1/3 = 2/5\n- 2^3 = 6", "Find the mistake:\n\n2 + 3 = 6\n4 + 5 = 9",
        "Don't write\n\n> 1/2 + 1/3 = 2/5", "Which is right?\n\n- [ ] 3 + 4 = 6\n- [x] 3 + 4 = 7",
        "Choose the correct answer.\n\nA) 3 + 4 = 6\nB) 3 + 4 = 8",
    ],
    "sums that run on": [
        "15 / 30 = 0.5 * 1000", "p = 400*0.5001 = 200.04 - 200 = 0.04 <= 100", "5 + 3 = 8 + 2, so 10",
    ],
    "the next one behind dots": ["10/3 = 3.33… 1/7 = 0.142857...", "2/4 = 0.5... 1/4 = 0.25"],
    "tables with blank cells": ["64+4+ +16=85\n64+ +8+16=89\n64+4+8+16=93"],
}  # fmt: skip


@pytest.mark.parametrize("kind", PROSE)
@pytest.mark.parametrize("language", ["markdown", "", "python"])
def test_what_is_meant_otherwise_is_no_problem(kind, language):
    for text in PROSE[kind]:
        if language == "python":
            text = "".join(f"# {line}\n" for line in text.split("\n"))
        assert found(text, language) == [], text


FORMULAS = [
    r"In $\mathbb{F}_7$ we have $5 \cdot 3 = 1$.",
    r"In $\Z_{12}$, $7 + 8 = 3$.",
    r"$[7] + [8] = [3]$ and $[7/2] = 3$",
    r"${2}\frac{1}{2} = 2.5$, $-1\frac{1}{2} = -1.5$",
    r"$\bigl(12\bigr)\bigl(13\bigr) = \bigl(132\bigr)$, $(12) \cdot (23) = (123)$",
    r"\begin{align} 2^{3} + 4 &= 8 \\ &\phantom{=} + 4 \\ &= 12 \end{align}",
    r"$3 + 4 = 7\ (8)$",
    r"$\frac{120}{100} = +20\%$",
    r"Define $a * b = ab + 1$. Then $3 * 4 = 13$.",
    f"Let $n = 33$ and calculate modulo $n$.\n\n{FAR}\n\nThen $7^3 = 13$ and $13^7 = 7$.",
    f"We work in $\\mathbb{{F}}_{{13}}$.\n\n{FAR}\n\nThen $7 \\cdot 2 = 1$ and $5 + 9 = 1$.",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_that_is_meant_otherwise_is_no_problem(text):
    assert found(text, "latex") == []
    assert found(text, "markdown") == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("c", "/* -7 / 2 = -3, 7 / 2 = 3 */\n"),
        ("python", "# -7 / 2 = -4\n"),
        ("c", "uint8_t x = 255; // 255 + 1 = 0\n"),
        ("java", "/** (byte) 127 + 1 = -128 */\n"),
        ("c", "int x; // 3 +\nint y; // 5 = 5\n"),
        ("html", "<p>The total is 12 + 30 +<br>8 + 5 = 55.</p>"),
        ("markdown", "The total is 12 + 30 +<br />\n8 + 5 = 55."),
    ],
)
def test_comments_and_pages_are_read_as_they_are_meant(language, text):
    assert found(text, language) == []


NEAR = [
    ("markdown", "Au total, 12 × 3 = 35 crayons.", "35", "36"),
    ("markdown", "Rechne 12 * 3 = 35 und 4 * 5 = 20.", "35", "36"),
    ("markdown", "22 * 7 = 144 apples", "144", "154"),
    ("markdown", "It costs 3 × $4 = $13.", "13", "12"),
    ("markdown", "The ratio is 60/50 = 130%.", "130%", "120%"),
    ("markdown", "12/60 = 25%", "25%", "20%"),
    ("markdown", "33% + 33% = 67%", "67%", "66%"),
    ("markdown", "1.30 + 1.45 = 2.85", "2.85", "2.75"),
    ("markdown", "7/4 = 1.85", "1.85", "1.75"),
    ("markdown", "5 / 4 = 2.25", "2.25", "1.25"),
    ("markdown", "7-4 = 2", "2", "3"),
    ("markdown", "10/4 = 4", "4", "2.5"),
    ("markdown", "45-15=20", "20", "30"),
    ("markdown", "9 + 8 = 18", "18", "17"),
    ("markdown", "Question 6: 2 + 1 = 4", "4", "3"),
    ("markdown", "The prices are known.\n\n- 12 + 13 = 26\n", "26", "25"),
    ("markdown", f"Hex digits.\n\n{FAR}\n\n9 + 9 = 19", "19", "18"),
    ("markdown", f"We count modulo 7.\n\n{FAR}\n\n5 + 4 = 3", "3", "9"),
    ("html", "<p>1 + 1 = 2<br>3 + 4 = 8<br>5 + 5 = 10</p>", "8", "7"),
    ("c", "/* 7 / 2 = 5 */\n", "5", "3.5"),
    ("c", "int x; // 3 + 4 = 8\nint y; // 5 + 5 = 10\n", "8", "7"),
    ("latex", r"$2 \cdot [3 + (4 - 1)] = 13$", "13", "12"),
]


@pytest.mark.parametrize(("language", "text", "wrong", "right"), NEAR)
def test_a_near_one_that_is_wrong_is_found_and_mended(language, text, wrong, right):
    ((span, candidates),) = found(text, language)
    assert (span, candidates[0]) == (wrong, right)


def test_of_a_document_with_a_merge_in_conflict_nothing_is_said():
    text = "<<<<<<< ours\n1 + 1 = 3\n=======\n1 + 1 = 2\n>>>>>>> theirs\n\n2 + 2 = 5\n"
    assert found(text, "markdown") == []
    assert [undecided.reason for undecided in CHECKER.survey(Document("a", text)).undecided] == [
        "a merge in conflict"
    ]
