"""The doors of calls that an assistant answers: a call that rings, what its leg shall do next, what became of that."""

from __future__ import annotations

from typing import Final

import structlog

from dragoman.assistant_ports import Reception
from dragoman.domain.call import AskLater, Notice
from dragoman.domain.reception import CallerLeft, KeysPressed, MessageLeft, PersonLeft, Reached
from dragoman.errors import Refused, RemoteWireError
from dragoman.ports import Ringing
from dragoman.telephony.twilio import twiml
from dragoman.telephony.twilio.addresses import VOICE, VOICE_NEXT
from dragoman.telephony.twilio.assistant_render import AssistantRenderer, Way
from dragoman.telephony.twilio.became import AGAIN, Became, became
from dragoman.telephony.twilio.callers import FALL_PAUSE_S, FALLS, outside
from dragoman.telephony.twilio.doors import Webhook, failed_query
from dragoman.telephony.twilio.parts import Parts, account_at_reception
from dragoman.telephony.twilio.statuses import OVER, StatusDoors
from dragoman.telephony.twilio.whispers import Whispers

ANEW: Final = 3
"""So often one leg begins again because its call is not known any more."""


class AssistantDoors:
    """`/twilio/voice` and what is below it."""

    def __init__(
        self,
        parts: Parts,
        reception: Reception,
        renderer: AssistantRenderer,
        whispers: Whispers,
        statuses: StatusDoors,
    ) -> None:
        """`statuses` hears of legs too: one that was handed over is an interpreted call's."""
        self._parts = parts
        self._reception = reception
        self._renderer = renderer
        self._whispers = whispers
        self._statuses = statuses
        self._log = structlog.get_logger()

    def voice(self, webhook: Webhook) -> bytes:
        """A call for an assistant. The number's own URL may name the `persona` and the language that it begins in."""
        return self._ring(webhook, _way(webhook))

    def next(self, webhook: Webhook) -> bytes:
        """What the leg shall do next: asked when its stream, tones, person or message are over."""
        webhook.needed("CallSid")
        call_id = _call(webhook)
        event = became(webhook)
        known = self._reception.account_of(call_id) is not None
        status = webhook.fields.get("CallStatus", "")
        if status in OVER:
            # The last word on a leg that is gone, such as the message that its caller ended by hanging up. One that was
            # handed over just before has an agent already.
            self._reception.tell(call_id, CallerLeft())
            self._statuses.came_in(webhook)
        if event is not None:
            self._whispers.drop(call_id)
            if not self._tell(call_id, event) and status in OVER:
                self._lost(event)
        if status in OVER:
            return twiml.hang_up()
        if known:
            return self._renderer.next_of(call_id, _way(webhook), webhook.fields["CallSid"], event)
        return self._forgotten(webhook, call_id, event)

    def whisper(self, webhook: Webhook) -> bytes:
        """What a person who was dialled hears before the caller is put through."""
        return self._renderer.whisper(_call(webhook))

    def status(self, webhook: Webhook) -> None:
        """What the carrier says on the side: of a stream (for the log), or that a leg is over."""
        if "StreamEvent" in webhook.fields:
            self._statuses.stream(webhook)
            return
        webhook.needed("CallSid", "CallStatus")
        status = webhook.fields["CallStatus"]
        call_id = self._reception.call_of(webhook.fields["CallSid"])
        if call_id is not None and status in OVER and self._whose(call_id) == webhook.account:
            self._log.info("leg status", call=call_id, status=status)
            self._reception.tell(call_id, CallerLeft())
        self._statuses.came_in(webhook)

    def fallback(self, webhook: Webhook) -> bytes:
        """Twilio could not use another answer of ours, or had none: ask once more, and at last end with a word."""
        again = self._again(webhook)
        self._log.error("twilio fell back", code=webhook.fields.get("ErrorCode", "")[:10], again=again is not None)
        if again is not None:
            return twiml.ask_again(again, pause_s=FALL_PAUSE_S)
        way = _way(webhook, failed_query(webhook))
        return self._farewell(webhook, way, Notice.FAILED)

    # ---- A call ------------------------------------------------------------------------------------------------------

    def _ring(self, webhook: Webhook, way: Way) -> bytes:
        webhook.needed("CallSid", "AccountSid", "To")
        fields = webhook.fields
        if "From" not in fields:
            raise RemoteWireError("missing: From")
        language = self._reception.greeting_language(fields["To"], way.persona, way.wish)
        caller, account = outside(fields["From"]), fields["AccountSid"]
        ringing = Ringing(fields["CallSid"], caller, fields["To"], language, account)
        try:
            call_id = self._reception.ring(ringing, way.persona)
        except Refused as refused:
            self._log.warning("call refused", carrier_call=fields["CallSid"][:40], reason=refused.reason)
            return self._renderer.farewell(refused.notice or Notice.FAILED, language)
        return self._renderer.next_of(call_id, way, fields["CallSid"])

    def _forgotten(self, webhook: Webhook, call_id: str, event: Became | None) -> bytes:
        """Our process was started again, and nothing was kept: who still has something to say is answered anew. Who was
        handed over just before goes on there.
        """
        sid, way = webhook.fields["CallSid"], _way(webhook)
        interpreted = self._parts.switchboard.call_of(sid)
        if interpreted is not None and self._parts.account_of(interpreted) == webhook.account:
            return self._renderer.interpreted(interpreted, sid)
        self._log.warning("leg of a call that is not known", call=call_id[:40], anew=way.anew)
        if self._reception.next(call_id) == AskLater():
            return self._renderer.next_of(call_id, way, sid, event)
        match event:
            case PersonLeft(Reached.TALKED):
                return twiml.hang_up()
            case MessageLeft():
                self._lost(event)
                return self._farewell(webhook, way, Notice.GOODBYE)
            case _ if way.anew >= ANEW:
                return self._farewell(webhook, way, Notice.FAILED)
            case _:
                return self._ring(webhook, Way(way.persona, way.wish, way.anew + 1))

    def _lost(self, event: Became) -> None:
        """Nobody is left who would keep a message: the operator finds it at the carrier."""
        if isinstance(event, MessageLeft) and event.url:
            self._log.error("message of a call that is not known", **{"pii.recording": event.url})

    def _tell(self, call_id: str, event: Became) -> bool:
        """Whether a living call took it."""
        match event:
            case PersonLeft(reached):
                self._log.info("person dialled", call=call_id[:40], reached=reached.value)
            case MessageLeft(url, duration_s):
                self._log.info("message recorded", call=call_id[:40], left=bool(url), duration_s=duration_s)
            case KeysPressed():
                pass
        return self._reception.tell(call_id, event)

    def _whose(self, call_id: str) -> str | None:
        return account_at_reception(self._parts.settings, self._reception, call_id)

    def _farewell(self, webhook: Webhook, way: Way, notice: Notice) -> bytes:
        language = self._reception.greeting_language(webhook.fields.get("To", ""), way.persona, way.wish)
        return self._renderer.farewell(notice, language)

    def _again(self, webhook: Webhook) -> str | None:
        """Where to ask once more; None when that was done often enough, or can be of no use."""
        here, asked = self._parts.addresses, failed_query(webhook)
        failed = webhook.fields.get("ErrorUrl", "").partition("#")[0].partition("?")[0]
        fell = _count(asked.get("fell", ""), FALLS)
        path = next((one for one in (VOICE, VOICE_NEXT) if failed == here.of(one)), None)
        if path is None or fell >= FALLS:
            return None
        known = {name: asked.get(name, "") for name in ("call", *AGAIN, "persona", "lang", "anew")}
        return here.of(path, **known, fell=str(fell + 1))


def _call(webhook: Webhook) -> str:
    """The call that our own URL names; raise RemoteWireError."""
    call_id = webhook.query.get("call", "")
    if not call_id:
        raise RemoteWireError("missing: call")
    return call_id


def _way(webhook: Webhook, query: dict[str, str] | None = None) -> Way:
    asked = webhook.query if query is None else query | webhook.query
    return Way(asked.get("persona", ""), asked.get("lang", ""), _count(asked.get("anew", ""), ANEW))


def _count(text: str, otherwise: int) -> int:
    """A small number in a URL of ours; what is none counts as `otherwise`."""
    if not text:
        return 0
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 3 else otherwise
