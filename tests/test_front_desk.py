"""Every door is on one port, and TLS where it is asked for."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx2
import pytest

from dragoman.app import serving
from dragoman.errors import SettingsError
from dragoman.front_desk import certificate
from dragoman.node_settings import NodeSettings
from tests.fakes.surroundings import settings

pytestmark = pytest.mark.rig

TOKEN = "an-api-token-of-good-length"


async def test_without_browser_mode_there_is_no_page() -> None:
    async with (
        serving(settings(DRAGOMAN_API_TOKEN=TOKEN)) as running,
        httpx2.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{running.port}") as http,
    ):
        assert running.browser.rooms is None
        for path in ("/", "/api/browser", "/assets/app.js", "/r/x"):
            assert (await http.get(path)).status_code == 404
        assert "/api/rooms" not in (await http.get("/api/openapi.json")).json()["paths"]


async def test_with_it_all_doors_are_on_one_port_over_tls_too(tmp_path: Path) -> None:
    env = settings(DRAGOMAN_API_TOKEN=TOKEN, DRAGOMAN_BROWSER="true", XDG_STATE_HOME=str(tmp_path))
    async with serving(env, tls="self-signed") as running:
        kept = tmp_path / "dragoman" / "tls-cert.pem"
        trusting = ssl.create_default_context(cafile=str(kept))
        base = f"https://localhost:{running.port}"
        async with httpx2.AsyncClient(trust_env=False, base_url=base, verify=trusting) as http:
            assert (await http.get("/")).headers["content-type"].startswith("text/html")
            assert (await http.get("/live")).json() == {"live": True}
            assert (await http.get("/api/browser")).json()["login"] == "none"
            described = (await http.get("/api/openapi.json")).json()["paths"]
            assert {"/api/rooms", "/api/login", "/api/calls", "/live"} <= set(described)
            assert "/api/client-secret" not in described
            assert (await http.post("/incoming-call")).status_code == 403
        assert any(str(kept) in note and "SHA-256" in note for note in running.notes)
        assert any(note.startswith("Browser mode: ") for note in running.notes)


async def test_browser_mode_needs_a_token() -> None:
    with pytest.raises(SettingsError, match="DRAGOMAN_BROWSER_TOKEN"):
        async with serving(settings(DRAGOMAN_BROWSER="true")):
            pass


def test_plain_http_needs_no_certificate(tmp_path: Path) -> None:
    assert certificate("", NodeSettings(state_home=tmp_path), "https://a.example") is None
    made = certificate("self-signed", NodeSettings(state_home=tmp_path), "https://a.example")
    assert made is not None
    assert made.chain.parent == tmp_path / "dragoman"
