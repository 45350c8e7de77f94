"""A town with an assistant behind one of its numbers, on the emulated speech model."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from dragoman.audio import g711
from dragoman.domain.audio import FRAME_MS
from dragoman.interpreters.openai.emulator import Answer, AssistantScript, MarkerScript, Message, Record
from dragoman.interpreters.openai.emulator.markers import FRAME_SAMPLES
from dragoman.interpreters.openai.emulator.script import Says, Understood, Utterance
from dragoman.interpreters.openai.emulator.sound import TELEPHONE_HZ, tone
from dragoman.interpreters.realtime.wire.conversation import TruncateItem
from dragoman.telephony.twilio.emulator import Phone
from dragoman.telephony.twilio.emulator.line import CallStatus
from tests.rig.people import Ear, voice
from tests.rig.town import CALLER, Town, town

DESK_LINE = "+15555550103"
"""The number that the assistant answers."""
PERSON = "+12025550199"
"""Whom it connects callers with."""

GREETING = "Hola, soy una IA."
"""Short: the emulated model takes its time over each letter."""

DESK = f"""
name = "desk"
languages = ["es"]
instructions = "You are the AI assistant of a shop. Answer with what your tools give back."
transfer = "{PERSON}"
faq = {{ es = "desk.faq.toml" }}
[say.es]
greeting = "{GREETING}"
[turn]
silence-ms = 300
[idle]
after-s = 0
"""
TOOLS = "".join(
    f'[[tool]]\nuse = "{use}"\n' for use in ("faq", "transfer", "hand-over", "message", "digits", "hang-up")
)
FAQ = '[[entry]]\nask = ["¿Hay aparcamiento?"]\nanswer = "Sí, junto al edificio."\n'
TONE_SHARE = 0.6
"""A frame is one of a tone when so much of its power is."""


@dataclass(frozen=True, slots=True)
class Model:
    """One emulated vendor for both: an assistant's session answers as scripted, an interpreter's by markers."""

    assistant: AssistantScript
    interpreter: MarkerScript = field(default_factory=MarkerScript)

    def hears(self, utterance: Utterance) -> Understood:
        return self.assistant.hears(utterance)

    def says(self, utterance: Utterance) -> Says:
        return (self.interpreter if utterance.target else self.assistant).says(utterance)


@dataclass(frozen=True, slots=True)
class Asked:
    """A model that answers a question by the marker in which it is asked, whenever that is; an interpreter's session
    answers by markers too.
    """

    answers: Mapping[int, Answer]

    def hears(self, utterance: Utterance) -> Understood:
        marked = MarkerScript().hears(utterance)
        found = self._answer(marked.text)
        return marked if utterance.target or found is None else Understood(found.heard)

    def says(self, utterance: Utterance) -> Says:
        marked = MarkerScript()
        if utterance.target:
            return marked.says(utterance)
        found = self._answer(marked.hears(utterance).text)
        return AssistantScript((found or Answer("", ()),)).says(utterance)

    def _answer(self, marker: str) -> Answer | None:
        return self.answers.get(int(marker.removeprefix("marker "))) if marker else None


def answer(hz: int, ms: int = 600, heard: str = "a question") -> Answer:
    """The model answers with a tone, by which its words are known in an ear."""
    return Answer(heard, (said(hz, ms),))


def said(hz: int, ms: int = 600) -> Message:
    return Message(f"tone {hz}", tone(hz, ms))


@dataclass(slots=True)
class DeskCall:
    """A caller who is connected with the assistant."""

    here: Town
    phone: Phone
    ear: Ear
    records: Path

    async def greeted(self) -> None:
        """Until the greeting was heard to its end."""
        await self.here.until(lambda: self.ear.heard_all(200))

    def ask(self, hz: int = 500, ms: int = 500) -> None:
        self.phone.say(voice(hz, ms))

    async def hears(self, hz: int, ms: int = 300) -> None:
        """Until so much of a tone was heard."""
        await self.here.until(lambda: self.heard_ms(hz) >= ms)

    def heard_ms(self, hz: int) -> int:
        """How much of a tone was heard, in whole frames."""
        samples = g711.decode(self.ear.audio).astype(np.float64)
        frames = samples[: samples.size // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
        wave = np.exp(-2j * np.pi * hz * np.arange(FRAME_SAMPLES) / TELEPHONE_HZ)
        power = np.square(np.abs(frames @ wave)) * 2 / FRAME_SAMPLES
        return int((power > TONE_SHARE * np.maximum(np.square(frames).sum(axis=1), 1.0)).sum()) * FRAME_MS

    async def answered(self, hz: int) -> None:
        """A question, and its whole answer."""
        before = self.heard_ms(hz)
        self.ask()
        await self.hears(hz, before + 300)
        await self.here.until(lambda: self.ear.heard_all(200))

    @property
    def session(self) -> Record:
        """The assistant's last session at the vendor."""
        return self.here.models.sessions[-1]

    @property
    def truncated(self) -> list[TruncateItem]:
        """What the model was told of the sound that was not heard to its end."""
        return [event for event in self.session.events if isinstance(event, TruncateItem)]

    @property
    def status(self) -> CallStatus:
        assert self.phone.leg is not None
        return self.phone.leg.status

    async def record(self, number: int = 1) -> dict[str, Any]:
        """The record of the `number`-th assistant's call that ended."""
        await self.here.until(lambda: len(self._kept()) >= number)
        return self._kept()[number - 1]

    def _kept(self) -> list[dict[str, Any]]:
        paths = sorted(self.records.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        records = [json.loads(path.read_text(encoding="utf-8") or "{}") for path in paths]
        return [one for one in records if one.get("kind") == "assistant"]


@dataclass(slots=True)
class Desk:
    """The town, and where its records are."""

    here: Town
    records: Path
    before: list[str] = field(default_factory=list)

    async def call(self, *, number: str = CALLER) -> DeskCall:
        """A caller, connected with the assistant."""
        phone = self.here.twilio.phone(number)
        ear = Ear(phone)
        await phone.call(DESK_LINE)
        await phone.connected(20)
        await self.here.streamed(phone)
        return DeskCall(self.here, phone, ear, self.records)

    async def nothing_is_left(self, *, alone: bool = False) -> None:
        """What was opened for calls is closed. `alone`: no other town is there, whose tasks would count."""
        await self.here.until(lambda: (self.here.app.server.media_sockets, self.here.open_sessions) == (0, []))
        if alone:
            await self.here.until(lambda: self.here.tasks == self.before)


@contextlib.asynccontextmanager
async def desk(
    answers: Sequence[Answer], *, env: dict[str, str | None] | None = None, **how: Any
) -> AsyncIterator[Desk]:
    """A town in which an assistant answers DESK_LINE."""
    with tempfile.TemporaryDirectory() as folder:
        personas, records = Path(folder) / "personas", Path(folder) / "records"
        personas.mkdir()
        (personas / "desk.toml").write_text(DESK + TOOLS, encoding="utf-8")
        (personas / "desk.faq.toml").write_text(FAQ, encoding="utf-8")
        settings = {
            "DRAGOMAN_PERSONAS": str(personas),
            "DRAGOMAN_RECORDS": str(records),
            "DRAGOMAN_MESSAGES": str(Path(folder) / "messages.jsonl"),
        }
        model = Model(AssistantScript(tuple(answers)))
        async with town("conversation", script=model, env=settings | (env or {}), **how) as here:
            here.twilio.number(
                DESK_LINE,
                here.address("/twilio/voice"),
                here.address("/twilio/voice/fallback"),
                here.address("/twilio/voice/status"),
            )
            yield Desk(here, records, here.tasks)
