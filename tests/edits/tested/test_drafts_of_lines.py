import pytest

from editdiff.check.registry import keystroke_guards
from editdiff.edits.tested.drafts import BEFORE, Candidate, Drafting, Work, block_around
from editdiff.edits.tested.suspects import Suspect
from editdiff.engines.base import Draft, FillOptions
from editdiff.engines.fakes.chain import ChainDenoiser
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.engines.fakes.words import Words
from editdiff.engines.twin.engine import TwinEngine
from editdiff.text.document import Document
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

AREA = "def area(width, height):\n    total = width + height\n    return total\n"
RIGHT = AREA.replace("width + height", "width * height")
PATH = "area.py"


def drafting(engine, text: str = AREA, **more) -> Drafting:
    document = Document(PATH, text, 1, "python")
    return Drafting(document, PATH, engine, FillOptions(), keystroke_guards(), **more)


def made(
    engine, line: int, kind: str = "instead", text: str = AREA, **more
) -> dict[str, Candidate]:
    """The texts that candidates of a line lead to."""
    found = drafting(engine, text, **more)
    candidates = list(found.of(Work(0.0, PATH, line, kind)))
    after = {each.edits.apply(text): each for each in candidates}
    assert len(after) == len(candidates) and text not in after
    return after


def best(candidates: dict[str, Candidate]) -> str:
    return max(candidates, key=lambda text: candidates[text].likely)


def lines(text: str) -> list[Draft]:
    return [Draft((each,), 0.0, 1) for each in text.split("\n")]


def test_a_mutation_undoes_a_fault_and_nothing_is_drafted_for_it():
    found = made(ScriptedEngine([]), 1)
    assert found[RIGHT].source == "mutation"
    assert all(each.path == PATH for each in found.values())


def test_what_the_model_writes_is_among_the_candidates():
    engine = ScriptedEngine(
        [lines("total = sum([width, height])\ntotal = 7 (\n\ntotal = width + height")]
    )
    found = made(engine, 1)
    model = {text for text, each in found.items() if each.source == "model"}
    written = AREA.replace("width + height", "sum([width, height])")
    assert written in model
    assert not any("7 (" in text for text in found), "what does not parse is no candidate"
    assert engine.tasks[0].gaps == (Span(AREA.index("total"), AREA.index("\n    return")),)
    assert engine.options[0].lines == 1


def test_a_draft_that_has_not_ended_or_has_more_lines_is_none():
    drafts = [
        Draft(("total = 1",), 0.0, 1, ended=False),
        Draft(("total = 2\n    total = 3",), 0.0, 1),
    ]
    found = made(ScriptedEngine([drafts]), 1)
    assert not any(each.source == "model" for each in found.values())


def test_what_the_model_finds_likelier_is_tried_before():
    other = AREA.replace("width + height", "width - height")
    found = made(Words({RIGHT: -1.0, other: -3.0, AREA: -5.0}), 1)
    assert best(found) == RIGHT
    assert found[RIGHT].likely > found[other].likely > 0.0
    assert found[RIGHT].score == -1.0
    assert all(each.likely < 0 for text, each in found.items() if text not in (RIGHT, other))


def test_a_real_engine_that_has_read_the_right_text_finds_it_likelier_than_other_mutations():
    engine = TwinEngine(ChainDenoiser((RIGHT,) * 20), "chain")
    found = made(engine, 1)
    assert best({text: each for text, each in found.items() if each.source == "mutation"}) == RIGHT


def test_no_text_is_made_twice():
    found = drafting(Words(drafts=["total = width * height"]))
    first = [each.edits.apply(AREA) for each in found.of(Work(0.0, PATH, 1, "instead"))]
    assert first.count(RIGHT) == 1
    assert list(found.of(Work(0.0, PATH, 1, "instead"))) == []


SHORT = "def half(area):\n    if area:\n        return area / 2\n    return 0\n"
LONG = SHORT.replace("    if", "    area = area - 1\n    if")


def test_a_line_that_is_missing_is_added_with_the_indentation_of_the_next():
    found = made(Words({LONG: -1.0}, drafts=["area = area - 1", "", " "]), 1, "missing line", SHORT)
    assert list(found) == [LONG]
    assert found[LONG].source == "missing line"


def test_a_line_too_many_is_taken_away_whole():
    found = made(Words(), 1, "no line", LONG)
    assert list(found) == [SHORT]
    assert found[SHORT].source == "no line"
    assert made(Words(), 0, "no line", "x = 1") == {}


def test_a_line_without_which_the_text_does_not_parse_stays():
    assert made(Words(), 2, "no line", "x = (\n    1,\n)\n") == {}


REWRITTEN = AREA.replace("total = width + height\n    return total", "return width * height")


class Told(Words):
    """Writes from left to right, and keeps what it was asked."""

    def fill(self, task, options):
        self.task, self.options = task, options
        yield from super().fill(task, options)


def test_the_function_around_is_rewritten_once_by_a_model_that_is_told_how_the_test_fails():
    engine = Told(drafts=[REWRITTEN.rstrip("\n")])
    found = drafting(engine, failure="assert 7 == 12")
    (candidate,) = found.of(Work(0.0, PATH, 1, "rewritten"))
    assert candidate.edits.apply(AREA) == REWRITTEN and candidate.source == "rewritten"
    assert engine.task.ask == "Fix the bug. The test fails: assert 7 == 12"
    assert list(found.of(Work(0.0, PATH, 2, "rewritten"))) == []
    assert engine.asked == 1


def test_a_canvas_and_a_line_in_no_function_are_not_asked_to_rewrite():
    engine = ScriptedEngine([lines("x")])
    assert made(engine, 1, "rewritten") == {} and engine.tasks == []
    assert made(Told(drafts=["y = 2"]), 0, "rewritten", "x = 1\n") == {}


def test_nothing_outside_the_allowed_lines_is_touched():
    table = LineTable(AREA)
    allowed = [table.full(2)]
    for kind in BEFORE:
        engine = Told(drafts=[REWRITTEN.rstrip("\n")] if kind == "rewritten" else ["pass"])
        assert made(engine, 1, kind, allowed=allowed) == {}
    found = made(Words(), 2, allowed=allowed)
    assert found
    for text in found:
        assert text.startswith(AREA[: table.start(2)])


@pytest.mark.parametrize("kind", BEFORE)
def test_line_ends_of_windows_are_kept(kind):
    text, right = AREA.replace("\n", "\r\n"), REWRITTEN.replace("\n", "\r\n")
    drafts = [REWRITTEN.rstrip("\n")] if kind == "rewritten" else ["total = 12"]
    found = made(Told(drafts=drafts), 1, kind, text)
    assert found
    for after in found:
        assert after.count("\n") == after.count("\r\n") == after.count("\r")
        assert after.startswith("def area(width, height):\r\n")
    if kind == "rewritten":
        assert list(found) == [right]


def test_a_document_in_tabs_is_drafted_in_tabs():
    text = AREA.replace("    ", "\t")
    (after,) = made(Words(drafts=["total = 12"]), 2, "missing line", text)
    assert after == text.replace("\treturn", "\ttotal = 12\n\treturn")


def test_the_works_of_a_line_are_as_likely_as_it_is_suspicious():
    found = drafting(Words())
    much, little = (list(found.works(Suspect(PATH, 1, share))) for share in (0.5, 0.05))
    assert [work.kind for work in much] == list(BEFORE)
    assert all(a.likely > b.likely for a, b in zip(much, little, strict=True))
    assert [work.likely for work in much] == sorted((work.likely for work in much), reverse=True)


def test_the_name_of_another_variable_of_the_block_is_put():
    text = AREA.replace("return total", "return width")
    assert AREA in made(ScriptedEngine([]), 2, text=text)


CLASS = """\
class Area:
    unit = "m"

    def of(self, width, height):
        if width:
            return (
                width
            )
        return height


x = 1
"""


def test_the_block_around_a_line_is_its_function_and_never_a_class():
    document = Document(PATH, CLASS, 1, "python")
    table = LineTable(CLASS)
    function = Span(table.start(3), table.content(8).end)
    assert [block_around(document, line) for line in (4, 5, 6, 8)] == [function] * 4
    assert block_around(document, 1) is None
    assert block_around(document, 11) is None


def test_the_block_of_another_language_ends_with_its_bracket():
    text = "function area(w, h) {\n  return w + h;\n}\n\nlet x = 1;\n"
    found = block_around(Document("a.js", text, 1, "javascript"), 1)
    assert found.slice(text) == "function area(w, h) {\n  return w + h;\n}"


def test_a_block_that_is_too_long_is_left_for_the_one_in_it():
    body = "".join(f"    x{n} = {n}\n" for n in range(300))
    text = f"def long():\n{body}    if x1:\n        return x2\n"
    document = Document(PATH, text, 1, "python")
    assert block_around(document, 302).slice(text) == "    if x1:\n        return x2"
    assert block_around(document, 5) is None
