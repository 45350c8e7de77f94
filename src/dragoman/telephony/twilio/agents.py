"""The contact centre's doors: the leg that arrives at its number is paired and queued, TaskRouter says who took it."""

from __future__ import annotations

from typing import Final

import structlog

from dragoman.domain.call import Accepted, CallSetup, DialFailed, Notice, QueueMoved, Role, TaskKnown
from dragoman.domain.outcome import DialFailure
from dragoman.notices import language_name
from dragoman.telephony.twilio import taskrouter, twiml
from dragoman.telephony.twilio.addresses import OUTBOUND, QUEUE
from dragoman.telephony.twilio.dialler import SIP_HEADER
from dragoman.telephony.twilio.doors import Webhook
from dragoman.telephony.twilio.pairing import DIGITS
from dragoman.telephony.twilio.parts import Parts
from dragoman.telephony.twilio.render import Renderer

TRIES: Final = 2

PLACE_S: Final = 10
"""How often we are asked what who waits in the queue shall hear, and told their place."""

DIGITS_TIMEOUT_S: Final = 5

LEFT: Final = "left"
"""The `step` of the request that says why a leg left the queue."""

ADDRESS_LIMIT: Final = 100
"""Characters of a caller's address in a task: whoever calls chooses them."""

# `QueueResult`: the queue gave the leg up without an agent. (bridged, bridging-in-process, redirected-from-bridged:
# there was one. hangup: the leg is gone, which its own status says. redirected: somebody sent it elsewhere on purpose.)
_NO_AGENT: Final = frozenset({"leave", "error", "system-error", "queue-full"})


class AgentDoors:
    """`/outbound-call`, `/queue` and `/reservation-accepted`."""

    def __init__(self, parts: Parts, renderer: Renderer) -> None:
        self._parts = parts
        self._renderer = renderer
        self._log = structlog.get_logger()

    def arrived(self, webhook: Webhook) -> bytes:
        """A leg at the contact centre's number: find its call by its one-time word, then queue it for an agent."""
        webhook.needed("CallSid")
        if webhook.query.get("step") == LEFT:
            return self._left(webhook)
        word = webhook.fields.get(f"SipHeader_{SIP_HEADER}", "") or webhook.fields.get("Digits", "")
        sid = webhook.fields["CallSid"]
        call_id = self._parts.pairings.take(word, sid, self._parts.clock()) if word else None
        setup = self._parts.switchboard.setup(call_id) if call_id else None
        if setup is not None:
            return self._queued(setup)
        return self._unpaired(webhook)

    def reservation(self, webhook: Webhook) -> None:
        """Any TaskRouter event. What is not about a call of ours, or comes twice, changes nothing."""
        webhook.needed("EventType")
        switchboard = self._parts.switchboard
        match taskrouter.read(webhook.fields):
            case taskrouter.TaskSeen(call_id, task):
                switchboard.tell(call_id, TaskKnown(task))
            case taskrouter.TaskDone(call_id):
                switchboard.tell(call_id, TaskKnown(""))
            case taskrouter.ReservationAccepted(call_id, reservation_sid, task):
                if task:
                    switchboard.tell(call_id, TaskKnown(task))
                known = switchboard.tell(call_id, Accepted(Role.AGENT, reservation_sid))
                self._log.info("reservation accepted", call=call_id, known=known)
            case taskrouter.TaskLost(call_id, event_type):
                switchboard.tell(call_id, TaskKnown(""))
                known = switchboard.tell(call_id, DialFailed(Role.AGENT, DialFailure.NO_AGENT))
                self._log.info("task lost", call=call_id, known=known, event_type=event_type)
            case taskrouter.Unreadable(event_type, reason):
                self._log.warning("task event is unreadable", event_type=event_type, reason=reason)
            case None:
                pass

    def waits(self, webhook: Webhook) -> bytes:
        """What a leg in the queue shall hear: silence, for it is one end of an interpreted call. Its place is told to
        who waits at the other end.
        """
        webhook.needed("CallSid")
        call_id, place = webhook.query.get("call", ""), webhook.fields.get("QueuePosition", "")
        if place.isascii() and place.isdigit() and len(place) < 5 and int(place) > 0:
            self._parts.switchboard.tell(call_id, QueueMoved(int(place)))
        return twiml.pause(PLACE_S)

    def _queued(self, setup: CallSetup) -> bytes:
        parts, call_id = self._parts, setup.call_id
        caller, agent = setup.caller.language, setup.agent.language
        address = setup.caller.address[:ADDRESS_LIMIT]
        attributes = taskrouter.TaskAttributes(
            dragoman_call=call_id,
            caller_language=caller.tag,
            agent_language=agent.tag,
            caller=address,
            name=f"{address} ({language_name(caller, agent)})" if address else language_name(caller, agent),
            panel_token=parts.tokens.panel(call_id),
            panel_url=parts.addresses.captions(call_id),
        )
        return twiml.enqueue(
            parts.settings.flex_workflow_sid or "",
            taskrouter.write(attributes),
            action=parts.addresses.of(OUTBOUND, step=LEFT, call=call_id),
            wait_url=parts.addresses.of(QUEUE, call=call_id) if parts.settings.queue_position else "",
        )

    def _unpaired(self, webhook: Webhook) -> bytes:
        """Listen for the digits, twice at most. Whoever dials the number by hand ends here too."""
        tries = 1 if webhook.query.get("try") == "1" else TRIES if "try" in webhook.query else 0
        by_header = f"SipHeader_{SIP_HEADER}" in webhook.fields
        if tries >= TRIES or by_header:
            self._log.warning("a leg at the agents' number belongs to no call", by_header=by_header)
            return self._renderer.farewell(Notice.FAILED, self._parts.book.agent)
        again = self._parts.addresses.of(OUTBOUND, **{"try": str(tries + 1)})
        return twiml.gather_digits(DIGITS, action=again, timeout_s=DIGITS_TIMEOUT_S, otherwise=again)

    def _left(self, webhook: Webhook) -> bytes:
        result, call_id = webhook.fields.get("QueueResult", ""), webhook.query.get("call", "")
        self._log.info("left the queue", call=call_id, result=result[:40])
        if result in _NO_AGENT:
            self._parts.switchboard.tell(call_id, DialFailed(Role.AGENT, DialFailure.NO_AGENT))
        return twiml.hang_up()
