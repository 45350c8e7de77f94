"""The record of one room: who spoke which language, all that was said, and what it cost, for a JSON file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dragoman.domain.room import Ending, PartyId, RoomId, RoomSummary, SeatId
from dragoman.relay.room_transcript import Line


@dataclass(frozen=True, slots=True)
class EngineChange:
    """A party's interpreter into `target` was replaced by another engine's. Seconds of the room."""

    party: PartyId
    target: str
    before: str
    after: str
    why: str
    at_s: float


@dataclass(frozen=True, slots=True)
class RoomRecord:
    """What remains of a room. Speech is personal data: where this is kept is the operator's choice.

    Times are seconds since `began_at` (Unix time). `lines` has each utterance once for each language it was
    interpreted into.
    """

    room: RoomId
    began_at: float
    one_device: bool
    ending: Ending
    summary: RoomSummary
    engines: tuple[str, ...]
    troubles: tuple[str, ...]
    changes: tuple[EngineChange, ...]
    lines: tuple[Line, ...]
    playback: Mapping[SeatId, Mapping[str, float]] = field(default_factory=dict)
    """How the pages that were there at the end played: what they counted (`domain.room.Playback`), summed up."""

    @property
    def file_stem(self) -> str:
        """What its file is called."""
        return f"room-{self.room}"

    def as_json(self) -> dict[str, Any]:
        """The form of the file."""
        return {
            "room": self.room,
            "began_at": round(self.began_at, 3),
            "duration_s": self.summary.duration_s,
            "one_device": self.one_device,
            "ending": self.ending.value,
            "parties": self.summary.parties,
            "languages": list(self.summary.languages),
            "turns": self.summary.turns,
            "engines": list(self.engines),
            "cost": {"usd": round(self.summary.usd, 6), "estimate": self.summary.usd_is_estimate},
            "troubles": list(self.troubles),
            "engine_changes": [_change(one) for one in self.changes],
            "playback": {seat: dict(counted) for seat, counted in self.playback.items()},
            "utterances": _utterances(self.lines),
        }


def _change(one: EngineChange) -> dict[str, Any]:
    return {
        "party": one.party,
        "into": one.target,
        "from": one.before,
        "to": one.after,
        "why": one.why,
        "at_s": one.at_s,
    }


def _utterances(lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [
        {
            "party": line.party,
            "name": line.name,
            "source_language": line.source_language,
            "target_language": line.target_language,
            "source_text": line.source_text,
            "target_text": line.target_text,
            "began_s": line.began_s,
            "ended_s": line.ended_s,
        }
        for line in lines
    ]
