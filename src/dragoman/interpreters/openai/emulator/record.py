"""What a session was sent and what became of it: for tests, rigs and the demo's summary."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from dragoman.interpreters.openai.emulator.faults import NO_FAULTS, Faults
from dragoman.interpreters.realtime.wire.envelope import ClientEvent, ErrorDetail


class Kind(enum.Enum):
    """Which of the two protocols."""

    CONVERSATION = "conversation"
    TRANSLATION = "translation"


@dataclass(frozen=True, slots=True)
class Admission:
    """A session that was let in. `number` counts the upgrades that were asked for, from 0."""

    kind: Kind
    number: int
    model: str
    headers: dict[str, str]
    faults: Faults = NO_FAULTS
    preset: object = None
    """The configuration that a client secret carries (a `SessionUpdate` of its protocol)."""


@dataclass(slots=True)
class Record:
    """One session as the emulator saw it. `audio` is all that was appended, in the session's input format."""

    admission: Admission
    session_id: str = ""
    events: list[ClientEvent] = field(default_factory=list)
    """Everything received but audio, in order."""
    errors: list[ErrorDetail] = field(default_factory=list)
    """Every error that the session was told. A rig whose client should make none asserts that this is empty."""
    audio: bytearray = field(default_factory=bytearray)
    audio_ms: int = 0
    appends: int = 0
    sent: list[str] = field(default_factory=list)
    """The types of all events sent, but audio deltas."""
    spoken_ms: int = 0
    """Audio sent, heartbeats of silence not counted."""
    heard: list[str] = field(default_factory=list)
    """Source transcripts, utterance by utterance."""
    said: list[str] = field(default_factory=list)
    """Target transcripts, message by message, of what was said to the end (a translation: of what was begun)."""
    config: object = None
    """The session's configuration as it stands (a `Session` of its protocol)."""
    close_code: int | None = None
    """The code that the emulator closed with, or the client's; None while open, 1006 without a close frame."""

    @property
    def kind(self) -> Kind:
        return self.admission.kind

    @property
    def safety_id(self) -> str:
        """What the client sent as `OpenAI-Safety-Identifier`."""
        return self.admission.headers.get("openai-safety-identifier", "")
