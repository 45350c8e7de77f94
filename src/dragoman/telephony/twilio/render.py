"""What a leg shall do next, as TwiML."""

from __future__ import annotations

from typing import Final

from dragoman.domain.call import (
    AskLanguage,
    AskLater,
    ConnectStream,
    DialPerson,
    HangUpLeg,
    Instruction,
    Notice,
    Role,
    SayAndHangUp,
)
from dragoman.domain.language import Language
from dragoman.telephony.twilio import twiml
from dragoman.telephony.twilio.addresses import STREAM_STATUS
from dragoman.telephony.twilio.menu import Menu
from dragoman.telephony.twilio.parts import Parts
from dragoman.telephony.twilio.twiml import Line

LATER_S: Final = 1
"""How long a leg waits for the process that takes its call up."""


class Renderer:
    """Asks the switchboard about a leg and writes down the answer."""

    def __init__(self, parts: Parts, menu: Menu) -> None:
        self._parts = parts
        self._menu = menu

    def next_of(self, call_id: str, role: Role, carrier_call: str) -> bytes:
        """The document for the leg of `role`; a hang-up when there is no such call."""
        instruction = self._parts.switchboard.instruct(call_id, role, carrier_call)
        if isinstance(instruction, DialPerson):
            self._parts.placed.over(carrier_call)  # from now on the leg is nobody's orphan
        return self._write(call_id, role, instruction)

    def farewell(self, notice: Notice, language: Language, *more: Notice) -> bytes:
        """`notice` (and `more`) in one language, then the end."""
        return twiml.say_and_hang_up([self._line(one, language) for one in (notice, *more)])

    def _write(self, call_id: str, role: Role, instruction: Instruction) -> bytes:
        match instruction:
            case ConnectStream(language, say):
                return self._connect(call_id, role, language, say)
            case AskLanguage():
                return self._menu.ask(1, call_id)
            case SayAndHangUp(language, notice):
                return self.farewell(notice, language)
            case AskLater():
                return twiml.ask_again(self._parts.addresses.leg(call_id, role), pause_s=LATER_S)
            case HangUpLeg():
                return twiml.hang_up()
            case DialPerson(language, address, say):
                return self._dial_person(call_id, role, language, address, say)

    def _connect(self, call_id: str, role: Role, language: Language, say: tuple[Notice, ...]) -> bytes:
        here = self._parts.addresses
        return twiml.connect(
            here.stream,
            {"call": call_id, "role": role.value, "token": self._parts.tokens.stream(call_id, role)},
            status_callback=here.of(STREAM_STATUS, call=call_id, role=role.value),
            afterwards=here.leg(call_id, role),
            before=[Line(self._text(call_id, role, notice, language), language) for notice in say],
        )

    def _dial_person(self, call_id: str, role: Role, language: Language, address: str, say: Notice) -> bytes:
        settings = self._parts.settings
        return twiml.dial(
            address,
            caller_number=settings.caller_number,
            timeout_s=settings.dial_timeout_s,
            time_limit_s=settings.time_limit_s,
            afterwards=self._parts.addresses.after_person(call_id, role, language),
            before=[self._line(say, language)],
        )

    def _line(self, notice: Notice, language: Language) -> Line:
        return Line(self._parts.notices.text(notice, language), language)

    def _text(self, call_id: str, role: Role, notice: Notice, hearer: Language) -> str:
        setup = self._parts.switchboard.setup(call_id)
        if setup is None:
            return self._parts.notices.text(notice, hearer)
        return self._parts.notices.words(notice, role, hearer, setup.caller.language)
