"""When an utterance was said, interpreted and heard."""

from __future__ import annotations

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import Role
from dragoman.domain.speech import Spoke
from dragoman.relay.lane_plan import LanePlan
from dragoman.relay.opening import OpeningGate
from dragoman.relay.playout import Finished, Started
from dragoman.relay.times import Times
from dragoman.relay.transcript import LaneTranscript, Utterance
from tests.fakes.relay_parts import SILENT, frame

pytestmark = pytest.mark.unit

BEGAN = 100.0


def plan(*, names: bool = True, sink_format: AudioFormat = AudioFormat.PCMU_8K) -> LanePlan:
    return LanePlan(Role.CALLER, "es", "en", sink_format, "fake", names_utterances=names)


class Mouth:
    """One lane's times, and a source that speaks frame by frame, each told when it ends."""

    def __init__(self, *, names: bool = True, sink_format: AudioFormat = AudioFormat.PCMU_8K) -> None:
        self.transcript = LaneTranscript(Role.CALLER, "es", "en", "fake", "c")
        self.times = Times(plan(names=names, sink_format=sink_format), self.transcript, BEGAN)
        self.now = BEGAN

    def say(self, frames: int, *, loud: bool = True) -> None:
        for _ in range(frames):
            self.now += 0.02
            self.times.heard(frame(1) if loud else SILENT, self.now, loud=loud)

    def wait(self, frames: int) -> None:
        self.now += frames * 0.02

    def utterance(self, key: str = "u1") -> Utterance:
        return self.transcript.named(key, self.times.s(self.now))

    def spoke(self, audio: bytes, key: str = "u1", elapsed_ms: int | None = None) -> float:
        """The interpreter says so much; how old it is then, by the lag meter, in ms."""
        self.times.spoke(Spoke(audio, key, elapsed_ms), self.utterance(key), self.now)
        return self.times.lag.lag_ms(self.now, 1e-9)


# ---- At the mouth ----------------------------------------------------------------------------------------------------


def test_times_are_seconds_of_the_call_to_the_millisecond() -> None:
    assert Mouth().times.s(BEGAN + 1.23456) == 1.235
    assert Mouth().times.s(BEGAN) == 0.0


def test_a_place_in_what_was_given_is_told_in_seconds_of_the_call() -> None:
    mouth = Mouth()
    mouth.wait(50)
    mouth.say(50)
    assert mouth.times.said_at(0, mouth.now) == pytest.approx(1.0), "a frame is told when it ends, and began before"
    assert mouth.times.said_at(500, mouth.now) == pytest.approx(1.5)
    assert mouth.times.said_at(90_000, mouth.now) == pytest.approx(2.0), "nothing was said later than now"


def test_the_last_voice_is_the_last_loud_frame() -> None:
    mouth = Mouth()
    assert mouth.times.last_voice_at == float("-inf")
    mouth.say(50, loud=False)
    assert mouth.times.last_voice_at == float("-inf")
    mouth.say(10)
    mouth.say(20, loud=False)
    assert mouth.times.last_voice_at == pytest.approx(BEGAN + 1.2)


def test_only_voice_is_waited_for() -> None:
    mouth = Mouth()
    mouth.say(50, loud=False)
    assert mouth.times.lag.lag_ms(mouth.now, 0) == 0.0
    mouth.say(1)
    mouth.say(50, loud=False)
    assert mouth.times.lag.lag_ms(mouth.now, 0) == pytest.approx(1000)


def test_what_was_recalled_was_said_before_the_interpreter_listened() -> None:
    mouth = Mouth()
    mouth.wait(150)
    mouth.times.recalled(SILENT * 100, BEGAN + 1.0)
    mouth.say(50)
    assert mouth.times.said_at(0, mouth.now) == pytest.approx(1.0)
    assert mouth.times.said_at(1500, mouth.now) == pytest.approx(2.5)
    assert mouth.times.said_at(2500, mouth.now) == pytest.approx(3.5)


def test_another_interpreter_counts_from_the_start() -> None:
    mouth = Mouth()
    mouth.say(100)
    mouth.times.interpreter_began()
    mouth.say(50)
    assert mouth.times.said_at(0, mouth.now) == pytest.approx(2.0)


def test_behind_the_opening_gate_audio_was_said_before_it_was_given() -> None:
    """The gate holds half a second; when a voice opens it, all of it goes out at once."""
    mouth, gate = Mouth(names=False), OpeningGate()
    for number in range(100):
        mouth.now += 0.02
        given = gate.pass_through(SILENT if number < 50 else frame(number))
        mouth.times.let_through(gate, given, mouth.now)
        if gate.open:
            break
    assert gate.open
    assert mouth.times.said_at(500, mouth.now) == pytest.approx(0.5)
    assert mouth.times.said_at(1000, mouth.now) == pytest.approx(1.0)
    utterance = mouth.utterance()
    mouth.times.place(utterance)
    assert [utterance.began_s, utterance.stopped_s] == pytest.approx([1.0, mouth.now - BEGAN])


def test_the_opening_gate_tells_an_engine_that_names_utterances_nothing_about_voice() -> None:
    mouth, gate = Mouth(), OpeningGate()
    for number in range(20):
        mouth.now += 0.02
        mouth.times.let_through(gate, gate.pass_through(frame(number)), mouth.now)
    utterance = mouth.utterance()
    mouth.times.place(utterance)
    assert utterance.began_s is None


# ---- Whose stretch of voice it is ------------------------------------------------------------------------------------


def test_an_engine_that_names_utterances_says_itself_when_they_began() -> None:
    mouth = Mouth()
    mouth.say(50)
    utterance = mouth.utterance()
    mouth.times.place(utterance)
    assert (utterance.began_s, utterance.stopped_s) == (None, None)


def test_without_its_word_an_utterance_is_the_oldest_stretch_not_told_yet() -> None:
    mouth = Mouth(names=False)
    mouth.say(50)
    mouth.say(50, loud=False)
    mouth.say(25)
    first, second, third = (mouth.transcript.named(key, 0.0) for key in ("a", "b", "c"))
    for utterance in (first, second, third):
        mouth.times.place(utterance)
    assert [first.began_s, first.stopped_s] == pytest.approx([0.0, 1.0])
    assert [second.began_s, second.stopped_s] == pytest.approx([2.0, 2.5])
    assert (third.began_s, third.stopped_s) == (None, None), "there is no third stretch yet"
    mouth.say(50, loud=False)
    mouth.say(10)
    mouth.times.place(third)
    assert third.began_s == pytest.approx(3.5)


def test_a_stretch_grows_with_its_utterance() -> None:
    mouth = Mouth(names=False)
    mouth.say(50)
    utterance = mouth.utterance("")
    mouth.times.place(utterance)
    mouth.say(50)
    mouth.times.place(utterance)
    assert [utterance.began_s, utterance.stopped_s] == pytest.approx([0.0, 2.0])


def test_another_engine_may_need_loudness_or_need_it_no_more() -> None:
    mouth = Mouth(names=True)
    mouth.say(50)
    mouth.times.replan(plan(names=False))
    mouth.say(50, loud=False)
    mouth.say(25)
    utterance = mouth.utterance()
    mouth.times.place(utterance)
    assert utterance.began_s == pytest.approx(2.0), "voice from before counts for the last engine"
    mouth.times.replan(plan(names=False))
    mouth.say(25)
    mouth.times.place(utterance)
    assert utterance.stopped_s == pytest.approx(3.0), "a plan that changes nothing forgets nothing"
    mouth.times.replan(plan(names=True))
    mouth.say(50, loud=False)
    mouth.say(50)
    named = mouth.utterance("u2")
    mouth.times.place(named)
    assert named.began_s is None


# ---- At the interpreter: what a piece of speech was said for ---------------------------------------------------------


def test_how_much_was_spoken_is_counted_in_the_sinks_format() -> None:
    for sink_format in AudioFormat:
        mouth = Mouth(sink_format=sink_format)
        mouth.spoke(sink_format.silence(300))
        mouth.spoke(sink_format.silence(200))
        assert mouth.utterance().spoken_s == pytest.approx(0.5)


def test_the_engines_own_word_on_its_place_in_the_source_counts() -> None:
    mouth = Mouth()
    mouth.say(100)
    assert mouth.spoke(frame(2) * 5, elapsed_ms=500) == pytest.approx(1500)
    assert mouth.spoke(frame(2) * 5, elapsed_ms=0) == pytest.approx(2000)


def test_without_any_word_on_it_what_is_spoken_was_said_now() -> None:
    mouth = Mouth()
    mouth.say(100)
    assert mouth.spoke(frame(2) * 5) == pytest.approx(0.0, abs=1e-6)


def test_else_the_interpreter_advances_into_the_utterance_as_fast_as_it_speaks() -> None:
    """One second of quiet, two of voice; the answer comes in pieces of half a second."""
    mouth = Mouth()
    mouth.say(50, loud=False)
    mouth.say(100)
    utterance = mouth.utterance()
    utterance.began_s = 1.0
    assert mouth.spoke(SILENT * 25) == pytest.approx(3000 - 1500)
    assert mouth.spoke(SILENT * 25) == pytest.approx(3000 - 2000)


def test_and_no_further_than_to_its_end() -> None:
    mouth = Mouth()
    mouth.say(50, loud=False)
    mouth.say(100)
    utterance = mouth.utterance()
    utterance.began_s, utterance.stopped_s = 1.0, 1.4
    assert mouth.spoke(SILENT * 10) == pytest.approx(3000 - 1200)
    assert mouth.spoke(SILENT * 25) == pytest.approx(3000 - 1400)


# ---- At the ear ------------------------------------------------------------------------------------------------------


def test_what_the_playout_noted_is_told_in_seconds_of_the_call() -> None:
    mouth = Mouth()
    utterance = mouth.utterance()
    mouth.times.noted([Started(utterance.utterance, BEGAN + 1.0, BEGAN + 1.04)])
    assert (utterance.sent_s, utterance.heard_s, utterance.heard_end_s) == (1.0, 1.04, None)
    mouth.times.noted([Finished(utterance.utterance, BEGAN + 2.5, 1460)])
    assert (utterance.heard_end_s, utterance.flags) == (2.5, [])


def test_what_was_cleared_is_flagged_so() -> None:
    mouth = Mouth()
    utterance = mouth.utterance()
    mouth.times.noted([Finished(utterance.utterance, BEGAN + 2.5, 300, cleared=True)])
    assert (utterance.heard_end_s, utterance.flags) == (2.5, ["cleared"])


def test_sounds_of_ours_belong_to_no_utterance() -> None:
    mouth = Mouth()
    utterance = mouth.utterance()
    mouth.times.noted(
        [
            Started("hold", 1.0, 1.0),
            Finished("hold", 2.0, 3.0, cleared=True),
            Finished(utterance.utterance, BEGAN + 3.0, 1),
        ]
    )
    assert (utterance.sent_s, utterance.heard_end_s, utterance.flags) == (None, 3.0, [])


def test_stretches_that_one_utterance_told_together_are_not_told_again_by_the_next() -> None:
    """Four stretches became one utterance; else each later one would be placed further and further back."""
    mouth = Mouth(names=False)
    first = mouth.utterance("a")
    for _ in range(4):
        mouth.say(50)
        mouth.say(30, loud=False)
        mouth.times.place(first)
    mouth.say(80, loud=False)
    first.grown_s = mouth.times.s(mouth.now)
    mouth.say(150, loud=False)
    mouth.say(50)
    second = mouth.utterance("b")
    mouth.times.place(second)
    assert second.began_s == pytest.approx(mouth.times.s(mouth.now) - 1.0)
    assert first.stopped_s == pytest.approx(5.8), "the last of them ended then"


def test_what_the_last_utterance_cannot_have_told_yet_is_the_next_ones() -> None:
    mouth = Mouth(names=False)
    mouth.say(50)
    first = mouth.utterance("a")
    mouth.times.place(first)
    mouth.say(50, loud=False)
    mouth.say(25)
    mouth.say(90, loud=False)
    first.grown_s = mouth.times.s(mouth.now)
    second = mouth.utterance("b")
    mouth.times.place(second)
    assert second.began_s == pytest.approx(2.0)


def test_a_noise_that_nothing_came_of_is_no_utterance_a_minute_later() -> None:
    mouth = Mouth(names=False)
    mouth.say(5)
    mouth.say(3000, loud=False)
    mouth.say(50)
    utterance = mouth.utterance("a")
    mouth.times.place(utterance)
    assert utterance.began_s == pytest.approx(60.1)


def test_what_an_interpreter_tells_very_late_is_placed_where_it_was_said() -> None:
    mouth = Mouth(names=False)
    mouth.say(50)
    mouth.say(1500, loud=False)
    utterance = mouth.utterance("a")
    mouth.times.place(utterance)
    assert utterance.began_s == pytest.approx(0.0)
