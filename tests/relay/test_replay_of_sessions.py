"""Whenever a session is lost, all that was said is translated: both engines, in virtual time, cut off anywhere."""

from __future__ import annotations

import random

import pytest

from dragoman.audio import g711
from dragoman.audio.level import voiced
from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.openai.emulator.markers import answer_hz, marker_in, marker_tone
from dragoman.interpreters.openai.emulator.record import Kind
from dragoman.relay.replay import Replay, Untold
from dragoman.relay.watch import Watch
from tests.fakes.engine_line import STEP_S, EngineLine

pytestmark = pytest.mark.pair

SAID = ((440, 800), (640, 1500), (840, 400), (1040, 2500), (1240, 600))
"""A marker's pitch, and how long (ms) it is spoken."""
PAUSES_MS = (1500, 1200, 2500, 1000, 6000)
BOTH = pytest.mark.parametrize("kind", [Kind.CONVERSATION, Kind.TRANSLATION])


def speech() -> bytes:
    silence = AudioFormat.PCMU_8K.silence
    parts = [marker_tone(hz, ms) + silence(pause) for (hz, ms), pause in zip(SAID, PAUSES_MS, strict=True)]
    return silence(600) + b"".join(parts)


class Lane:
    """What a lane does with its interpreters, as far as it matters here."""

    def __init__(self, kind: Kind, lost_at: list[float], connect_s: float = 0.3) -> None:
        self.kind, self.connect_s = kind, connect_s
        self.lost_at = sorted(lost_at)
        self.replay, self.watch = Replay(), Watch()
        self.now = 100.0
        self.lines: list[EngineLine] = []
        self.replayed: list[Untold] = []
        self.verdicts = 0
        self._seat()

    def _seat(self) -> None:
        self.replay.interpreter_began(self.now)
        self.watch.interpreter_began(self.now)
        number = len(self.lines)
        self.lines.append(EngineLine(self.kind, number, self.now, connect_s=self.connect_s, seed=number))
        untold = self.replay.untold(self.now)
        if untold is not None:
            self.replayed.append(untold)
            self.replay.recalled(untold.audio, untold.began)
            self.lines[-1].hear(untold.audio, self.now)

    def run(self, audio: bytes) -> None:
        """Frame by frame; an interpreter is lost whenever its time has come."""
        for at in range(0, len(audio), 160):
            self.now += STEP_S
            frame = audio[at : at + 160]
            while self.lost_at and self.now - 100.0 >= self.lost_at[0]:
                self.lost_at.pop(0)
                self._seat()
            self.replay.given(frame, self.now)
            if voiced(frame):
                self.watch.voice(self.now)
            self.lines[-1].hear(frame, self.now)
            for event in self.lines[-1].run_until(self.now):
                self.replay.noticed(event, self.now)
                self.watch.event(event, self.now)
            self.verdicts += self.watch.tick(self.now) is not None

    def heard_ms(self, hz: int) -> int:
        """The longest that any session alone spoke the answer to a marker."""
        return max(sounding_ms(bytes(line.spoken), answer_hz(hz)) for line in self.lines)


def sounding_ms(spoken: bytes, hz: int) -> int:
    """How long a pitch is heard, in windows of 80 ms that hold nothing else."""
    windows = [spoken[at : at + 640] for at in range(0, len(spoken) - 639, 640)]
    return 80 * sum(marker_in(g711.decode(one), 8000) == hz for one in windows)


def assert_all_was_told(lane: Lane) -> None:
    for hz, ms in SAID:
        assert lane.heard_ms(hz) >= ms - 240, f"of {hz} Hz ({ms} ms), sessions lost at {lane.lost_at}"


@BOTH
def test_without_a_loss_nothing_is_replayed(kind: Kind) -> None:
    lane = Lane(kind, [])
    lane.run(speech())
    assert_all_was_told(lane)
    assert lane.replayed == []
    assert lane.replay.untold(lane.now) is None
    assert lane.verdicts == 0
    assert lane.watch.late_s(lane.now) == 0.0


@BOTH
@pytest.mark.parametrize("number", range(12))
def test_whenever_a_session_is_lost_all_that_was_said_is_told(kind: Kind, number: int) -> None:
    chance = random.Random(number)
    lost_at = [chance.uniform(0.5, 14.0)]
    if number % 3 == 0:
        lost_at.append(lost_at[0] + chance.uniform(0.1, 1.5))
    lane = Lane(kind, list(lost_at), connect_s=chance.choice([0.05, 0.3, 1.0]))
    lane.run(speech())
    assert_all_was_told(lane)
    assert lane.verdicts == 0
    assert all(len(one.audio) <= 80_000 for one in lane.replayed)


@BOTH
def test_what_is_told_twice_is_counted(kind: Kind) -> None:
    """Lost while the first utterance is being spoken: its begin is heard twice, and that is known."""
    lane = Lane(kind, [])
    lane.run(speech()[: 8 * 600])
    while len(lane.lines[0].spoken) < 8 * 200:
        lane.run(marker_tone(440, 800)[:6400] if lane.now < 100.7 else b"\xff" * 160)
    lane.lost_at = [lane.now - 100.0]
    lane.run(b"\xff" * 8 * 4000)
    (untold,) = lane.replayed
    assert untold.torn
    assert untold.repeats_ms > 0
    assert lane.heard_ms(440) >= 560
