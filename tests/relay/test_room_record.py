"""A room's record as plain values."""

from __future__ import annotations

import json

import pytest

from dragoman.domain.language import LanguageTag
from dragoman.domain.room import Ending, PartyId, RoomId, RoomSummary, SeatId
from dragoman.relay.room_record import EngineChange, RoomRecord
from dragoman.relay.room_transcript import Line

pytestmark = pytest.mark.unit


def test_a_record_is_plain_json() -> None:
    record = RoomRecord(
        room=RoomId("r1"),
        began_at=1_700_000_000.12345,
        one_device=False,
        ending=Ending.CLOSED,
        summary=RoomSummary(12.5, 1, (LanguageTag("es"), LanguageTag("en")), 2, 0.1234567, usd_is_estimate=True),
        engines=("fake",),
        troubles=("network: it died",),
        changes=(EngineChange(PartyId("p1"), "en", "fake", "original", "network", 3.0),),
        lines=(Line(PartyId("p1"), "Ann", 1.0, 2.0, "es", "Hola.", "en", "Hello."),),
        playback={SeatId("p1"): {"late": 3}},
    )
    assert record.file_stem == "room-r1"
    assert json.loads(json.dumps(record.as_json())) == {
        "room": "r1",
        "began_at": 1_700_000_000.123,
        "duration_s": 12.5,
        "one_device": False,
        "ending": "closed",
        "parties": 2,
        "languages": ["es", "en"],
        "turns": 1,
        "engines": ["fake"],
        "cost": {"usd": 0.123457, "estimate": True},
        "troubles": ["network: it died"],
        "engine_changes": [
            {"party": "p1", "into": "en", "from": "fake", "to": "original", "why": "network", "at_s": 3.0}
        ],
        "playback": {"p1": {"late": 3}},
        "utterances": [
            {
                "party": "p1",
                "name": "Ann",
                "source_language": "es",
                "target_language": "en",
                "source_text": "Hola.",
                "target_text": "Hello.",
                "began_s": 1.0,
                "ended_s": 2.0,
            }
        ],
    }
