"""The certificate: a given one that fits, or one of our own that is kept."""

from __future__ import annotations

import asyncio
import socket
import ssl
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from websockets.asyncio.client import connect

from dragoman.errors import SettingsError
from dragoman.web import tls
from dragoman.web.page_socket import Entrance
from dragoman.web.server import WebServer
from dragoman.web.tls import Certificate, certificate_of, own_names, self_signed
from tests.web.test_page_socket import PaperPageDoor

pytestmark = pytest.mark.pair

NAMES = ("localhost", "127.0.0.1", "::1", "box.example")


def test_it_is_kept_and_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    made = self_signed(folder, NAMES)
    first = made.chain.read_bytes()
    assert stat.S_IMODE(made.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert self_signed(folder, NAMES[:2]).chain.read_bytes() == first
    assert len(made.fingerprint()) == 95


def test_it_is_made_anew_for_another_name(tmp_path: Path) -> None:
    first = self_signed(tmp_path, NAMES).chain.read_bytes()
    assert self_signed(tmp_path, (*NAMES, "192.168.1.5")).chain.read_bytes() != first


def test_it_is_made_anew_before_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "LASTS", timedelta(days=10))
    first = self_signed(tmp_path, NAMES).chain.read_bytes()
    assert self_signed(tmp_path, NAMES).chain.read_bytes() != first


def test_a_broken_one_is_made_anew(tmp_path: Path) -> None:
    made = self_signed(tmp_path, NAMES)
    made.chain.write_text("-----BEGIN CERTIFICATE-----\nx\n")
    assert self_signed(tmp_path, NAMES).fingerprint()


def test_our_own_names_are_among_its_names() -> None:
    names = own_names("calls.example.com")
    assert {"localhost", "127.0.0.1", "::1", "calls.example.com"} <= set(names)
    assert len(set(names)) == len(names)


def test_a_given_one_is_taken(tmp_path: Path) -> None:
    made = self_signed(tmp_path, NAMES)
    assert certificate_of(f"{made.chain}, {made.key}", tmp_path / "other") == made
    assert not (tmp_path / "other").exists()


def test_ours_is_made_when_that_is_asked_for(tmp_path: Path) -> None:
    made = certificate_of("self-signed", tmp_path, "calls.example.com")
    assert made.chain.parent == tmp_path


@pytest.mark.parametrize("given", ["", "cert.pem", "nowhere.pem,nowhere.key", ",", "{chain},{chain}", "{key},{key}"])
def test_what_is_none_is_refused_with_the_reason(given: str, tmp_path: Path) -> None:
    made = self_signed(tmp_path, NAMES)
    with pytest.raises(SettingsError, match="--tls"):
        certificate_of(given.format(chain=made.chain, key=made.key), tmp_path)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="--tls"):
        self_signed(tmp_path / "file", NAMES)


async def _hello(_request: Request) -> Response:
    return PlainTextResponse("hello")


def _trusting(certificate: Certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate.chain))


async def test_http_and_sockets_go_over_it(tmp_path: Path) -> None:
    certificate = self_signed(tmp_path, NAMES)
    door = PaperPageDoor()
    server = WebServer([Route("/", _hello)], {"/page": Entrance(door, "test.1")}, certificate=certificate)
    async with server.listening(), asyncio.timeout(15):
        reader, writer = await asyncio.open_connection("localhost", server.port, ssl=_trusting(certificate))
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert (await reader.read()).endswith(b"hello")
        writer.close()
        url = f"wss://127.0.0.1:{server.port}/page"
        async with connect(url, proxy=None, ssl=_trusting(certificate), subprotocols=["test.1"]) as client:  # type: ignore[list-item]
            await client.send(b"\x01" * 5000)
            assert await client.recv() == b"echo:" + b"\x01" * 5000


async def test_plain_http_is_not_answered_over_it(tmp_path: Path) -> None:
    server = WebServer([Route("/", _hello)], {}, certificate=self_signed(tmp_path, NAMES))
    async with server.listening(), asyncio.timeout(15):
        reader, writer = await asyncio.open_connection(socket.gethostbyname("localhost"), server.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"hello" not in await reader.read()
        writer.close()
