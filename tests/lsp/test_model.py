"""The server's model: what is wrong in one place does not hide what is right in another."""

import pytest
from editdiff_lsp import model as server_model
from editdiff_lsp.model import Measured, Model, load_engine
from editdiff_lsp.options import GhostText, Options, parse

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


def test_an_endpoint_of_the_users_own_has_no_part_in_the_editor(monkeypatch):
    monkeypatch.setenv("EDITDIFF_ENDPOINT", "http://127.0.0.1:9")
    asked = []
    made = Model(lambda named, chosen: asked.append(named) or ScriptedEngine([]))
    assert made.configure(Options()) == [] and made.engine().name == "scripted"
    assert asked == [None]


def test_the_editor_has_no_option_for_an_endpoint_and_says_that_none_serves_it():
    told = []
    assert parse({"endpoint": "http://127.0.0.1:9"}, told.append) == Options()
    assert "there is no option endpoint" in told[0]
    made = Model(load_engine)
    made.configure(Options(model="endpoint"))
    with pytest.raises(UsageError, match="an endpoint infills and rewrites, and nothing else"):
        made.engine()
    assert made.state == "failed" and "name a model" in made.message
