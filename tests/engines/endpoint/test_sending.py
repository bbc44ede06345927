import ast
import json
import socket
import ssl
import time
from dataclasses import replace
from pathlib import Path

import pytest
from endpoint_server import Refusal, chat, serving

import editdiff
from editdiff.engines.endpoint.address import Endpoint
from editdiff.engines.endpoint.refusals import content
from editdiff.engines.endpoint.sending import request_to, send
from editdiff.errors import EngineError
from editdiff.sending import Reply, Request

KEY = "sk-very-secret"


def request(url: str, key: str | None = None) -> Request:
    return Request(f"{url}/v1/chat/completions", b"{}", key)


def sent(asked: Request, seconds: float = 10.0) -> Reply:
    waiting = send(asked, seconds)
    try:
        while True:
            next(waiting)
    except StopIteration as done:
        return done.value


def refused(
    server, entry: object, key: str | None = KEY, model: str | None = "qwen"
) -> EngineError:
    """What a user is told of an answer."""
    server.answers(entry)
    endpoint = Endpoint(server.url, "openai", model, key)
    with pytest.raises(EngineError) as caught:
        content(endpoint, sent(request(server.url, key)))
    error = caught.value
    assert error.message and error.hint and KEY not in f"{error.message}{error.hint}"
    assert "\n" not in error.message + error.hint
    return error


def test_what_is_shown_is_what_arrives_but_for_the_key(server):
    server.answers(chat("x"))
    asked = request_to(Endpoint(server.url, "openai", key=KEY), f"{server.url}/a", {"é": "\x1b"})
    sent(asked)
    (seen,) = server.seen
    head, _, body = asked.shown.partition("\n\n")
    first, *headers = head.split("\n")
    assert first == f"POST {server.url}{seen.path}"
    assert body == seen.raw.decode() + "\n" and asked.shown.isascii()
    arrived = {f"{name}: {value}".lower() for name, value in seen.headers}
    shown = {line.lower() for line in headers}
    assert shown - arrived == {"authorization: bearer ***"}
    assert arrived - shown == {f"authorization: bearer {KEY}"}
    assert KEY not in asked.shown and KEY not in repr(asked)


def test_json_comes_back(server):
    server.answers({"a": 1})
    assert content(Endpoint(server.url, "openai"), sent(request(server.url))) == {"a": 1}


@pytest.mark.parametrize(
    ("entry", "why", "hint"),
    [
        (Refusal(401, b'{"error": {"message": "bad key sk-very-secret"}}'), "refuses the key", "ENDPOINT_KEY"),
        (Refusal(403), "refuses the key (403)", "key that it takes"),
        (Refusal(404, b'{"error": "model not found"}'), "no model qwen (404): model not found", "endpoint_model"),
        (Refusal(429, b"{}", (("Retry-After", "7"),)), "takes no more requests", "wait 7 seconds"),
        (Refusal(429, b"{}", (("Retry-After", "\x1bsoon"),)), "takes no more requests", "wait a while"),
        (Refusal(500, b'{"error": "sk-very-secret\\n\\u001b[31m"}'), "failed (500): *** ␛[31m", "ask again"),
        (Refusal(503, b"<html>"), "failed (503)", "ask again"),
        (Refusal(400, b'{"detail": "no such field"}'), "(400): no such field", "--show-request"),
        (b"<!doctype html><p>hello", "answers with a page", "endpoint_kind"),
        (b"not json", "answers with no JSON", "endpoint_kind"),
        (b"\xff\xfe", "answers with no JSON", "endpoint_kind"),
        (b"[" * 100_000, "answers with no JSON", "endpoint_kind"),
        (b"", "answers with no JSON", "endpoint_kind"),
    ],
)  # fmt: skip
def test_a_server_that_refuses_is_told_in_a_sentence_with_a_hint(server, entry, why, hint):
    error = refused(server, entry)
    assert why in error.message and hint in error.hint


def test_without_a_key_one_is_wanted(server):
    assert "wants a key (401)" in refused(server, Refusal(401), key=None).message


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed_and_no_key_goes_elsewhere(server, status):
    with serving() as other:
        where = f"{other.url.replace('127.0.0.1', 'localhost')}/take?it={KEY}"
        error = refused(server, Refusal(status, b"", (("Location", where),)))
        assert f"{other.host.replace('127.0.0.1', 'localhost')}/take," in error.message
        assert other.seen == [] and len(server.seen) == 1


def test_nothing_answers():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(EngineError, match=r"nothing answers at 127\.0\.0\.1:"):
        sent(request(url))


def test_no_such_machine():
    with pytest.raises(EngineError, match="no machine is known as nowhere"):
        sent(request("http://nowhere.invalid"))


def test_plain_http_where_tls_is_asked_for(server):
    with pytest.raises(EngineError, match="does not speak TLS"):
        sent(request(server.url.replace("http:", "https:")))


def test_a_certificate_that_nobody_trusts(server, tmp_path):
    names = Path(__file__).with_name("untrusted.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(names)
    with serving(context) as secure, pytest.raises(EngineError, match="is not trusted: self"):
        sent(request(secure.url))
    assert secure.seen == []


def test_a_server_that_breaks_off(server):
    def leave(handler) -> None:
        handler.connection.shutdown(socket.SHUT_RDWR)

    server.answers(leave)
    with pytest.raises(EngineError, match="broke off"):
        sent(request(server.url))


def test_an_answer_that_is_cut_short(server):
    def cut(handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"{")

    server.answers(cut)
    with pytest.raises(EngineError, match="broke off: IncompleteRead"):
        sent(request(server.url))


@pytest.mark.parametrize("how", ["stalls", "trickles"])
def test_a_slow_answer_is_given_up_in_time(server, how):
    server.answers(getattr(server, how))
    started = time.monotonic()
    with pytest.raises(EngineError, match=r"did not answer within 0\.3 seconds") as caught:
        sent(request(server.url), 0.3)
    assert time.monotonic() - started < 3
    assert "--endpoint-seconds" in caught.value.hint
    assert server.gone.wait(5)


def test_who_gives_a_request_up_leaves_the_server(server):
    server.answers(server.stalls)
    waiting = send(request(server.url), 60.0)
    while not server.seen:
        next(waiting)
    waiting.close()
    assert server.gone.wait(5)


def test_more_than_an_answer_can_be_is_not_read(server):
    server.answers(json.dumps("x" * 1_000_000).encode())
    with pytest.raises(EngineError, match="answers with more than"):
        sent(replace(request(server.url), most=10_000))


def test_a_proxy_of_the_environment_is_asked_but_not_for_this_machine(server, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    server.answers({"by": "proxy"}, {"by": "server"})
    reply = sent(request("http://model.invalid"))
    assert json.loads(reply.body) == {"by": "proxy"}
    assert server.seen[0].path == "http://model.invalid/v1/chat/completions"
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert json.loads(sent(request(server.url)).body) == {"by": "server"}


def test_the_network_is_opened_in_one_module_alone():
    """The import contract cannot tell `urllib.request` from `urllib.parse`."""
    package = Path(editdiff.__file__).parent
    openers = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in imported(node)
        if name.startswith(("urllib.request", "urllib.error", "http.", "socket", "ssl"))
    }
    openers.remove(
        "trials/confined.py"
    )  # it gives tests a loopback of their own, and no other network
    assert openers == {"sending.py"}


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []
