import codecs
import json
import re
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editdiff.cli import infill
from editdiff.cli.app import main
from editdiff.engines.base import Draft, FillOptions, FillTask, Update
from editdiff.engines.choose import traits

SOURCE = "def area(width, height):\n    return width + height\n\n\nprint(area(3, 4))\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A small file in the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "area.py").write_text(SOURCE)
    return tmp_path


JOINT = "def area(a, b):\n    return a * b\n\n\nprint(area(3, 4))\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["area.py", "--lines", "2", "--lines", "1"],
        ["area.py", "--lines", "1", "--span", "2:1-2:26"],
        ["area.py", "--span", "1:1-1:25", "--span", "2:1-2:26"],
        ["area.py:2,1"],
        ["area.py:1:1-1:25,2"],
        ["area.py:2", "--marker", "def area(width, height):"],
    ],
    ids=" ".join,
)
def test_several_gaps_are_filled_in_one_call(arguments, folder, answer):
    engine = answer([Draft(("def area(a, b):", "    return a * b"), 0.0, 1)])
    assert main(["infill", *arguments, "--write"]) == 0
    assert (folder / "area.py").read_text() == JOINT
    (task,) = engine.tasks
    assert [gap.slice(task.text) for gap in task.gaps] == SOURCE.split("\n")[:2]


def test_a_draft_in_which_one_gap_reads_what_the_other_binds_comes_first(folder, answer):
    apart = Draft(("def area(a, b):", "    return x * y"), -10.0, 1)
    answer([apart, Draft(("def area(a, b):", "    return a * b"), -11.0, 1)])
    assert main(["infill", "area.py:1,2", "--write"]) == 0
    assert (folder / "area.py").read_text() == JOINT


def test_every_marker_is_replaced_and_nothing_else(folder, answer):
    (folder / "area.py").write_text("def area(???, ???):\n    return ???\n")
    engine = answer([Draft(("a", "b", "a * b"), 0.0, 1)])
    assert main(["infill", "area.py", "--marker", "???", "--write"]) == 0
    assert (folder / "area.py").read_text() == "def area(a, b):\n    return a * b\n"
    assert len(engine.tasks) == 1


QUOTED = 'def area(w, h):\n    """Is ???"""\n    return ???  # ???\n\n\nprint("???")\n'
INSIDE = "3 places of --marker '???' are left, inside strings or comments in lines 2, 3, 6"


def test_markers_in_strings_and_comments_are_no_gaps_unless_asked_for(folder, answer, capsys):
    path = folder / "area.py"
    path.write_text(QUOTED)
    answer("w * h", [Draft(("it", "w * h", "wide", "hi"), 0.0, 1)])
    assert main(["infill", "area.py", "--marker", "???"]) == 0
    out, err = capsys.readouterr()
    assert "+    return w * h  # ???\n" in out
    assert err == f"area.py: {INSIDE}; --everywhere fills them, too\n"
    assert main(["infill", "area.py", "--marker", "???", "--everywhere", "--write"]) == 0
    assert capsys.readouterr().err == ""
    assert path.read_text().split("\n")[2] == "    return w * h  # wide"
    assert "???" not in path.read_text()


def test_where_all_markers_stand_in_strings_there_is_no_edit(folder, answer, capsys):
    path = folder / "area.py"
    path.write_text("x = '???'\n")
    engine = answer()
    assert main(["infill", "area.py", "--marker", "???", "--write"]) == 1
    assert capsys.readouterr().err == (
        "no edit: --marker '???' stands in strings and comments alone, in line 1\n"
        "hint: --everywhere fills it, too\n"
    )
    assert main(["infill", "area.py", "--marker", "???", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["outcome"] == "no_edit"
    assert path.read_text() == "x = '???'\n"
    assert not engine.tasks


def test_a_region_that_is_named_is_filled_whatever_the_markers(folder, answer, capsys):
    (folder / "area.py").write_text("x = '???'\ny = 1\n")
    answer("y = 2")
    assert main(["infill", "area.py:2", "--marker", "???", "--quiet"]) == 0
    out, err = capsys.readouterr()
    assert "+y = 2\n" in out
    assert err == ""


@pytest.mark.parametrize("name", ["notes.md", "notes.txt", "notes"])
def test_where_no_grammar_tells_every_place_of_a_marker_is_a_gap(name, folder, answer):
    path = folder / name
    path.write_text('He said "???".\n')
    answer("no")
    assert main(["infill", name, "--marker", "???", "--write"]) == 0
    assert path.read_text() == 'He said "no".\n'


@pytest.mark.parametrize("marker", ["# TODO: fill", '"???"', "TODO: fill"])
def test_a_marker_that_is_a_comment_or_string_itself_is_a_gap(marker, folder, answer):
    path = folder / "area.py"
    path.write_text('if x:\n    # TODO: fill\n    y("???")\n')
    engine = answer("1")
    main(["infill", "area.py", "--marker", marker])
    ((gap,),) = (task.gaps for task in engine.tasks)
    assert gap.slice(path.read_text()) == marker


PIECES = ["\r\n", "\n", "\r", "é😀", "a = 1", "\t", " \u2028", "\x0c", "@"]
MARKED_FILES = st.lists(
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join), min_size=2, max_size=6
).map("@@".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=MARKED_FILES, mark=st.booleans(), seed=st.integers(0, 99))
def test_bytes_outside_all_gaps_stay_whatever_is_drafted(text, mark, seed, tmp_path, monkeypatch):
    path = tmp_path / "zoo.txt"
    data = (codecs.BOM_UTF8 if mark else b"") + text.encode()
    path.write_bytes(data)
    monkeypatch.setattr(infill, "choose", lambda *spec: JunkEngine(seed))
    code = main(["infill", str(path), "--marker", "@@", "--write", "--quiet"])
    parts = data.split(b"@@")
    after = path.read_bytes()
    if code != 0:
        assert after == data
        return
    pattern = b""
    for part, junk in zip(parts, [*JunkEngine(seed).texts(len(parts) - 1), ""], strict=True):
        pattern += re.escape(part) + junk.replace("\n", "(\n|\r\n|\r)").encode()
    assert re.fullmatch(pattern, after)


class JunkEngine:
    """Fills every gap with letters and line breaks by seed."""

    name = "junk"

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def texts(self, gaps: int) -> tuple[str, ...]:
        random = Random(self.seed)
        return tuple("".join(random.choices("xyz\né", k=random.randrange(9))) for _ in range(gaps))

    def fill(self, task: FillTask, options: FillOptions) -> Iterator[Update]:
        yield Draft(self.texts(len(task.gaps)), 0.0, 1)


def test_more_markers_than_the_model_fills_at_once_are_filled_in_groups(folder, answer, capsys):
    most = traits().gaps
    names = [f"v{i}" for i in range(2 * most + 1)]
    text = "".join(f"{name} = ???\n" for name in names)
    (folder / "area.py").write_text(text)
    size, more = divmod(len(names), 3)
    drafts = [tuple(f"{i}" for i in range(size + (group >= 3 - more))) for group in range(3)]
    engine = answer(*([Draft(texts, -1.0, 2)] for texts in drafts))
    assert main(["infill", "area.py", "--marker", "???", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [edit["new"] for edit in told["edits"]] == [text for draft in drafts for text in draft]
    assert (told["nfe"], told["score"], told["confidence"]) == (6, -3.0, None)
    assert len(engine.tasks) == 3
    assert max(len(task.gaps) for task in engine.tasks) <= most
    assert engine.tasks[1].text.startswith("v0 = 0\nv1 = 1\n")  # filled before
    assert (folder / "area.py").read_text() == text


def test_of_many_markers_none_is_filled_when_a_group_cannot_be(folder, answer, capsys):
    count = traits().gaps + 1
    text = "".join(f"v{i} = ???\n" for i in range(count))
    (folder / "area.py").write_text(text)
    half = count // 2
    good = Draft(("1",) * half, 0.0, 1)
    bad = Draft(("(",) * (count - half), 0.0, 1)
    answer([good], [bad])
    flags = ["--marker", "???", "--write", "--temperature", "0", "--critic-rounds", "0"]
    assert main(["infill", "area.py", *flags]) == 1
    assert (folder / "area.py").read_text() == text
    where = f"{count - half} of {count} gaps, in lines {half + 1}-{count}"
    assert capsys.readouterr().err.startswith(f"no edit: {where}: the only draft has a new problem")
