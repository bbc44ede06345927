import pytest

from editdiff.engines.endpoint.address import Endpoint
from editdiff.errors import UsageError
from editdiff.sending import is_loopback
from editdiff.settings import ENDPOINT_KEY, Settings

KEY = "sk-very-secret"


def endpoint(url: str, key: str = "", **more: object) -> Endpoint:
    return Endpoint.of(Settings(endpoint=url, **more), {ENDPOINT_KEY: key})


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://127.0.0.1:8080", "llama.cpp"), ("http://localhost:11434/v1", "ollama"),
        ("https://api.example.com/v1", "openai"), ("http://127.0.0.1:1234", "openai"),
    ],
)  # fmt: skip
def test_the_port_tells_what_answers(url, kind):
    assert endpoint(url, endpoint_model="m").kind == kind
    assert endpoint(url, endpoint_model="m", endpoint_kind="llama.cpp").kind == "llama.cpp"


@pytest.mark.parametrize(
    ("url", "kind", "native", "chat"),
    [
        ("http://h:8080/", "llama.cpp", "http://h:8080/infill", "http://h:8080/v1/chat"),
        ("http://h:11434/v1", "ollama", "http://h:11434/infill", "http://h:11434/v1/chat"),
        ("http://h/api/v1", "openai", "http://h/api/infill", "http://h/api/v1/chat"),
        ("http://h/beta", "openai", "http://h/beta/infill", "http://h/beta/chat"),
        ("http://h", "openai", "http://h/infill", "http://h/v1/chat"),
    ],
)
def test_routes_are_found_from_the_address_that_clients_know(url, kind, native, chat):
    made = endpoint(url, endpoint_kind=kind, endpoint_model="m")
    assert (made.at("/infill"), made.by_openai("/chat")) == (native, chat)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h:8080",
        "ftp://h",
        "http://",
        "http://h:99999",
        "file:///etc/passwd",
        "http://h/ x",
        "http://h/\nX: y",
        "http://ü.example",
        "http://h?a=b",
        "http://[::1",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(url):
    with pytest.raises(UsageError) as caught:
        endpoint(url)
    assert "http://127.0.0.1:8080" in caught.value.hint


def test_a_password_in_the_address_is_refused_and_not_told():
    with pytest.raises(UsageError, match="a name or a password") as caught:
        endpoint("https://me:hunter2@h")
    assert "hunter2" not in f"{caught.value.message}{caught.value.hint}"


@pytest.mark.parametrize(
    "url", ["http://10.0.0.3:8080", "http://example.com", "http://127.0.0.1.example.com"]
)
def test_a_key_is_not_sent_in_the_open(url):
    assert endpoint(url, endpoint_model="m").key is None
    with pytest.raises(UsageError, match="in the open") as caught:
        endpoint(url, KEY)
    assert "https" in caught.value.hint and KEY not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:1", "https://h"]
)
def test_on_this_machine_and_by_tls_a_key_is_sent(url):
    assert endpoint(url, KEY, endpoint_model="m").key == KEY


def test_a_key_is_in_no_picture_of_an_endpoint():
    assert KEY not in repr(endpoint("https://h", KEY))


def test_another_variable_may_hold_the_key():
    settings = Settings(endpoint="https://h", endpoint_key_env="MY_KEY")
    assert Endpoint.of(settings, {"MY_KEY": f" {KEY}\n"}).key == KEY
    with pytest.raises(UsageError, match="is not set") as caught:
        Endpoint.of(Settings(endpoint="https://h", endpoint_key_env=KEY), {})
    assert KEY not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel"])
def test_a_key_that_no_header_can_hold_is_refused_and_not_told(key):
    with pytest.raises(UsageError, match="characters that no key") as caught:
        endpoint("https://h", key)
    assert key not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize("seconds", [0.0, -1.0, 1e9, float("nan")])
def test_a_time_that_is_none_is_refused(seconds):
    with pytest.raises(UsageError, match="endpoint_seconds has to be from 1 to 3600"):
        endpoint("https://h", endpoint_seconds=seconds)


def test_what_is_missing_or_unknown_is_said():
    with pytest.raises(UsageError, match="no endpoint is named"):
        Endpoint.of(Settings(model="endpoint"), {})
    with pytest.raises(UsageError, match="none is named"):
        endpoint("http://127.0.0.1:11434")
    with pytest.raises(UsageError, match=r"endpoint_kind has to be one of auto, llama\.cpp"):
        endpoint("http://h", endpoint_kind="vllm")


@pytest.mark.parametrize(
    ("host", "here"), [("127.9.9.9", True), ("::1", True), ("h", False), (None, False)]
)
def test_which_hosts_are_this_machine(host, here):
    assert is_loopback(host) == here
