"""The tap hears all and changes nothing."""

from __future__ import annotations

from typing import cast

import pytest

from bench.ear.tapped import Tap, TappedEngine
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallId, Role
from dragoman.domain.speech import (
    Captioned,
    InterpreterEvent,
    Side,
    SpeechBegan,
    SpeechStopped,
    Spoke,
    SpokeAll,
    Unclear,
)
from dragoman.ports import Wanted
from tests.fakes.engine import FakeEngine, FakeInterpreter
from tests.fakes.relay_parts import ENGLISH, SPANISH

pytestmark = pytest.mark.unit

WANTED = Wanted(CallId("c"), Role.CALLER, SPANISH, ENGLISH, AudioFormat.PCMU_8K, AudioFormat.PCMU_8K)
FRAME = b"\x10" * 160


class Tapped:
    """A tapped interpreter whose clock is `now_ms`, and what came out of it."""

    def __init__(self) -> None:
        self.now_ms = 0.0
        inner = FakeEngine()
        self.engine = TappedEngine(inner)
        self.engine.clock = lambda: self.now_ms
        self.told: list[InterpreterEvent] = []
        self.interpreter = self.engine.interpreter(WANTED, self.told.append)
        self.inner: FakeInterpreter = inner.built[0]

    @property
    def tap(self) -> Tap:
        return self.engine.taps[Role.CALLER]

    def hear(self, frames: int) -> None:
        for _ in range(frames):
            self.now_ms += 20
            self.interpreter.hear(FRAME)


def test_audio_and_events_pass_as_they_are() -> None:
    tapped = Tapped()
    tapped.hear(2)
    events = cast("list[InterpreterEvent]", [SpeechBegan("u1", 0), Spoke(FRAME, "u1"), SpokeAll("u1")])
    for event in events:
        tapped.inner.listen(event)
    assert tapped.told == events
    assert tapped.inner.heard == tapped.tap.given == FRAME * 2


def test_an_utterance_is_kept_with_its_times_on_the_recordings_clock() -> None:
    tapped = Tapped()
    tapped.now_ms = 1_000.0
    tapped.hear(50)
    tapped.inner.listen(SpeechBegan("u1", 200))
    tapped.inner.listen(SpeechStopped("u1", 900))
    tapped.inner.listen(Captioned(Side.SOURCE, "hola", "u1", whole=True))
    tapped.inner.listen(Captioned(Side.TARGET, "hel", "u1"))
    tapped.inner.listen(Captioned(Side.TARGET, "lo", "u1"))
    tapped.inner.listen(Spoke(FRAME, "u1"))
    tapped.now_ms += 300
    tapped.inner.listen(Spoke(FRAME * 2, "u1"))
    (one,) = tapped.tap.utterances.values()
    assert (one.began_ms, one.stopped_ms) == (1_200, 1_900)
    assert (one.source, one.target) == ("hola", "hello")
    assert one.audio == FRAME * 3
    assert [one.ready_ms(at) for at in (0, 19, 20, 59)] == [2_000, 2_000, 2_300, 2_300]


def test_a_second_session_counts_from_its_own_beginning() -> None:
    tapped = Tapped()
    tapped.hear(10)
    tapped.inner.listen(SpeechBegan("u1", 0))
    again = tapped.engine.interpreter(WANTED, tapped.told.append)
    for _ in range(5):
        tapped.now_ms += 20
        again.hear(FRAME)
    cast("FakeEngine", tapped.engine._inner).built[1].listen(SpeechBegan("u1", 40))
    assert [one.began_ms for one in tapped.tap.utterances.values()] == [0, 240]


def test_an_interruption_marks_what_was_said_and_not_answered() -> None:
    tapped = Tapped()
    tapped.hear(10)
    for name, ended in (("done", SpokeAll("done")), ("refused", Unclear("refused", "noise")), ("cut", None)):
        tapped.inner.listen(SpeechStopped(name, 20))
        if ended is not None:
            tapped.inner.listen(ended)
    tapped.inner.listen(SpeechBegan("still speaking", 30))
    tapped.interpreter.interrupt(7)
    assert tapped.inner.interrupted == [7]
    assert [one.key.split(".")[1] for one in tapped.tap.utterances.values() if one.cancelled] == ["cut"]
    assert [one.key.split(".")[1] for one in tapped.tap.utterances.values() if one.refused] == ["refused"]
