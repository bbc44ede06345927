from __future__ import annotations

import pytest

from editdiff.engines.base import Draft, FillTask, Told
from editdiff.engines.changed_prose import asks_for_prose, same_code, says_more
from editdiff.engines.confidence import CHANGED, RewriteCalibration
from editdiff.text.span import Span

CODE = "def area(w, h):\n    return w * h\n"
DOCUMENTED = 'def area(w, h):\n    """Area of a rectangle."""\n    return w * h\n'
LONG = (
    'def area(w, h):\n    """Area.\n\n    Sides in metres.\n    -----\n    """\n    return w * h\n'
)
COMMENTED = "def area(w, h):\n    # both in metres\n    return w * h  # square metres\n"


@pytest.mark.parametrize(
    ("ask", "about"),
    [
        ("add a docstring", True),
        ("document this function", True),
        ("Add a JSDoc comment.", True),
        ("translate the comment to English", True),
        ("übersetze den Kommentar", True),
        ("add type hints", False),
        ("use doctor instead of nurse", False),
        ("add a docstring and rename w to width", False),
        ("return the document", False),
        ("please document it", True),
        ("rename comment to note", False),
    ],
)
def test_what_is_asked_for(ask, about):
    assert asks_for_prose(ask, "def f(comment):\n    return comment\n", "python") is (
        about and "the comment" not in ask
    )
    assert asks_for_prose(ask, "def f(a):\n    return a\n", "python") is (
        about or "rename comment" in ask
    )


@pytest.mark.parametrize(
    ("old", "new", "language", "same"),
    [
        (CODE, DOCUMENTED, "python", True),
        (CODE, COMMENTED, "python", True),
        (CODE, CODE.replace("w * h", "h * w"), "python", False),
        (CODE, CODE.replace("    return", "        return"), "python", False),
        ('f(\n    "a"\n)\n', 'f(\n    "b"\n)\n', "python", False),
        ("x = f(\n    '''a'''\n)\n", "x = f(\n    '''b'''\n)\n", "python", False),
        ("s = '# a'\n", "s = '# b'\n", "python", False),
        ("f();\n", "/** Calls f. */\nf();\n", "javascript", True),
        ("f();\n", "// calls g\ng();\n", "javascript", False),
        ("int f(void);\r\n", "/* f */\r\nint f(void);\r\n", "c", True),
    ],
)
def test_code_is_the_same_where_words_about_it_alone_change(old, new, language, same):
    assert same_code(old, new, language) is same


@pytest.mark.parametrize(
    ("old", "new", "more"),
    [
        (CODE, DOCUMENTED, True),
        (DOCUMENTED, CODE, False),
        (DOCUMENTED, DOCUMENTED.replace("Area", "Size"), True),
        (COMMENTED, CODE, False),
        (CODE, CODE + "\n", False),
        (LONG, LONG.replace("    Sides in metres.\n", ""), False),
        (LONG, LONG.replace("    -----\n", ""), False),
        (LONG, LONG + "\n\n" + LONG, True),
    ],
)
def test_a_comment_less_says_no_more(old, new, more):
    assert says_more(old, new, "python") is more


def assessed(ask: str, new: str, prose: float | None, path: str = "a.py") -> float:
    calibration = RewriteCalibration(3.0, {}, 0.5, prose=prose)
    task = FillTask(CODE, (Span(0, len(CODE)),), path, old=CODE, ask=ask)
    draft = Draft((new,), -1.0, 1, told=Told((-1.0,), -2.0, 1, (-3.0,), -1.0))
    return calibration.assess(task, draft, [draft])


def test_a_docstring_that_was_asked_for_is_as_likely_as_was_counted():
    assert assessed("add a docstring", DOCUMENTED, 0.64) == 0.64
    assert assessed("add a docstring", DOCUMENTED, None) > 0.9
    assert assessed("add a docstring", DOCUMENTED, 0.64, "a.txt") > 0.9
    assert assessed("rename w", DOCUMENTED, 0.64) > 0.9


def test_code_that_changes_where_a_docstring_was_asked_for_is_unlikely():
    changed = DOCUMENTED.replace("w * h", "h * w")
    assert assessed("add a docstring", changed, 0.64) == CHANGED


def test_the_count_is_kept_and_checked():
    kept = RewriteCalibration(0.0, {}, 0.5, prose=0.64)
    assert RewriteCalibration.of(kept.to_json()) == kept
    assert RewriteCalibration.of({**kept.to_json(), "prose": None}).prose is None
    with pytest.raises(ValueError, match="probability"):
        RewriteCalibration.of({**kept.to_json(), "prose": 2})
