"""A relay as the field's demos have it: every delta goes out at once, and whoever begins to speak cuts off what plays.

What is heard goes to the engine as it is, what the engine says to the ear as it is: no pacing, no marks, no original
voice, no gate. When an engine with turns tells that speech began (server VAD, `interrupt_response` on, as by default),
the demos send `clear` and the answer is cancelled: here that of the one who speaks on, and that to which the listener
speaks.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator

from bench.ear.phone import Phone
from bench.ear.scenes import Scene
from bench.ear.scripted import ScriptedEngine
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallId, Role
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.speech import Heard, InterpreterEvent, LegEvent, SpeechBegan, Spoke
from dragoman.ports import Engine, Interpreter, Wanted

LANGUAGES = {
    Role.CALLER: Language(LanguageTag("es"), "Español", "Spanish", "es-ES"),
    Role.AGENT: Language(LanguageTag("en"), "English", "English", "en-US"),
}


class NaiveRelay:
    """Both directions of one call."""

    def __init__(self, phones: dict[Role, Phone], engine: Engine) -> None:
        self._phones = phones
        self.interpreters: dict[Role, Interpreter] = {}
        for role in Role:
            source, target = LANGUAGES[role], LANGUAGES[role.other]
            pcmu = AudioFormat.PCMU_8K
            wanted = Wanted(CallId("naive"), role, source, target, pcmu, pcmu)
            self.interpreters[role] = engine.interpreter(wanted, functools.partial(self._said, role))
            phones[role].attach(functools.partial(self._heard, role))

    def _heard(self, role: Role, event: LegEvent) -> None:
        if isinstance(event, Heard):
            self.interpreters[role].hear(event.audio)

    def _said(self, role: Role, event: InterpreterEvent) -> None:
        match event:
            case Spoke(audio):
                self._phones[role.other].play(audio)
            case SpeechBegan():
                for lane in Role:
                    self._phones[lane.other].clear()
                    self.interpreters[lane].interrupt(0)
            case _:
                pass


@contextlib.asynccontextmanager
async def on_the_line(scene: Scene, phones: dict[Role, Phone], engine: ScriptedEngine) -> AsyncIterator[None]:
    """The call stands until the block ends."""
    relay = NaiveRelay(phones, engine)
    async with asyncio.TaskGroup() as tasks:
        for one in relay.interpreters.values():
            tasks.create_task(one.run())
        yield
        for one in relay.interpreters.values():
            one.close()
