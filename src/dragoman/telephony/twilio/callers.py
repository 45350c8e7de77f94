"""The doors of calls: an incoming one with its language menu, what a leg shall do next, the word when all fails."""

from __future__ import annotations

import re
from typing import Final

import structlog

from dragoman.domain.call import Accepted, AgentVia, DialFailed, LanguageChosen, Notice, Role
from dragoman.domain.language import Language
from dragoman.domain.outcome import DialFailure
from dragoman.errors import Refused, RemoteWireError
from dragoman.ports import Ringing
from dragoman.telephony.twilio import twiml
from dragoman.telephony.twilio.addresses import AFTER_PERSON, INCOMING, LEG
from dragoman.telephony.twilio.doors import Webhook, failed_query
from dragoman.telephony.twilio.menu import CHOICE, ROUNDS, Menu
from dragoman.telephony.twilio.parts import Parts
from dragoman.telephony.twilio.render import Renderer
from dragoman.telephony.twilio.twiml import Line

FALLS: Final = 3
"""So often in a row a leg asks once more where we failed it."""

FALL_PAUSE_S: Final = 2

_REACHED: Final = ("completed", "answered")

_WITHHELD: Final = frozenset({"anonymous", "blocked", "private", "restricted", "unavailable", "unknown"})
_KEYPAD: Final = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
_NOBODY: Final = _WITHHELD | {"+" + word.translate(_KEYPAD) for word in _WITHHELD}
"""What stands in `From` when there is no number: such a word, or its letters as keys (+266696687 is anonymous)."""


class CallerDoors:
    """`/incoming-call`, `/leg` and `/fallback`."""

    def __init__(self, parts: Parts, menu: Menu, renderer: Renderer) -> None:
        self._parts = parts
        self._menu = menu
        self._renderer = renderer
        self._log = structlog.get_logger()

    def incoming(self, webhook: Webhook) -> bytes:
        """A call for us: from Studio with its language, or bare and then with our own menu; or back from the menu.

        With `call` the caller of a living call chooses another language.
        """
        webhook.needed("CallSid", "AccountSid", "To")
        if "From" not in webhook.fields:
            raise RemoteWireError("missing: From")
        call_id = webhook.query.get("call", "")
        language = self._language(webhook)
        if language is None:
            answered = webhook.query.get("step") == CHOICE
            return self._menu.ask(_round(webhook) + answered, call_id, unanswered=answered)
        if call_id:
            return self._changed(webhook, call_id, language)
        return self._new(webhook, language)

    def leg(self, webhook: Webhook) -> bytes:
        """What a leg shall do next: asked when it is answered, each time its stream ends, and after a person."""
        webhook.needed("CallSid")
        call_id, role = call_and_role(webhook)
        if webhook.query.get("step") == AFTER_PERSON:
            return self._after_person(webhook)
        self._tell_who_answered(webhook, call_id, role)
        return self._renderer.next_of(call_id, role, webhook.fields["CallSid"])

    def fallback(self, webhook: Webhook) -> bytes:
        """Twilio could not use another answer of ours, or had none: the process may just have been started again. A leg
        of a living call, and a call that has only begun, ask once more; then it is the end, with a word.
        """
        again = self._again(webhook)
        self._log.error("twilio fell back", code=webhook.fields.get("ErrorCode", "")[:10], again=again is not None)
        if again is not None:
            return twiml.ask_again(again, pause_s=FALL_PAUSE_S)
        book = self._parts.book
        language = book.find(webhook.query.get("lang", ""))
        hearers = (language,) if language is not None else (book.offered or (book.agent,))
        return twiml.say_and_hang_up([Line(self._parts.notices.text(Notice.FAILED, one), one) for one in hearers])

    def _again(self, webhook: Webhook) -> str | None:
        """Where to ask once more; None when that was done often enough, or can be of no use."""
        failed = webhook.fields.get("ErrorUrl", "")
        asked = failed_query(webhook)
        call_id, role = (webhook.query.get(name) or asked.get(name, "") for name in ("call", "role"))
        falls = asked.get("fell", "0")
        if not falls.isdecimal() or int(falls[:4]) >= FALLS:
            return None
        here, fell = self._parts.addresses, str(int(falls[:4]) + 1)
        if not call_id:
            begun = failed.partition("?")[0] == here.of(INCOMING)
            return here.of(INCOMING, lang=asked.get("lang", ""), fell=fell) if begun else None
        view = self._parts.switchboard.find(call_id)
        if view is None or view.outcome is not None or role not in (one.value for one in Role):
            return None
        return here.of(LEG, call=call_id, role=role, fell=fell)

    def _after_person(self, webhook: Webhook) -> bytes:
        """The talk with a person is over, or there was none. Needs no call: ours is over and perhaps forgotten."""
        webhook.needed("DialCallStatus")
        status = webhook.fields["DialCallStatus"]
        self._log.info("person dialled", call=webhook.query["call"][:40], status=status[:20])
        if status in _REACHED:
            return twiml.hang_up()
        language = self._parts.book.find(webhook.query.get("lang", "")) or self._parts.book.agent
        return self._renderer.farewell(Notice.NO_AGENT, language, Notice.GOODBYE)

    def _language(self, webhook: Webhook) -> Language | None:
        if webhook.query.get("step") == CHOICE:
            return self._menu.answer(webhook.fields.get("Digits", ""), webhook.fields.get("SpeechResult", ""))
        found = self._parts.book.find(webhook.query.get("lang", ""))
        return found if found is not None and found in self._parts.book.offered else None

    def _changed(self, webhook: Webhook, call_id: str, language: Language) -> bytes:
        """A call that is over says good-bye; one that nobody knows is hung up: both are the switchboard's word."""
        self._parts.switchboard.tell(call_id, LanguageChosen(language))
        return self._renderer.next_of(call_id, Role.CALLER, webhook.fields["CallSid"])

    def _new(self, webhook: Webhook, language: Language) -> bytes:
        fields = webhook.fields
        ringing = Ringing(fields["CallSid"], outside(fields["From"]), fields["To"], language, fields["AccountSid"])
        try:
            call_id = self._parts.switchboard.ring(ringing)
        except Refused as refused:
            self._log.warning("call refused", carrier_call=fields["CallSid"][:40], reason=refused.reason)
            return self._renderer.farewell(refused.notice or Notice.BUSY, language)
        return self._renderer.next_of(call_id, Role.CALLER, webhook.fields["CallSid"])

    def _tell_who_answered(self, webhook: Webhook, call_id: str, role: Role) -> None:
        """Twilio asks for TwiML only once a dialled phone is answered (and, where it looks, knows by whom)."""
        setup = self._parts.switchboard.setup(call_id)
        if setup is None or role is setup.first is Role.CALLER:
            return
        sid = webhook.fields["CallSid"]
        if is_machine(webhook):
            self._parts.switchboard.tell(call_id, DialFailed(role, DialFailure.VOICEMAIL, sid))
        elif role is Role.CALLER or setup.route.via is AgentVia.DIRECT:
            self._parts.switchboard.tell(call_id, Accepted(role, sid))


def call_and_role(webhook: Webhook) -> tuple[str, Role]:
    """The call and the leg that our own URL names; raise RemoteWireError."""
    call_id = webhook.query.get("call", "")
    if not call_id:
        raise RemoteWireError("missing: call")
    try:
        return call_id, Role(webhook.query.get("role", ""))
    except ValueError:
        raise RemoteWireError("role is neither caller nor agent") from None


def is_machine(webhook: Webhook) -> bool:
    """Whether Twilio found that no human answered."""
    answered_by = webhook.fields.get("AnsweredBy", "")
    return answered_by.startswith("machine") or answered_by == "fax"


def outside(address: str) -> str:
    """The caller's address; "" when it is withheld (RFC 3323 for SIP: sip:anonymous@anonymous.invalid)."""
    name = re.sub("^sips?:", "", address.strip().lower()).partition("@")[0]
    return "" if name in _NOBODY else address


def _round(webhook: Webhook) -> int:
    """Which round of the menu this is; anything strange counts as the last."""
    text = webhook.query.get("round", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else ROUNDS
