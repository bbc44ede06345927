"""Edits tried by real tests in copies of a tree."""

import os
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from confined_runs import QUICK, confined
from small_projects import AREA, AREAS, PYTEST, RIGHT, TEST, environment, write

from editdiff.errors import InputError, UsageError
from editdiff.trials import proving, tree
from editdiff.trials.proving import Confirmed, Edited, Prover, pass_all
from editdiff.trials.running import Confinement, Limits
from editdiff.trials.told import IMPORTED, Case

PYTHON = f"{sys.executable} -S"
PLAIN = "import area\nassert area.area(3, 4) == 12, 'wrong area'\nassert area.half(8) == 4, 'wrong half'\n"
"""Tests of a runner that tells nothing but its exit status and its output."""
CHECKED = {"area.py": AREA, "check.py": PLAIN, "unused.py": "x = 1\n"}
CHECK = f"{PYTHON} check.py"
MENDED = Edited("area.py", RIGHT.encode())


@pytest.fixture(autouse=True)
def copies(tmp_path, monkeypatch) -> Path:
    """The folder for temporary files."""
    folder = tmp_path.resolve() / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def root(tmp_path) -> Path:
    root = tmp_path.resolve() / "project"
    root.mkdir()
    return root


@pytest.fixture
def prover(root, strictest):
    """Makes a prover of a project."""

    def make(command: str = CHECK, files=CHECKED, limits: Limits = QUICK, **more) -> Prover:
        write(root, files)
        return Prover(
            root, command, confined(root, strictest), limits, environment=environment(), **more
        )

    return make


@pytest.fixture
def begun(prover) -> Iterator[Prover]:
    """A prover of a project whose tests tell nothing, begun."""
    with prover() as found:
        found.begin()
        yield found


def test_how_the_tests_end_is_known_before_anything_is_changed(prover):
    with prover(PYTEST, AREAS) as found:
        baseline = found.begin()
    assert baseline.failing == ("tests/test_area.py::test_area",)
    assert [case.id for case in baseline.cases if not case.failed] == [
        "tests/test_area.py::test_half"
    ]
    assert (baseline.outcome.code, baseline.outcome.passed) == (1, False)


def test_of_another_runner_its_exit_status_and_its_output_are_known(begun):
    baseline = begun.baseline
    assert (baseline.cases, baseline.failing, baseline.outcome.code) == ((), (), 1)
    assert baseline.outcome.telling == "AssertionError: wrong area"
    assert f'File "{begun.root}/check.py", line 2' in baseline.outcome.output, "not of the copy"


def test_a_python_that_is_not_led_to_the_plugin_is_left_as_it_is(prover):
    command = f"{PYTEST.replace(' -m', ' -I -m')} -p no:cacheprovider"
    with prover(command, AREAS) as found:
        baseline = found.begin()
        assert (baseline.outcome.code, baseline.cases) == (1, ())
        assert "1 failed, 1 passed" in baseline.outcome.output
        assert found.traced() == []
        assert found.passes(MENDED) and found.sees("area.py")


def test_an_edit_of_a_file_that_was_written_this_very_second_is_noticed(prover):
    command = f"{PYTEST.replace(' -m', ' -I -m')} -p no:cacheprovider"  # it keeps what it compiles
    assert len(RIGHT) == len(AREAS["area.py"])
    with prover(command, AREAS) as found:
        future = time.time() + 5
        for copy in found._place.glob("copy*"):
            os.utime(copy / "area.py", (future, future))
        found.begin()
        found._stamp = future - 1.0  # so the next time would be that very second
        assert found.passes(MENDED)


@pytest.mark.parametrize(
    ("command", "kind", "message"),
    [
        (
            "no-such-command-here",
            UsageError,
            "the test command does not run: .*(not found|ermission denied)",
        ),
        ("./check.py", UsageError, "the test command does not run: .*ermission denied"),
        (f"{PYTEST} no-such-folder", UsageError, "pytest reports wrong usage: .*no-such-folder"),
        (f"{PYTEST} --no-such-flag", UsageError, "pytest reports wrong usage: "),
        (f"{PYTEST} area.py", UsageError, "pytest reports no tests: no tests ran"),
        ("sleep 30", InputError, "the tests were ended: they took longer than 1.5 s"),
        ("sleep 30 & sleep 30 & sleep 30 & wait", InputError, "they started more than 2 processes"),
    ],
)
def test_tests_that_tell_nothing_are_refused(command, kind, message, prover):
    limits = (
        Limits(1.5, processes=2) if "&" in command else Limits(1.5 if "sleep" in command else 20.0)
    )
    with prover(command, limits=limits) as found, pytest.raises(kind, match=message) as told:
        found.begin()
    assert told.value.hint


def test_tests_that_hold_too_much_are_ended(prover):
    command = f"{PYTHON} -c 'x = b\"x\" * 200_000_000; import time; time.sleep(30)'"
    with (
        prover(command, limits=Limits(20.0, memory=1 << 27)) as found,
        pytest.raises(InputError, match=r"they held more than 0\.125 GiB of memory"),
    ):
        found.begin()


def test_an_error_that_is_planted_is_noticed_where_tests_run_the_file(begun):
    assert begun.sees("area.py")
    runs = begun.runs
    assert begun.sees("area.py") and begun.runs == runs
    assert not begun.sees("unused.py")


def test_pytest_notices_a_planted_error_by_what_it_tells(prover):
    with prover(PYTEST, {**AREAS, "unused.py": "x = 1\n"}) as found:
        found.begin()
        assert found.sees("area.py") and found.sees("tests/test_area.py")
        assert not found.sees("unused.py")


LAZY = """
def test_it():
    try:
        import area
        x = area.area(3, 4)
    except BaseException:
        x = 1
    assert x == 12
"""


def test_an_error_is_noticed_that_changes_nothing_but_the_message(prover):
    with prover(PYTEST, {**AREAS, "tests/test_area.py": LAZY}) as found:
        assert found.begin().failing
        assert found.sees("area.py")


@pytest.mark.parametrize("what", ["object()", "__import__('time').time()", "str(tmp_path)"])
def test_a_message_that_is_another_one_each_time_is_no_notice(what, prover):
    tests = f"def test_it(tmp_path):\n    assert {what} == 'no'\n"
    with prover(PYTEST, {**AREAS, "tests/test_area.py": tests}) as found:
        assert found.begin().failing
        assert not found.sees("area.py")


def test_output_that_is_another_one_each_time_is_no_notice(prover):
    files = {
        **CHECKED,
        "check.py": "import random\nprint(random.random(), random.choices('abcd', k=40))\nassert 0\n",
    }
    with prover(files=files) as found:
        found.begin()
        assert not found.sees("area.py")


def test_tests_that_name_the_tree_by_its_whole_path_notice_nothing(prover, root):
    files = {"src/area.py": AREA, "tests/test_area.py": TEST}
    with prover(f"PYTHONPATH={root}/src {PYTEST}", files) as found:
        assert found.begin().failing
        assert not found.sees("src/area.py")
    with prover(f"PYTHONPATH=src {PYTEST}", files) as found:
        assert found.begin().failing
        assert found.sees("src/area.py")


def test_with_an_editable_install_the_copy_is_seen_only_where_it_is_put_first(
    prover, root, tmp_path
):
    venv.create(tmp_path / "venv", with_pip=False)
    (site,) = (tmp_path / "venv/lib").glob("*/site-packages")
    packages = Path(pytest.__file__).parents[1]
    (site / "_editable_area.pth").write_text(f"{root}/src\n{packages}\n")
    files = {"src/area.py": AREA, "tests/test_area.py": TEST}
    command = f"{tmp_path}/venv/bin/python -m pytest -q -p no:cacheprovider"
    with prover(command, files) as found:
        assert found.begin().failing
        assert not found.sees("src/area.py")
        assert not found.passes(Edited("src/area.py", RIGHT.encode()))
    with prover(f"PYTHONPATH=src {command}", files) as found:
        assert found.begin().failing
        assert found.sees("src/area.py")
        assert found.passes(Edited("src/area.py", RIGHT.encode()))


def test_an_edit_with_which_the_failing_tests_pass_is_told_from_others(prover):
    with prover(PYTEST, AREAS) as found:
        found.begin()
        assert found.passes(MENDED)
        assert not found.passes(Edited("area.py", AREA.replace("+", "-").encode()))
        assert not found.passes(Edited("area.py", b"syntax error ("))
        assert found.confirm(MENDED) == Confirmed(passed=True, fails_without=True)


def test_edits_of_the_same_size_within_one_second_are_told_apart(prover):
    command = f"PYTHONDONTWRITEBYTECODE= {CHECK}"
    wrong = Edited("area.py", AREA.replace("+", "-").encode())
    assert len(wrong.data) == len(MENDED.data)
    with prover(command) as found:
        found.begin()
        before = time.monotonic()
        assert [found.passes(each) for each in (wrong, MENDED) * 3] == [False, True] * 3
        assert time.monotonic() - before < 6, "nothing is shown by edits that take a second each"
        assert (found._place / "copy0/__pycache__").is_dir()


def test_what_lets_another_test_fail_is_not_confirmed(prover):
    breaking = Edited("area.py", RIGHT.replace("area / 2", "area / 3").encode())
    with prover(PYTEST, AREAS) as found:
        found.begin()
        assert found.passes(breaking)
        assert found.confirm(breaking) == Confirmed(passed=False, fails_without=True)


COUNTER = """
from pathlib import Path
counter = Path({place!r})
n = int(counter.read_text()) if counter.exists() else 0
counter.write_text(str(n + 1))
assert n % 2, "the first time it fails"
"""


def test_tests_that_count_their_runs_in_the_copy_confirm_nothing(prover):
    with prover(files={**CHECKED, "check.py": COUNTER.format(place="counter")}) as found:
        found.begin()
        assert found.passes(MENDED)
        assert found.confirm(MENDED) == Confirmed(passed=False, fails_without=True)


def test_tests_that_begin_to_pass_by_themselves_confirm_nothing(prover, tmp_path):
    late = "import pathlib, sys\nassert pathlib.Path({!r}).exists()\n".format(str(tmp_path / "now"))
    with prover(files={**CHECKED, "check.py": late}) as found:
        found.begin()
        (tmp_path / "now").touch()
        assert found.passes(MENDED)
        assert found.confirm(MENDED) == Confirmed(passed=True, fails_without=False)


WRITING = """
import os, pathlib, shutil
pathlib.Path("made").mkdir(exist_ok=True)
os.chmod("made", 0o700)
pathlib.Path("made/file").write_text("x")
pathlib.Path("kept.txt").write_text("other")
os.chmod("made", 0)
for name in ("area.py", "below/inside.py"):
    if os.path.exists(name):
        exec(open(name).read())
        os.unlink(name)
if os.path.exists("below"): shutil.rmtree("below")
assert area(3, 4) == 12
"""


def test_tests_may_write_to_their_copy_and_the_tree_stays(prover, root, copies):
    files = {"area.py": AREA, "below/inside.py": "y = 1\n", "check.py": WRITING, "kept.txt": "kept"}
    with prover(files=files) as found:
        before = tree.digest(tree.snapshot(root))
        found.begin()
        assert found.passes(MENDED) and found.passes(MENDED)
        assert not found.passes(Edited("below/inside.py", b"y = 2\n"))
        assert found.confirm(MENDED) == Confirmed(passed=True, fails_without=True)
        assert found.changed() == []
    assert tree.digest(tree.snapshot(root)) == before
    assert os.listdir(copies) == []


def test_a_file_that_is_read_only_is_edited_in_the_copy_alone(prover, root):
    write(root, CHECKED)
    (root / "area.py").chmod(0o444)
    with Prover(
        root, CHECK, confined(root, "plain"), Limits(20.0), environment=environment()
    ) as found:
        found.begin()
        assert found.passes(MENDED)
    assert (root / "area.py").read_text() == AREA
    assert (root / "area.py").stat().st_mode & 0o777 == 0o444


def test_nothing_is_written_through_a_link_that_leads_out_of_the_tree(prover, root, tmp_path):
    outside = tmp_path / "outside.py"
    outside.write_text(AREA)
    (root / "area.py").symlink_to(outside)
    with prover(files={"check.py": PLAIN}) as found:
        found.begin()
        for asked in (lambda: found.sees("area.py"), lambda: found.passes(MENDED)):
            with pytest.raises(InputError, match=r"area\.py leads out of the folder"):
                asked()
    assert outside.read_text() == AREA


def test_what_an_edit_lets_run_for_ever_is_ended(prover):
    with prover(limits=Limits(60.0)) as found:
        found.begin()
        before = time.monotonic()
        assert not found.passes(Edited("area.py", b"while True: pass\n"))
        assert time.monotonic() - before < 10
        assert found.passes(MENDED)


def test_what_other_threads_try_can_be_ended(prover, monkeypatch):
    monkeypatch.setattr(proving, "MORE", 60.0)
    with prover(limits=Limits(60.0)) as found:
        found.begin()
        with ThreadPoolExecutor(1) as pool:
            trying = pool.submit(found.passes, Edited("area.py", b"while True: pass\n"))
            time.sleep(0.5)
            assert not trying.done()
            before = time.monotonic()
            found.end()
            assert trying.result(30) is False
            assert time.monotonic() - before < 5
        assert found.passes(MENDED)


def test_several_threads_try_side_by_side(prover):
    slow = {**CHECKED, "check.py": f"import time\ntime.sleep(0.5)\n{PLAIN}"}
    wrong = [Edited("area.py", AREA.replace("+", sign).encode()) for sign in "-%/&|^"]
    with prover(files=slow, workers=3) as found:
        found.begin()
        before = time.monotonic()
        with ThreadPoolExecutor(6) as pool:
            passed = list(pool.map(found.passes, [*wrong, MENDED, *wrong[:1], MENDED]))
        assert passed == [False] * 6 + [True, False, True]
        assert time.monotonic() - before < 9 * 0.5
        assert found.runs == 10


def test_only_the_tests_of_files_in_which_some_fail_are_traced(prover):
    files = {**AREAS, "tests/test_more.py": "def test_more():\n    pass\n"}
    with prover(PYTEST, files) as found:
        found.begin()
        traced = {case.id: case for case in found.traced()}
    names = [f"tests/test_area.py::test_{name}" for name in ("area", "half")]
    assert sorted(traced) == [IMPORTED, *names]
    assert traced["tests/test_area.py::test_area"].lines["area.py"] == {2}


def test_it_runs_in_a_folder_below_the_tree(prover):
    files = {f"part/{name}": text for name, text in CHECKED.items()}
    with prover(files=files, folder="part") as found:
        found.begin()
        assert found.sees("part/area.py")
        assert found.passes(Edited("part/area.py", RIGHT.encode()))


def test_what_changes_in_the_tree_meanwhile_is_named(begun, root):
    (root / "area.py").write_text(RIGHT)
    (root / "new.py").write_text("")
    assert begun.changed() == ["area.py", "new.py"]


def test_nothing_is_left_of_a_tree_that_cannot_be_copied(prover, copies, monkeypatch):
    monkeypatch.setattr(tree, "MOST_FILES", 2)
    with pytest.raises(InputError, match="too much to be copied"), prover():
        raise AssertionError
    assert os.listdir(copies) == []


@pytest.mark.parametrize(
    ("wanted", "passed", "failed", "right"),
    [
        (["t::a"], ["t::a", "t::b"], [], True),
        (["t::a"], ["t::a"], ["t::b"], True),
        (["t::a"], ["t::b"], [], False),
        (["t"], ["t::a"], [], True),
        (["t"], ["t::a"], ["t::b"], False),
        (["t"], ["u::a"], [], False),
        ([], [], [], True),
    ],
)
def test_of_a_file_that_could_not_be_read_all_tests_have_to_pass(wanted, passed, failed, right):
    cases = [Case(name, False) for name in passed] + [Case(name, True) for name in failed]
    assert pass_all(wanted, cases) is right


def test_some_failing_tests_may_go_on_failing_and_nothing_else_may_break(tmp_path):
    files = {
        **AREAS,
        "tests/test_more.py": "from area import area\n\n\ndef test_odd():\n    assert area(1, 1) == 5\n",
    }
    root = write(tmp_path.resolve() / "project", files)
    with Prover(root, PYTEST, Confinement(root), environment=environment()) as prover:
        baseline = prover.begin()
        odd = "tests/test_more.py::test_odd"
        assert set(baseline.failing) == {"tests/test_area.py::test_area", odd}
        right = Edited("area.py", RIGHT.encode())
        assert not prover.passes(right)
        assert not prover.confirm(right).passed
        prover.excuse([odd])
        assert prover.passes(right)
        assert prover.confirm(right) == Confirmed(True, True)
        worse = Edited("area.py", RIGHT.replace("area / 2", "area / 3").encode())
        assert not prover.confirm(worse).passed
        assert prover.breaks(prover.run_with([worse]))
        assert not prover.breaks(prover.run_with([right]))
        assert not prover.breaks(prover.run_with(()))
        gone = Edited("tests/test_area.py", b"from area import area\n")
        assert prover.breaks(prover.run_with([right, gone]))  # what passed is not there any more
