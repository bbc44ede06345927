"""Drafts of several gaps, ranked by the names that one gap binds and another one reads."""

import math

import pytest

from editdiff.check.anatomy import TextAnatomist
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.agreeing import AGREE, ALSO, LONGEST, UNBOUND, Fit, agreeing, fit
from editdiff.edits.infill import infill
from editdiff.edits.proposal import Proposal
from editdiff.edits.session import Session
from editdiff.engines.base import Draft
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.text.document import Document
from editdiff.text.language import language_of
from editdiff.text.span import Span

ANATOMIST = TextAnatomist()
AREA = "def area(width):\n    ?\n    print(width)\n    ?\n"


def gapped(text: str, path: str = "a.py") -> tuple[Document, list[Span]]:
    """A document with an empty gap in place of each `?`."""
    parts = text.split("?")
    ends = [sum(map(len, parts[: n + 1])) for n in range(len(parts) - 1)]
    return Document(path, "".join(parts), language=language_of(path)), [Span(e, e) for e in ends]


def fitted(text: str, *texts: str, path: str = "a.py") -> Fit:
    document, gaps = gapped(text, path)
    return fit(document, gaps, texts, ANATOMIST)


def ranked(text: str, *drafts: Draft, path: str = "a.py") -> list[tuple[str, ...]]:
    document, gaps = gapped(text, path)
    return [draft.texts for draft in agreeing(drafts, document, gaps, ANATOMIST)]


APART, TOGETHER = ("half = width / 2", "return width"), ("half = width / 2", "return half")


@pytest.mark.parametrize(("behind", "first"), [(0.5, TOGETHER), (-0.5, APART)])
def test_a_draft_that_agrees_leads_unless_it_is_less_likely_by_more(behind, first):
    less = -10.0 - AGREE + behind
    assert ranked(AREA, Draft(APART, -10.0, 1), Draft(TOGETHER, less, 1))[0] == first


def test_the_order_stays_where_all_agree_alike_whatever_their_scores():
    drafts = [Draft(APART, -9.0, 1), Draft(("double = 2 * width", "return 1"), -5.0, 1)]
    assert ranked(AREA, *drafts) == [draft.texts for draft in drafts]


def test_an_unfinished_draft_stays_last_however_well_it_agrees():
    drafts = [Draft(APART, -90.0, 1), Draft(TOGETHER, -1.0, 1, ended=False)]
    assert ranked(AREA, *drafts) == [APART, TOGETHER]


def test_an_engine_without_probabilities_has_ranked_its_drafts_itself():
    drafts = [Draft(APART, math.nan, 1), Draft(TOGETHER, math.nan, 1)]
    assert ranked(AREA, *drafts) == [APART, TOGETHER]


def test_nothing_is_said_without_names_nor_of_a_very_long_text():
    document, gaps = gapped(AREA + "#" * LONGEST)
    drafts = [Draft(APART, -1.0, 1), Draft(TOGETHER, -1.0, 1)]
    assert agreeing(drafts, document, gaps, ANATOMIST) == drafts
    assert agreeing(drafts, *gapped(AREA), None) == drafts
    assert agreeing(drafts, *gapped(AREA), ANATOMIST) == drafts[::-1]


def test_what_one_gap_binds_and_another_reads_counts_once_for_each_gap_that_reads():
    assert fitted(AREA, *TOGETHER) == Fit(alone=1)
    assert fitted(AREA, "a, b = width, 2", "return a * b") == Fit(alone=1)
    assert fitted(AREA, *APART) == Fit()


def test_of_three_gaps_each_that_reads_of_another_counts():
    text = "def f(n):\n    ?\n    ?\n    ?\n"
    assert fitted(text, "a = n", "b = a", "return b") == Fit(alone=2)
    assert fitted(text, "a = n", "b = a", "return a") == Fit(alone=2)
    assert fitted(text, "a = n", "b = n", "return b") == Fit(alone=1)
    assert fitted(text, "a = n", "b = n", "return n") == Fit()


def test_a_name_that_the_text_around_binds_as_well_counts_less():
    assert fitted("def f(a):\n    ?\n    ?\n", "a = a + 1", "return a") == Fit(also=1)
    assert fitted("x = 0\n?\n?\n", "x = 1", "print(x)") == Fit(also=1)
    assert 0 < ALSO < AGREE


@pytest.mark.parametrize(
    "texts",
    [
        ("for i in a:\n        print(i)", "for i in a:\n        print(i)"),
        ("for i in a: print(i)", "return [i for i in a]"),
        ("i = 1", "i = 2\n    return i"),
        ("f = len", "return lambda f: f"),
    ],
)
def test_a_gap_that_binds_the_name_itself_before_it_reads_it_agrees_with_nobody(texts):
    assert fitted("def g(a):\n    ?\n    ?\n", *texts) == Fit()


def test_a_line_that_gives_back_what_it_reads_needs_that_from_another_gap():
    assert fitted("def f(a):\n    ?\n    ?\n    return t\n", "t = a", "t = t + 1") == Fit(alone=1)
    assert fitted("def f(a):\n    ?\n    ?\n    return t\n", "t = a", "t += 1") == Fit(alone=1)


def test_a_local_name_of_another_function_is_another_one():
    text = "def f():\n    ?\n\ndef g():\n    ?\n"
    assert fitted(text, "x = 1", "return x") == Fit(unbound=1)


def test_a_variable_is_not_read_above_its_line_but_a_function_may_be():
    assert fitted("def f(a):\n    ?\n    ?\n", "print(x)", "x = a") == Fit()
    assert fitted("?\n\n?\n", "def f(): return g()", "def g(): return 1") == Fit(alone=1)


def test_what_a_method_sets_another_one_reads():
    text = "class A:\n    def __init__(self):\n        ?\n\n    def get(self):\n        ?\n"
    assert fitted(text, "self.n = 1", "return self.n") == Fit(alone=1)
    assert fitted(text, "self.n = 1", "return n") == Fit(unbound=1)


def test_an_import_and_a_name_of_python_itself_are_no_unbound_names():
    text = "?\n\ndef f(a):\n    ?\n"
    assert fitted(text, "import math", "return math.sqrt(len(a))") == Fit(alone=1)
    assert fitted(text, "import os.path as p", "return p.join(a, __file__)") == Fit(alone=1)
    assert fitted(text, "import re", "return math.sqrt(a)") == Fit(unbound=1)


def test_each_unbound_name_costs_once_also_where_the_text_around_reads_what_no_gap_binds():
    text = "def f(a):\n    ?\n    ?\n    return total\n"
    assert fitted(text, "b = a", "c = a") == Fit(unbound=1)
    assert fitted(text, "b = a", "total = c + c + d") == Fit(unbound=2)
    assert fitted(text, "b = a", "total = b") == Fit(alone=1)
    drafts = [Draft(("b = a", "total = c"), -1.0, 1), Draft(("b = a", "total = a"), -1.5, 1)]
    assert ranked(text, *drafts)[0] == ("b = a", "total = a")
    assert UNBOUND > 0.5


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("from os import *\ndef f(a):\n    ?\n    ?\n", "a.py"),
        ("def f(a):\n    ?\n    ?\n", "a.ipynb"),
        ("package a\nfunc f(a int) int {\n?\n?\n}\n", "a.go"),
    ],
    ids=["star", "cell", "go"],
)
def test_where_others_may_bind_a_name_it_is_not_called_unbound(text, path):
    document, gaps = gapped(text, path)
    language = "python" if path == "a.ipynb" else document.language
    document = Document(path, document.text, language=language)
    assert fit(document, gaps, ("g(a)", "return helper(a)"), ANATOMIST) == Fit()


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ('def f(a):\n    x = "?"\n    ?\n', "half = a", "return half"),
        ("def f(a):\n    # ?\n    ?\n", "half = a", "return half"),
        ('def f(a):\n    ?\n    return "?"\n', "half = a", "half"),
        ('def f(a):\n    ?\n    """?"""\n', "half = a", "half of it"),
    ],
)
def test_words_of_strings_and_comments_are_no_names(text, first, second):
    assert fitted(text, first, second).alone == 0


def test_what_is_put_into_a_string_by_the_program_is_a_name():
    assert fitted('def f(a):\n    ?\n    return f"{?}"\n', "half = a", "half") == Fit(alone=1)


@pytest.mark.parametrize(
    ("path", "text", "first", "second"),
    [
        ("a.js", "function f(a) {\n?\n?\n}\n", "const half = a / 2;", "return half;"),
        ("a.ts", "function f(a: number) {\n?\n?\n}\n", "const {half} = g(a);", "return half;"),
        ("a.go", "func f(a int) int {\n?\n?\n}\n", "half := a / 2", "return half"),
        ("a.rs", "fn f(a: i32) -> i32 {\n?\n?\n}\n", "let half = a / 2;", "half"),
        ("A.java", "class A { int f(int a) {\n?\n?\n} }\n", "int half = a / 2;", "return half;"),
        ("a.c", "int f(int a) {\n?\n?\n}\n", "int half = a / 2;", "return half;"),
        ("a.cpp", "int f(int a) {\n?\n?\n}\n", "auto half = a / 2;", "return half;"),
        ("a.sh", "f() {\n?\n?\n}\n", "half=$(($1 / 2))", 'echo "$half"'),
    ],
)
def test_every_language_with_a_table_of_names_has_it(path, text, first, second):
    assert fitted(text, first, second, path=path).alone == 1
    assert fitted(text, first, second.replace("half", "a"), path=path).alone == 0


@pytest.mark.parametrize("path", ["a.txt", "a.md", "a.zzz", "a.json", "a.yaml"])
def test_a_text_without_names_that_are_bound_and_read_stays_as_it_was_ranked(path):
    drafts = [Draft(APART, -1.0, 1), Draft(TOGETHER, -1.0, 1), Draft(("# a_b", "[x](#a_b)"), -2, 1)]
    assert ranked(AREA, *drafts, path=path) == [draft.texts for draft in drafts]


@pytest.mark.parametrize(
    "texts",
    [("\0", "return half"), ("(" * 5000, ")"), ("for " + "[" * 5000, "return ''' half")],
    ids=["no text", "deep", "broken"],
)
def test_a_draft_that_does_not_parse_or_is_no_text_is_ranked_all_the_same(texts):
    worse = Draft(texts, -1.0, 1)
    assert set(ranked(AREA, worse, Draft(TOGETHER, -1.0, 1))) == {texts, TOGETHER}


def test_a_draft_that_does_not_parse_gains_nothing_by_its_names_beside_one_that_does():
    broken = ("half = width / 2", "return half )")
    assert fitted(AREA, *broken) == Fit(alone=1, sound=False)
    drafts = [Draft(APART, -1.0, 1), Draft(broken, -1.5, 1), Draft(TOGETHER, -2.0, 1)]
    assert ranked(AREA, *drafts) == [TOGETHER, APART, broken]
    others = [Draft(broken, -1.5, 1), Draft(("half = (", "return 1"), -1.0, 1)]
    assert ranked(AREA, *others[::-1])[0] == broken


def test_where_the_text_around_does_not_parse_names_count_all_the_same():
    text = AREA + "print(]\n"
    assert not fitted(text, *TOGETHER).sound
    assert ranked(text, Draft(APART, -1.0, 1), Draft(TOGETHER, -2.0, 1))[0] == TOGETHER


# where several gaps are filled


def proposed(drafts, spans, document, anatomist, checkers=()):
    engine = ScriptedEngine([drafts])
    outcome = infill(document, spans, engine, checkers=checkers, anatomist=anatomist)
    assert isinstance(outcome, Proposal)
    return outcome


def test_infill_proposes_the_draft_that_agrees_and_tells_the_models_own_score():
    document, gaps = gapped(AREA)
    drafts = [Draft(APART, -10.0, 1), Draft(TOGETHER, -11.0, 1)]
    outcome = proposed(drafts, gaps, document, ANATOMIST)
    assert tuple(edit.text for edit in outcome.edits) == TOGETHER
    assert outcome.effort.score == -11.0
    without = proposed(drafts, gaps, document, None)
    assert tuple(edit.text for edit in without.edits) == APART


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_line_endings_and_what_stood_in_the_gaps_do_not_matter(ending):
    text = "def area(w):\n    old = w\n    print(w)\n    return old\n".replace("\n", ending)
    document = Document("a.py", text, language="python")
    gaps = [Span(at, at + 3) for at in (text.index("old"), text.rindex("old"))]
    drafts = [Draft(("new", "old"), -10.0, 1), Draft(("new", "new"), -11.0, 1)]
    outcome = proposed(drafts, gaps, document, ANATOMIST)
    assert outcome.after.text == text.replace("old", "new")


def test_a_draft_that_agrees_and_does_not_parse_gives_way():
    document, gaps = gapped(AREA)
    drafts = [Draft(APART, -10.0, 1), Draft(("half = width / 2", "return (half"), -10.0, 1)]
    outcome = proposed(drafts, gaps, document, ANATOMIST, [SyntaxChecker()])
    assert tuple(edit.text for edit in outcome.edits) == APART


def test_drafts_of_one_gap_are_never_looked_at():
    class Never:
        def anatomy(self, document):
            raise AssertionError("asked for names")

    document, gaps = gapped("def f(a):\n    ?\n")
    drafts = [Draft(("return b",), -1.0, 1), Draft(("return a",), -1.1, 1)]
    outcome = proposed(drafts, gaps, document, Never())
    assert outcome.edits.items[0].text == "return b"


def test_a_session_hands_its_knowledge_of_names_on():
    document, gaps = gapped(AREA)
    drafts = [Draft(APART, -10.0, 1), Draft(TOGETHER, -11.0, 1)]
    for anatomist, first in ((None, APART), (ANATOMIST, TOGETHER)):
        session = Session(lambda: ScriptedEngine([drafts]), anatomist=anatomist)
        outcome = session.begin(document, gaps).draft()
        assert isinstance(outcome, Proposal)
        assert tuple(edit.text for edit in outcome.edits) == first
