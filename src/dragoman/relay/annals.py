"""What will be told of a call: to those who come after it (its record), and to itself after a restart (its memory)."""

from __future__ import annotations

import datetime

from dragoman.domain.call import CallView
from dragoman.domain.outcome import Outcome, Result
from dragoman.observe.metrics import Metrics
from dragoman.relay.call_setups import prior_captions
from dragoman.relay.call_state import CallState
from dragoman.relay.captions import CaptionFeed
from dragoman.relay.ledger import Ledger
from dragoman.relay.memory import Memory, captions
from dragoman.relay.parts import Parts
from dragoman.relay.record import CallRecord, in_order
from dragoman.relay.talk import Talk
from dragoman.relay.teller import Teller


def wall() -> float:
    """Unix time."""
    return datetime.datetime.now(datetime.UTC).timestamp()


def times(parts: Parts, memory: Memory | None) -> tuple[float, float]:
    """When the call began, by the parts' clock and as Unix time; before this process did, where it remembers."""
    now, now_at = parts.clock(), wall()
    if memory is None:
        return now, now_at
    return now - max(now_at - memory.began_at, 0.0), memory.began_at


class Annals:
    """Of one call. `began` by the parts' clock, `began_at` Unix time."""

    def __init__(
        self, parts: Parts, began: float, began_at: float, talk: Talk, teller: Teller, ledger: Ledger, feed: CaptionFeed
    ) -> None:
        self._parts = parts
        self._began = began
        self._began_at = began_at
        self._talk = talk
        self._teller = teller
        self._ledger = ledger
        self._feed = feed

    def view(self, state: CallState) -> CallView:
        """The call as it stands."""
        now, setup = self._parts.clock(), state.setup
        return CallView(
            setup.call_id,
            state.state.value,
            setup.caller.language.tag,
            setup.agent.language.tag,
            self._talk.engines,
            round(now - self._began, 3),
            state.outcome,
            self._talk.manner,
            here=state.joined,
            speaking=self._talk.speaking(now),
            heard=frozenset(role for role, end in self._talk.ends.items() if end.lane.ear.speech_ms(now) > 0),
            usd=self._ledger.usd,
            usd_is_estimate=self._ledger.is_estimate,
        )

    def record(self, state: CallState) -> CallRecord:
        setup = state.setup
        return CallRecord(
            call_id=setup.call_id,
            began_at=self._began_at,
            duration_s=self._parts.clock() - self._began,
            outcome=state.outcome or Outcome(Result.UNKNOWN, "ended"),
            caller_language=setup.caller.language.tag,
            agent_language=setup.agent.language.tag,
            engines=self._talk.engines,
            usd=self._ledger.usd,
            usd_is_estimate=self._ledger.is_estimate,
            troubles=tuple(self._ledger.troubles),
            figures=self._talk.figures,
            moves=self._talk.moves.all,
            retold=self._talk.retold,
            keys_sent=self._talk.keys_sent,
            prior=setup.prior,
            told=self._teller.ledger.told,
            answers=self._teller.ledger.answers,
            utterances=in_order([one for end in self._talk.ends.values() for one in end.lane.transcript.utterances]),
        )

    def memory(self, state: CallState) -> Memory:
        return Memory(
            state=state,
            manner=self._talk.manner,
            began_at=self._began_at,
            usd=self._ledger.usd,
            usd_is_estimate=self._ledger.is_estimate,
            troubles=list(self._ledger.troubles),
            told=self._teller.ledger.by_label,
            answers=list(self._teller.ledger.answers),
            notices=self._teller.count,
            keys_sent=self._talk.keys_sent,
            utterances={role: end.lane.transcript.utterances for role, end in self._talk.ends.items()},
        )

    def take_up(self, memory: Memory) -> None:
        """Go on from there; before anything happened in this process."""
        self._ledger.take_up(memory.usd, memory.troubles, is_estimate=memory.usd_is_estimate)
        self._teller.take_up(memory.notices, memory.told, memory.answers)
        self._talk.keys_sent = memory.keys_sent
        for role, end in self._talk.ends.items():
            end.lane.transcript.take_up(memory.utterances.get(role, []))
        said = in_order([one for each in memory.utterances.values() for one in each])
        for caption in (*prior_captions(memory.state.setup), *captions(said)):
            self._feed.publish(caption)


def observed(record: CallRecord, metrics: Metrics) -> None:
    """Count what the record says of delays and overlaps."""
    metrics.overlaps.inc(record.figures.overlaps)
    for one in record.utterances:
        if one.sent_s is not None and one.stopped_s is not None:
            metrics.lag_s.labels(one.engine).observe(max(one.sent_s - one.stopped_s, 0.0))
        if one.heard_s is not None and one.began_s is not None:
            metrics.ear_voice_span_s.labels(one.engine).observe(max(one.heard_s - one.began_s, 0.0))
        if one.heard_end_s is not None and one.stopped_s is not None:
            metrics.tail_s.labels(one.engine).observe(max(one.heard_end_s - one.stopped_s, 0.0))
