import pytest

from editdiff.text.suppress import ignored_lines


@pytest.mark.parametrize(
    ("language", "text", "lines"),
    [
        ("python", "x\ny  # editdiff: ignore\nz\n", {1}),
        ("python", "x\n  # editdiff:ignore (why)\nz\n", {2}),
        ("python", "x = '# editdiff: ignore'\n", set()),
        ("python", "x  # editdiff: ignored\ny  # editdiff: ignore-file\n", set()),
        ("python", "x // editdiff: ignore\n", set()),
        ("javascript", "x // editdiff: ignore\r\n/* editdiff: ignore */\r\ny\r\n", {0, 2}),
        ("shellscript", "x # editdiff: ignore\r", {0}),
        ("css", "a { } /* editdiff: ignore */\n", {0}),
        ("html", "<!-- editdiff: ignore -->\n<p>\n", {1}),
        ("markdown", "2 + 2 = 5 <!-- editdiff: ignore -->\n", {0}),
        ("latex", "$2 + 2 = 5$ % editdiff: ignore\n", {0}),
        ("json", '{"a": 1} // editdiff: ignore\n', set()),
        ("", "x # editdiff: ignore\n", {0}),
        ("python", "", set()),
    ],
)
def test_a_comment_of_the_language_marks_its_line_or_alone_the_next_one(language, text, lines):
    assert ignored_lines(text, language) == lines
