"""What came of the demo's call, and the files that it leaves."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dragoman.audio import wav
from dragoman.cli.demo import timeline
from dragoman.cli.demo.ears import Stretch, stretches
from dragoman.cli.demo.turns import Turn
from dragoman.cli.demo.unmixed import Unmixed
from dragoman.domain.call import Role
from dragoman.relay.record import CallRecord
from dragoman.relay.transcript import Utterance

EARLY_S = 1.0
"""An engine may put the beginning of speech a little early; turns lie further apart than that."""


@dataclass(frozen=True, slots=True)
class Played:
    """One turn as it happened, in seconds of the recordings' clock; `heard_s` None: the other one heard nothing.

    `pause_s` is the longest pause within what was heard.
    """

    turn: Turn
    began_s: float
    ended_s: float
    heard_s: float | None
    heard_end_s: float | None
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Tracks:
    """Four recordings on one clock, 8 kHz mu-law; the call was answered at `answered_s` and over at `over_s`.

    `mixed`: whose ears had the other's own voice beside the interpreter's.
    """

    said: dict[Role, bytes]
    heard: dict[Role, bytes]
    answered_s: float
    over_s: float
    mixed: frozenset[Role] = frozenset()

    def voice_of(self, role: Role) -> list[Stretch]:
        """When this party spoke."""
        return stretches(self.said[role], from_s=self.answered_s, to_s=self.over_s)

    def interpreted_to(self, role: Role) -> list[Stretch]:
        """When this party heard the interpreter, or one of our notices."""
        interpreter = Unmixed(mixed=role in self.mixed).grow(self.heard[role], self.said[role.other])
        return stretches(interpreter, from_s=self.answered_s, to_s=self.over_s)


@dataclass(frozen=True, slots=True)
class Performance:
    """The demo call: its turns, the server's own record, and the recordings.

    `clock_shift_s` is added to the record's times to get the recordings' clock.
    """

    played: tuple[Played, ...]
    record: CallRecord
    tracks: Tracks
    clock_shift_s: float

    def utterances_of(self, played: Played) -> list[Utterance]:
        """What the server made of one turn: the utterances that began while it was said."""
        first_s, last_s = played.began_s - EARLY_S, played.ended_s + 0.5
        return [
            one
            for one in self.record.utterances
            if one.role is played.turn.role and first_s <= _began_s(one) + self.clock_shift_s <= last_s
        ]

    @property
    def interpreted_turns(self) -> int:
        return sum(1 for one in self.played if self.interpreted(one))

    def interpreted(self, played: Played) -> bool:
        """Whether the listener heard a translation of the turn, and none of it was refused."""
        found = self.utterances_of(played)
        refused = any(flag.startswith("unclear") for one in found for flag in one.flags)
        return played.heard_s is not None and not refused and any(one.target_text.strip() for one in found)


def _began_s(one: Utterance) -> float:
    return one.began_s if one.began_s is not None else one.grown_s


def write(folder: Path, performance: Performance) -> list[Path]:
    """Write the four WAVs, the picture (where the extra `demo` is installed) and the transcript; the paths written."""
    folder.mkdir(parents=True, exist_ok=True)
    tracks = performance.tracks
    written = []
    for role in Role:
        for name, audio in (
            (f"{role.value}-heard.wav", tracks.heard[role]),
            (f"{role.value}-said.wav", tracks.said[role]),
        ):
            path = folder / name
            path.write_bytes(wav.write_mulaw(audio))
            written.append(path)
    if importlib.util.find_spec("matplotlib") is not None:
        written.append(folder / "timeline.png")
        _draw(written[-1], performance)
    transcript = folder / "transcript.json"
    transcript.write_text(json.dumps(_transcript(performance), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return [*written, transcript]


def _draw(picture: Path, performance: Performance) -> None:
    tracks = performance.tracks
    rows: list[list[Stretch]] = []
    beside: list[list[Stretch]] = []
    for speaker in (Role.CALLER, Role.AGENT):
        voice, listener = tracks.voice_of(speaker), speaker.other
        rows += [voice, tracks.interpreted_to(listener)]
        beside += [[], voice if listener in tracks.mixed else []]
    engines = ", ".join(dict.fromkeys(performance.record.engines))
    title = f"A call interpreted by Dragoman ({engines})"
    timeline.draw(picture, rows, tracks.answered_s, tracks.over_s, title, beside)


def _transcript(performance: Performance) -> dict[str, Any]:
    """The server's record, with its times moved to the clock of the WAVs."""
    content = performance.record.as_json()
    timed = [utterance[place] for utterance in content["utterances"] for place in ("mouth", "interpreter", "ear")]
    for times in (*timed, *content["told"], *content["consent"]):
        for name, value in times.items():
            if name.endswith("_s") and value is not None:
                times[name] = round(value + performance.clock_shift_s, 3)
    content["clock"] = "seconds from the start of the WAV files"
    return content
