"""The server's model: what is wrong in one place does not hide what is right in another."""

import pytest
from editdiff_lsp import model as server_model
from editdiff_lsp.model import Measured, Model, load_engine
from editdiff_lsp.options import GhostText, Options

from editdiff.engines.fakes.scripted import ScriptedEngine
from editdiff.errors import ModelError, UsageError
from editdiff.families.running import Running
from editdiff.settings import Settings


@pytest.fixture(autouse=True)
def nobody_said_anything(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def model(thresholds=None, fails: str = "", instead: str | None = "") -> Model:
    def load(named, chosen):
        if fails and named != instead:
            raise ModelError(fails, "choose another")
        return ScriptedEngine([])

    return Model(load, Measured(lambda folder: thresholds or {}))


def fail(named: str):
    raise ModelError(f"{named} is broken", "choose another")


def test_the_clients_options_count():
    made = model()
    assert made.configure(Options(drafts=2, canvas=16)) == []
    assert (made.session.options.drafts, made.session.options.canvas) == (2, 16)


def test_a_wrong_variable_is_told_and_the_clients_options_count_all_the_same(monkeypatch):
    monkeypatch.setenv("EDITDIFF_DRAFS", "3")
    made = model()
    (told,) = made.configure(Options(drafts=2))
    assert "EDITDIFF_DRAFS" in told
    assert made.session.options.drafts == 2


def test_a_wrong_option_of_the_client_is_told_and_what_was_said_before_stays():
    made = model()
    made.configure(Options(drafts=2))
    (told,) = made.configure(Options(drafts=0))
    assert "drafts" in told
    assert made.session.options.drafts == 2


def test_another_folder_is_another_model_and_the_same_one_is_kept():
    made = model()
    made.engine()
    session = made.session
    made.configure(Options(steps=8))
    assert made.session is session
    made.configure(Options(model="/another"))
    assert made.session is not session
    assert made.state == "waiting"


def test_the_least_confidence_reaches_the_session_of_the_same_model_and_of_another_one():
    made = model()
    made.engine()
    assert made.session.least is None
    made.configure(Options(confidence=0.3))
    assert made.session.least == 0.3
    made.configure(Options(confidence=0.4, model="/another"))
    assert made.session.least == 0.4


def test_one_least_confidence_counts_for_ghost_text_too_unless_that_has_its_own(
    tmp_path, monkeypatch
):
    made = model({"python": 0.6})
    assert made.least("python") == 0.6
    made.configure(Options(confidence=0.3))
    assert (made.least("python"), made.session.least) == (0.3, 0.3)
    made.configure(Options(confidence=0.3, ghostText=GhostText(confidence=0.8)))
    assert (made.least("python"), made.session.least) == (0.8, 0.3)
    made.configure(Options())
    assert (made.least("python"), made.session.least) == (0.6, None)
    monkeypatch.setenv("EDITDIFF_CONFIDENCE", "0.45")
    made.configure(Options())
    assert (made.least("python"), made.session.least) == (0.45, 0.45)


def test_the_calibration_is_that_of_the_model_that_took_the_place():
    made = model(fails="coder is cut short", instead="nano")
    made.measured = Measured(calibration=lambda named: named)
    assert made.session.calibration is None
    made.engine()
    assert made.session.calibration == "nano"


def test_a_model_that_cannot_be_loaded_says_why():
    made = model(fails="there is no model folder /nowhere")
    with pytest.raises(ModelError):
        made.engine()
    assert made.state == "failed"
    assert made.message == "there is no model folder /nowhere; choose another"


def test_where_the_default_model_cannot_be_used_the_embedded_one_takes_its_place():
    made = model(fails="coder is cut short", instead="nano")
    made.engine()
    assert made.state == "ready"
    assert made.message == "coder is cut short; choose another; nano takes its place"


def test_where_the_embedded_model_fails_too_that_is_told():
    made = model(fails="the disk is broken", instead=None)
    made.load = lambda named, chosen: fail("coder" if named is None else named)
    with pytest.raises(ModelError):
        made.engine()
    assert made.state == "failed"
    assert made.message == "nano is broken; choose another"


def test_a_bug_is_no_reason_to_take_another_model():
    made, asked = model(), []

    def load(named, chosen):
        asked.append(named)
        raise ZeroDivisionError("it divides")

    made.load = load
    with pytest.raises(ZeroDivisionError):
        made.engine()
    assert asked == [None]
    assert (made.state, made.message) == ("failed", "ZeroDivisionError: it divides")


def test_the_thresholds_of_ghost_text_are_those_of_the_model_that_took_the_place():
    made = model(fails="coder is cut short", instead="nano")
    made.measured = Measured(lambda folder: {"python": 0.7 if folder else 0.3})
    assert made.least("python") == 0.3
    made.engine()
    assert made.least("python") == 0.7


def test_an_unloaded_model_keeps_its_name_and_is_loaded_again():
    made, loaded = model(), []
    made.load = lambda named, chosen: loaded.append(named) or ScriptedEngine([])
    first = made.engine()
    states = []
    made.on_wake = lambda: states.append(made.state)
    made.unload()
    assert (made.state, made.name, states) == ("asleep", first.name, [])
    assert made.engine() is not first
    assert (loaded, states) == ([None, None], ["loading", "ready"])


def test_what_was_begun_before_is_drafted_with_the_engine_that_is_loaded_again():
    made = model()
    session = made.session
    made.engine()
    made.unload()
    assert made.session is session
    assert session.engine is made.engine()


def test_nothing_is_unloaded_that_is_not_there():
    made = model()
    made.unload()
    assert made.state == "waiting"


def test_options_of_a_model_that_is_asleep_do_not_wake_it():
    made = model()
    made.engine()
    made.unload()
    made.configure(Options(drafts=7))
    assert (made.state, made.session.options.drafts) == ("asleep", 7)


def test_another_default_model_is_taken_up_unless_one_is_named():
    made, default, loaded = model(), ["nano"], []
    made.load = lambda named, chosen: loaded.append(named) or ScriptedEngine([])
    made.default = lambda: default[0]
    made.configure(Options(model=None, drafts=2))
    session = made.session
    made.engine()
    assert not made.outdated
    default[0] = "coder"
    assert made.outdated
    beside = made.load_beside()
    assert made.state == "ready"
    made.renew(beside)
    assert (made.outdated, made.session is session) == (False, True)
    assert loaded == ["nano", "coder"]
    default[0] = "another"
    made.configure(Options(model="/mine"))
    assert not made.outdated


def test_what_was_loaded_beside_is_of_no_use_once_another_model_is_chosen():
    made, loaded = model(), []
    made.load = lambda named, chosen: loaded.append(named) or ScriptedEngine([])
    made.default = lambda: "coder"
    made.configure(Options())
    beside = made.load_beside()
    made.configure(Options(model="/mine"))
    made.renew(beside)
    assert loaded == ["coder", "/mine"]


def test_where_the_new_default_model_fails_the_embedded_one_goes_on():
    made, default = model(fails="coder is cut short", instead="nano"), ["nano"]
    made.default = lambda: default[0]
    made.configure(Options())
    made.engine()
    default[0] = "coder"
    with pytest.raises(ModelError):
        made.load_beside()
    made.renew(None)
    assert made.state == "ready"
    assert made.message == "coder is cut short; choose another; nano takes its place"


def test_after_sleep_the_model_that_had_no_room_is_tried_again():
    made = model(fails="there is no memory for coder", instead="nano")
    made.engine()
    made.unload()
    made.load = lambda named, chosen: ScriptedEngine([])
    made.engine()
    assert made.message == ""


@pytest.mark.parametrize(
    ("cores", "said", "threads"),
    [(1, 0, 1), (2, 0, 2), (3, 0, 2), (8, 0, 7), (None, 0, 1), (8, 3, 3), (2, 8, 8)],
)
def test_a_core_is_left_to_the_editor_where_there_are_three_or_more(
    cores, said, threads, monkeypatch
):
    runs = []
    monkeypatch.setattr(server_model.os, "cpu_count", lambda: cores)
    monkeypatch.setattr(server_model, "new_engine", lambda *asked: runs.append(asked))
    load_engine("toy", Settings(threads=said, engine="torch"))
    assert runs == [("toy", Running("torch", threads))]


def test_who_doubts_is_the_model_in_use_and_is_let_go_with_it():
    asked = []
    made = model()
    made.doubting = lambda engine, named: asked.append(named) or object()
    made.configure(Options(model="/one"))
    made.engine()
    first = made.session.doubter
    assert made.session.doubter is first
    made.unload()
    made.engine()
    assert made.session.doubter is not first
    assert asked == ["/one", "/one"]


def test_the_embedded_model_revises_nothing():
    made = Model(load_engine)
    made.configure(Options(model="nano"))
    assert made.session.doubter is None
    assert made.doubter() is not None  # it doubts all the same


def test_a_model_that_was_named_is_not_replaced():
    made = model(fails="it is cut short", instead="nano")
    made.configure(Options(model="/somewhere"))
    with pytest.raises(ModelError):
        made.engine()
    assert made.state == "failed"


def test_ghost_text_is_on_where_its_confidence_was_measured():
    made = model({"python": 0.4})
    assert (made.languages, made.least("python"), made.least("rust")) == (("python",), 0.4, None)


@pytest.mark.parametrize(
    ("said", "least"),
    [
        (GhostText(enabled=False), None),
        (GhostText(languages=("rust",)), 0.4),
        (GhostText(languages=("rust",), confidence=0.0), 0.0),
        (GhostText(languages=()), None),
    ],
)
def test_what_the_client_says_of_ghost_text_comes_first(said, least):
    made = model({"python": 0.4})
    made.configure(Options(ghostText=said))
    assert made.least("rust") == least


# --- an endpoint

HERE = "http://127.0.0.1:9"


def asked(made: Model) -> tuple[str | None, bool]:
    """Who rewrites, by its address, and whether this machine's model is the one that does."""
    remote = made.remote.session
    return (
        remote.endpoint.url if remote and remote.endpoint else None,
        made.drafting is made.session,
    )


def test_an_endpoint_of_the_users_own_rewrites_and_the_model_does_the_rest(monkeypatch):
    monkeypatch.setenv("EDITDIFF_ENDPOINT", HERE)
    loaded = []
    made = Model(lambda named, chosen: loaded.append(named) or ScriptedEngine([]))
    assert made.configure(Options()) == [] and asked(made) == (HERE, False)
    assert made.engine().name == "scripted" and loaded == [None]
    assert made.drafting.least == 0.0 and made.drafting.options.drafts == 1
    assert made.session.options.drafts == Settings().drafts


def test_an_endpoint_of_the_users_file_counts_where_no_model_is_named(monkeypatch, tmp_path):
    file = tmp_path / "editdiff" / "config.toml"
    file.parent.mkdir()
    file.write_text(f'endpoint = "{HERE}"\n')
    made = model()
    made.configure(Options())
    assert asked(made) == (HERE, False)
    made.configure(Options(model="nano"))  # as on the command line
    assert asked(made) == (None, True) and made.named == "nano"
    made.configure(Options(model="endpoint"))
    assert asked(made) == (HERE, False) and made.named is None


def test_an_endpoint_of_the_editor_is_asked_whatever_model_does_the_rest(monkeypatch):
    made = model()
    made.configure(Options(endpoint=HERE, model="nano", endpointModel="qwen", drafts=3))
    assert asked(made) == (HERE, False) and made.named == "nano"
    assert made.drafting.endpoint.model == "qwen" and made.drafting.options.drafts == 3


def test_an_empty_endpoint_of_the_editor_is_none_whoever_names_one(monkeypatch):
    monkeypatch.setenv("EDITDIFF_ENDPOINT", HERE)
    monkeypatch.setenv("EDITDIFF_MODEL", "endpoint")
    made = model()
    assert made.configure(Options(endpoint="")) == []
    assert asked(made) == (None, True) and made.named is None


def test_the_same_endpoint_keeps_its_session_and_another_is_another(monkeypatch):
    made = model()
    made.configure(Options(endpoint=HERE))
    session = made.drafting
    made.configure(Options(endpoint=HERE, seed=7))
    assert made.drafting is session and session.options.seed == 7
    monkeypatch.setenv("EDITDIFF_ENDPOINT_KEY", "sk-1")
    made.configure(Options(endpoint=HERE))
    assert made.drafting is not session
    made.configure(Options())
    assert made.drafting is made.session


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (Options(endpoint="elsewhere"), "no address of a server"),
        (Options(endpoint="http://me:pass@127.0.0.1"), "holds a name or a password"),
        (Options(endpoint=HERE, endpointKind="llama"), "endpoint_kind has to be one of"),
        (Options(endpoint=HERE, endpointSeconds=0), "endpoint_seconds has to be from 1"),
        (Options(endpoint=HERE, endpointKeyEnv="NOT_SET"), "endpoint_key_env names is not set"),
        (Options(endpoint="http://127.0.0.1:11434"), "Ollama has several models"),
        (Options(model="endpoint"), "no endpoint is named"),
    ],
)
def test_an_endpoint_that_cannot_be_asked_is_told_and_nobody_takes_its_place(options, why):
    made = model()
    (told,) = made.configure(options)
    assert why in told and "pass" not in told.replace("password", "")
    assert made.drafting is not made.session and made.remote.session.status["message"] == told
    with pytest.raises(UsageError, match=why):
        _ = made.drafting.engine
    assert made.engine().name == "scripted"


def test_a_key_is_never_sent_in_the_open_and_shown_nowhere(monkeypatch):
    monkeypatch.setenv("EDITDIFF_ENDPOINT_KEY", "sk-secret")
    made = model()
    (told,) = made.configure(Options(endpoint="http://elsewhere:8080"))
    assert "in the open" in told and "sk-secret" not in told
    made.configure(Options(endpoint="https://elsewhere"))
    assert made.drafting.endpoint.key == "sk-secret"
    assert "sk-secret" not in repr(made.drafting) + repr(made.remote.session.status)


def test_a_wrong_option_of_the_model_leaves_the_endpoint_as_it_is():
    made = model()
    (told,) = made.configure(Options(endpoint=HERE, drafts=0))
    assert "drafts" in told
    assert asked(made) == (HERE, False) and made.drafting.options.drafts == 1
