"""Which files belong to the one being edited, and what may not be read for it."""

import os
from pathlib import Path

import pytest

from editdiff.edits import others
from editdiff.edits.infill import infill
from editdiff.edits.others import among, on_disk
from editdiff.edits.session import Session
from editdiff.engines.base import FillOptions, OtherFile
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.families.base import Traits
from editdiff.text import document as disk
from editdiff.text.document import Document
from editdiff.text.span import Span

MAIN = "from .room import Room\nfrom lib.wall import paint\n\nroom = Room()\nprint(paint(room), tint)\n"
ROOM = "class Room:\n    width = 3\n\n\nclass Unused:\n    pass\n"


@pytest.fixture
def project(tmp_path) -> Path:
    """A project with a package, a library beside it, and what may not be shown."""
    root = tmp_path / "project"
    files = {
        "pyproject.toml": "",
        "app/__init__.py": "",
        "app/main.py": MAIN,
        "app/room.py": ROOM,
        "app/colour.py": "tint = 'red'\n",
        "app/dull.py": "nothing = 1\n",
        "lib/wall.py": "def paint(room):\n    return room\n",
        "tests/test_main.py": "def room():\n    pass\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def found(file: Path, spans: list[Span] | None = None, most: int = 8) -> list[str]:
    """Paths of what belongs to a file."""
    return [other.path for other in on_disk(disk.read(file), spans or [], most)]


def put(project: Path, name: str, text: str | bytes) -> Path:
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_what_is_imported_stands_behind_what_lies_beside(project):
    shown = on_disk(disk.read(project / "app/main.py"), [], 8)
    assert [other.path for other in shown] == [
        "app/colour.py",
        "tests/test_main.py",
        "app/room.py",
        "lib/wall.py",
    ]
    assert shown[2] == OtherFile("app/room.py", "class Room:\n    width = 3")


def test_no_more_are_shown_than_are_asked_for_and_the_most_telling_are_kept(project):
    assert found(project / "app/main.py", most=2) == ["app/room.py", "lib/wall.py"]
    assert found(project / "app/main.py", most=0) == []


def test_what_a_gap_hides_has_no_say(project):
    gap = Span(MAIN.index("tint"), MAIN.index("tint") + 4)
    assert "app/colour.py" in found(project / "app/main.py")
    assert "app/colour.py" not in found(project / "app/main.py", [gap])


def test_an_import_that_a_gap_hides_leads_nowhere(project):
    line = "from lib.wall import paint\n"
    gap = Span(MAIN.index(line), MAIN.index(line) + len(line))
    assert "lib/wall.py" not in found(project / "app/main.py", [gap])


def test_line_endings_of_two_characters_are_no_part_of_a_name(project):
    path = project / "app/main.py"
    shown = on_disk(disk.read(path), [], 8)
    path.write_bytes(MAIN.replace("\n", "\r\n").encode())
    assert on_disk(disk.read(path), [], 8) == shown != ()


def test_what_is_named_near_the_gap_is_the_most_telling(project):
    far = "x = 1\n" * 200
    text = f"from .room import Room\nfrom .colour import tint\n{far}Room()\n{far}tint\n"
    path = put(project, "app/long.py", text)
    end, begin = Span(len(text), len(text)), Span(text.index("Room()"), text.index("Room()"))
    assert found(path, [end])[-1] == "app/colour.py"
    assert found(path, [begin])[-1] == "app/room.py"


def test_of_a_language_whose_definitions_are_not_known_nothing_is_shown(project):
    put(project, "notes/room.md", "# Room\n")
    assert found(put(project, "notes/main.md", "The Room.\n")) == []


def test_a_package_leads_to_what_it_hands_on(project):
    put(project, "app/__init__.py", "from .room import Room\n")
    assert found(put(project, "tests/test_room.py", "from app import Room\nRoom()\n")) == [
        "app/room.py"
    ]


def test_a_test_leads_to_its_module_by_its_name(project):
    put(project, "colour.py", "tint = 'blue'\n")
    assert "colour.py" in found(put(project, "tests/test_colour.py", "print(tint)\n"))


@pytest.mark.parametrize(
    ("file", "text", "other"),
    [
        ("web/a.ts", "import { Room } from './room'\nRoom", "web/room.ts"),
        ("web/b.tsx", "import { Room } from './parts'\nRoom", "web/parts/index.ts"),
        ("c/a.c", '#include "a.h"\n', "c/a.h"),
        ("c/src/b.c", '#include "b.h"\n', "include/b.h"),
    ],
)
def test_other_languages_find_theirs(file, text, other, project):
    put(project, other, "export class Room {}\n" if "web" in file else "int area(int);\n")
    assert found(put(project, file, text)) == [other]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("node_modules/evil.py", "secret = 1\n"),
        (".hidden/evil.py", "secret = 1\n"),
        ("evil/binary.py", b"secret = 1\n\0"),
        ("evil/latin.py", b"secret = '\xe4'\n"),
        ("evil/large.py", "secret = 1\n" * 20_000),
        ("../outside.py", "secret = 1\n"),
    ],
)
def test_what_is_not_to_be_read_is_not_shown(name, text, project):
    put(project, name, text)
    folder, stem = os.path.split(name)
    module = (
        f"from {folder}.{stem[:-3]} import secret\n"
        if folder != ".."
        else "from ...outside import secret\n"
    )
    assert found(put(project, "app/reads.py", f"{module}secret\n")) == []
    kept = put(project, "plain/other.py", "secret = 1\n")
    assert found(put(project, "app/reads.py", "from plain.other import secret\n")) == [
        "plain/other.py"
    ]
    assert kept.exists()


def test_a_link_that_leads_out_of_the_project_is_not_followed(project, tmp_path):
    (tmp_path / "secret.py").write_text("secret = 1\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "more.py").write_text("secret = 1\n")
    (project / "app/secret.py").symlink_to(tmp_path / "secret.py")
    (project / "linked").symlink_to(tmp_path / "folder")
    path = put(
        project, "app/reads.py", "from .secret import secret\nfrom linked.more import secret\n"
    )
    assert found(path) == []


def test_a_pipe_is_not_waited_for(project):
    os.mkfifo(project / "app/pipe.py")
    assert found(put(project, "app/reads.py", "from .pipe import x\nx\n")) == []


def test_no_more_files_are_read_than_the_limits_allow(project, monkeypatch):
    for i in range(6):
        put(project, f"many/m{i}.py", f"name{i} = {i}\n")
    path = put(project, "many/all.py", " ".join(f"name{i}" for i in range(6)))
    assert len(found(path)) == 6
    monkeypatch.setattr(others, "MOST_READ", 3)
    assert len(found(path)) == 3
    monkeypatch.setattr(others, "MOST_BYTES", 20)
    assert len(found(path)) == 2


def test_a_file_outside_of_any_project_has_its_folder(tmp_path):
    put(tmp_path, "alone/room.py", ROOM)
    assert found(put(tmp_path, "alone/main.py", "from room import Room\n")) == ["room.py"]


def test_a_vendored_file_that_is_edited_has_its_neighbours(project):
    put(project, "vendor/room.py", ROOM)
    assert found(put(project, "vendor/hall.py", "from room import Room\n")) == ["vendor/room.py"]


def test_a_text_without_a_file_has_none(project, monkeypatch):
    monkeypatch.chdir(project / "app")
    assert on_disk(Document("", MAIN, 0, "python"), [], 8) == ()
    assert on_disk(Document("main.py", MAIN, 0, ""), [], 8) == ()


# --- open documents

HERE = Document("/w/app/main.py", MAIN, 0, "python")


def opened(path: str, text: str, language: str = "python") -> Document:
    return Document(path, text, 0, language)


def test_of_open_documents_the_imported_ones_are_the_most_telling_and_then_the_last_seen():
    every = [
        opened("/w/app/room.py", ROOM),
        opened("/w/lib/wall.py", "def paint(room):\n    return room\n"),
        opened("/w/app/colour.py", "tint = 'red'\n"),
        opened("/w/app/more.py", "room = 1\n"),
        HERE,
    ]
    shown = among(HERE, [], every, 8)
    assert [other.path for other in shown] == ["colour.py", "more.py", "room.py", "lib/wall.py"]
    shown = among(HERE, [], [every[2], every[1], every[0], every[3]], 2)
    assert [other.path for other in shown] == ["lib/wall.py", "room.py"]


def test_open_documents_of_other_languages_and_without_what_is_named_are_not_shown():
    every = [
        opened("/w/app/a.ts", "const tint = 1;\n", "typescript"),
        opened("/w/app/b.py", "x = 1\n"),
    ]
    assert among(HERE, [], every, 8) == ()
    assert among(opened("/w/a.txt", "tint", ""), [], [opened("/w/b.txt", "tint", "")], 8) == ()


# --- who is shown them


class Taking(ScriptedEngine):
    """One that has a place for them, or has none."""

    traits = Traits(100, takes_others=True)


def asked(engine: ScriptedEngine, options: FillOptions, file: Path) -> tuple[OtherFile, ...]:
    """What the engine is told when a file is filled."""
    session = Session(lambda: engine, options, find=on_disk)
    document = disk.read(file)
    filling = session.begin(document, [Span(len(MAIN), len(MAIN))])
    filling.draft()
    assert filling.others == engine.tasks[0].others
    return engine.tasks[0].others


def test_a_model_that_takes_them_is_told_of_them_unless_the_user_wants_none(project):
    file = project / "app/main.py"
    assert [other.path for other in asked(Taking([]), FillOptions(others=1), file)] == [
        "lib/wall.py"
    ]
    assert asked(Taking([]), FillOptions(), file) == ()
    assert asked(ScriptedEngine([]), FillOptions(others=8), file) == (), (
        "it does not tell what it can do"
    )


def test_another_draft_is_made_beside_the_same_files(project):
    engine = Taking(["x", "y"])
    session = Session(lambda: engine, FillOptions(drafts=1, temperature=0, others=8), find=on_disk)
    filling = session.begin(disk.read(project / "app/main.py"), [Span(0, 0)])
    filling.draft()
    (project / "app/room.py").unlink()
    filling.draft()
    assert engine.tasks[0].others == engine.tasks[-1].others != ()


def test_infill_tells_what_it_is_given():
    engine = ScriptedEngine(["x"])
    told = (OtherFile("a.py", "a = 1\n"),)
    infill(Document("b.py", "b\n"), [Span(0, 1)], engine, others=told)
    assert engine.tasks[0].others == told
