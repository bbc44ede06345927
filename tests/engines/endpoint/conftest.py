"""What the tests of endpoints share."""

from collections.abc import Iterator

import pytest
from endpoint_server import EndpointServer, serving


@pytest.fixture
def server() -> Iterator[EndpointServer]:
    with serving() as server:
        yield server


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    """Ask the server itself, whatever the network of whoever runs the tests."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
