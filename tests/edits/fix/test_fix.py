import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editdiff.check.base import Problem
from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.ruff_lint import RuffChecker
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.fix.regions import ladder
from editdiff.edits.fix.run import Fixing, Limits, fix
from editdiff.edits.fix.standards import Checks
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.engines.base import Draft, FillOptions, FillTask, Update
from editdiff.errors import UsageError
from editdiff.text.document import Document
from editdiff.text.span import Span

PYTHON = Checks((SyntaxChecker(), PythonCompileChecker()))
TREE = Checks((SyntaxChecker(),))
GOOD = "def f(x):\n    if x:\n        return [1, 2]\n    return g(x)\n"


@dataclass
class Fake:
    """Gives the same drafts for every gap; scores by a table, 0 for what is not in it."""

    drafts: Sequence[str] = ()
    scores: dict[str, float] = field(default_factory=dict)
    tasks: list[FillTask] = field(default_factory=list)
    name: str = "fake"

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        self.tasks.append(task)
        for text in self.drafts:
            yield Draft((text,), 0.0, 1)

    def score(self, task: FillTask, texts: Sequence[tuple[str, ...]]) -> list[float]:
        return [self.scores.get(text, 0.0) for (text,) in texts]


class Words:
    """Every `bad` is a problem, and `good` would be right."""

    name = "words"
    candidates: tuple[str, ...] = ("good",)

    def supports(self, language: str) -> bool:
        return True

    def check(self, document: Document) -> list[Problem]:
        text, found, at = document.text, [], -1
        while (at := text.find("bad", at + 1)) >= 0:
            found.append(Problem(Span(at, at + 3), "bad word", self.name, self.candidates))
        return found


class WordsWithoutCandidates(Words):
    candidates = ()


@pytest.fixture
def ruff(tmp_path, monkeypatch) -> RuffChecker:
    """Ruff with pyflakes' rules alone."""
    (tmp_path / "ruff.toml").write_text('[lint]\nselect = ["F"]\n')
    monkeypatch.chdir(tmp_path)
    return RuffChecker()


def python(text: str) -> Document:
    return Document("a.py", text, language="python")


def after(outcome: Proposal | NoEdit) -> str:
    assert isinstance(outcome, Proposal), outcome
    return outcome.after.text


@pytest.mark.parametrize(
    "wrong",
    [
        GOOD.replace("x):", "x:"),
        GOOD.replace("if x:", "if x"),
        GOOD.replace("2]", "2"),
        GOOD.replace("(x)\n", "(x\n"),
        GOOD.replace("        return", "    return"),
    ],
    ids=["bracket", "colon", "square", "last character", "indentation"],
)
def test_a_file_that_does_not_parse_parses_again_without_a_draft_of_the_model(wrong):
    fixed = fix(python(wrong), Fake(), PYTHON)
    assert PYTHON.problems(python(after(fixed.outcome))) == []
    assert fixed.left == ()
    assert fixed.mended


def test_of_several_texts_that_parse_the_likeliest_is_taken():
    wrong = GOOD.replace("if x:", "if x")
    for chosen in ("    if x:", "    x"):
        fixed = fix(python(wrong), Fake(scores={"    if x:": 1, "    if not x:": 100}), PYTHON)
        assert "    if x:\n" in after(fixed.outcome), chosen


def test_a_draft_that_changes_more_has_to_be_so_much_likelier():
    wrong = "x = g(1\n"
    near, far = "x = g(1)", "x = g(1)()"
    for score, expected in ((10, near), (100, far)):
        fixed = fix(python(wrong), Fake([far], {near: 10, far: score}), PYTHON)
        assert after(fixed.outcome) == expected + "\n"


def test_a_draft_for_the_place_alone_is_judged_as_the_whole_line():
    wrong = "clas A:\n    pass\n"
    engine = Fake(["class A:"])
    assert after(fix(python(wrong), engine, PYTHON).outcome) == "class A:\n    pass\n"
    assert len(engine.tasks) > 1


class InPlace(Fake):
    """Has drafts for what is revised in place, and refuses the longer ones, as a canvas does."""

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        self.tasks.append(task)
        if task.region is not None and task.gaps[0].length > 3:
            raise UsageError("The places are too many.", "Revise fewer.")
        if task.region is not None:
            yield Draft(("new",), 0.0, 1)


def test_a_place_is_revised_in_place_too_with_all_else_of_its_line_in_view():
    engine = InPlace()
    checks = Checks(others=(WordsWithoutCandidates(),))
    outcome = fix(Document("a.txt", "one\r\na bad word\r\n", language="plaintext"), engine, checks)
    assert after(outcome.outcome) == "one\r\na new word\r\n"
    revised = [task for task in engine.tasks if task.region is not None]
    assert all(task.wrong for task in revised)
    assert (
        revised[0].region is not None and revised[0].region.slice(revised[0].text) == "a bad word"
    )
    assert revised[0].gaps[0].slice(revised[0].text) == "bad"
    assert any(task.gaps[0].length > 3 for task in revised), "and the whole line was refused"


@pytest.mark.parametrize("wrong", ["(x + 1\n", "x = 1\ny = (2", "[)", "x = 1)"])
def test_a_fault_may_stand_at_the_first_or_last_character(wrong):
    assert PYTHON.problems(python(after(fix(python(wrong), Fake(), PYTHON).outcome))) == []


@pytest.mark.parametrize("text", ["", "\n", "x = 1", GOOD])
def test_where_nothing_is_wrong_there_is_nothing_to_mend_and_no_engine_is_loaded(text):
    def never() -> Fake:
        raise AssertionError("loaded")

    fixing = Fixing(python(text), never, PYTHON)
    assert list(fixing.run()) == []
    assert fixing.result().outcome == NoEdit("there is nothing to mend")


def test_two_faults_are_mended_one_after_the_other_into_one_edit():
    apart = "\n\nx = 1\n\n\n"
    wrong = GOOD.replace("if x:", "if x") + apart + GOOD.replace("2]", "2")
    fixed = fix(python(wrong), Fake(), TREE)
    assert len(fixed.mended) == 2
    assert TREE.problems(python(after(fixed.outcome))) == []
    assert [repair.line for repair in fixed.mended] == [2, 12]


@pytest.mark.parametrize(
    "right",
    [
        "if x:\n    y()\nz = 1\nwhile y:\n    z()\n",
        "def f(x):\n    return x\n\n\ndef g(y):\n    return y\n",
    ],
)
def test_faults_close_to_each_other_that_the_parser_takes_for_one_are_mended_one_by_one(right):
    wrong = right.replace(":", "")
    scores = dict.fromkeys(right.split("\n"), 20.0)
    fixed = fix(python(wrong), Fake(scores=scores), PYTHON)
    assert after(fixed.outcome) == right
    assert len(fixed.mended) == 2


def test_what_was_mended_on_a_way_that_leads_nowhere_is_taken_back():
    wrong = "x = g(1\ny = 2\n\n\ndef f():\n    return (((((\n\n\nz = 3\n"
    fixed = fix(python(wrong), Fake(), PYTHON)
    assert isinstance(fixed.outcome, NoEdit) and not fixed.mended
    reasons = [r.outcome.reason for r in fixed.left if isinstance(r.outcome, NoEdit)]
    assert any("would still not parse: line 6" in reason for reason in reasons)


def test_what_was_mended_stays_where_the_rest_was_only_not_tried():
    wrong = "x = g(1\ny = 2\n\n\ndef f():\n    return (((((\n\n\nz = 3\n"
    fixed = fix(python(wrong), Fake(scores={"x = g(1)": 9.0}), PYTHON, limits=Limits(problems=1))
    assert after(fixed.outcome).startswith("x = g(1)\n")
    assert fixed.left


def test_another_checks_fix_stays_when_the_syntax_cannot_be_mended():
    checks = Checks((SyntaxChecker(), PythonCompileChecker()), (Words(),))
    fixed = fix(python("x = 'bad'\nreturn (((((\n"), Fake(), checks)
    assert after(fixed.outcome).startswith("x = 'good'\n")


def test_a_draft_that_throws_away_what_the_user_wrote_is_no_fix():
    wrong = "class A\n    y = [1, 2\n\n    def g(self):\n        pass\n"
    fixed = fix(python(wrong), Fake(["x = 1", "pass"]), PYTHON)
    text = fixed.outcome.after.text if isinstance(fixed.outcome, Proposal) else wrong
    assert all(word in text for word in ("class", "A", "y = ", "1, 2", "def g", "self"))


def test_line_endings_byte_order_mark_and_the_missing_last_newline_stay():
    data = "\ufeffdef f(x:\r\n    return x\r\ny = 1".encode()
    document = Document.from_bytes(data, "a.py")
    outcome = fix(document, Fake(["def f(x):\n    pass"]), PYTHON).outcome
    assert isinstance(outcome, Proposal)
    assert outcome.after.to_bytes() == data.replace(b"(x:", b"(x):")


def test_a_misspelt_keyword_is_known_though_it_stands_nowhere_else():
    right = "for x in y:\n    if x:\n        f(x)\n    else:\n        g(x)\n"
    outcome = fix(python(right.replace("else", "esle")), Fake([]), PYTHON).outcome
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == right


def test_what_cannot_be_mended_is_left_with_its_reason():
    wrong = "kind A:\n    pass\n"
    fixed = fix(python(wrong), Fake(["klass A:"]), PYTHON)
    assert isinstance(fixed.outcome, NoEdit)
    assert fixed.outcome.reason == "no problem of 2 could be mended"
    assert all(isinstance(repair.outcome, NoEdit) for repair in fixed.left)
    assert fixed.mended == ()


def test_only_the_first_problems_of_many_are_tried_and_the_others_are_named():
    document = Document("a.txt", "bad\n" * 1000)
    fixed = fix(document, Fake(), Checks((), (Words(),)), limits=Limits(problems=20))
    assert after(fixed.outcome) == "good\n" * 20 + "bad\n" * 980
    assert len(fixed.left) == 980
    reasons = {r.outcome.reason for r in fixed.left if isinstance(r.outcome, NoEdit)}
    assert reasons == {"not tried: only the first 20 problems of a file are"}
    assert fixed.left[0].line == 21


def test_when_the_time_is_over_what_was_mended_stays():
    document = Document("a.txt", "bad\n" * 3)
    fixing = Fixing(document, Fake, Checks((), (Words(),)))
    next(fixing.run())
    fixing.limits = Limits(seconds=0)
    assert list(fixing.run()) == []
    fixed = fixing.result()
    assert after(fixed.outcome) == "good\nbad\nbad\n"
    assert "0 s for a file are over" in fixed.left[0].outcome.reason


def test_the_time_of_a_file_begins_with_its_mending(monkeypatch):
    """It may have waited long while other files were checked."""
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    fixing = Fixing(
        Document("a.txt", "bad\n"), Fake, Checks((), (Words(),)), limits=Limits(seconds=5)
    )
    now[0] = 100.0
    assert len(list(fixing.run())) == 1
    now[0] = 103.0
    assert after(fixing.result().outcome) == "good\n"
    assert fixing.result().outcome.effort.seconds == 3.0


def test_an_interruption_keeps_what_was_mended():
    class Interrupted(Fake):
        def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
            raise KeyboardInterrupt

    text = "bad\nx\n(\n"
    fixing = Fixing(Document("a.txt", text), Interrupted, Checks((), (Words(), Open())))
    with pytest.raises(KeyboardInterrupt):
        list(fixing.run())
    assert after(fixing.result().outcome) == text.replace("bad", "good")


class Open:
    """An opening bracket is a problem."""

    name = "open"

    def supports(self, language: str) -> bool:
        return True

    def check(self, document: Document) -> list[Problem]:
        at = document.text.find("(")
        return [] if at < 0 else [Problem(Span(at, at + 1), "open", self.name)]


def test_a_fix_that_brings_a_new_problem_of_another_check_is_refused():
    document = Document("a.txt", "bad\n")
    checks = Checks((), (WordsWithoutCandidates(), Open()))
    assert isinstance(fix(document, Fake(["("]), checks).outcome, NoEdit)
    assert after(fix(document, Fake(["(", "ok"]), checks).outcome) == "ok\n"


def test_a_fix_of_another_check_never_breaks_the_syntax():
    document = python("bad = 1\n")
    checks = Checks(PYTHON.syntax, (WordsWithoutCandidates(),))
    assert after(fix(document, Fake(["x = (", "x = 1"]), checks).outcome) == "x = 1\n"


def test_what_a_linter_sees_only_once_the_text_parses_does_not_stand_against_a_fix(ruff):
    wrong = "x = (name\n"
    fixed = fix(python(wrong), Fake(), Checks(PYTHON.syntax, (ruff,)))
    assert PYTHON.problems(python(after(fixed.outcome))) == []
    assert [repair.problem.message for repair in fixed.left] == ["F821 Undefined name `name`"]


def test_of_drafts_that_parse_one_without_a_new_finding_of_the_linter_is_preferred(ruff):
    wrong = "a = 1\nb = 2  # not ab\nprint(a b)\n"
    engine = Fake(["print(ab)"], {"print(ab)": 100})
    fixed = fix(python(wrong), engine, Checks(PYTHON.syntax, (ruff,)))
    assert "print(ab)" not in after(fixed.outcome)
    assert "print(ab)" in after(fix(python(wrong), engine, PYTHON).outcome)


def test_a_linters_own_safe_fix_is_taken_without_asking_the_model(ruff):
    engine = Fake(["x"])
    fixed = fix(python("import os\nx = 1\n"), engine, Checks(PYTHON.syntax, (ruff,)))
    assert after(fixed.outcome) == "x = 1\n"
    assert engine.tasks == []


def test_what_a_linter_still_finds_does_not_stand_against_what_was_mended(ruff):
    text = "import os\nprint(name)\n"
    fixed = fix(python(text), Fake(), Checks(PYTHON.syntax, (ruff,)))
    assert after(fixed.outcome) == "print(name)\n"
    assert fixed.outcome.checked == ("syntax", "python", "ruff")
    assert len(fixed.left) == 1


def test_edits_stay_within_the_lines_that_may_be_edited():
    text = "bad\nbad\nbad\n"
    fixing = Fixing(Document("a.txt", text), Fake, Checks((), (Words(),)), editable=[Span(4, 7)])
    list(fixing.run())
    assert after(fixing.result().outcome) == "bad\ngood\nbad\n"
    assert fixing.result().left == ()


def test_syntax_can_be_left_alone():
    text = "x = (1\n# bad\n"
    fixing = Fixing(python(text), Fake, Checks(PYTHON.syntax, (Words(),)), skip_syntax=True)
    list(fixing.run())
    assert after(fixing.result().outcome) == "x = (1\n# good\n"


def test_other_languages_are_mended_by_their_grammar_alone():
    wrong = "function f(x) {\n  return g(x;\n}\n\nconst y = [1, 2];\n"
    document = Document("a.js", wrong, language="javascript")
    fixed = fix(document, Fake(scores={"  return g(x);": 10.0}), TREE)
    assert after(fixed.outcome) == wrong.replace("x;", "x);")


def test_the_same_input_gives_the_same_fix():
    wrong = GOOD.replace("x):", "x:")
    first, second = (fix(python(wrong), Fake(["def f(x, y):"]), PYTHON).outcome for _ in range(2))
    assert after(first) == after(second)


pieces = st.sampled_from(
    ["def f(x):", "    if x:", "return x", "x = [1, 2", "(", "y)", "", "'", "é😀"]
)


@settings(max_examples=15, deadline=None)
@given(
    lines=st.lists(pieces, min_size=1, max_size=8),
    newline=st.sampled_from(["\n", "\r\n"]),
    drafts=st.lists(st.text("x=()\n:1 ", max_size=8), max_size=3),
)
def test_nothing_outside_the_regions_changes(lines, newline, drafts):
    document = python(newline.join(lines))
    fixing = Fixing(document, lambda: Fake(drafts), TREE, limits=Limits(problems=3))
    before = document
    for repair in fixing.run():
        if isinstance(repair.outcome, Proposal):
            (edit,) = repair.outcome.edits
            regions = ladder(before.text, repair.problem, syntax=True)
            assert edit.span in [region.span for region in regions]
            assert edit.span.slice(before.text) + before.text[edit.span.end :] in before.text
            assert fixing.now.text.startswith(before.text[: edit.span.start])
            assert fixing.now.text.endswith(before.text[edit.span.end :])
            assert len(TREE.problems(fixing.now)) < len(TREE.problems(before))
        before = fixing.now  # where nothing leads on, what was mended is taken back
    fixed = fixing.result()
    if isinstance(fixed.outcome, Proposal):
        assert fixed.outcome.edits.apply(document.text) == fixing.now.text
