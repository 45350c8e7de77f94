"""Calls of both kinds as they remember themselves."""

from __future__ import annotations

from dragoman.domain.call import CallId
from dragoman.domain.manner import AS_USUAL
from dragoman.domain.reception import ConnectPerson
from dragoman.domain.speech import Side
from dragoman.domain.tools import ToolAsked
from dragoman.relay import call_machine
from dragoman.relay.answering_state import Where
from dragoman.relay.assistant_memory import AssistantMemory, KeptPersona, Standing
from dragoman.relay.assistant_record import BargeIn, ToolUse
from dragoman.relay.found_out import Finding
from dragoman.relay.memory import Memory
from dragoman.relay.talk_lines import TalkLine
from dragoman.relay.talk_memory import TalkMemory
from dragoman.relay.turn_times import TurnTimes
from tests.fakes.assistant_scene import RINGING
from tests.fakes.personas import EN, MONDAY_10_IN_TOKYO, persona
from tests.fakes.relay_parts import setup

PERSON = "+15550100007"
INTERPRETED = Memory(call_machine.begin(setup())[0], AS_USUAL, 1.0)
ANSWERED = AssistantMemory(
    CallId("call-1"),
    RINGING,
    KeptPersona.of(persona(transfer=PERSON), MONDAY_10_IN_TOKYO),
    1.0,
    Standing(RINGING.language, Where.PERSON, person=ConnectPerson(PERSON, "Ana.", RINGING.language)),
    TalkMemory(
        EN,
        [TalkLine(1, Side.SOURCE, 1.0, "hello")],
        [TurnTimes(1, 2.0)],
        [Finding(ToolAsked("t1", "order", "{}"), 1.5, "{}")],
    ),
    tools=[ToolUse("order", 1.5, 2.0)],
    barge_ins=[BargeIn(3.0, (120,))],
)
