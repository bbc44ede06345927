"""What rests on a result that is mended follows it; what may be something else stays."""

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from editdiff.check.base import following
from editdiff.check.maths.checker import MathsChecker
from editdiff.check.remember import remembering
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.span import Span

CHECKER = MathsChecker()


def followed(text: str, language: str = "markdown", checker=CHECKER) -> str:
    document = Document("a", text, language=language)
    problem = checker.check(document)[0]
    edit = TextEdit(problem.span, problem.candidates[0])
    return Edits((edit, *following(checker, document, edit))).apply(text)


FOLLOWS = {
    "the sentence behind": (
        "12 * 4 = 46\n\nThe total is 46 apples.\n",
        "12 * 4 = 48\n\nThe total is 48 apples.\n",
    ),
    "a chain of sentences": (
        "First she buys 12 * 4 = 46 apples. Then 46 + 9 = 55 apples. So there are 55 in all.",
        "First she buys 12 * 4 = 48 apples. Then 48 + 9 = 57 apples. So there are 57 in all.",
    ),
    "a list": (
        "- 12 * 4 = 46\n- 46 + 9 = 55\n- 55 - 5 = 50\n\nTotal: 50\n",
        "- 12 * 4 = 48\n- 48 + 9 = 57\n- 57 - 5 = 52\n\nTotal: 52\n",
    ),
    "annotations, their copies and the answer": (
        "He sold 48/2 = <<48/2=25>>25 clips.\nIn all 48+25 = <<48+25=73>>73 clips.\n#### 73\n",
        "He sold 48/2 = <<48/2=24>>24 clips.\nIn all 48+24 = <<48+24=72>>72 clips.\n#### 72\n",
    ),
    "words between the numbers": (
        "She has 12 * 4 = 46 cards.\n3 old cards + 46 new cards = 49 cards.\n",
        "She has 12 * 4 = 48 cards.\n3 old cards + 48 new cards = 51 cards.\n",
    ),
    "numbers before an annotation": (
        "He baked <<7*9=64>>64 rolls.\nWith $3 a roll the 64 rolls bring <<64*3=192>>192 dollars.\n",
        "He baked <<7*9=63>>63 rolls.\nWith $3 a roll the 63 rolls bring <<63*3=189>>189 dollars.\n",
    ),
    "separators of thousands": (
        "1,200 + 300 = 1,600\n1,600 * 2 = 3,200\nThe total is 3,200.\n",
        "1,200 + 300 = 1,500\n1,500 * 2 = 3,000\nThe total is 3,000.\n",
    ),
    "cents": (
        "He pays 3 * $1.50 = $4.00. With a tip that is $4.00 + $1.50 = $5.50 in all.",
        "He pays 3 * $1.50 = $4.50. With a tip that is $4.50 + $1.50 = $6.00 in all.",
    ),
    "a copy in the text with separators": (
        "They have <<640*2=1290>>1,290 coins.\n#### 1290\n",
        "They have <<640*2=1280>>1,280 coins.\n#### 1280\n",
    ),
    "an answer whose number stands elsewhere, too": (
        "Of 30 pens 5 friends got <<30/5=5>>5 each.\n#### 5\n",
        "Of 30 pens 5 friends got <<30/5=6>>6 each.\n#### 6\n",
    ),
    "an equation that holds with the new number": (
        "12 * 4 = 46\n46 + 9 = 57\nThe total is 57.\n",
        "12 * 4 = 48\n48 + 9 = 57\nThe total is 57.\n",
    ),
    "steps of one equation": (
        "12 * 4 = 46\n46 + 9 + 1 = 55 + 1 = 56\n",
        "12 * 4 = 48\n48 + 9 + 1 = 57 + 1 = 58\n",
    ),
    "a share in percent": (
        "It rose by 35 + 15 = <<35+15=55>>55 cents.\nThat is 55/20 * 100% = <<55/20*100=275>>275%.\n#### 275\n",
        "It rose by 35 + 15 = <<35+15=50>>50 cents.\nThat is 50/20 * 100% = <<50/20*100=250>>250%.\n#### 250\n",
    ),
    "a rounded result": (
        "100 / 3 = 33.43\n33.43 * 2 = 66.86\n",
        "100 / 3 = 33.33\n33.33 * 2 = 66.66\n",
    ),
    "formulas": (
        "$12 \\cdot 4 = 46$, hence $46 + 9 = 55$. We get $55$.",
        "$12 \\cdot 4 = 48$, hence $48 + 9 = 57$. We get $57$.",
    ),
    "rows of a derivation": (
        "$$\n\\begin{align}\nx &= 12 \\cdot 4 = 46 \\\\\ny &= x + 9 = 55 \\\\\n2y - 10 &= 100\n\\end{align}\n$$\n"
        "So the answer is $\\boxed{100}$.\n",
        "$$\n\\begin{align}\nx &= 12 \\cdot 4 = 48 \\\\\ny &= x + 9 = 57 \\\\\n2y - 10 &= 104\n\\end{align}\n$$\n"
        "So the answer is $\\boxed{104}$.\n",
    ),
    "a result that gets a name": (
        "12 * 4 = 46, so x = 46.\nThen 2x = 92.\n",
        "12 * 4 = 48, so x = 48.\nThen 2x = 96.\n",
    ),
    "what is no number of it beside what is": (
        "Sum: 40 + 6 = 56 (see [56] and Fig. 56, v56, 5:56). Thus we have 56 items.\n",
        "Sum: 40 + 6 = 46 (see [56] and Fig. 56, v56, 5:56). Thus we have 46 items.\n",
    ),
    "a comment of a program": (
        "# 12 * 4 = 46\n# so the total is 46\ntotal = 46\n",
        "# 12 * 4 = 48\n# so the total is 48\ntotal = 46\n",
    ),
}


@pytest.mark.parametrize("name", FOLLOWS)
def test_what_rests_on_a_result_follows_it(name):
    text, expected = FOLLOWS[name]
    language = "python" if name == "a comment of a program" else "markdown"
    assert followed(text, language) == expected


STAYS = {
    "dates and versions": "12 * 4 = 46\n\nSo it is on 46/3, 3.46 and in version 46, v46 and 46.1.\n",
    "pages and chapters": "12 * 4 = 46\n\nThus see page 46, chapter 46, Fig. 46 and [46].\n",
    "hours and days": "7 + 14 = 22. So on 22 May, at 22:30.\n",
    "parts of other numbers": "12 * 4 = 46. A total of 46.5 or 46,000 or 1.46 or 46-50 is left.\n",
    "a number before the calculation": "There are 46 cows. 12 * 4 = 46\n\nThe total is 46.\n",
    "a number in what is worked out": "50 - 5 = 50\n50 + 9 = 59\nThe total is 59.\n",
    "two equations that come to it": "12 * 4 = 46\n46 + 9 = 55\n50 - 4 = 46\n",
    "a quantity of its own": "12 * 4 = 46\nBob has 46 pears.\n46 + 9 = 55\n",
    "another noun": "12 * 4 = 46 apples. So Bob has 46 pears.\n",
    "another who has as many": "12 * 4 = 46 apples. So Ann also has 46 apples.\n",
    "another currency": "12 * 4 = $46, so the total is 46 € and 46 € + 1 € = 47 €.\n",
    "a currency of what had none": "12 * 4 = 46 apples. So they are $46.\n",
    "percent": "12 * 4 = 46\n\nSo 46% of them are left.\n",
    "a table": "| a | 12 * 4 = 46 |\n| b | 46 + 9 = 55 |\n\nThe total is 55.\n",
    "cells behind it": "12 * 4 = 46\n\n| total | 46 |\n|---|---|\n| so | 46 |\n",
    "code": "12 * 4 = 46\n\n```\n46 + 9 = 55\n```\n\nThen `46` is the total.\n",
    "a heading with words": "12 * 4 = 46\n\n## So 46 in all\n\nThe total is 46.\n",
    "another exercise": "Exercise 1: 7 * 8 = 54\n\nExercise 2: the total is 54.\n",
    "a worksheet": "1. 7 * 8 = 54\n2. 54 + 6 = 60\n3. 3 * 5 = 15\n",
    "an equation that did not hold": "12 * 4 = 46\n46 + 9 = 50\n",
    "an equation that cannot be read": "12 * 4 = 46\nHalf of 46 plus a third of 9 = 26\nThe rest of 26 is left.\n",
    "a number that stands in it twice": "12 * 4 = 46\n46 * 46 = 2116\n",
    "a negative result": "20 - 5 = 25\n23 - 25 = -2\n",
    "what is said to be wrong": "12 * 4 = 46\n\nIt was a long day in the garden.\n\nThe answer is not 46.\n",
    "a question": "12 * 4 = 46\n\nIt was a long day in the garden.\n\nSo is the total 46?\n",
    "a word that may bring it in": "4 * 9 = 52\nIn a year 52 * 2 = 104 letters.\n",
    "small numbers behind an empty line": "2 * 4 = 9\n\n9 + 30 = 39\n",
    "a result of one": "5 - 3 = 1\n1 + 4 = 5\n",
    "a right result that what follows has already": (
        "There are 16/2=4 blue ones.\nThere are 8*4=32 green ones, and 16+32+8=56 in all.\n"
    ),
    "a number of an equation that is left": (
        "12 * 4 = 46\nThe other 46 bring 46 * 3 = 138, and 46 + 138 = 184 in all.\n"
    ),
    "a variable with a use that cannot be read": "$x = 12 \\cdot 4 = 46$. Hence $2x = 92$ and $y = x + 46z = 3$.\n",
    "a variable that is defined anew": "x = 12 * 4 = 46\nx = 3\n2x = 6\n",
    "a line of a product of prices": "12 * 4 = 46 apples at $46 make 46 * $46 = $2116.\n",
}


@pytest.mark.parametrize("name", STAYS)
def test_in_doubt_nothing_but_the_result_changes(name):
    text = STAYS[name]
    document = Document("a", text, language="markdown")
    problem = CHECKER.check(document)[0]
    edit = TextEdit(problem.span, problem.candidates[0])
    assert tuple(CHECKER.following(document, edit)) == ()


def test_a_number_is_followed_up_to_where_it_may_be_something_else():
    text = "12 * 4 = 46\n46 + 9 = 55\nBob has 46 pears.\n46 + 1 = 47\nThe total is 55.\n"
    assert followed(text) == (
        "12 * 4 = 48\n48 + 9 = 57\nBob has 46 pears.\n46 + 1 = 47\nThe total is 57.\n"
    )


def test_a_change_of_an_operand_leaves_what_follows():
    text = "48 / 2 = 25\n25 + 3 = 28\n"
    document = Document("a", text, language="markdown")
    assert not CHECKER.following(document, TextEdit(Span(0, 6), "50 / 2"))
    assert not CHECKER.following(document, TextEdit(Span(0, 2), "50"))
    assert not CHECKER.following(document, TextEdit(Span(9, 11), "few"))
    assert CHECKER.following(document, TextEdit(Span(9, 11), "24"))


def test_a_text_with_a_merge_in_conflict_is_left():
    text = "<<<<<<< ours\n12 * 4 = 46\n=======\n12 * 4 = 48\n>>>>>>> theirs\nThe total is 46.\n"
    at = text.index("46")
    document = Document("a", text, language="markdown")
    assert not CHECKER.following(document, TextEdit(Span(at, at + 2), "48"))


def test_a_checker_with_a_memory_tells_the_same_and_one_that_cannot_tell_nothing():
    text = "12 * 4 = 46\nThe total is 46.\n"
    (remembers,) = remembering([CHECKER])
    assert followed(text, checker=remembers) == followed(text) != text

    class Mute:
        name = "mute"

        def supports(self, language):
            return True

        def check(self, document):
            return []

    assert following(Mute(), Document("a", text), TextEdit(Span(9, 11), "48")) == ()


@settings(max_examples=60, deadline=None)
@given(
    st.integers(12, 99), st.integers(3, 40), st.integers(1, 9),
    st.lists(st.tuples(st.sampled_from("+*"), st.integers(2, 30)), min_size=1, max_size=4),
)  # fmt: skip
def test_a_chain_that_was_carried_on_with_a_slip_becomes_what_it_should_have_been(
    first, second, off, steps
):
    def lines(result):
        found = [f"{first} + {second} = {result}"]
        for sign, number in steps:
            after = result + number if sign == "+" else result * number
            found.append(f"{result} {sign} {number} = {after}")
            result = after
        return [*found, f"The answer is {result}."]

    right, wrong = (lines(first + second + slip) for slip in (0, off))
    every = [n for line in wrong for n in line.replace(".", "").split() if n.isdecimal()]
    results = [line.replace(".", "").split()[-1] for line in wrong]
    meant = {line.replace(".", "").split()[-1] for line in right}
    assume(meant.isdisjoint(every))  # else the right result is there already
    # each result stands where it is worked out and used, and is none of the words' numbers
    assume(all(every.count(n) <= 2 for n in results[:-2]) and every.count(results[-1]) == 2)
    assume(
        not set(results) & {"30", "40", "50", "52", "60", "70", "80", "90", "100", "365", "1000"}
    )
    assume(all(Fraction(n) >= 20 for n in results))
    assert followed("\n".join(wrong)) == "\n".join(right)
