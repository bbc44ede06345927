from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.hunks import apart
from editdiff.edits.proposal import Effort, propose
from editdiff.text.document import Document
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.span import Span

PARSES = [SyntaxChecker()]


def hunks(text, after, checkers=PARSES):
    """Texts with each hunk of the change alone."""
    before = Document("a.py", text, language="python")
    whole = Span(0, len(text))
    edits = Edits((TextEdit(whole, after),))
    proposal = propose(before, edits, [whole], checkers, Effort(0.0, 1, 0.0, 1))
    found = apart(proposal, checkers)
    assert Edits(tuple(edit for hunk in found for edit in hunk)).apply(text) == after
    return [[(edit.span.slice(text), edit.text) for edit in hunk] for hunk in found]


def test_each_hunk_that_parses_alone_is_one_and_shows_whole_words():
    text = "first = alpha_one\nx = 1\nsecond = beta\n"
    after = "first = alpha_two\nx = 1\nsecond = better\n"
    assert hunks(text, after) == [[("alpha_one", "alpha_two")], [("beta", "better")]]


def test_hunks_that_need_each_other_are_one():
    text = "a = 1\nb = (\n    2\n)\nc = 3\nd = 4\n"
    after = "a = 5\nb = [\n    2\n]\nc = 3\nd = 6\n"
    assert hunks(text, after) == [
        [("1", "5"), ("(", "["), (")", "]")],
        [("4", "6")],
    ] or hunks(text, after) == [[("1\nb = (", "5\nb = ["), (")", "]")], [("4", "6")]]


def test_without_a_checker_every_hunk_is_one():
    assert len(hunks("a\nb\nc\n", "A\nb\nC\n", ())) == 2
