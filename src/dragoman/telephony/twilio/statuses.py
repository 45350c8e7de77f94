"""What Twilio tells about legs and streams on the side: they come late, twice, in any order, or not at all."""

from __future__ import annotations

from typing import Final

import structlog

from dragoman.domain.call import Accepted, AgentVia, CallEvent, CallSetup, DialFailed, Dialled, LegEnded, Role
from dragoman.domain.outcome import DialFailure
from dragoman.telephony.twilio.callers import call_and_role, is_machine
from dragoman.telephony.twilio.doors import Webhook
from dragoman.telephony.twilio.parts import Parts

ENDED_KEPT: Final = 2000
"""So many legs that are over are remembered, to know late news of them."""

_FAILURES: Final = {
    "busy": DialFailure.BUSY,
    "failed": DialFailure.FAILED,
    "no-answer": DialFailure.NO_ANSWER,
    "canceled": DialFailure.CANCELED,
}

_ON_ITS_WAY: Final = frozenset({"queued", "initiated", "ringing"})

OVER: Final = frozenset({"completed", *_FAILURES})
"""What `CallStatus` says of a leg that is over."""


class StatusDoors:
    """`/call-status` and `/stream-status`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._ended: dict[str, None] = {}
        self._log = structlog.get_logger()

    def call(self, webhook: Webhook) -> None:
        """A leg rings, is answered, or is over. Of one that we did not place the number's own callback tells, which
        names no call.
        """
        webhook.needed("CallSid", "CallStatus")
        sid, status = webhook.fields["CallSid"], webhook.fields["CallStatus"]
        if status in OVER:
            self._parts.placed.over(sid)
        if "call" not in webhook.query:
            self.came_in(webhook)
            return
        call_id, role = call_and_role(webhook)
        sip = webhook.fields.get("SipResponseCode", "")[:10]
        self._log.info("leg status", call=call_id, role=role.value, status=status[:20], sip=sip)
        if sid in self._ended:
            return
        if status in _ON_ITS_WAY:
            self._placed(sid, call_id, role)
        event = self._event(webhook, call_id, role)
        if isinstance(event, DialFailed | LegEnded):
            self._remember(sid)
        if event is not None:
            self._parts.switchboard.tell(call_id, event)

    def _placed(self, sid: str, call_id: str, role: Role) -> None:
        """The leg was placed: perhaps the answer to our order was lost, or the process that ordered it died."""
        setup = self._parts.switchboard.setup(call_id)
        if setup is not None:
            self._parts.placed.add(sid, call_id, setup.account)
            self._parts.switchboard.tell(call_id, Dialled(role, sid))

    def came_in(self, webhook: Webhook) -> None:
        """The caller's own leg: it is over, perhaps before it ever had a stream. Its own account says so."""
        sid, status = webhook.fields["CallSid"], webhook.fields["CallStatus"]
        call_id = self._parts.switchboard.call_of(sid)
        if call_id is not None and status in OVER and self._parts.account_of(call_id) in (None, webhook.account):
            self._log.info("leg status", call=call_id, role=Role.CALLER.value, status=status)
            self._parts.switchboard.tell(call_id, LegEnded(Role.CALLER, carrier_call=sid))

    def stream(self, webhook: Webhook) -> None:
        """A stream started, stopped or failed. The socket itself says the same, so this is for the log."""
        fields = webhook.fields
        say = self._log.warning if fields.get("StreamEvent") == "stream-error" else self._log.info
        say(
            "stream status",
            call=webhook.query.get("call", "")[:40],
            role=webhook.query.get("role", "")[:10],
            stream=fields.get("StreamSid", "")[:40],
            what=fields.get("StreamEvent", "")[:20],
            error=fields.get("StreamError", "")[:200],
        )

    def _event(self, webhook: Webhook, call_id: str, role: Role) -> CallEvent | None:
        sid, status = webhook.fields["CallSid"], webhook.fields["CallStatus"]
        if is_machine(webhook):
            return DialFailed(role, DialFailure.VOICEMAIL, sid)
        if failure := _FAILURES.get(status):
            return DialFailed(role, failure, sid)
        if status == "completed":
            return LegEnded(role, carrier_call=sid)
        setup = self._parts.switchboard.setup(call_id)
        if status == "in-progress" and setup is not None and self._accepts(setup, role, webhook):
            return Accepted(role, sid)
        return None

    def _accepts(self, setup: CallSetup, role: Role, webhook: Webhook) -> bool:
        """Whether a phone that is picked up is a party who agrees to talk."""
        if role is Role.AGENT:
            return setup.route.via is AgentVia.DIRECT
        # While Twilio listens whether a machine answered, picked up is not yet a human: /leg is asked when it knows.
        looking = self._parts.settings.machine_detection and not webhook.fields.get("AnsweredBy")
        return setup.first is Role.AGENT and not looking

    def _remember(self, sid: str) -> None:
        self._ended[sid] = None
        if len(self._ended) > ENDED_KEPT:
            del self._ended[next(iter(self._ended))]
