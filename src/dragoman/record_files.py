"""What remains of calls as JSON files, one for each. It is speech: nobody else may read it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import structlog

from dragoman.errors import SettingsError

_log = structlog.get_logger()


class Record(Protocol):
    """What remains of a call of any kind, or of a room."""

    @property
    def file_stem(self) -> str: ...

    def as_json(self) -> dict[str, Any]: ...


RecordT = TypeVar("RecordT", bound=Record)


def keeping(folder: Path | None, ended: Callable[[RecordT], None]) -> Callable[[RecordT], None]:
    """`ended`, and before it the file where a folder is set. Raises SettingsError when the folder cannot be made."""
    if folder is None:
        return ended
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SettingsError([f"DRAGOMAN_RECORDS: {folder} cannot be made: {error.strerror}. Name a folder."]) from None

    def keep(record: RecordT) -> None:
        text = json.dumps(record.as_json(), ensure_ascii=False, indent=2)
        try:
            with open(folder / f"{record.file_stem}.json", "w", encoding="utf-8", opener=_private) as file:
                file.write(text + "\n")
        except OSError as error:
            _log.error("record not kept", record=record.file_stem, reason=error.strerror)
        ended(record)

    return keep


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
