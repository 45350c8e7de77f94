from __future__ import annotations

import pytest

from dragoman.interpreters.openai.endpoint import AuthStyle, Endpoint, checked_base_url
from dragoman.settings import is_loopback

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("base", "socket", "http"),
    [
        (
            "https://api.openai.com/v1",
            "wss://api.openai.com/v1/realtime?model=m",
            "https://api.openai.com/v1/audio/speech",
        ),
        (
            "https://api.openai.com/v1/",
            "wss://api.openai.com/v1/realtime?model=m",
            "https://api.openai.com/v1/audio/speech",
        ),
        ("http://127.0.0.1:9/v1", "ws://127.0.0.1:9/v1/realtime?model=m", "http://127.0.0.1:9/v1/audio/speech"),
        ("ws://localhost:9/v1", "ws://localhost:9/v1/realtime?model=m", "http://localhost:9/v1/audio/speech"),
        (
            "wss://proxy.example/x/v1",
            "wss://proxy.example/x/v1/realtime?model=m",
            "https://proxy.example/x/v1/audio/speech",
        ),
        (
            "https://r.openai.azure.com/openai/v1?api-version=preview",
            "wss://r.openai.azure.com/openai/v1/realtime?api-version=preview&model=m",
            "https://r.openai.azure.com/openai/v1/audio/speech?api-version=preview",
        ),
    ],
)
def test_urls(base: str, socket: str, http: str) -> None:
    endpoint = Endpoint(base, "k")
    assert endpoint.socket_url("/realtime", "m") == socket
    assert endpoint.http_url("/audio/speech") == http


def test_a_model_name_is_escaped() -> None:
    assert Endpoint("https://x.example/v1").socket_url("/realtime", "a b&c").endswith("?model=a+b%26c")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://api.openai.com/v1", "https://"),
        ("ws://10.0.0.1/v1", "https://"),
        ("api.openai.com/v1", "must be a URL"),
        ("ftp://api.openai.com", "must be a URL"),
        ("https://", "must be a URL"),
        ("https://user:pass@api.openai.com/v1", "must not contain"),
    ],
)
def test_a_bad_base_url_says_what_to_do(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        checked_base_url(url)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1", "api.localhost"])
def test_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "example.com", "localhost.example.com", "127.0.0.1.example.com"])
def test_other_machines(host: str) -> None:
    assert not is_loopback(host)


def test_the_key_travels_as_the_server_wants_it() -> None:
    assert Endpoint("https://api.openai.com/v1", "k").headers("h") == {
        "Authorization": "Bearer k",
        "OpenAI-Safety-Identifier": "h",
    }
    assert Endpoint("https://r.openai.azure.com/openai/v1", "k").headers() == {"api-key": "k"}
    assert Endpoint("https://r.openai.azure.com/openai/v1", "k", AuthStyle.BEARER).headers() == {
        "Authorization": "Bearer k"
    }
    assert Endpoint("https://gateway.example/v1", "k", AuthStyle.API_KEY).headers() == {"api-key": "k"}
    assert Endpoint("http://localhost/v1").headers() == {}


def test_trust_is_read_once_and_only_where_it_is_needed() -> None:
    secure = Endpoint("https://api.openai.com/v1")
    assert secure.tls is not None
    assert secure.tls is secure.tls
    assert Endpoint("http://localhost/v1").tls is None
