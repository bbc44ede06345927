import doctest
import re
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from editdiff.errors import MissingDependencyError
from editdiff.training.tasks.example import Example, filled
from editdiff.training.tasks.maths import FORMS, GENERATORS, exact, forms, make_work, maths, page
from editdiff.training.tasks.maths.exact import python_value, value
from editdiff.training.tasks.maths.forms import wrong_number
from editdiff.training.tasks.maths.notation import CODE, LATEX, PLAIN, TIGHT, Notation, render
from editdiff.training.tasks.maths.page import PYTHON, Layout, Page
from editdiff.training.tasks.maths.stories import story
from editdiff.training.tasks.maths.work import Generator, Step, Work, show, verify

KINDS = [generator for generator, _ in GENERATORS]
LAYOUTS = [*page.MARKDOWN[:3], *page.TEX, *PYTHON, page.annotated]
seeds = st.integers(0, 100_000)


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def laid_out(layout: Layout, work: Work, seed: int) -> Page:
    made = Page(derived=work.derived)
    layout(made, work, rng(seed))
    return made


def by_sympy(side: str) -> sympy.Expr:
    """What sympy's own parser makes of an expression, decimals taken exactly."""
    return sympy.sympify(side, rational=True)


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_every_equation_of_every_kind_holds_for_sympy(make: Generator) -> None:
    for seed in range(50):
        work = make(rng(seed))
        assert work.steps
        for step in work.steps:
            if work.root:
                left, right = map(by_sympy, step.sides)
                assert sympy.Poly(left - right).all_roots() == [sympy.Rational(work.root)]
            else:
                differences = by_sympy(
                    ", ".join(f"({a}) - ({b})" for a, b in pairwise(step.sides)) + ","
                )
                assert {sympy.expand(d) for d in differences} == {0}, step.sides


@pytest.mark.parametrize(
    "work",
    [
        Work("", (Step(("1 + 1", "3")),)),
        Work("", (Step(("0.1 + 0.2", "0.3")), Step(("1/3", "0.3333")))),
        Work("", (Step(("(x + 1)**2", "x**2 + 1")),)),
        Work("", (Step(("diff(x**2)", "x")),)),
        Work("", (Step(("2 * x + 1", "7")),), root="4"),
        Work("", (Step(("2 * x", "x + x")),), root="3"),
        Work("", (Step(("5",)),)),
    ],
)
def test_a_false_equation_is_an_error(work: Work) -> None:
    with pytest.raises(ValueError, match="false equation"):
        verify(work)


def test_decimals_are_exact_and_nothing_else_is_evaluated() -> None:
    assert value("0.1 + 0.2") == Fraction(3, 10)
    assert value("-2**2 + 7 % 4") == -1
    assert python_value("6 / 4 + 1") == 2.5
    for text in ("f(1)", "[1]", "a.b", "1 if 2 else 3", "1 << 2"):
        with pytest.raises(ValueError, match="no arithmetic"):
            value(text)


@pytest.mark.parametrize(
    ("expression", "code", "plain", "latex"),
    [
        ("3 * (4 + 5) - 2", "3 * (4 + 5) - 2", "3 × (4 + 5) - 2", r"3 \cdot (4 + 5) - 2"),
        ("48 / 2", "48 / 2", "48 ÷ 2", r"\frac{48}{2}"),
        ("10 - (7 - 2)", "10 - (7 - 2)", "10 - (7 - 2)", "10 - (7 - 2)"),
        ("5 - (-3)", "5 - (-3)", "5 - (-3)", "5 - (-3)"),
        ("-3 * x**2 + x", "-3 * x**2 + x", "-3x² + x", "-3x^2 + x"),
        ("(x + 2) * (x - 3)", "(x + 2) * (x - 3)", "(x + 2)(x - 3)", "(x + 2)(x - 3)"),
        ("2**10", "2**10", "2¹⁰", "2^{10}"),
        ("(-2)**2", "(-2)**2", "(-2)²", "(-2)^2"),
        ("(1/2)**2", "(1 / 2)**2", "(1 ÷ 2)²", r"\left(\frac{1}{2}\right)^2"),
        ("2 * pi * 7", "2 * pi * 7", "2π × 7", r"2\pi \cdot 7"),
        ("diff(x**2)", "diff(x**2)", "d/dx (x²)", r"\frac{d}{dx}(x^2)"),
        ("6 / (3 / 2)", "6 / (3 / 2)", "6 ÷ (3 ÷ 2)", r"\frac{6}{\frac{3}{2}}"),
    ],
)
def test_one_expression_in_three_notations(
    expression: str, code: str, plain: str, latex: str
) -> None:
    found = [render(expression, notation) for notation in (CODE, PLAIN[1], LATEX[0])]
    assert found == [code, plain, latex]


FRACTION = re.compile(r"\\frac\{((?:[^{}]|\{[^{}]*\})*)\}\{((?:[^{}]|\{[^{}]*\})*)\}")
SIGNS = {r"\cdot": "*", r"\times": "*", r"\left": "", r"\right": "", r"\pi": " pi", "×": "*"}
SIGNS |= {"·": "*", "÷": "/", "−": "-", "π": " pi", "^": "**", "{": "(", "}": ")"}
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def read_back(text: str, notation: Notation) -> str:
    """Our notations as sympy's parser reads them: written for this test alone."""
    text = re.sub(r"\\frac\{d\}\{dx\}|d/dx ", "diff", text)
    while FRACTION.search(text):
        text = FRACTION.sub(r"((\1)/(\2))", text)
    text = re.sub("[⁰-⁹¹²³]+", lambda m: "**" + m[0].translate(RAISED), text)
    if notation.times == " x ":
        text = re.sub(r"(?<=[\dπ)]) x (?=[\d(])", " * ", text)
    for sign, plain in SIGNS.items():
        text = text.replace(sign, plain)
    text = re.sub(r"(?<=[\d)])\s*(?=x|pi|\()(?!\s*\*)", "*", text)
    return re.sub(r"(?<=[\d)])\s+pi", "*pi", text)


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_every_notation_reads_back_as_the_same_value(make: Generator) -> None:
    for seed, notation in enumerate((*PLAIN, *LATEX, TIGHT)):
        for step in make(rng(seed)).steps:
            for side in step.sides:
                written = read_back(render(side, notation), notation)
                assert sympy.expand(by_sympy(written) - by_sympy(side)) == 0, written


@given(seeds, st.sampled_from(["x.py", ""]))
def test_the_targets_put_back_give_the_document(seed: int, path: str) -> None:
    example = maths("a file", path, rng(seed))
    assert filled(example.blanked, example.targets) == example.text
    spans = [(gap.start, gap.end) for gap in example.gaps]
    assert spans == sorted(spans)
    assert all(start < end <= len(example.text) for start, end in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert bool(example.path) == bool(path)
    assert 3 <= example.text.count("\n") <= 20


@given(seeds)
def test_the_same_seed_gives_the_same_example(seed: int) -> None:
    assert maths("", "x", rng(seed)) == maths("", "x", rng(seed))


def test_documents_hardly_ever_repeat() -> None:
    g = rng(0)
    examples = [maths("", "x", g) for _ in range(200)]
    assert len({e.text for e in examples}) == len(examples)
    assert {e.path.rsplit(".", 1)[-1] for e in examples} == {"md", "tex", "py"}


def asked(form: object, seed: int) -> Example | None:
    g = rng(seed)
    made, _ = page.lay_out(make_work(g), g)
    return form(made, g)  # type: ignore[operator, no-any-return]


@pytest.mark.parametrize("form", [form for form, _ in FORMS], ids=lambda form: form.__name__)
def test_every_form_is_asked_of_most_documents(form: object) -> None:
    found = [example for seed in range(60) if (example := asked(form, seed))]
    assert len(found) > 6 if form is forms.copies else len(found) > 25
    for example in found:
        assert filled(example.blanked, example.targets) == example.text
        assert (len(example.gaps) > 1) == (form is forms.copies)
        assert (example.old is not None) == (form is forms.repair)
        assert (example.draft is not None) == (form is forms.revise)
        if form is forms.copies:
            assert len(set(example.targets)) == 1


def test_old_differs_from_the_target_exactly_when_a_number_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for share, differs in ((0.0, True), (1.0, False)):
        monkeypatch.setattr(forms, "UNCHANGED_SHARE", share)
        found = [example for seed in range(80) if (example := asked(forms.repair, seed))]
        assert {e.old != e.targets[0] for e in found} == {differs}


def test_a_wrong_number_of_a_repair_is_the_only_change_and_wrong_in_every_copy() -> None:
    number = re.compile(r"\d+(?:\.\d+)?")
    several = 0
    for seed in range(150):
        example = asked(forms.repair, seed)
        if example and example.old != example.targets[0]:
            old, target = example.old or "", example.targets[0]
            assert number.split(old) == number.split(target)
            pairs = zip(number.findall(old), number.findall(target), strict=True)
            changed = [(a, b) for a, b in pairs if a != b]
            assert len(set(changed)) == 1
            several += len(changed) > 1
    assert several > 5


def test_a_draft_has_as_many_characters_as_its_target() -> None:
    for seed in range(150):
        example = asked(forms.revise, seed)
        if example:
            assert example.draft != example.targets[0]
            assert len(example.draft or "") == len(example.targets[0])


def test_a_calculation_is_repeated_in_angle_brackets() -> None:
    made = laid_out(page.annotated, Work("Eggs", (Step(("48 / 2", "24"), "Then {} eggs."),)), 0)
    assert made.text == "Eggs\nThen 48/2 = <<48/2=24>>24 eggs.\n"
    assert [side.span.slice(made.text) for side in made.sides] == ["48/2", "48/2", "24", "24"]


@given(seeds)
def test_a_word_problem_says_what_it_calculates(seed: int) -> None:
    work = story(rng(seed))
    assert all(step.words.count("{}") == 1 for step in work.steps)
    text = laid_out(page.annotated, work, seed).text
    annotations = re.findall(r"<<(.+?)=(.+?)>>(\d+(?:\.\d+)?)", text)
    assert len(annotations) == len(work.steps)
    for left, right, again in annotations:
        assert value(left) == value(right)
        assert again == right


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.__name__)
def test_sides_and_numbers_stand_where_the_page_says(layout: Layout) -> None:
    for seed in range(40):
        work = make_work(rng(seed))
        if layout is page.annotated and any(len(step.sides) > 2 for step in work.steps):
            continue
        made = laid_out(layout, work, seed)
        assert {side.step for side in made.sides} == set(range(len(work.steps)))
        for side in made.sides:
            assert not re.match(r"\d", made.text[side.span.end :]), (
                "a number goes on behind its side"
            )
            for number in made.numbers(side):
                assert float(number.slice(made.text)) >= 0


@pytest.mark.parametrize("layout", PYTHON, ids=lambda layout: layout.__name__)
def test_pages_of_code_run(layout: Layout) -> None:
    ran = 0
    for seed in range(80):
        made = laid_out(layout, make_work(rng(seed)), seed)
        scope: dict[str, object] = {}
        exec(compile(made.text, "page", "exec"), scope)
        for function in [f for f in scope.values() if callable(f)]:
            function()
            ran += made.text.count("assert")
        if layout is page.doctests:
            tests = doctest.DocTestParser().get_doctest(scope["__doc__"], {}, "page", None, None)  # type: ignore[arg-type]
            outcome = doctest.DocTestRunner(verbose=False).run(tests)
            assert outcome.failed == 0
            ran += outcome.attempted
    assert ran > 80 or layout not in (page.assertions, page.doctests)


def test_a_spoiled_assertion_fails() -> None:
    failed = 0
    for seed in range(200):
        g = rng(seed)
        made = Page()
        page.assertions(made, make_work(g), g)
        example = forms.revise(made, g)
        if example and "assert" in example.targets[0] and not example.targets[0].startswith("#"):
            scope: dict[str, object] = {}
            exec(filled(example.blanked, [example.draft or ""]), scope)
            (function,) = [f for f in scope.values() if callable(f)]
            with pytest.raises((AssertionError, ZeroDivisionError)):
                function()
            failed += 1
    assert failed > 50


@given(st.from_regex(r"[1-9][0-9]{0,5}(\.[0-9]{1,3})?", fullmatch=True), seeds, st.booleans())
def test_a_wrong_number_is_another_number(text: str, seed: int, same_length: bool) -> None:
    new = wrong_number(text, rng(seed), same_length)
    assert new or same_length  # as many digits are not always to be had
    assert not new or Fraction(new) != Fraction(text)
    assert not new or not same_length or len(new) == len(text)


@given(st.fractions(max_denominator=10_000))
def test_a_number_is_shown_exactly(number: Fraction) -> None:
    assert value(show(number)) == number


def test_shares_add_up() -> None:
    assert sum(share for _, share in GENERATORS) == pytest.approx(1)
    assert sum(share for _, share in FORMS) == pytest.approx(1)
    assert sum(share for *_, share in page.SETTINGS) == pytest.approx(1)


def test_without_sympy_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sympy", None)
    exact._ring.cache_clear()
    with pytest.raises(MissingDependencyError, match="sympy") as found:
        verify(Work("", (Step(("2 * x", "x + x")),)))
    assert "pip install" in found.value.hint


def test_sympy_is_imported_only_when_algebra_is_checked() -> None:
    program = "import sys, editdiff.training.tasks.maths; print('sympy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
