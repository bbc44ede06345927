import math

import pytest
from endpoint_server import Refusal, chat, completion, fenced, llama_cpp, ollama
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editdiff.check.python_compile import PythonCompileChecker
from editdiff.check.syntax import SyntaxChecker
from editdiff.edits.infill import infill
from editdiff.edits.proposal import NoEdit, Proposal
from editdiff.edits.rewrite import rewrite
from editdiff.engines.base import Capable, FillOptions, FillTask, Scorer, Sketch, takes_others
from editdiff.engines.endpoint.address import Endpoint
from editdiff.engines.endpoint.engine import EndpointEngine
from editdiff.errors import EngineError, UsageError
from editdiff.text.document import Document
from editdiff.text.span import Span

TEXT = "def area(w, h):\n    return w * h\n\n\nprint(area(2, 3))\n"
BODY = Span(TEXT.index("    return"), TEXT.index("\n\n\n"))
DOCUMENT = Document("src/area.py", TEXT, language="python")
CHECKERS = (SyntaxChecker(), PythonCompileChecker())
ONE = FillOptions(drafts=1)
NATIVE = {"llama.cpp": llama_cpp, "ollama": ollama, "openai": completion}
CUT = {"llama.cpp": "limit", "ollama": "length", "openai": "length"}
KINDS = pytest.mark.parametrize("kind", NATIVE)


def engine_of(server, kind: str = "openai", seconds: float = 10.0) -> EndpointEngine:
    return EndpointEngine(Endpoint(server.url, kind, "qwen", "sk-secret", seconds))


def filled(server, kind: str = "openai", options: FillOptions = ONE, **more) -> Proposal | NoEdit:
    return infill(DOCUMENT, [BODY], engine_of(server, kind), options, CHECKERS, **more)


def asked(server, ask: str = "double it", **more) -> Proposal | NoEdit:
    return rewrite(DOCUMENT, BODY, ask, engine_of(server), ONE, CHECKERS, **more)


@KINDS
def test_a_gap_is_filled_by_the_servers_own_way(server, kind):
    server.answers(NATIVE[kind]("    return h * w\n\n\nprint(area(2, 3))\n"))
    outcome = filled(server, kind)
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == TEXT.replace("w * h", "h * w")
    assert outcome.effort.confidence is None and math.isnan(outcome.effort.score)
    (seen,) = server.seen
    told = str(seen.body)
    assert "def area(w, h):" in told and "print(area(2, 3))" in told
    assert "return w * h" not in told and "src" not in told


def test_what_each_server_is_told(server):
    for kind in NATIVE:
        server.answers(NATIVE[kind]("    return h * w"))
        filled(server, kind)
    before, after = TEXT[: BODY.start], TEXT[BODY.end :]
    llama, olla, openai = (seen.body for seen in server.seen)
    assert [seen.path for seen in server.seen] == ["/infill", "/api/generate", "/v1/completions"]
    assert (llama["input_prefix"], llama["input_suffix"], llama["n_predict"]) == (
        before,
        after,
        128,
    )
    assert (olla["prompt"], olla["suffix"], olla["model"]) == (before, after, "qwen")
    assert olla["options"] == {"temperature": 0.0, "seed": 0, "num_predict": 128}
    assert (openai["prompt"], openai["suffix"], openai["max_tokens"]) == (before, after, 128)
    assert all(body["stream"] is False for body in (llama, olla, openai))
    assert all(dict(seen.headers)["Authorization"] == "Bearer sk-secret" for seen in server.seen)


@KINDS
@pytest.mark.parametrize(
    "refusal",
    [Refusal(400, b'{"error": "does not support insert"}'), Refusal(404), Refusal(501),
     Refusal(500, b'{"error": {"message": "Unsupported param: suffix"}}')],
)  # fmt: skip
def test_where_the_server_fills_no_gaps_it_is_asked_in_words_from_then_on(server, kind, refusal):
    server.answers(
        refusal, chat(f"Sure:\n{fenced('return h * w')}\nDone."), chat(fenced("    pass"))
    )
    engine = engine_of(server, kind)
    for text in ("return h * w", "pass"):
        outcome = infill(DOCUMENT, [BODY], engine, ONE, CHECKERS)
        assert isinstance(outcome, Proposal)
        assert outcome.after.text == TEXT.replace("return w * h", text)
        engine._known.clear()
    first, *others = (seen.path for seen in server.seen)
    assert first != "/v1/chat/completions" and others == ["/v1/chat/completions"] * 2
    question = server.seen[1].body["messages"][1]["content"]
    assert "def area(w, h):\n<gap>\n" in question and "return w * h" not in question


@KINDS
def test_an_answer_that_was_cut_is_no_draft(server, kind):
    server.answers(*[NATIVE[kind]("    return h *", CUT[kind])] * 3)
    outcome = filled(server, kind)
    assert isinstance(outcome, NoEdit) and "unfinished" in outcome.reason


@KINDS
def test_an_empty_answer_is_no_edit(server, kind):
    server.answers(*[NATIVE[kind](" \n")] * 3)
    outcome = filled(server, kind)
    assert outcome == NoEdit(
        "the answer cannot be used: it is empty", "ask again, or say it otherwise"
    )


@KINDS
def test_another_kinds_answer_is_an_engines_fault(server, kind):
    server.answers({"hello": "world"})
    with pytest.raises(EngineError, match=f"does not answer as {kind} does"):
        filled(server, kind)


def test_a_draft_that_does_not_parse_is_withheld_and_others_are_asked_for(server):
    server.answers(completion("    return (h * w"), completion("    return h * w"))
    outcome = filled(server)
    assert isinstance(outcome, Proposal) and outcome.after.text == TEXT.replace("w * h", "h * w")
    first, second = (seen.body for seen in server.seen)
    assert first["temperature"] == 0 < second["temperature"] and first["seed"] != second["seed"]


def test_of_several_drafts_the_one_that_came_most_often_is_first(server):
    answers = ["    return 1", "    return 2", "    return 3", "    return 2"]
    server.answers(*map(completion, answers))
    outcome = filled(server, options=FillOptions(drafts=4))
    assert outcome.after.text == TEXT.replace("w * h", "2")
    assert (outcome.effort.drafts, outcome.effort.nfe) == (3, 4)
    assert len({seen.body["seed"] for seen in server.seen}) == 4


def test_drafts_that_came_before_an_error_are_kept(server):
    server.answers(completion("    return 1"), Refusal(429))
    outcome = filled(server, options=FillOptions(drafts=4))
    assert isinstance(outcome, Proposal) and outcome.effort.nfe == 1


def test_the_likeliest_answer_is_asked_for_once(server):
    server.answers(completion("    return 1"), completion("    return 2"))
    engine = engine_of(server)
    infill(DOCUMENT, [BODY], engine, ONE, CHECKERS)
    again = infill(DOCUMENT, [BODY], engine, ONE, CHECKERS, exclude=[("    return 1",)])
    assert again.after.text == TEXT.replace("w * h", "2") and len(server.seen) == 2


def test_a_text_is_rewritten_in_words(server):
    server.answers(chat(f"Of course!\n\n{fenced('return 2 * w * h')}\n\nIt is doubled now."))
    outcome = asked(server)
    assert isinstance(outcome, Proposal)
    assert outcome.after.text == TEXT.replace("return w", "return 2 * w")
    (seen,) = server.seen
    assert seen.path == "/v1/chat/completions"
    system, user = seen.body["messages"]
    assert "fenced" in system["content"]
    assert "double it" in user["content"] and "```python\nreturn w * h\n```" in user["content"]
    assert "a part of the file area.py" in user["content"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("I would double it by 2 * w * h.", "line 2"),
        ("", "it is empty"),
        (None, "it is empty"),
        (f"{fenced('return 1')}\nor\n{fenced('return 2')}", "2 blocks"),
        (fenced("return (2 * w"), "line 2"),
        (fenced("return w * h"), "leave the text as it is"),
        (fenced("\ud800"), "not text"),
    ],
)
def test_an_answer_that_is_no_code_is_no_edit(server, answer, why):
    server.answers(chat(answer))
    outcome = asked(server)
    assert isinstance(outcome, NoEdit) and why in outcome.reason


def test_a_long_answer_that_was_cut_is_no_edit(server):
    server.answers(chat("```python\n" + "x = 1\n" * 500, "length"))
    outcome = asked(server)
    assert isinstance(outcome, NoEdit) and "unfinished" in outcome.reason


def test_an_answer_without_a_fence_that_parses_is_taken(server):
    server.answers(chat("return 2 * w * h"))
    assert isinstance(asked(server), Proposal)


def test_a_field_that_a_model_does_not_know_is_left_out_from_then_on(server):
    def unknown(name: str) -> Refusal:
        return Refusal(400, f'{{"error": {{"message": "no", "param": "{name}"}}}}'.encode())

    engine = engine_of(server)
    server.answers(unknown("max_tokens"), unknown("temperature"), chat(fenced("return 1")))
    server.answers(chat(fenced("return 2")))
    for answer in ("1", "2"):
        outcome = rewrite(DOCUMENT, BODY, f"return {answer}", engine, ONE, CHECKERS)
        assert outcome.after.text == TEXT.replace("w * h", answer)
    assert len(server.seen) == 4
    last = server.seen[-1].body
    assert "max_completion_tokens" in last and not {"max_tokens", "temperature"} & last.keys()


def test_a_refusal_of_another_field_is_told(server):
    server.answers(Refusal(400, b'{"error": {"message": "no such model", "param": "model"}}'))
    with pytest.raises(EngineError, match=r"refuses the request \(400\): no such model"):
        asked(server)


def test_text_of_the_document_closes_no_fence(server):
    server.answers(chat("````markdown\n```sh\nls -l\n```\n````"))
    document = Document("a.md", "# A\n\n```sh\nls\n```\n", language="markdown")
    span = Span(document.text.index("```sh"), len(document.text) - 1)
    outcome = rewrite(document, span, "long listing", engine_of(server), ONE)
    assert outcome.after.text == document.text.replace("ls\n", "ls -l\n")
    assert "````markdown\n# A" in server.seen[0].body["messages"][1]["content"]


def test_what_stands_far_away_is_not_sent(server):
    text = "".join(f"x{number} = {number}\n" for number in range(9_000))
    middle = text.index("x4500 ")
    document = Document("a.py", text, language="python")
    server.answers(completion("x4500 = 1"))
    infill(document, [Span(middle, text.index("\n", middle))], engine_of(server), ONE)
    body = server.seen[0].body
    assert len(body["prompt"]) + len(body["suffix"]) <= 3 * ONE.context
    assert body["prompt"].startswith("x") and body["prompt"].endswith("x4499 = 4499\n")


def test_sketches_come_while_nothing_answers_and_leaving_them_leaves_the_server(server):
    server.answers(server.stalls)
    updates = engine_of(server, seconds=60.0).fill(FillTask(TEXT, (BODY,), "area.py"), ONE)
    while not server.seen:
        assert isinstance(next(updates), Sketch)
    updates.close()
    assert server.gone.wait(5)


def test_who_watches_may_cancel(server):
    class Cancelled(Exception):  # noqa: N818
        pass

    def cancel(sketch: Sketch) -> None:
        if server.seen:
            raise Cancelled

    server.answers(server.stalls)
    with pytest.raises(Cancelled):
        filled(server, on_sketch=cancel)
    assert server.gone.wait(5)


def test_an_endpoint_tells_no_probabilities_and_is_shown_no_other_files(server):
    engine = engine_of(server)
    assert not isinstance(engine, Scorer | Capable) and not takes_others(engine)
    assert engine.name == f"qwen at {server.host}"


def test_several_gaps_at_once_are_refused(server):
    with pytest.raises(UsageError, match="one gap"):
        infill(DOCUMENT, [Span(0, 0), BODY], engine_of(server), ONE)
    assert server.seen == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.text(st.sampled_from("ab (\n\r\t\ufeffé😀`#"), max_size=40),
    st.text(st.sampled_from("ab (\n\r\t\x00é😀`\ud800"), max_size=40),
    st.data(),
)
def test_nothing_but_the_span_ever_changes(server, text, answer, data):
    start = data.draw(st.integers(0, len(text)))
    span = Span(start, data.draw(st.integers(start, len(text))))
    document = Document("a.txt", text)
    engine, outcomes = engine_of(server), []
    for entry in (completion(answer), chat(fenced(answer)), chat(answer)):
        server.script[:] = [entry]
        if outcomes:
            outcomes.append(rewrite(document, span, f"{len(outcomes)}", engine, ONE))
        else:
            outcomes.append(infill(document, [span], engine, FillOptions(temperature=0.0)))
    for outcome in outcomes:
        if isinstance(outcome, Proposal):
            after = outcome.after.text
            assert after.startswith(text[: span.start]) and after.endswith(text[span.end :])
            assert len(after) >= len(text) - (span.end - span.start)
            assert outcome.before.to_bytes() == document.to_bytes()
