"""Whether the weights on disk are the right ones. Nothing is loaded that did not pass here."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable
from pathlib import Path

from dragoman.errors import ModelError
from dragoman.interpreters.local.manifest import ModelFile


class State(enum.Enum):
    """What is on disk under a file's name."""

    OK = "ok"
    MISSING = "missing"
    WRONG_SIZE = "wrong size"
    WRONG_HASH = "wrong hash"


def digest(path: Path) -> str:
    """SHA-256 of a file, lower-case hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check(file: ModelFile, folder: Path) -> State:
    """Size, then hash, of `file` in the cache `folder`."""
    path = folder / file.name
    if not path.is_file():
        return State.MISSING
    if path.stat().st_size != file.size_bytes:
        return State.WRONG_SIZE
    return State.OK if digest(path) == file.sha256 else State.WRONG_HASH


def require(files: Iterable[ModelFile], folder: Path) -> None:
    """Raise ModelError that names each file that is not there or not right, and the command that mends it."""
    wrong = [f"{file.name}: {state.value}" for file in files if (state := check(file, folder)) is not State.OK]
    if wrong:
        listed = "\n  ".join(wrong)
        raise ModelError(f"model files are not ready in {folder}:\n  {listed}\nRun `dragoman models fetch`.")
