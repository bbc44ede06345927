import re
from dataclasses import fields
from pathlib import Path

import pytest

from editdiff.cli import infill
from editdiff.cli.app import main
from editdiff.engines.base import FillOptions
from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.errors import UsageError
from editdiff.families.running import Running
from editdiff.settings import ENDPOINT, LISTS, NAMES, Settings, load, project_file, user_file

VALUES = {
    "drafts": (3, "3"),
    "steps": (5, "5"),
    "threshold": (0.5, "0.5"),
    "temperature": (0.25, "0.25"),
    "canvas": (16, "16"),
    "seed": (9, "9"),
    "others": (2, "2"),
    "accept": ("typical", '"typical"'),
    "fill_seconds": (2.5, "2.5"),
}
"""Of each setting of filling another value than its default, and how TOML and the environment write it."""
ANYWHERE = VALUES | {
    "threads": (2, "2"),
    "confidence": (0.25, "0.25"),
    "drafter": ("none", '"none"'),
}
"""All that may be set in every place."""
USERS = {"engine": ("torch", '"torch"'), "threads": (2, "2")}
"""How the network is run."""


class Home:
    """A home with a project in it, and the environment of someone who works there."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / ".config" / "editdiff" / "config.toml"
        self.project = folder / "project"
        self.environ = {"HOME": str(folder), "PATH": "/bin"}
        self.project.mkdir()

    def user(self, text: str) -> None:
        self.config.parent.mkdir(parents=True, exist_ok=True)
        self.config.write_text(text)

    def repository(self, text: str) -> None:
        (self.project / "pyproject.toml").write_text(f"[tool.editdiff]\n{text}\n")

    def load(self, **flags: object) -> Settings:
        return load(flags, self.project, self.environ)


@pytest.fixture
def home(tmp_path) -> Home:
    return Home(tmp_path)


def put(home: Home, place: str, name: str, value: str) -> None:
    if place == "user":
        home.user(f"{name} = {value}\n")
    elif place == "repository":
        home.repository(f"{name} = {value}\n")
    else:
        home.environ[f"EDITDIFF_{name.upper()}"] = value.strip('"')


def test_the_defaults_are_those_of_the_engine(home):
    ours = {entry.name: getattr(Settings(), entry.name) for entry in fields(Settings)}
    engine = {name: getattr(FillOptions(), name) for name in VALUES}
    assert home.load() == Settings()
    assert ours == engine | {
        "model": None,
        "engine": "auto",
        "drafter": "lookup",
        "threads": 0,
        "confidence": None,
        "endpoint": None,
        "endpoint_model": None,
        "endpoint_kind": "auto",
        "endpoint_key_env": "EDITDIFF_ENDPOINT_KEY",
        "endpoint_seconds": 120.0,
        "exclude": (),
        "sources": (),
        "said": frozenset(),
    }
    assert {*ANYWHERE, *ENDPOINT, "model", "engine"} == set(NAMES)


@pytest.mark.parametrize("place", ["user", "repository", "environment"])
@pytest.mark.parametrize("name", ANYWHERE)
def test_every_setting_can_be_made_in_every_place(name, place, home):
    value, written = ANYWHERE[name]
    put(home, place, name, written)
    loaded = getattr(home.load(), name)
    assert loaded == value != getattr(Settings(), name)
    assert type(loaded) is type(value)


def test_each_place_overrides_those_before_it(home):
    seen = [home.load().drafts]
    for place, value in (("user", "5"), ("repository", "6"), ("environment", "7")):
        put(home, place, "drafts", value)
        seen.append(home.load().drafts)
    seen.append(home.load(drafts=8).drafts)
    assert seen == [4, 5, 6, 7, 8]


def test_what_one_place_leaves_out_comes_from_another(home):
    home.user("drafts = 2\nsteps = 3")
    home.repository("steps = 4")
    home.environ["EDITDIFF_SEED"] = "5"
    loaded = home.load(canvas=8, threshold=None)
    assert loaded == Settings(drafts=2, steps=4, seed=5, canvas=8)
    assert loaded.sources == (
        str(home.config),
        f"[tool.editdiff] of {home.project / 'pyproject.toml'}",
        "EDITDIFF_SEED",
    )


def test_a_flag_of_zero_is_given(home):
    home.user("seed = 4\ntemperature = 1")
    assert (home.load(seed=0).seed, home.load(temperature=0.0).temperature) == (0, 0.0)


@pytest.mark.parametrize("name", ["model", "engine", "command", "endpoint_key", *ENDPOINT])
def test_a_repository_never_chooses_what_runs(name, home):
    home.repository(f'{name} = "evil"')
    with pytest.raises(UsageError, match=f"must not set {name}: a repository's own file never"):
        home.load(**{name: "mine"})  # not even where it would be overridden


def test_the_user_names_a_model_in_the_file_the_environment_or_a_flag(home):
    home.user('model = "models/mine"')
    assert home.load().model == str(home.config.parent / "models/mine")
    home.user('model = "/models/mine"')
    assert home.load().model == "/models/mine"
    home.environ["EDITDIFF_MODEL"] = "here"
    assert home.load().model == "here"
    assert home.load(model="there").model == "there"


def test_a_tilde_is_the_home(home, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    home.user('model = "~/mine"')
    assert home.load().model == "/home/me/mine"


def test_the_users_file_is_where_xdg_says(tmp_path):
    assert user_file({"HOME": "/h"}) == Path("/h/.config/editdiff/config.toml")
    assert user_file({"HOME": "/h", "XDG_CONFIG_HOME": "/x"}) == Path("/x/editdiff/config.toml")
    # a relative path is to be ignored
    assert user_file({"HOME": "/h", "XDG_CONFIG_HOME": "x"}) == Path(
        "/h/.config/editdiff/config.toml"
    )


def test_the_nearest_pyproject_counts_even_if_it_says_nothing(home):
    inner = home.project / "a" / "b"
    inner.mkdir(parents=True)
    home.repository("drafts = 2")
    assert load({}, inner, home.environ).drafts == 2
    (inner.parent / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    assert load({}, inner, home.environ).drafts == 4
    assert project_file(inner) == inner.parent / "pyproject.toml"


@pytest.mark.parametrize("place", ["user", "repository", "environment"])
@pytest.mark.parametrize(("wrong", "right"), [("draft", "drafts"), ("treshold", "threshold")])
def test_an_unknown_name_is_refused_with_the_nearest(wrong, right, place, home):
    put(home, place, wrong, "1")
    spelled = str.upper if place == "environment" else str
    with pytest.raises(UsageError, match=rf"there is no setting \w*{spelled(wrong)}$") as caught:
        home.load()
    prefix = "EDITDIFF_" if place == "environment" else ""
    assert caught.value.hint.startswith(f"did you mean {prefix}{spelled(right)}? ")


def test_a_name_like_no_other_is_refused_with_all_that_there_are(home):
    home.user("zzz = 1")
    with pytest.raises(UsageError) as caught:
        home.load()
    assert caught.value.hint == f"the settings: {', '.join((*NAMES, *LISTS))}"


@pytest.mark.parametrize(
    ("name", "written", "kind"),
    [
        ("drafts", '"3"', "a whole number"),
        ("drafts", "3.0", "a whole number"),
        ("drafts", "true", "a whole number"),
        ("threshold", '"high"', "a number"),
        ("threshold", "false", "a number"),
        ("seed", "[1]", "a whole number"),
        ("model", "3", "a text"),
    ],
)
def test_a_value_of_another_type_is_refused(name, written, kind, home):
    home.user(f"{name} = {written}")
    with pytest.raises(UsageError, match=f": {name} has to be {kind}, but is ") as caught:
        home.load()
    assert caught.value.message.startswith(str(home.config))


def test_a_variable_that_is_no_number_is_refused_and_an_empty_one_is_unset(home):
    home.environ["EDITDIFF_DRAFTS"] = ""
    assert home.load().drafts == 4
    home.environ["EDITDIFF_DRAFTS"] = "many"
    with pytest.raises(UsageError, match="EDITDIFF_DRAFTS has to be a whole number, but is 'many'"):
        home.load()


def test_the_variable_for_debugging_is_no_setting(home):
    home.environ["EDITDIFF_DEBUG"] = "1"
    assert home.load() == Settings()


def test_a_key_is_no_setting_and_stands_in_none(home):
    home.environ["EDITDIFF_ENDPOINT_KEY"] = "sk-secret"
    assert "sk-secret" not in repr(home.load())
    home.user('endpoint_key = "sk-secret"')
    with pytest.raises(UsageError, match="there is no setting endpoint_key") as caught:
        home.load()
    assert "endpoint_key_env" in caught.value.hint
    assert "sk-secret" not in f"{caught.value}{caught.value.hint}"


def test_the_endpoint_answers_where_no_other_model_is_named(home):
    assert not home.load().asks_endpoint
    home.environ["EDITDIFF_ENDPOINT"] = "http://127.0.0.1:8080"
    assert home.load().asks_endpoint
    assert not home.load(model="coder").asks_endpoint
    home.environ["EDITDIFF_MODEL"] = "coder"
    assert not home.load().asks_endpoint
    assert home.load(endpoint="http://127.0.0.1:1").asks_endpoint
    assert not home.load(endpoint="http://127.0.0.1:1", model="nano").asks_endpoint


def test_settings_tell_which_of_them_were_said(home):
    home.user("drafts = 4")
    assert home.load(steps=3, seed=None).said == {"drafts", "steps"}


@pytest.mark.parametrize("text", ["drafts = ", "drafts 3", "\udcff"], ids=ascii)
def test_a_file_that_is_not_toml_is_named(text, home):
    home.user("")
    home.config.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError, match=f"^the settings {re.escape(str(home.config))} are not"):
        home.load()


def test_a_table_that_is_none_and_a_file_that_is_a_folder_are_refused(home):
    (home.project / "pyproject.toml").write_text("[tool]\neditdiff = 3\n")
    with pytest.raises(UsageError, match="is not a table"):
        home.load()
    home.config.mkdir(parents=True)
    with pytest.raises(UsageError, match="cannot read the settings"):
        home.load()


@pytest.fixture
def area(home, monkeypatch) -> Path:
    """A file to fill, in the project."""
    monkeypatch.chdir(home.project)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home.config.parents[1]))
    path = home.project / "a.txt"
    path.write_text("one\ntwo\n")
    return path


def filled(monkeypatch, *flags: str) -> tuple[int, str | None, FillOptions | None]:
    """Exit code of `editdiff infill`, the model that was chosen, and what the engine was told."""
    engine, asked = ScriptedEngine(["2"]), []
    monkeypatch.setattr(infill, "choose", lambda *spec: asked.append(spec[0]) or engine)
    code = main(["infill", "a.txt", "--lines", "2", *flags])
    return code, asked[0] if asked else None, engine.options[0] if engine.options else None


@pytest.mark.parametrize("place", ["user", "environment", "flag"])
@pytest.mark.parametrize("name", USERS)
def test_how_the_network_is_run_reaches_what_loads_it(name, place, home, area, monkeypatch):
    value, written = USERS[name]
    if place == "user":
        home.user(f"{name} = {written}\n")
    elif place == "environment":
        monkeypatch.setenv(f"EDITDIFF_{name.upper()}", str(value))
    flags = [f"--{name}", str(value)] if place == "flag" else []
    asked = []
    engine = ScriptedEngine(["2"])
    monkeypatch.setattr(infill, "choose", lambda *spec: asked.append(spec[1]) or engine)
    assert main(["infill", "a.txt", "--lines", "2", *flags]) == 0
    assert asked == [Running(**{name: value})]


def test_an_engine_that_there_is_not_is_told_with_the_place_that_named_it(home, area, capsys):
    home.user('engine = "cuda"\n')
    assert main(["infill", "a.txt", "--lines", "2"]) == 2
    told = capsys.readouterr().err
    assert "engine has to be one of auto, openvino, torch, but is 'cuda'" in told
    assert str(home.config) in told


@pytest.mark.parametrize("place", ["user", "repository", "environment"])
@pytest.mark.parametrize("name", VALUES)
def test_every_setting_reaches_the_engine_of_the_command(name, place, home, area, monkeypatch):
    value, written = VALUES[name]
    put(home, place, name, written)
    for variable in home.environ.keys() - {"HOME", "PATH"}:
        monkeypatch.setenv(variable, home.environ[variable])
    assert filled(monkeypatch) == (0, None, FillOptions(**{name: value}))


def test_the_model_of_the_settings_is_the_one_that_is_loaded(home, area, monkeypatch):
    home.user('model = "/m"')
    assert filled(monkeypatch)[1] == "/m"
    assert filled(monkeypatch, "--model", "n")[1] == "n"


def test_bad_settings_are_one_sentence_and_a_hint_and_the_file_stays(
    home, area, monkeypatch, capsys
):
    home.repository('model = "evil"')
    assert filled(monkeypatch, "--write") == (2, None, None)
    error, hint = capsys.readouterr().err.splitlines()
    assert "must not set model" in error
    assert hint.startswith("hint: ")
    assert area.read_text() == "one\ntwo\n"


@pytest.mark.parametrize("setting", ["drafts = 0", "canvas = 33", "threshold = nan"])
def test_a_value_out_of_range_tells_where_values_come_from(
    setting, home, area, monkeypatch, capsys
):
    home.repository(setting)
    assert filled(monkeypatch)[0] == 2
    error, hint = capsys.readouterr().err.splitlines()
    assert error.startswith(f"error: {setting.split()[0]} has to be ")
    assert hint.endswith(
        f"settings were read from [tool.editdiff] of {home.project / 'pyproject.toml'}"
    )


def test_globs_of_whole_paths_begin_where_a_repositorys_file_stands(home):
    home.repository('exclude = ["docs/old", "*.gen.py", "made/"]\n')
    assert home.load().exclude == (str(home.project / "docs/old"), "*.gen.py", "made")


def test_in_a_variable_globs_have_commas_between_them(home):
    home.environ["EDITDIFF_EXCLUDE"] = "*.gen.py, docs"
    assert home.load().exclude == ("*.gen.py", "docs")


@pytest.mark.parametrize("value", ['"docs"', "[1]", '[""]', "3"])
def test_what_is_no_list_of_globs_is_refused(value, home):
    home.repository(f"exclude = {value}\n")
    with pytest.raises(UsageError, match="exclude has to be a list of texts"):
        home.load()
