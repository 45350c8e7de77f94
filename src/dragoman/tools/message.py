"""Messages that callers leave: one JSON object a line, in a file that only its owner reads."""

from __future__ import annotations

import asyncio
import os
import threading
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import msgspec

from dragoman.domain.tools import CallFacts

TEXT_MAX_LENGTH = 4000


@dataclass(frozen=True, slots=True)
class Message:
    """As it stands in the file. `at` is UTC, ISO 8601. `recording`: where the carrier keeps what the caller said, where
    no assistant was to be had.
    """

    at: str
    call_id: str
    persona: str
    language: str
    caller: str
    reply_to: str
    text: str
    recording: str = ""


class MessageFile:
    """Appends to one file. Lines are whole, whichever process or thread writes beside."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    async def keep(self, persona: str, text: str, reply_to: str, facts: CallFacts) -> Message:
        """Write the message down, on the disk when this returns; raise OSError."""
        message = Message(
            at=facts.now.astimezone(UTC).isoformat(timespec="seconds"),
            call_id=facts.call_id,
            persona=persona,
            language=facts.language,
            caller=facts.caller,
            reply_to=reply_to,
            text=text[:TEXT_MAX_LENGTH],
        )
        await self._write(message)
        return message

    async def recorded(self, persona: str, url: str, facts: CallFacts) -> None:
        """Write down that the carrier keeps one at `url`; raise OSError."""
        at = facts.now.astimezone(UTC).isoformat(timespec="seconds")
        await self._write(Message(at, facts.call_id, persona, facts.language, facts.caller, "", "", recording=url))

    async def _write(self, message: Message) -> None:
        await asyncio.to_thread(self._append, msgspec.json.encode(message) + b"\n")

    def _append(self, line: bytes) -> None:
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                written = os.write(file, line)
                if written < len(line):
                    raise OSError(f"{written} of {len(line)} bytes were written")
                os.fsync(file)
            finally:
                os.close(file)
