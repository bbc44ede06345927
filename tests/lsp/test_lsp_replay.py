"""The server's measurement of itself: what is typed is the file, what is told is what happened."""

import asyncio
import json
import shlex
import sys
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from editdiff_lsp_bench.endurance import SLIGHT, Growth, Sample
from editdiff_lsp_bench.keystrokes import (
    OPENED,
    Outcome,
    Pace,
    Replay,
    keystroke_table,
    neighbours,
    replay,
)
from editdiff_lsp_bench.probe import probing
from editdiff_lsp_bench.replay import handshakes, main
from editdiff_lsp_bench.typist import CHARACTER, JUMP, LINE, PAIR, Typist, bodies, keys
from hypothesis import given
from hypothesis import strategies as st

from editdiff.errors import EngineError, InputError
from editdiff.text.edit import Edits, TextEdit
from editdiff.text.lines import LineTable
from editdiff.text.span import Span

SCRIPTED = [sys.executable, "-I", str(Path(__file__).with_name("scripted_server.py"))]
LINES = (
    "", "pass", "if x:", "f(", ")", "x = f('a', [1, {2: 3}])", 'y = "\\""  # it\'s', "'''", "😀 = (é)", "\x0c",
    "a\u2028b", "return", "    ",
)  # fmt: skip
INDENTATIONS = ("", " ", "    ", "        ", "\t", "            ")
AWAITED = Pace("awaited", 0, 0, awaited=True)
FUNCTION = """\
#: {"drafts": [["aaaa"]]}
def f():
    aaaaa
    b = 1
    b = 2
    b = 3
    return b
"""


@st.composite
def files(draw):
    """A text, and spans of whole lines of it but for the first indentation and the last ending."""
    lines = draw(
        st.lists(st.tuples(*map(st.sampled_from, (INDENTATIONS, LINES, ("\n", "\r\n", "\r")))))
    )
    text = "x\n" + "".join(map("".join, lines)) + "\ny"
    table = LineTable(text)
    full = [n for n in range(len(table)) if table.content(n).slice(text).lstrip(" \t")]
    borders = draw(st.lists(st.sampled_from(full), min_size=2, max_size=6, unique=True))
    spans = []
    for first, last in zip(sorted(borders)[::2], sorted(borders)[1::2], strict=False):
        content = table.content(first).slice(text)
        start = table.start(first) + len(content) - len(content.lstrip(" \t"))
        spans.append(Span(start, table.content(last).end))
    return text, spans


def strokes(typist):
    """Each stroke with the text before it; what the edits make of the text is what the typist says."""
    found, text = [], typist.text
    for stroke in typist:
        found.append((stroke, text))
        text = Edits((stroke.edit,)).apply(text)
        assert text == typist.text
    return found


def pressed(text, first, last):
    """Keys of some lines of a text, counted from 0."""
    table = LineTable(text)
    content = table.content(first).slice(text)
    start = table.start(first) + len(content) - len(content.lstrip())
    return [tuple(key) for key in keys(text, Span(start, table.content(last).end))]


# --- typing


@given(files(), st.integers(0, 5))
def test_what_was_taken_out_is_typed_again(file, seed):
    text, spans = file
    typist = Typist(text, spans, seed, stay=3)
    strokes(typist)
    assert typist.text == text


def test_a_bracket_comes_with_its_partner_which_is_replaced_by_itself():
    assert pressed("f(1)", 0, 0) == [
        (CHARACTER, "f", 0, 0, 0),
        (PAIR, "()", 0, 0, 1),
        (CHARACTER, "1", 0, 0, 0),
        (PAIR, ")", 0, 1, 0),
    ]


def test_a_bracket_that_closes_on_another_line_comes_alone():
    assert [key[1] for key in pressed("f(\n    x)", 0, 0)] == ["f", "("]


def test_a_line_break_brings_the_indentation_and_a_step_behind_a_colon():
    assert pressed("  if x:\n      y", 0, 1)[-2] == (LINE, "\n      ", 0, 0, 0)


def test_backspace_takes_away_what_the_line_break_brought_too_much():
    assert pressed("    x\ny", 0, 1)[1:] == [
        (LINE, "\n    ", 0, 0, 0),
        (CHARACTER, "", 4, 0, 0),
        (CHARACTER, "y", 0, 0, 0),
    ]


def test_a_line_that_stays_empty_loses_its_indentation_at_the_next_line_break():
    assert pressed("    x\n\n    y", 0, 2)[1:3] == [
        (LINE, "\n    ", 0, 0, 0),
        (LINE, "\n    ", 4, 0, 0),
    ]


def test_the_cursor_stands_between_a_bracket_and_its_partner():
    stroke, before = strokes(Typist("a\nf(c)\n", [Span(2, 6)], 0))[1]
    assert (before, stroke.edit, stroke.cursor) == ("a\nf\n", TextEdit(Span(3, 3), "()"), 4)


def test_the_first_key_elsewhere_is_one_after_a_jump():
    text = "aaaa\nx\nbbbb\n"
    found = strokes(Typist(text, [Span(0, 4), Span(7, 11)], 1, stay=2))
    places = [stroke.edit.text for stroke, _ in found]
    jumps = [stroke.kind == JUMP for stroke, _ in found]
    moved = [False] + [a != b for a, b in pairwise(places)]
    assert sum(moved) > 1
    assert jumps == moved


# --- what is taken out of a file


def test_bodies_are_those_of_functions_and_their_docstrings_stay():
    text = 'def f():\n    """Do."""\n    a = 1\n    b = 2\n    c = 3\n    d = 4\n    return a\n'
    assert [span.slice(text) for span in bodies(text, 3)] == [text[text.index("a = 1") : -1]]


def test_of_nested_functions_the_outer_one_is_taken():
    inner = "".join(f"        a{n} = {n}\n" for n in range(6))
    text = f"def f():\n    def g():\n{inner}    return g\n"
    (span,) = bodies(text, 3)
    assert span == Span(text.index("def g"), len(text) - 1)


def test_bodies_rich_in_brackets_and_line_breaks_are_preferred():
    plain = "".join(f"    some_long_name_{n} = another_long_name_{n}\n" for n in range(6))
    rich = "".join(f"    f({n})\n" for n in range(6))
    text = f"def f():\n{plain}\ndef g():\n{rich}\ndef h():\n{plain}"
    assert [span.slice(text) for span in bodies(text, 1)] == [rich.strip()]
    assert [span.start for span in bodies(text, 3)] == sorted(
        span.start for span in bodies(text, 3)
    )


@pytest.mark.parametrize("text", ["def f(:\n", "x = 1\n", "def f():\n    return 1\n"])
def test_a_file_without_a_body_to_take_out_is_refused(text):
    with pytest.raises(InputError) as error:
        bodies(text, 3)
    assert error.value.hint == "name another file"


# --- growth


def series(slope, noise, steps=()):
    """Memory that grows by `slope` MB per 1,000 requests, with noise, and by 7 MB at each of some samples."""
    random = Random(0)
    return [
        Sample(
            50 * n,
            int(
                2e8
                + 1e6 * (slope * n / 20 + random.gauss(0, noise) + 7 * sum(n > at for at in steps))
            ),
        )
        for n in range(81)
    ]


@pytest.mark.parametrize(
    ("slope", "noise", "steps", "verdict"),
    [
        (0, 0, [], "not growing"),
        (0, 0.02, [], "not growing"),
        (-3, 0.5, [], "not growing"),
        (0, 0.02, [33], "not growing"),
        (2, 0.1, [], "growing"),
        (0, 0, [5, 15, 25, 35, 45, 55, 65, 75], "growing"),
        (SLIGHT, 0.5, [], "not settled"),
    ],
)
def test_growth_is_told_from_noise_and_from_a_single_step(slope, noise, steps, verdict):
    growth = Growth.of(series(slope, noise, steps))
    assert growth.verdict == verdict
    assert growth.low <= growth.median <= growth.high


def test_what_grew_is_told_in_megabytes_for_a_thousand_requests():
    growth = Growth.of(series(2, 0))
    assert (growth.median, growth.total) == pytest.approx((2, 8))


def test_a_short_series_says_nothing():
    assert Growth.of(series(5, 0)[:8]) is None


# --- against a server


def test_each_answer_is_told_with_its_line_and_whether_the_model_gave_it():
    replayed = asyncio.run(replay(SCRIPTED, FUNCTION, AWAITED, 5, 0))
    # "aaaa" is suggested behind the first letter, and is what the user goes on typing
    assert [outcome.line for outcome in replayed.outcomes] == ["aaaa", "aaa", "aa", "a", "aaaa"]
    assert [outcome.model for outcome in replayed.outcomes] == [True, False, False, False, True]
    assert all(0 < outcome.seconds < 20 for outcome in replayed.outcomes)
    assert replayed.encoded == sum(outcome.encoded for outcome in replayed.outcomes) > 0
    table = dict(
        zip(("kind", "n", "cancelled", "line", "typed"), replayed.rows()[-1], strict=False)
    )
    assert table == {
        "kind": "awaited: all",
        "n": "5",
        "cancelled": "0 %",
        "line": "100 %",
        "typed": "60 %",
    }


def test_other_files_are_opened_where_answers_are_awaited_and_are_no_keys():
    other = FUNCTION.replace("aaaaa", "aaaabb").replace("def f", "def g")
    asked = (SCRIPTED, FUNCTION)
    replayed = asyncio.run(replay(*asked, AWAITED, 3, 0, None, None, [other, other]))
    kinds = [outcome.kind for outcome in replayed.outcomes]
    assert kinds == [CHARACTER] * 3 + [OPENED] * 2
    assert [outcome.line for outcome in replayed.outcomes[3:]] == ["aaaa"] * 2
    assert all(outcome.model and outcome.seconds > 0 for outcome in replayed.outcomes[3:])
    rows = {row[0]: row[1] for row in replayed.rows()}
    assert rows == {
        "awaited: character": "3",
        "awaited: a file opened": "2",
        "awaited: all": "3",
    }
    hasty = Pace("hasty", 0, 0, shortest=0.01, longest=0.02)
    replayed = asyncio.run(replay(*asked, hasty, 1, 0, None, None, [other]))
    assert OPENED not in {outcome.kind for outcome in replayed.outcomes}


def test_kinds_that_belong_together_are_told_together():
    outcomes = [
        Outcome(kind, seconds, model=True)
        for kind, seconds in ((CHARACTER, 0.1), (PAIR, 0.3), (JUMP, 0.5), (OPENED, 0.7))
    ]
    rows = {row[0].partition(": ")[2]: row for row in Replay("p", outcomes, 0, None).rows()}
    assert rows["typed on: character, bracket or quote"][5] == "200"
    assert rows["elsewhere: after a jump, a file opened"][5] == "600"
    assert rows["all"][1] == "3"


def test_the_model_that_is_asked_for_is_the_one_that_is_measured():
    replayed = asyncio.run(replay(SCRIPTED, FUNCTION, AWAITED, 1, 0, None, "slow one"))
    assert replayed.model == "slow one"
    assert replayed.memory > 1e7
    assert "slow one, server's memory" in keystroke_table([replayed], "f.py").plain()


def test_other_files_are_those_beside_it_that_have_a_function_to_take_out(tmp_path):
    (tmp_path / "here.py").write_text(FUNCTION)
    for number in range(3):
        (tmp_path / f"other{number}.py").write_text(FUNCTION + f"# {number}\n")
    (tmp_path / "short.py").write_text("x = 1\n")
    (tmp_path / "long.py").write_text(FUNCTION + "#" * 200_000)
    found = neighbours(tmp_path / "here.py", 5, 0)
    assert sorted(text[-2] for text in found) == ["0", "1", "2"]
    assert len(neighbours(tmp_path / "here.py", 2, 0)) == 2


def test_a_key_that_comes_before_the_answer_cancels_the_request():
    text = FUNCTION.replace('"]]', '"]], "steps": 20, "pause": 0.05')
    pace = Pace("hasty", 0, 0, shortest=0.01, longest=0.02)
    replayed = asyncio.run(replay(SCRIPTED, text, pace, 4, 0))
    assert [outcome.seconds for outcome in replayed.outcomes] == [None] * 4


def test_a_handshake_is_timed_and_its_imports_are_listed():
    measured = asyncio.run(handshakes(SCRIPTED, 1))
    ((answered,), (ready,)) = measured["answered"], measured["ready"]
    assert 0 < answered <= ready
    assert measured["modules"] > 50


def test_requests_of_all_sorts_are_answered_and_memory_is_written_down(tmp_path, capsys):
    (tmp_path / "f.py").write_text(FUNCTION)
    file, written = str(tmp_path / "f.py"), str(tmp_path / "out.json")
    arguments = ["--starts", "0", "--keystrokes", "0", "--requests", "60", "--json", written]
    code = main([file, *arguments, "--server", shlex.join(SCRIPTED)])
    assert (code, capsys.readouterr().err) == (0, "")
    written = json.loads((tmp_path / "out.json").read_text())
    assert sum(written["requests"].values()) == 60
    assert {"ghost text", "ghost text, cancelled", "code actions", "fill"} <= {*written["requests"]}
    assert written["memory"][0]["requests"] == 0
    assert written["memory"][-1]["requests"] == 60
    assert all(sample["memory"] > 1e7 for sample in written["memory"])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["missing.py"], "missing.py cannot be read"),
        (["--server", "/missing"], "the server does not start"),
        (["--server", f"{sys.executable} -c pass"], "the server answered"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_sentence(arguments, reason, capsys):
    assert main([*arguments, "--starts", "1"]) == 2
    said = capsys.readouterr().err
    assert reason in said
    assert "hint: " in said


def test_an_error_of_the_server_ends_the_measurement():
    text = FUNCTION.replace('{"drafts": [["aaaa"]]}', '{"crashes": true}')
    with pytest.raises(EngineError):
        asyncio.run(replay(SCRIPTED, text, AWAITED, 3, 0))


def test_a_probed_server_is_gone_afterwards():
    async def probed():
        async with probing(SCRIPTED, {}) as probe:
            await probe.load()
        return probe.client._server.returncode

    assert asyncio.run(probed()) == 0
