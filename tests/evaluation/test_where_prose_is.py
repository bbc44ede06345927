import pytest

from editdiff.evaluation.data.prose import Prose
from editdiff.text.markup import parse


@pytest.mark.parametrize(
    ("language", "marked", "prose"),
    [
        ("python", "x = 1  # noˇte\n", True),
        ("python", "x = 1  ˇ# note\n", False),
        ("python", "x = 1ˇ  # note\n", False),
        ("python", 'def f():\n    """Say ˇit."""\n', True),
        ("python", 'def f():\n    r"""Say\n    iˇt."""\n', True),
        ("python", 'x = """no ˇprose"""\n', False),
        ("python", "x = 'no ˇprose'\n", False),
        ("javascript", "let a; // ˇnote\n", True),
        ("javascript", "/* one\n   twˇo */\nf()\n", True),
        ("javascript", "/* one */\nfˇ()\n", False),
        ("c", "int a; ˇ\n", False),
        ("sql", "select 1 -- ˇone\n", True),
        ("markdown", "Some ˇwords.\n", True),
        ("markdown", "A\n```py\nx = ˇ1\n```\nB\n", False),
        ("markdown", "A\n```py\nx = 1\n```\nˇB\n", True),
        ("markdown", "~~~\nx = ˇ1\n", False),
        ("markdown", "ˇ", True),
        ("json", '{"a": "noˇ"}', False),
    ],
)
def test_comments_docstrings_and_markdown_are_prose(language, marked, prose):
    case = parse(marked)
    assert Prose.of(case.text, language).holds(case.cursors[0]) is prose
