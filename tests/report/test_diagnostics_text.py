import pytest

from editdiff.report.diagnostics import parse, places


def found(text: str) -> list[tuple[str, int, int | None]]:
    return [(each.path, each.line, each.column) for each in places(text)]


LINES = {
    "a.c:3:5: error: bad": ("a.c", 3, 5, "bad", "", True),
    "a.c:3:5: fatal error: x.h: No such file": ("a.c", 3, 5, "x.h: No such file", "", True),
    "a.c:3:5: warning: bad [-Wunused]": ("a.c", 3, 5, "bad", "-Wunused", False),
    "a.c:3: note: here": ("a.c", 3, None, "here", "", False),
    "a.py:3:80: E501 line too long": ("a.py", 3, 80, "line too long", "E501", True),
    "a.py:3:1: F401 [*] `os` unused": ("a.py", 3, 1, "`os` unused", "F401", True),
    "a.py:3:0: C0114: Missing (missing-docstring)": (
        "a.py", 3, None, "Missing (missing-docstring)", "C0114", True,
    ),
    "a.py:3: error: Bad type  [arg-type]": ("a.py", 3, None, "Bad type", "arg-type", True),
    "a.py:3:5:4:9: error: Bad  [x]": ("a.py", 3, 5, "Bad", "x", True),
    "./a.go:3:5: x declared and not used": ("./a.go", 3, 5, "x declared and not used", "", True),
    "    a_test.go:12: got 1": ("a_test.go", 12, None, "got 1", "", True),
    "src/a.ts(3,5): error TS2322: Bad.": ("src/a.ts", 3, 5, "Bad.", "TS2322", True),
    "A.cs(3,5): warning CS0168: Bad [C:\\p\\A.csproj]": (
        "A.cs", 3, 5, "Bad [C:\\p\\A.csproj]", "CS0168", False,
    ),
    "a.cpp(3): error C2065: 'x'": ("a.cpp", 3, None, "'x'", "C2065", True),
    "app/(g)/[id]/page.tsx(3,5): error TS1: x": ("app/(g)/[id]/page.tsx", 3, 5, "x", "TS1", True),
    "  /b/a.py:3:5 - error: Bad (reportAny)": ("/b/a.py", 3, 5, "Bad", "reportAny", True),
    "a.py:3:def f():": ("a.py", 3, None, "def f():", "", True),
    "a.py:3:12 apples": ("a.py", 3, None, "12 apples", "", True),
    "C:\\x.py:3: bad": ("C:\\x.py", 3, None, "bad", "", True),
    "C:\\My Dir\\x.py:3:5: error: bad": ("C:\\My Dir\\x.py", 3, 5, "bad", "", True),
    "my dir/größe.py:3:5: error: bad": ("my dir/größe.py", 3, 5, "bad", "", True),
    "s.sh: line 3: syntax error": ("s.sh", 3, None, "syntax error", "", True),
    "Makefile:3: *** missing separator.": ("Makefile", 3, None, "*** missing separator.", "", True),
    "bin/tool:3: bad": ("bin/tool", 3, None, "bad", "", True),
    "\x1b[1m\x1b[Ka.c:3:5:\x1b[m\x1b[K \x1b[31merror: \x1b[mbad": ("a.c", 3, 5, "bad", "", True),
    "a.sh:3:5: note: Double quote [SC2086]": ("a.sh", 3, 5, "Double quote", "SC2086", False),
}  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_a_compiler_or_linter_is_read(line):
    (told,) = parse(line + "\n", "report")
    assert (told.path, told.line, told.column, told.message, told.rule, told.error) == LINES[line]
    assert places(line) == [told]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("thread 'main' panicked at src/main.rs:3:5:", ("src/main.rs", 3, 5)),
        ("[ERROR] /p/App.java:[12,5] cannot find symbol", ("/p/App.java", 12, 5)),
        ("vet: ./a.go:3:5: x", ("./a.go", 3, 5)),
        ("12:30:45 src/a.py:3: hm", ("src/a.py", 3, None)),
        ("Error in a.py:3", ("a.py", 3, None)),
        ("bad at lib/p.pl line 12.", ("lib/p.pl", 12, None)),
        ("PHP Fatal error: x in /var/www/a.php on line 12", ("/var/www/a.php", 12, None)),
        ("   at F() in C:\\x\\a.cs:line 12", ("C:\\x\\a.cs", 12, None)),
        ("(C:\\a\\x.js:3:5)", ("C:\\a\\x.js", 3, 5)),
        ("    at file:///b/a%20b.mjs:2:1", ("/b/a b.mjs", 2, 1)),
        ("see \x1b[36ma.py\x1b[0m:\x1b[33m3\x1b[0m.", ("a.py", 3, None)),
        ("\x1b]8;;file:///a.py\x07a.py:3\x1b]8;;\x07 is bad", ("a.py", 3, None)),
    ],
)
def test_a_place_that_is_mentioned_is_found(text, place):
    assert found(text) == [place]


@pytest.mark.parametrize(
    "text",
    [
        "12:30:45",
        "at 12:30:45.123 done",
        "2026-01-02T12:30:45Z started",
        "2026/01/02 12:30:45: started",
        "[10/Oct/2026:13:55:36 -0700]",
        "src/a.py 12:30:45 INFO: done",
        "http://localhost:8080",
        "http://localhost:8080/index",
        "Listening on http://127.0.0.1:8000/ (Press CTRL+C)",
        "https://example.org:8443/a.py",
        "see http://localhost:3000/src/app.js:12:5",
        "localhost:8080: connection refused",
        "127.0.0.1:8080: connection refused",
        "example.com:443: connection refused",
        "user@host.de:22: refused",
        "tcp://db.host.xyz:5432",
        "std::vector:3",
        "File \"<string>\", line 3",
        "File \"<frozen importlib._bootstrap>\", line 3, in f",
        "<stdin>:3:5: error: bad",
        "    at run (node:internal/modules/run_main:117:5)",
        "    at new Promise (<anonymous>)",
        "ratio 16:9, 3:1",
        "{\"a\":3}",
        "version 1.2:3",
        "a.py:99999999999999999999",
        "a.py:0: bad",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_place_is_none(text):
    assert found(text) == []


def test_a_sentence_with_a_place_beside_lines_of_a_compiler_is_no_finding():
    text = "Found 2 errors, starting at: src/b.ts:1\nsrc/a.ts(3,5): error TS1: x\n"
    assert [each.path for each in parse(text, "report")] == ["src/a.ts"]
    assert [each.path for each in places(text)] == ["src/b.ts", "src/a.ts"]


def test_a_path_with_spaces_that_may_be_a_sentence_is_the_last_word():
    assert found("Error in a.py:3: bad") == [("a.py", 3, None)]


TRACEBACK = """Traceback (most recent call last):
  File "/b/run.py", line 10, in main
    work()
  File "/b/größe a.py", line 3, in work
    return {
      "a.py:99": 1,
    }[x]
    ~^^^
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/b/run.py", line 12, in main
    raise ValueError("no\\nway")
ValueError: no
way
"""


def test_frames_of_a_traceback_come_from_the_outermost_with_the_exception():
    assert [(each.path, each.line, each.message) for each in places(TRACEBACK)] == [
        ("/b/run.py", 10, "KeyError: 'x'"),
        ("/b/größe a.py", 3, "KeyError: 'x'"),
        ("/b/run.py", 12, "ValueError: no"),
    ]


@pytest.mark.parametrize("prefix", ["  | ", "E   "])
def test_a_traceback_in_a_group_of_exceptions_or_quoted_by_pytest_is_one(prefix):
    quoted = "\n".join(prefix + line for line in TRACEBACK.split("\n")[:10])
    assert [(each.line, each.message) for each in places(quoted)] == [
        (10, "KeyError: 'x'"),
        (3, "KeyError: 'x'"),
    ]


def test_a_traceback_that_is_cut_off_keeps_its_frames():
    (frame,) = places('  File "a.py", line 3, in f')
    assert (frame.path, frame.line, frame.message) == ("a.py", 3, "")


def test_a_syntax_error_names_the_file_that_does_not_parse():
    text = '  File "a.py", line 1\n    def f(:\n          ^\nSyntaxError: invalid syntax\n'
    (frame,) = places(text)
    assert (frame.path, frame.line, frame.message) == ("a.py", 1, "SyntaxError: invalid syntax")


def test_stacks_that_begin_with_the_innermost_frame_are_turned():
    text = "Error: bad\n    at f (/b/a.js:3:5)\n    at async g (/b/b.js:1:2)\n    at /b/c.js:9:1\n"
    assert found(text) == [("/b/c.js", 9, 1), ("/b/b.js", 1, 2), ("/b/a.js", 3, 5)]
    assert {each.message for each in places(text)} == {"Error: bad"}


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_end_as_in_an_editor(ending):
    text = ending.join(["a.py:3: x", "b.py:4: y\x0cz", ""])
    assert [(each.path, each.message) for each in parse(text, "report")] == [
        ("a.py", "x"),
        ("b.py", "y z"),
    ]


def test_a_long_message_is_cut():
    (told,) = parse("a.py:3: " + "x" * 100_000, "report")
    assert len(told.message) == 500
    assert told.message.endswith("…")
