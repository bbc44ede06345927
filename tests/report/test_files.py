"""Which files the commands take that are given several, and folders: by `files_of`, and by the commands."""

import os
import subprocess
from pathlib import Path

import pytest

from editdiff.cli import review as review_command
from editdiff.cli.app import main
from editdiff.engines.base import Doubt
from editdiff.errors import InputError
from editdiff.report.files import MAX_BYTES, LeftOut, files_in, files_of

BROKEN = "x = (\n"
EVERYWHERE = ["a.py", "b.js", "src/c.py"]
"""What is listed of the tree with git and without."""
LEFT_OUT = [
    ".hidden/d.py", ".hidden.py", "node_modules/e.js", "src/build/f.py", "env1/g.py", "env1/pyvenv.cfg",
    "picture.png", "notes",
]  # fmt: skip


@pytest.fixture
def tree(tmp_path, monkeypatch) -> Path:
    """A folder with files of all sorts that do not parse, outside of any repository."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.chdir(tmp_path)
    for name in (*EVERYWHERE, *LEFT_OUT):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(BROKEN)
    return tmp_path


@pytest.fixture(params=["no repository", "untracked", "tracked"])
def anywhere(request, tree) -> Path:
    """The tree as it is, and in a repository that does not know its files, and in one that does."""
    if request.param != "no repository":
        git("init", "-q")
    if request.param == "tracked":
        git("add", "-A")
    return tree


class Sure:
    """Doubts nothing, and remembers what it was asked about."""

    name, calibrated = "sure", True

    def __init__(self) -> None:
        self.asked: list[str] = []

    def doubts(self, text, spans, path):
        self.asked.append(path)
        yield from ([Doubt(span, 0.0, ())] for span in spans)


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True, capture_output=True)


def listed(*names: str) -> list[str]:
    refused: list[InputError] = []
    found = files_of(names, refused.append)
    assert refused == []
    return found


def test_hidden_and_vendored_folders_and_unknown_languages_are_left_out_with_git_and_without(
    anywhere,
):
    assert listed(".") == EVERYWHERE
    assert listed("src") == ["src/c.py"]


@pytest.mark.parametrize(
    ("folder", "file"),
    [
        (".hidden", ".hidden/d.py"),
        ("node_modules", "node_modules/e.js"),
        ("src/build", "src/build/f.py"),
        ("env1", "env1/g.py"),
    ],
)
def test_a_folder_that_would_be_left_out_is_taken_when_it_is_named_and_so_is_a_file_in_it(
    anywhere, folder, file
):
    assert listed(folder) == [file]
    assert listed(".", file) == [*EVERYWHERE, file]


def test_what_git_ignores_is_left_out_unless_it_is_named_or_tracked(tree):
    git("init", "-q")
    Path(".gitignore").write_text("made\nb.js\nsrc/c.py\n")
    Path("made").mkdir()
    Path("made/h.py").write_text(BROKEN)
    git("add", "-f", "src/c.py")
    assert listed(".") == ["a.py", "src/c.py"]
    assert listed(".", "b.js", "made") == ["a.py", "src/c.py", "b.js", "made/h.py"]


def test_a_file_that_is_tracked_but_gone_is_left_out(tree):
    git("init", "-q")
    git("add", "a.py")
    Path("a.py").unlink()
    assert "a.py" not in listed(".")


def test_a_repository_cannot_make_git_run_a_program(tree):
    git("init", "-q")
    Path("spy").write_text(f"#!/bin/sh\ntouch {tree}/ran\n")
    os.chmod("spy", 0o755)
    git("config", "core.fsmonitor", str(tree / "spy"))
    assert "a.py" in listed(".")
    assert not Path("ran").exists()


def test_a_repository_that_git_cannot_list_is_told_and_the_others_are_listed(tree):
    git("init", "-q", "src")
    Path("src/.git/HEAD").write_text("nonsense")
    with pytest.raises(InputError, match="git cannot list the files"):
        files_in(Path("src"))
    refused: list[InputError] = []
    assert files_of(["src", "a.py"], refused.append) == ["a.py"]
    assert [error.message.startswith("git cannot list") for error in refused] == [True]


def test_a_named_file_is_taken_whatever_it_is_and_standard_input_keeps_its_name(tree):
    Path("-").mkdir()
    assert listed("picture.png", "missing.py", "-") == ["picture.png", "missing.py", "-"]


def test_each_file_comes_once_in_the_order_it_was_named(tree):
    assert listed("b.js", ".", "./a.py", "src") == ["b.js", "a.py", "src/c.py"]


def test_links_odd_files_and_very_large_ones_in_a_folder_are_left_out(anywhere):
    Path("link.py").symlink_to("a.py")
    Path("loop").symlink_to(".")
    Path("folder.py").mkdir()
    os.mkfifo("pipe.py")
    Path("large.py").write_text("x" * (MAX_BYTES + 1))
    assert listed(".") == EVERYWHERE
    assert files_in(Path()) == [Path(name) for name in EVERYWHERE]
    assert listed("large.py") == ["large.py"]


def test_large_files_of_a_folder_are_named_unless_they_are_left_out_anyway(anywhere):
    for name in ("src/large.py", "made.min.js", "old.py", "named.py", "large.png"):
        Path(name).write_text("x" * (MAX_BYTES + 1))
    left_out = LeftOut()
    assert files_of([".", "named.py", "src"], print, ["old.py"], left_out) == [
        *EVERYWHERE,
        "named.py",
    ]
    assert [Path(name) for name in left_out.large] == [Path("src/large.py")]
    assert (left_out.generated, left_out.excluded) == (1, 1)


@pytest.mark.parametrize("command", [["fix", "--report"], ["review"]])
def test_large_files_of_a_folder_are_told(command, anywhere, monkeypatch, capsys):
    Path("large.py").write_text("x" * (MAX_BYTES + 1))
    monkeypatch.setattr(review_command, "choose_doubter", lambda *spec: Sure())
    main([*command, "."])
    err = capsys.readouterr().err
    assert "large.py: above 1 MB; name such a file itself to have it read\n" in err
    main([*command, ".", "--quiet"])
    assert "large" not in capsys.readouterr().err


def test_a_name_of_odd_bytes_is_kept(anywhere):
    odd = os.fsdecode(b"\xff\n.py")
    Path(odd).write_text(BROKEN)
    assert odd in listed(".")


def test_fix_and_review_take_the_same_files_of_a_folder(anywhere, monkeypatch, capsys):
    assert main(["fix", ".", "--report"]) == 1
    assert list(
        dict.fromkeys(line.split(":")[0] for line in capsys.readouterr().out.split("\n")[:-1])
    ) == (EVERYWHERE)
    sure = Sure()
    monkeypatch.setattr(review_command, "choose_doubter", lambda *spec: sure)
    assert main(["review", ".", "--quiet"]) == 0
    assert [Path(path).name for path in sure.asked] == [Path(name).name for name in EVERYWHERE]


@pytest.mark.parametrize("command", [["fix", "--report"], ["review", "--quiet"]])
def test_both_go_on_with_the_others_where_a_folder_cannot_be_listed(
    tree, monkeypatch, capsys, command
):
    git("init", "-q", "src")
    Path("src/.git/HEAD").write_text("nonsense")
    sure = Sure()
    monkeypatch.setattr(review_command, "choose_doubter", lambda *spec: sure)
    assert main([*command, "src", "a.py"]) == 2
    out, err = capsys.readouterr()
    assert "git cannot list the files of src" in err
    assert out.startswith("a.py:1:") if command[0] == "fix" else sure.asked == ["a.py"]


def test_fix_of_nothing_it_knows_is_a_clear_error(tree, capsys):
    Path("empty").mkdir()
    assert main(["fix", "empty"]) == 2
    assert "no file of a known language in empty" in capsys.readouterr().err


def test_what_programs_wrote_and_other_people_is_left_out_of_folders_and_counted(anywhere):
    Path("src/lib.min.js").write_text(BROKEN)
    Path("src/made.py").write_text("# Code generated by protoc. DO NOT EDIT.\n" + BROKEN)
    left_out = LeftOut()
    assert files_of(["."], print, (), left_out) == EVERYWHERE
    assert left_out == LeftOut(generated=2, vendored=2)
    assert left_out.told == "left out: 2 generated files, 2 vendored folders"
    assert files_of(["src/made.py", "node_modules/e.js"], print) == [
        "src/made.py",
        "node_modules/e.js",
    ]


@pytest.mark.parametrize(
    ("globs", "left"),
    [
        (("*.js",), ["a.py", "src/c.py"]),
        (("src",), ["a.py", "b.js"]),
        (("{here}/src",), ["a.py", "b.js"]),
        (("{here}/*/c.py", "b.*"), ["a.py"]),
        (("{here}/c.py", "c"), EVERYWHERE),
    ],
)
def test_globs_leave_files_and_folders_out_but_none_that_is_named(anywhere, globs, left):
    exclude = [glob.format(here=anywhere) for glob in globs]
    left_out = LeftOut()
    assert files_of(["."], print, exclude, left_out) == left
    assert left_out.excluded == len(EVERYWHERE) - len(left)
    assert files_of(EVERYWHERE, print, exclude) == EVERYWHERE


@pytest.mark.parametrize("folder", [".", "src"])
def test_the_settings_of_a_repository_exclude_from_where_they_stand(
    tree, monkeypatch, folder, capsys
):
    Path("pyproject.toml").write_text('[tool.editdiff]\nexclude = ["src/c.py", "b.*"]\n')
    monkeypatch.chdir(folder)
    main(["fix", ".", "--report"])
    out, err = capsys.readouterr()
    assert "c.py" not in out and "b.js" not in out
    assert ("a.py:" in out) == (folder == ".")
    assert f"{2 if folder == '.' else 1} excluded file" in err or "no file of a known" in err
