"""What is counted. One `Metrics` per server; nothing global, so that two servers in a test do not share counts.

Nothing here is touched per audio frame: what is counted at that rate is counted in the lane and added at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import generate_latest

CONTENT_TYPE = "text/plain; version=1.0.0; charset=utf-8"

_LAG_BUCKETS_S = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0)


class Metrics:
    """The metrics of one server; their names are part of the public interface."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.calls_living = self._gauge("calls_living", "Calls that run now")
        self.calls_ended = self._counter("calls_ended", "Calls by whose side ended them", "side")
        self.calls_refused = self._counter("calls_refused", "Calls not taken, by reason", "reason")
        self.streams_living = self._gauge("streams_living", "Carrier media connections that are open now")
        self.streams_cut = self._counter(
            "streams_cut", "Carrier media connections that we cut off, by reason", "reason"
        )
        self.orphans = self._counter("orphans", "Legs that lived on at the carrier after their call, and were ended")
        self.doors_shut = self._counter("doors_shut", "Requests and streams refused, by door", "door")
        self.sessions_living = self._gauge("sessions_living", "Interpreter sessions that are open now", "engine")
        self.engine_trouble = self._counter("engine_trouble", "Faults at an engine", "engine", "kind")
        self.engine_changes = self._counter("engine_changes", "Lanes that went to another engine, or to none", "to")
        self.utterances = self._counter("utterances", "Utterances interpreted", "engine")
        self.unclear = self._counter("unclear", "Utterances that were not understood", "engine")
        self.guarded = self._counter("guarded", "Answers that the output guard caught", "engine", "verdict")
        self.store_failures = self._counter("store_failures", "Failures of the store of living calls", "operation")
        self.taken_up = self._counter("taken_up", "Calls that another process had left, by what became of them", "how")
        self._spent_usd = self._counter("spent_usd", "What engines cost, in US dollars", "engine")
        self.usd = 0.0
        """What all engines have cost since the server began, in US dollars."""
        self.lag_s = self._seconds(
            "lag", "From the end of an utterance to the first interpreted sound given to the other leg"
        )

        self.ear_lag_s = self._seconds(
            "ear_lag", "How far an ear is behind the mouth it listens to, four times a second while it is"
        )
        self.ear_voice_span_s = self._seconds(
            "ear_voice_span",
            "From the first sound of an utterance at the mouth to the first of its translation at the ear",
        )
        self.tail_s = self._seconds(
            "tail", "From the last sound of an utterance at the mouth to the last of its translation at the ear"
        )
        self.overlaps = self._counter("overlaps", "Times that both parties spoke at once")
        self.assistant_turns = self._counter("assistant_turns", "Times that an assistant spoke", "engine")
        self.assistant_wait_s = self._seconds(
            "assistant_wait",
            "From the end of a caller's speech to the first sound of the answer at the ear",
        )
        self.barge_ins = self._counter("barge_ins", "Times that a caller stopped an assistant", "engine")
        self.tool_calls = self._counter("tool_calls", "Calls of assistants' tools, by what became of them", "result")
        self._kept = self._gauge("kept", "How many of what this process keeps in memory", "what")
        ProcessCollector(registry=self._registry)  # memory, open files, CPU time: where the system tells (Linux)

    def session(self, engine: str) -> AbstractContextManager[None]:
        """Counts one interpreter's session while the block runs."""
        return self.sessions_living.labels(engine).track_inprogress()

    def keeps(self, what: str, count: Callable[[], float]) -> None:
        """Show how many of `what` there are, asked anew whenever somebody looks; what only grows is a leak."""
        self._kept.labels(what).set_function(count)

    def spent(self, engine: str, usd: float) -> None:
        """An engine cost so much more."""
        self._spent_usd.labels(engine).inc(usd)
        self.usd += usd

    def text(self) -> bytes:
        """All of it in the Prometheus text format."""
        return generate_latest(self._registry)

    def _counter(self, name: str, help_text: str, *labels: str) -> Counter:
        return Counter(f"dragoman_{name}", help_text, labels, registry=self._registry)

    def _seconds(self, name: str, help_text: str) -> Histogram:
        """How long something took, by engine."""
        labels = ("engine",)
        return Histogram(f"dragoman_{name}_seconds", help_text, labels, registry=self._registry, buckets=_LAG_BUCKETS_S)

    def _gauge(self, name: str, help_text: str, *labels: str) -> Gauge:
        return Gauge(f"dragoman_{name}", help_text, labels, registry=self._registry)
