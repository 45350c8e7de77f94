"""The page's files: types, hashes, gzip, and a policy that runs nothing inline."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient, Response

from dragoman.web.page_files import TYPES, PageFiles, policy
from dragoman.web.server import web_app

pytestmark = pytest.mark.unit

INDEX = "<!doctype html><title>x</title>" + " " * 500


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text(INDEX)
    (tmp_path / "audio").mkdir()
    (tmp_path / "audio" / "worklet.js").write_text("export {};")
    (tmp_path / "dot.png").write_bytes(b"\x89PNG")
    (tmp_path / "notes.md").write_text("not for others")
    (tmp_path / ".hidden").write_text("nor this")
    return tmp_path


async def ask(folder: Path, path: str, **headers: str) -> Response:
    app = web_app(PageFiles(folder).routes())
    async with AsyncClient(transport=ASGITransport(app), base_url="http://t") as client:
        return await client.get(path, headers={"accept-encoding": "identity"} | headers)


@pytest.mark.parametrize("path", ["/", "/r/some-room"])
async def test_the_page_is_served_at_both_addresses(folder: Path, path: str) -> None:
    answer = await ask(folder, path)
    assert (answer.status_code, answer.text) == (200, INDEX)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    ("path", "media"), [("audio/worklet.js", "text/javascript; charset=utf-8"), ("dot.png", "image/png")]
)
async def test_files_have_their_types(folder: Path, path: str, media: str) -> None:
    answer = await ask(folder, f"/assets/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, media)


@pytest.mark.parametrize(
    "path",
    ["notes.md", ".hidden", "nothing.js", "", "audio", "../page_files.py", "..%2fpage_files.py", "/etc/passwd", "%00"],
)
async def test_nothing_else_is_there(folder: Path, path: str) -> None:
    answer = await ask(folder, f"/assets/{path}")
    assert answer.status_code == 404
    assert "not for others" not in answer.text


async def test_who_has_it_already_gets_no_body(folder: Path) -> None:
    first = await ask(folder, "/")
    again = await ask(folder, "/", **{"if-none-match": f'"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    weak = await ask(folder, "/", **{"if-none-match": f"W/{first.headers['etag']}"})
    assert weak.status_code == 304
    (folder / "index.html").write_text(INDEX + "!")
    assert (await ask(folder, "/", **{"if-none-match": first.headers["etag"]})).status_code == 200


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip, br", True), ("br;q=1.0, gzip;q=0.5", True), ("gzip; q=0", False), ("identity", False), ("x-gzip", False)],
)
async def test_it_is_packed_for_who_takes_that(folder: Path, accepted: str, packed: bool) -> None:
    answer = await ask(folder, "/", **{"accept-encoding": accepted})
    assert (answer.headers.get("content-encoding") == "gzip") is packed
    assert answer.text == INDEX
    assert answer.headers["vary"] == "accept-encoding"
    assert answer.headers["etag"].endswith('-gzip"') is packed


def test_what_is_sent_is_counted(folder: Path) -> None:
    assert PageFiles(folder).size_bytes == sum(
        len(gzip.compress((folder / name).read_bytes(), 9, mtime=0)) for name in ("index.html", "audio/worklet.js")
    ) + len(b"\x89PNG")


async def test_nothing_runs_but_what_is_from_here(folder: Path) -> None:
    answer = await ask(folder, "/")
    told = answer.headers["content-security-policy"]
    assert told.startswith("default-src 'none'; ")
    assert "script-src 'self'" in told
    assert "unsafe" not in told
    assert "frame-ancestors 'none'" in told
    assert answer.headers["permissions-policy"].startswith("microphone=(self)")
    assert (answer.headers["x-content-type-options"], answer.headers["x-frame-options"]) == ("nosniff", "DENY")
    assert answer.headers["cache-control"] == "no-cache"


def test_the_model_s_server_may_be_asked_where_keys_are_given_out() -> None:
    assert "connect-src 'self' https://models.example.com;" in policy(("https://models.example.com",))


async def test_the_shipped_page_is_whole() -> None:
    files = PageFiles()
    app = web_app(files.routes())
    async with AsyncClient(transport=ASGITransport(app), base_url="http://t") as client:
        answer = await client.get("/")
    assert answer.status_code == 200
    assert "<script>" not in answer.text
    assert ".html" in TYPES
    assert 0 < files.size_bytes < 200_000
