from __future__ import annotations

import json

import pytest

from dragoman.errors import RemoteWireError
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.envelope import Stamp, Unrecognised
from dragoman.interpreters.realtime.wire.older import NAMES, decode_any

pytestmark = pytest.mark.unit

WHOLE = {
    "response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0,
    "delta": "//8=", "transcript": "abc", "text": "abc", "event_id": "e",
}  # fmt: skip


@pytest.mark.parametrize("older", sorted(NAMES))
def test_an_older_name_is_read_as_todays(older: str) -> None:
    was, today = (decode_any(json.dumps({"type": name, **WHOLE}).encode()) for name in (older, NAMES[older]))
    assert was == today
    assert not isinstance(was, Unrecognised)


def test_todays_names_are_read_as_ever() -> None:
    event = wire.SpeechStarted(audio_start_ms=5, item_id="i", event_id="e")
    assert decode_any(Stamp("s")(event)) == event


def test_what_nobody_knows_stays_unknown() -> None:
    event = decode_any(b'{"type":"response.glow"}')
    assert isinstance(event, Unrecognised)
    assert event.type == "response.glow"


def test_an_older_event_that_is_broken_is_broken() -> None:
    with pytest.raises(RemoteWireError, match="output_audio"):
        decode_any(b'{"type":"response.audio.delta","delta":5}')
