"""Where the mathematics checker looks in documents of each kind, and where it does not."""

import pytest

from editdiff.check.maths.checker import MathsChecker
from editdiff.text.document import Document
from editdiff.text.markup import parse

CHECKER = MathsChecker()


def found(text: str, language: str = "") -> list[tuple[str, tuple[str, ...]]]:
    problems = CHECKER.check(Document("a", text, language=language))
    return [(problem.span.slice(text), problem.candidates) for problem in problems]


LATEX = {
    "a product": (r"12 \cdot 3 = «35»", ["36"]),
    "another product": (r"12 \times 3 = «35»", ["36"]),
    "fractions": (r"\frac{1}{2} + \dfrac{1}{4} = «\frac{4}{4}»", [r"\frac{3}{4}"]),
    "a root": (r"\sqrt{16} + \sqrt[3]{8} = «5»", ["6"]),
    "a power": (r"2^{10} = «1025»", ["1024"]),
    "large brackets": (r"\left( 1 + 2 \right) \cdot 3 = «8»", ["9"]),
    "thousands": (r"1{,}000 \cdot 2 = «2{,}001»", ["2{,}000"]),
    "per cent": (r"50\% \cdot 30 = «16»", ["15"]),
    "words behind": (r"3 \cdot 4 = «13» \text{ pens}", ["12"]),
    "an approximation": (r"\pi \cdot 2 \approx «6.38»", ["6.28"]),
    "an order": (r"2 + 3 < «4»", []),
    "a logarithm": (r"\log_2(8) = «4»", ["3"]),
    "an identity": (r"(x_1+1)^2 = «x_1^2+2x_1+2»", ["x_1^2+2x_1+1"]),
    "two equations": (r"1 + 1 = 2, \quad 2 + 2 = «5»", ["4"]),
}


@pytest.mark.parametrize("name", LATEX)
@pytest.mark.parametrize(
    ("before", "after", "language"),
    [
        ("$", "$", "latex"),
        ("So $", "$ it is.", "markdown"),
        ("\\[", "\\]", "latex"),
        ("$$\n", "\n$$", "markdown"),
        ("\\begin{align*} ", " \\end{align*}", "latex"),
        ("Then :math:`", "`.", ""),
        ("```math\n", "\n```", "markdown"),
        (".. math::\n\n   ", "\n\nText", ""),
    ],
)
def test_latex_maths_is_read_wherever_it_stands(name, before, after, language):
    expected = parse(before + LATEX[name][0] + after)
    (problem,) = CHECKER.check(Document("a", expected.text, language=language))
    assert (problem.span,) == expected.spans
    assert list(problem.candidates) == LATEX[name][1]


def test_rows_that_go_on_with_a_relation_are_one_chain():
    steps = (
        r"\begin{align} (x+1)^2 &= (x+1)(x+1) \\ &= x^2 + x + x + 1 \\ &= x^2 + 3x + 1 \end{align}"
    )
    assert found(steps, "latex") == [("x^2 + 3x + 1", ("x^2 + 2x + 1",))]
    rows = r"\begin{align} 2x + 1 &= 7 \\ 2x &= 6 \\ x &= 3 \end{align}"
    assert found(rows, "latex") == []


@pytest.mark.parametrize(
    "text",
    [
        r"5\text{ km} = 5000\text{ m}",
        r"60 \cdot 60 = 1\text{ hour}",
        r"7 + 8 \equiv 4 \pmod{12}",
        r"1 + 2 + \dots + 9 = 3",
        r"2^10 = 3",
        r"\hat{2} + 1 = 9",
        r"\sin 30 = 0.5",
        r"\frac12 + 1 = 9",
        r"|2 - 3| = 9",
        r"f(2) = 2f(1)",
        "x = 2y = 3",
    ],
)
def test_latex_that_cannot_be_read_is_not_judged(text):
    assert found(f"${text}$", "latex") == []


def test_code_in_prose_is_no_prose():
    markdown = (
        "```python\n1 + 1 = 3\n```\n\n    1 + 1 = 3\n\nThe `1 + 1 = 3` and\n\n~~~\n1 + 1 = 3\n"
    )
    assert found(markdown, "markdown") == []
    assert found("For example::\n\n    1 + 1 = 3\n\nDone.\n\n>>> 1 + 1 = 3\n1 + 1 = 3\n") == []
    assert found("---\na: 1 + 1 = 3\n---\n1 + 1 = 4\n", "markdown") == [("4", ("2",))]


def test_markdown_around_an_equation_does_not_hide_it():
    for line in (
        "**Total: 1 + 1 = 3**",
        "| 1 + 1 = 3 | x |",
        "> 1 + 1 = 3",
        "1. 1 + 1 = 3",
        "## 1 + 1 = 3",
        "1 \\* 2 = 3",
    ):
        assert found(line, "markdown") == [("3", ("2",))], line


def test_prices_are_no_maths():
    assert found("It is $5, so 1 + 1 = 3 and $6.", "markdown") == [("3", ("2",))]


def test_latex_comments_and_verbatim_text_are_no_prose():
    text = (
        "\\verb|1 + 1 = 3| % 1 + 1 = 3\n\\begin{verbatim}\n1 + 1 = 3\n\\end{verbatim}\n1 + 1 = 4\n"
    )
    assert found(text, "latex") == [("4", ("2",))]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "x = 1  # 1 + 1 = 3\ny = '1 + 1 = 3'\n"),
        ("python", 'def f():\n    """Doc.\n\n    1 + 1 = 3\n    """\n    return "1 + 1 = 3"\n'),
        ("c", '/* one\n * 1 + 1 = 3\n */ char *s = "1 + 1 = 3";\n'),
        ("rust", "// 1 + 1 = 3\nfn main() {}\n"),
        ("java", "/** 1 + 1 = 3 */ class A {}\n"),
        ("shellscript", "# 1 + 1 = 3\necho '1 + 1 = 3'\n"),
        ("html", "<p>1 + 1 = 3</p><script>1 + 1 = 3</script>\n"),
        ("typescript", "let x = 1; // 1 + 1 = 3\n"),
    ],
)
def test_of_programs_only_comments_are_judged(language, text):
    assert found(text, language) == [("3", ("2",))]


def test_in_comments_whole_numbers_may_be_divided_as_programs_do():
    assert found("# 7 / 2 = 3\n", "python") == []
    assert found("# 5 ^ 3 = 6 and 7 / 2 = 3\n", "python") == []
    assert found("# 2**2 + 2 = 2\n", "python") == [("2", ("6",))]
    assert found("7 / 2 = 3\n") == [("3", ("3.5",))]
    assert found("# 1/4 + 6/5 = 29/23\n", "python") == [("29/23", ("29/20",))]


def test_spans_are_code_points_behind_characters_of_several_bytes():
    marked = parse("s = '😀é'  # 😀 1 + 1 = «3»\r\n")
    (problem,) = CHECKER.check(Document("a.py", marked.text, language="python"))
    assert (problem.span,) == marked.spans


def test_broken_programs_still_have_their_comments_judged():
    assert found("def f(:\n    return ((  # 1 + 1 = 3\n", "python") == [("3", ("2",))]
