import math

import pytest

from editdiff.edits.tested.suspects import (
    BELIEF,
    CALLED,
    DOUBTFUL,
    FAILED,
    TOLD,
    Evidence,
    Suspicion,
    code_lines,
)
from editdiff.engines.doubters import doubter_of
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.text.document import Document
from editdiff.trials.told import IMPORTED, Case, Frame

TEXT = """\
\"\"\"What it is.\"\"\"
import math  # needed


def area(width, height):
    # width 3
    if width < 0:
        return None
    total = (
        width + height
    )
    return total
"""
A, B = "area.py", "other.py"
CODE = [1, 4, 6, 7, 8, 9, 11]


def document(text: str = TEXT, path: str = A) -> Document:
    return Document(path, text, 1, "python")


def case(name: str, failed: bool, *lines: int, frames=(), path: str = A) -> Case:
    """A test that ran lines, from 1."""
    return Case(name, failed, "", tuple(Frame(*each) for each in frames), {path: frozenset(lines)})


def shares(evidence: Evidence, documents=None, doubter=None) -> dict[tuple[str, int], float]:
    """What is suspected, with lines from 1."""
    found = Suspicion(documents or {A: document()}, evidence, doubter).suspects()
    assert [each.share for each in found] == sorted((each.share for each in found), reverse=True)
    if found:
        assert math.isclose(sum(each.share for each in found), 1)
    return {(each.path, each.line + 1): each.share for each in found}


def test_comments_docstrings_brackets_and_blank_lines_are_no_code():
    assert list(code_lines(document())) == CODE
    assert list(code_lines(document(""))) == []
    assert list(code_lines(document("x = 1\r\n\r\n# no\r\ny = 2"))) == [0, 3]


def test_a_line_of_a_longer_string_is_no_code_and_the_line_that_assigns_it_is():
    text = 's = """\nnot code\n"""\nt = "code"\n'
    assert list(code_lines(document(text))) == [0, 3]


def test_of_a_language_that_nobody_knows_every_line_with_a_letter_may_be_code():
    assert list(code_lines(Document("a.zz", "a b\n---\nc\n", 1, None))) == [0, 2]


def test_what_ran_while_the_files_were_read_is_suspected_less_and_what_only_declares_least():
    text = "LIMIT = 3\n\n\ndef f(a):\n    return a\n"
    cases = [
        case("t::a", True, 5),
        case("t::b", False, 5),
        Case(IMPORTED, False, lines={A: frozenset({1, 4})}),
    ]
    found = Suspicion({A: document(text)}, Evidence(cases)).suspects()
    assert [suspect.line + 1 for suspect in found] == [5, 1, 4]


def test_lines_are_suspected_by_ochiai():
    evidence = Evidence(
        [
            case("t::a", True, 5, 7, 10, 12),
            case("t::b", True, 7, 10),
            case("t::c", False, 7, 8, 12),
            case("t::d", False, 7),
        ]
    )
    found = shares(evidence)
    ochiai = {
        10: 2 / math.sqrt(2 * 2),
        7: 2 / math.sqrt(2 * 4),
        5: 1 / math.sqrt(2 * 1),
        12: 1 / math.sqrt(2 * 2),
    }
    total = sum(ochiai.values())
    assert {line: share for (_, line), share in found.items()} == pytest.approx(
        {line: weight / total for line, weight in ochiai.items()}
    )
    assert next(iter(found)) == (A, 10)


def test_a_line_that_only_passing_tests_run_is_not_suspected():
    evidence = Evidence([case("t::a", True, 7), case("t::b", False, 7, 8)])
    assert list(shares(evidence)) == [(A, 7)]


def test_where_nobody_looked_every_line_of_code_is_suspected_alike():
    found = shares(Evidence())
    assert [line - 1 for _, line in found] == CODE
    assert len(set(found.values())) == 1


def test_where_calls_stood_when_a_test_failed_counts_the_innermost_most():
    frames = [("tests/test_area.py", 3), (A, 12), (A, 10), ("lib.py", 9), (A, 8)]
    found = shares(Evidence([case("t::a", True, 7, 8, 10, 12, frames=frames)]))
    total = 4 + 2 * CALLED + FAILED
    assert found[A, 8] == pytest.approx((1 + FAILED) / total)
    assert found[A, 10] == found[A, 12] == pytest.approx((1 + CALLED) / total)
    assert found[A, 7] == pytest.approx(1 / total)


def test_a_call_that_stands_in_a_line_many_times_counts_once():
    recursive = [(A, 12)] * 50 + [(A, 8)]
    found = shares(Evidence([case("t::a", True, 8, 12, frames=recursive)]))
    assert found[A, 8] > found[A, 12]


def test_the_places_of_many_failures_count_as_much_as_those_of_one():
    one = [case("t::a", True, 7, 8, frames=[(A, 8)])]
    many = [case(f"t::{n}", True, 7, 8, frames=[(A, 8)]) for n in range(5)]
    assert shares(Evidence(one)) == pytest.approx(shares(Evidence(many)))


def test_frames_of_a_test_that_passed_say_nothing():
    plain = [case("t::a", True, 7, 8), case("t::b", False, 12)]
    told = [case("t::a", True, 7, 8), case("t::b", False, 12, frames=[(A, 8)])]
    assert shares(Evidence(told)) == shares(Evidence(plain))


def test_the_output_of_tests_that_tell_nothing_else_leads_to_its_last_place():
    found = shares(Evidence(stood=[Frame("check.py", 2), Frame(A, 12), Frame(A, 10)]))
    assert list(found)[:2] == [(A, 10), (A, 12)]


def test_what_a_diagnostic_names_is_suspected_though_no_test_runs_it():
    found = shares(Evidence([case("t::a", True, 7)], told=[Frame(A, 2), Frame(A, 2), Frame(A, 6)]))
    assert found == {
        (A, 2): pytest.approx(TOLD / (1 + TOLD)),
        (A, 7): pytest.approx(1 / (1 + TOLD)),
    }


def test_only_lines_that_may_be_edited_are_suspected():
    evidence = [case("t::a", True, 7, 8, 10)]
    assert list(shares(Evidence(evidence, allowed={A: {6, 5}}))) == [(A, 7)]
    assert shares(Evidence(evidence, allowed={A: set()})) == {}
    assert shares(Evidence(evidence, allowed={B: {6}})) == {}


def test_no_other_file_than_the_documents_is_suspected():
    other = case("t::b", True, 1, path=B)
    assert list(shares(Evidence([case("t::a", True, 7), other]))) == [(A, 7)]
    both = {A: document(), B: document("x = 1\n", B)}
    assert set(shares(Evidence([case("t::a", True, 7), other]), both)) == {(A, 7), (B, 1)}


def test_of_a_failure_that_ran_nothing_that_is_known_nothing_is_known():
    found = shares(Evidence([Case("t::a", True)]))
    assert len(found) == len(CODE) and len(set(found.values())) == 1


def test_a_model_that_doubts_a_line_makes_it_more_suspicious_and_rules_out_no_other():
    right = TEXT.replace("width + height", "width * height")
    network = ChainDenoiser((right,) * 20)
    evidence = Evidence([case("t::a", True, 7, 9, 10, 12)])
    found = shares(evidence, doubter=doubter_of(network, "chain"))
    assert next(iter(found)) == (A, 10)
    assert set(found) == {(A, line) for line in (7, 9, 10, 12)}
    most = (1 + DOUBTFUL) ** BELIEF / DOUBTFUL**BELIEF
    assert 1 < found[A, 10] / found[A, 12] <= most
    assert len(set(shares(evidence).values())) == 1
