"""The shell around an assistant's machine: the interpreters' (one socket, one clock, one ending), and what is more."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping

from dragoman.assistant_ports import Answering, AssistantEvent
from dragoman.domain.speech import Spoke
from dragoman.domain.tools import ToolAsked
from dragoman.interpreters.openai.assistant import AssistantMachine
from dragoman.interpreters.openai.machine import AssistantOutlet, Machine, Outlet
from dragoman.interpreters.openai.session import RealtimeInterpreter
from dragoman.interpreters.openai.socket import RealtimeSocket
from dragoman.ports import Clock


class RealtimeAssistant:
    """Implements `assistant_ports.Assistant` around a machine and a socket."""

    def __init__(
        self,
        socket: RealtimeSocket,
        build: Callable[[AssistantOutlet], AssistantMachine],
        listen: Callable[[AssistantEvent], None],
        clock: Clock = time.monotonic,
    ) -> None:
        self._listen, self._clock = listen, clock
        self._machine: AssistantMachine

        def machine(out: Outlet) -> Machine:
            self._machine = build(AssistantOutlet(out.send, functools.partial(self._tell, out)))
            return self._machine

        self._session = RealtimeInterpreter(socket, machine, listen, clock)

    async def run(self) -> None:
        """Connect and serve until closed; upstream faults are `Trouble` events, and `Closed` is the last."""
        await self._session.run()

    def hear(self, audio: bytes) -> None:
        """Take audio in the format that was wanted."""
        self._session.hear(audio)

    def say(self, text: str) -> None:
        """Speak exactly this."""
        self._machine.say(text, self._clock())

    def told(self, asked: ToolAsked, output: str) -> None:
        """A tool answered."""
        self._machine.told(asked, output, self._clock())

    def digits(self, keys: str) -> None:
        """The caller pressed keys."""
        self._machine.digits(keys, self._clock())

    def interrupt(self, heard_ms: Mapping[str, int]) -> None:
        """The caller barged in."""
        self._machine.barged_in(heard_ms, self._clock())

    def close(self) -> None:
        """Ask the session to end; `run` returns within 2 s."""
        self._session.close()

    def _tell(self, out: Outlet, event: AssistantEvent) -> None:
        """What interpreters tell, too, goes the way of theirs: it ends at a fatal trouble."""
        if isinstance(event, Spoke) or not isinstance(event, ToolAsked | Answering):  # the hot path first
            out.tell(event)
        else:
            self._listen(event)
