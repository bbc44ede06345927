"""The mathematics checker reads what stands around an equation, and is silent where that leaves doubt."""

import pytest

from editdiff.check.maths.checker import MathsChecker
from editdiff.text.document import Document

CHECKER = MathsChecker()


def found(text: str, language: str = "") -> list[tuple[str, tuple[str, ...]]]:
    problems = CHECKER.check(Document("a", text, language=language))
    return [(problem.span.slice(text), problem.candidates) for problem in problems]


PROSE = {
    "a sum wrapped behind a sign": [
        "The boxes loaded on Monday are 12 + 30 +\n8 + 5 = 55 kilos in all.",
        "adding up the numbers gives 100 - 20 -\n30 - 5 = 45 which stands above",
        "A long one is 2 *\n3 + 4 = 10 and so on.",
        "  Total: 10.00 + 20.00 +\n         30.00 + 5.00 = 65.00\n",
    ],
    "a sum wrapped before a sign": [
        "We get 1 + 2\n+ 3 + 4 = 10 in the end.",
        "We get 10\n/ 2 = 5 in the end.",
        "We know 3 + 4\n= 7.",
    ],
    "a bracket or a power over two lines": ["The sum is (1 + 2 +\n3 + 4) = 10 here.", "2^\n3 = 8"],
    "words of operations at the end of a line": [
        "So 3 times\n4 + 1 = 13 it is.",
        "The sum of\n3 and 4 + 1 = 8 it is.",
        "It is ten minus\n3 + 4 = 11.",
    ],
    "a chain over lines": ["72 = 4 × 18 =\n72 and 72 + 28 = 100.", "It holds that x = 5 +\n6 * 2 = 17 today."],
    "quotations and lists": [
        "> a quotation 5 +\n> 6 + 7 = 18 goes on",
        "- item 5 +\n  6 + 7 = 18 goes on\n- 3 + 4 = 7",
        "1. first 4 + 5 +\n   6 = 15\n2. second 1 + 1 = 2",
    ],
    "dates": [
        "The form has 10/5/2024 = 5 October 2024.",
        "There 10/5 = 5 October, here 5/10 = 5 October. 4/7 = 4. Juli",
        "In the log, 3/4/2024 = 4 March. 2024-10-05 = 5 October 2024.",
    ],
    "decimal commas and points of thousands": [
        "Man rechnet 0,500 + 0,500 = 1 und 0,125 * 8 = 1.",
        "Auch $0{,}500 + 0{,}500 = 1$ und $1{,}234 + 1 = 2{,}234$. Dagegen 2,5 + 2,5 = 5.",
        "Es gilt 0,25 + 0,25 = 0,5 und 1,750 + 0,250 = 2.",
        "1.000 + 999 = 1.999",
        "Es sind 1.000.000 Zeilen, 1.500 / 2 = 750.",
    ],
    "dashes": ["– 3 + 5 = 2", "So it is –3 + 5 = 2.", "Summary: – 2 + 5 = 3.", "- 3 + 4 = 1"],
    "bullets": ["- 1 + 1 = 2\n- within a list 3 + 4 = 7\n\n* 2 + 2 = 4\n\n+ 5 - 1 = 4"],
    "prices and currencies": [
        "It was $5 = 5 dollars, so $12 + $8 = $20. From $125K to $108K = $17K less; $1.5M + $0.5M = $2M.",
        "$100 + 8.25% tax = $108.25, 50% off $40 = $20.",
        "$100 * 0.92 = €90, 3 * 50¢ = $1.50",
    ],
    "division without a rest": ["Rounded down it is 4 (5 // 4 * 4 = 4).", "7 // 2 + 1 = 4"],
    "division with a rest": ["11/2 = 5 rest 1", "11 : 2 = 5, Rest 1"],
    "pi as a name": [
        r"The function has $\pi[1] = 0$, $\pi[2] + 1 = 2$ and $\pi[3] = 2$.",
        r"The first agent holds $\pi^1 = 0.5$ of it.",
        r"With $\pi_0 = 0.5$ there is $1 - \pi = 0.4$.",
    ],
    "cycles": [r"$$" "\n" r"\sigma=(126)(35)(4)=(126)(35), \quad (123)=(13)(12)=(12)(23)" "\n$$"],
    "mixed numbers": [r"$1\frac{1}{2} + \frac{1}{2} = 2$", "1-1/2 + 1/2 = 2", "2 1/2 + 1 = 3.5"],
    "another arithmetic told in the lines around": [
        "All numbers here are hexadecimal.\n\nFirst 9 + 7 = 10.",
        "In base 16 it goes on\n\nlike this: 9 + 9 = 12",
        "Everything is rounded to the nearest ten.\n\n14 + 23 = 40",
        "We work modulo 7.\n\n5 + 4 = 2",
        r"holds since $1/3 + 1/6 + 1/2 = 0$ in $\mathbb{Q}/\mathbb{Z}$",
    ],
    "doubt in the same sentence": ["It is a common\nmistake to say 1 + 1 = 3 in\nsuch cases."],
    "ranges and labels": [
        "all items (1982-84 = 100)",
        "TV system (0=525/60, 1=625/50)",
        "Step 2 - 3 + 4 = 7",
        "3x4 times 4x2 = 3x2",
    ],
    "sums that run on": ["5 + 3 = 8 + 2 = 10 - 1 = 9"],
    "notes": ["2 + 3 = 5²", "2 + 3 = 5[1]"],
    "words around a formula": ["Twice $3 + 4 = 14$.", r"$60 \cdot 60 = 1$ hour", "We have $2 +$ $3 + 1 = 6$."],
}  # fmt: skip


@pytest.mark.parametrize("text", [text for texts in PROSE.values() for text in texts])
@pytest.mark.parametrize("language", ["markdown", "", "restructuredtext", "python"])
def test_what_is_right_when_read_with_what_stands_around_it_is_no_problem(text, language):
    if language == "python":
        text = "".join(f"# {line}\n" for line in text.split("\n"))
    assert found(text, language) == []


@pytest.mark.parametrize(
    "text",
    [
        "$1 + 2 +\n3 + 4 = 10$",
        "\\begin{align}\n S &= 1 + 2 + \\\\\n &\\quad 3 + 4 = 10\n\\end{align}",
        "\\begin{align}\n S &= 2 \\cdot \\\\\n & (3 + 4) = 14\n\\end{align}",
        "\\begin{multline}\n 10 + 20 + \\\\\n 30 + 40 = 100\n\\end{multline}",
        r"\begin{align} a &= 1 + 2 \\ &\quad + 3 + 4 \\ &= 10 \end{align}",
        r"\begin{align} -1 + 2 &= 1 \\ -1 + 3 &= 2 \end{align}",
        r"\begin{align} 2 + 2 &= 4 & -3 + 3 &= 0 \end{align}",
        r"\[ 1 + 2 + ... + 9 + 10 = 55 \]",
    ],
)
def test_rows_and_cells_of_latex_are_read_together_or_apart_as_they_are_meant(text):
    assert found(text, "latex") == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "# 4 bytes of magic: 4 + 4 +\n# 8 + 16 = 32 bytes in all.\nx = 32\n"),
        ("python", "def f():\n    return 48  # 4 + 8 +\n    # 12 + 24 = 48\n"),
        ("python", 'def f():\n    """Of magic and table, 4 + 8 +\n    12 + 24 = 48, no more.\n    """\n'),
        ("c", "/* The sum is 3 + 4 +\n * 5 = 12.\n */\nint x; // 4 + 4 +\n// 8 = 16\n"),
        ("html", "<p>2<sup>3</sup>(4) + 1 = 33, 3 &minus; 2 + 5 = 6</p>"),
    ],
)  # fmt: skip
def test_comments_and_texts_of_programs_that_follow_each_other_are_one_text(language, text):
    assert found(text, language) == []


@pytest.mark.parametrize(
    ("language", "text", "wrong", "right"),
    [
        ("markdown", "The bill was 4 × 18 =\n73 in all.", "73", "72"),
        ("markdown", "The sum is 12 + 30 +\n8 + 5 = 56 kilos.", "56", "55"),
        ("markdown", "1 + 1 = 2\n2 + 2 = 5\n", "5", "4"),
        ("markdown", "- 1 + 1 = 2\n- 2 + 2 = 5\n", "5", "4"),
        ("markdown", "A note – 3 + 5 = 9", "9", "8"),
        ("markdown", "Adding 9 + 8 = 18\nPer week that is all.", "18", "17"),
        ("python", "# 4 + 4 +\n# 8 = 17\n", "17", "16"),
        ("latex", r"\begin{align} S &= 1 + 2 + \\ &\quad 3 = 7 \end{align}", "7", "6"),
        ("latex", r"$2\pi = 6.38$", "6.38", "6.28"),
        ("latex", "$(3)(4) = 13$", "13", "12"),
        ("html", "<p>This is <b>1 + 1 = 3</b>.</p>", "3", "2"),
    ],
)
def test_what_is_wrong_even_so_is_found_and_mended(language, text, wrong, right):
    ((span, candidates),) = found(text, language)
    assert span == wrong
    assert candidates[0] == right


@pytest.mark.parametrize(
    ("text", "right"), [("3/4 * 100 = 70%", "75%"), ("20/50 = 45%", "40%"), ("3/4 = 70%", "75%")]
)
def test_a_result_in_percent_is_mended_in_percent(text, right):
    assert found(text)[0][1][0] == right


def test_numbers_that_a_document_shows_to_be_readable_in_two_ways_are_not_judged():
    assert found("1,000 * 3 = 3,100") == [("3,100", ("3,000",))]
    assert found("Es wiegt 2,5 kg.\n\n1,000 * 3 = 3,100") == []
    assert found("It has 1,234,567 lines, not 3,4.\n\n1,000 * 3 = 3,100") != []
    assert found("Es sind 1.000.000 Zeilen.\n\n2.500 * 3 = 7.501") == []
