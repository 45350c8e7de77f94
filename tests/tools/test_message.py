"""Messages of callers, kept."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from dragoman.tools.message import TEXT_MAX_LENGTH, MessageFile
from tests.fakes.personas import facts

pytestmark = pytest.mark.unit


async def test_one_line_each_for_nobody_else_to_read(tmp_path: Path) -> None:
    path = tmp_path / "state" / "messages.jsonl"
    kept = MessageFile(path)
    await kept.keep("desk", "伝言です\nat once", "+815000", facts("ja"))
    await kept.keep("desk", "second", "", facts())
    first, second = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    assert first == {
        "at": "2026-11-16T01:00:00+00:00",
        "call_id": "call-1",
        "persona": "desk",
        "language": "ja",
        "caller": "+819012345678",
        "reply_to": "+815000",
        "text": "伝言です\nat once",
        "recording": "",
    }
    assert second["text"] == "second"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0


async def test_one_that_the_carrier_keeps_is_written_down_too(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    await MessageFile(path).recorded("desk", "https://api.twilio.com/R", facts("ja"))
    (line,) = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    assert (line["recording"], line["text"], line["caller"]) == ("https://api.twilio.com/R", "", "+819012345678")


async def test_many_at_once_stay_whole(tmp_path: Path) -> None:
    path = tmp_path / "messages.jsonl"
    kept = [MessageFile(path), MessageFile(path)]
    texts = [f"{number} " + "あ" * 2000 for number in range(20)]
    await asyncio.gather(*(kept[at % 2].keep("desk", text, "", facts()) for at, text in enumerate(texts)))
    found = {json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()}
    assert found == set(texts)


async def test_what_cannot_be_kept_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        await MessageFile(tmp_path).keep("desk", "x", "", facts())


async def test_no_message_is_endless(tmp_path: Path) -> None:
    kept = await MessageFile(tmp_path / "m").keep("desk", "x" * (TEXT_MAX_LENGTH + 1), "", facts())
    assert len(kept.text) == TEXT_MAX_LENGTH
