"""What the leg of a call that an assistant answers shall do next, as TwiML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dragoman.assistant_ports import Reception
from dragoman.domain.call import AskLater, Notice, Role
from dragoman.domain.language import Language
from dragoman.domain.reception import (
    ConnectPerson,
    GoOnInterpreted,
    LeaveCall,
    NextVerb,
    PressKeys,
    RecordMessage,
    TalkOn,
)
from dragoman.telephony.twilio import twiml
from dragoman.telephony.twilio.addresses import VOICE_NEXT, VOICE_STATUS, VOICE_WHISPER, Addresses
from dragoman.telephony.twilio.became import Became, Step, retold
from dragoman.telephony.twilio.parts import Parts
from dragoman.telephony.twilio.render import LATER_S, Renderer
from dragoman.telephony.twilio.twiml import Line
from dragoman.telephony.twilio.whispers import Whispers

MESSAGE_MOST_S: Final = 180
MESSAGE_SILENCE_S: Final = 5
"""A message ends with so much silence."""
MESSAGE_KEY: Final = "#"

_NO_KEY: Final = re.compile("[^0-9*#w]")


@dataclass(frozen=True, slots=True)
class Way:
    """How a leg came to us, so that it can begin again where a restart forgot its call.

    `persona` and `wish` (a language's tag) are as the number's own URL has them; `anew` counts the beginnings so far.
    """

    persona: str = ""
    wish: str = ""
    anew: int = 0

    def next(self, here: Addresses, call_id: str, step: Step | None = None) -> str:
        """Where the leg asks what comes next."""
        return self._next(here, call_id, {} if step is None else {"step": step.value})

    def again(self, here: Addresses, call_id: str, became: Became | None) -> str:
        """Where the leg asks once more, and what it has told here is told once more."""
        return self._next(here, call_id, retold(became))

    def _next(self, here: Addresses, call_id: str, told: Mapping[str, str]) -> str:
        anew = str(self.anew) if self.anew else ""
        return here.of(VOICE_NEXT, call=call_id, **told, persona=self.persona, lang=self.wish, anew=anew)


class AssistantRenderer:
    """Asks the reception about a leg and writes down the answer. `interpreted` writes for those handed over."""

    def __init__(self, parts: Parts, reception: Reception, whispers: Whispers, interpreted: Renderer) -> None:
        self._parts = parts
        self._reception = reception
        self._whispers = whispers
        self._interpreted = interpreted

    def next_of(self, call_id: str, way: Way, carrier_call: str, became: Became | None = None) -> bytes:
        """The document for the caller's leg, which has told what `became`; a hang-up when there is no such call."""
        what = self._reception.next(call_id)
        if isinstance(what, AskLater):
            return twiml.ask_again(way.again(self._parts.addresses, call_id, became), pause_s=LATER_S)
        return self._write(call_id, way, carrier_call, what)

    def interpreted(self, call_id: str, carrier_call: str) -> bytes:
        """The document for a leg that is the caller's of an interpreted call from now on."""
        return self._interpreted.next_of(call_id, Role.CALLER, carrier_call)

    def farewell(self, notice: Notice, language: Language) -> bytes:
        """`notice`, then the end."""
        return self._interpreted.farewell(notice, language)

    def whisper(self, call_id: str) -> bytes:
        """What a person hears before being put through; nothing where nothing is known of it."""
        line = self._whispers.of(call_id)
        return twiml.say(() if line is None else (line,))

    def _write(self, call_id: str, way: Way, carrier_call: str, what: NextVerb) -> bytes:
        here = self._parts.addresses
        match what:
            case TalkOn():
                return self._connect(call_id, way)
            case PressKeys(digits):
                return twiml.press_keys(_NO_KEY.sub("", digits), afterwards=way.next(here, call_id, Step.KEYS))
            case ConnectPerson():
                return self._dial(call_id, way, what)
            case RecordMessage(say, language):
                return twiml.record(
                    Line(say, language) if say else None,
                    afterwards=way.next(here, call_id, Step.MESSAGE),
                    most_s=MESSAGE_MOST_S,
                    silence_s=MESSAGE_SILENCE_S,
                    finish_key=MESSAGE_KEY,
                )
            case GoOnInterpreted(interpreted):
                return self.interpreted(interpreted, carrier_call)
            case LeaveCall(say, language):
                return twiml.say_and_hang_up([Line(say, language or self._parts.book.agent)] if say else [])

    def _connect(self, call_id: str, way: Way) -> bytes:
        here = self._parts.addresses
        return twiml.connect(
            here.assistant_stream,
            {"call": call_id, "token": self._parts.tokens.assistant_stream(call_id)},
            status_callback=here.of(VOICE_STATUS, call=call_id),
            afterwards=way.next(here, call_id),
        )

    def _dial(self, call_id: str, way: Way, person: ConnectPerson) -> bytes:
        here, settings = self._parts.addresses, self._parts.settings
        whispers = self._whispers.keep(call_id, Line(person.summary, person.language))
        spoken = person.say_language or person.language
        return twiml.dial(
            person.to,
            caller_number=settings.caller_number,
            timeout_s=settings.dial_timeout_s,
            time_limit_s=settings.time_limit_s,
            afterwards=way.next(here, call_id, Step.PERSON),
            before=[Line(person.say, spoken)] if person.say else [],
            whisper=here.of(VOICE_WHISPER, call=call_id) if whispers else "",
        )
