"""Notices as mu-law files: rendered once, they outlive the process.

A file's name says what it is of (a hash of voice, language and text) and what is in it (a hash of the audio), so that
one that was cut short or spoilt is known by its name, and rendered again. The audio is raw 8 kHz mu-law.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import structlog

from dragoman.domain.audio import PCMU_FRAME_BYTES

SUFFIX = ".ulaw"
HASH_CHARACTERS = 32

MAX_BYTES = 2 * 1024 * 1024
"""Four minutes: no notice is longer."""

_log = structlog.get_logger()


class NoticeFiles:
    """The files in one folder, which is made when there is something to keep. Nothing here raises.

    Reads and writes are done at once: a file is some 200 KB, read once in the life of a process.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, text: str, language: str, voice: str) -> bytes | None:
        """The audio, if it was kept and is whole; a spoilt file is taken away."""
        for path in self._paths(text, language, voice):
            audio = self._read(path)
            if audio is not None:
                return audio
        return None

    def keep(self, text: str, language: str, voice: str, audio: bytes) -> None:
        """Write it in one step: another process sees the whole file or none. Where that fails, it is not kept."""
        name = f"{_hash(voice, language, text)}-{_hash_of(audio)}{SUFFIX}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._folder, prefix=".part-") as room:
                part = Path(room) / name
                part.write_bytes(audio)
                part.replace(self._folder / name)
        except OSError as error:
            _log.warning("notice not kept as a file", folder=str(self._folder), reason=error.strerror)

    def _paths(self, text: str, language: str, voice: str) -> list[Path]:
        try:
            return sorted(self._folder.glob(f"{_hash(voice, language, text)}-*{SUFFIX}"))
        except OSError:
            return []

    def _read(self, path: Path) -> bytes | None:
        try:
            audio = path.read_bytes() if path.is_file() and path.stat().st_size <= MAX_BYTES else b""
            if len(audio) >= PCMU_FRAME_BYTES and path.stem.endswith("-" + _hash_of(audio)):
                return audio
            _log.warning("notice file is spoilt: it is rendered again", file=path.name)
            path.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("notice file cannot be read", file=path.name, reason=error.strerror)
        return None


def _hash(*parts: str) -> str:
    return _hash_of("\0".join(parts).encode())


def _hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:HASH_CHARACTERS]
