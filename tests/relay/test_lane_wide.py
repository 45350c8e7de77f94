"""All that a lane is made of does in PCM16 at 24 kHz what it does in mu-law: the same scene, in both."""

from __future__ import annotations

import numpy as np
import pytest

from dragoman.audio import g711
from dragoman.audio.comfort import comfort_sound
from dragoman.audio.convert import to_samples
from dragoman.audio.hold import cue, hold_sound
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import Role
from dragoman.domain.ear import OriginalMode
from dragoman.domain.effects import Hear, Mark, Play
from dragoman.domain.speech import Captioned, Heard, Ready, Side, SpeechBegan, SpeechStopped, Spoke, SpokeAll
from dragoman.relay.again import Again
from dragoman.relay.din import UNBROKEN_S, Din, Sound
from dragoman.relay.ear import Ear
from dragoman.relay.ear_plan import EarPlan
from dragoman.relay.haste import Haste
from dragoman.relay.lane import Lane
from dragoman.relay.lane_plan import LanePlan
from dragoman.relay.original import Original
from dragoman.relay.playout import Playout
from dragoman.relay.recent import Recent
from dragoman.relay.replay import Replay
from dragoman.relay.same_speech import Pass, SameSpeech
from dragoman.relay.spoken_language import SpokenLanguage
from dragoman.relay.tape import Tape
from tests.fakes.page import as_wide
from tests.fakes.recorded import sentences

pytestmark = pytest.mark.script

NARROW, WIDE = AudioFormat.PCMU_8K, AudioFormat.PCM16_24K
BOTH = [NARROW, WIDE]


def in_format(audio: bytes, fmt: AudioFormat) -> bytes:
    return audio if fmt is NARROW else as_wide(audio)


def frames(audio: bytes, fmt: AudioFormat) -> list[bytes]:
    size = fmt.frame_bytes
    return [audio[at : at + size] for at in range(0, len(audio) - len(audio) % size, size)]


def voice(fmt: AudioFormat, seconds: float = 1.0, hz: float = 200.0) -> bytes:
    time_s = np.arange(round(8000 * seconds)) / 8000
    return in_format(g711.encode(np.rint(6000 * np.sin(2 * np.pi * hz * time_s)).astype(np.int16)), fmt)


def plan(fmt: AudioFormat, *, turns: bool = True, ear: EarPlan | None = None) -> LanePlan:
    return LanePlan(
        Role.CALLER, "es", "en", fmt, "fake", source_format=fmt, names_utterances=turns, ear=ear or EarPlan()
    )


@pytest.mark.parametrize("fmt", BOTH)
def test_our_own_sounds_are_the_same_in_length_and_level(fmt: AudioFormat) -> None:
    assert len(cue(fmt)) == fmt.bytes_for(400)
    for sound in (hold_sound, comfort_sound):
        loop = b"".join(sound(number, fmt) for number in range(50))
        assert len(loop) == fmt.bytes_for(1000)
        narrow = to_samples(b"".join(sound(number) for number in range(50)), NARROW).astype(float)
        wide = to_samples(loop, fmt).astype(float)
        assert wide.std() == pytest.approx(narrow.std(), rel=0.02)


@pytest.mark.parametrize("fmt", BOTH)
def test_a_tape_finds_the_same_voice_at_the_same_places(fmt: AudioFormat) -> None:
    tape = Tape(15.0, fmt)
    spoken = in_format(sentences()[0], fmt)
    for number, frame in enumerate(frames(spoken, fmt)):
        tape.add(frame, 100.0 + number * 0.02)
    narrow = Tape(15.0)
    for number, frame in enumerate(frames(sentences()[0], NARROW)):
        narrow.add(frame, 100.0 + number * 0.02)
    assert tape.end == narrow.end
    assert tape.stretches(0) == narrow.stretches(0)
    assert tape.breath_before(tape.end, 0) == narrow.breath_before(narrow.end, 0)
    assert tape.said_at(4000) == pytest.approx(narrow.said_at(4000))
    assert tape.since(1600) == in_format(narrow.since(1600), fmt)
    assert tape.length(spoken[: fmt.bytes_for(1000)]) == 8000


@pytest.mark.parametrize("fmt", BOTH)
def test_what_was_not_translated_is_given_to_the_next_interpreter_as_it_was_said(fmt: AudioFormat) -> None:
    replay = Replay(sink_format=fmt, source_format=fmt)
    said = frames(voice(fmt, 1.0) + fmt.silence(1000) + voice(fmt, 1.0, 300.0), fmt)
    for number, frame in enumerate(said):
        replay.given(frame, 10.02 + number * 0.02)
        if number == 40:
            replay.noticed(SpeechBegan("u1", 0), 10.8)
        if number == 60:
            replay.noticed(SpeechStopped("u1", 1000), 11.2)
    replay.noticed(Spoke(voice(fmt, 0.5), "u1"), 13.0)
    replay.noticed(SpokeAll("u1"), 13.1)
    untold = replay.untold(13.2)
    assert untold is not None
    assert untold.audio == b"".join(said[85:])
    assert untold.began == pytest.approx(11.7)
    assert (untold.voiced_ms, untold.repeats_ms, untold.lost_ms) == (1000, 0, 0)
    replay.interpreter_began(13.2)
    replay.recalled(untold.audio, untold.began)
    again = replay.untold(13.3)
    assert again is not None
    assert again.audio == untold.audio
    assert again.began == pytest.approx(untold.began)


@pytest.mark.parametrize("fmt", BOTH)
def test_a_din_without_pauses_is_no_speech(fmt: AudioFormat) -> None:
    din = Din(fmt)
    heard = [din.heard(frame, loud=True) for frame in frames(voice(fmt, UNBROKEN_S + 0.1), fmt)]
    assert heard.index(Sound.DIN) == round(UNBROKEN_S / 0.02) - 1


@pytest.mark.parametrize("fmt", BOTH)
def test_the_last_stretch_of_speech_is_recalled(fmt: AudioFormat) -> None:
    recent = Recent(fmt=fmt)
    said = frames(fmt.silence(1000) + voice(fmt, 1.0), fmt)
    for number, frame in enumerate(said):
        recent.heard(frame, 5.02 + number * 0.02)
    recalled = recent.take(7.0)
    assert recalled is not None
    assert recalled.audio == b"".join(said[40:])
    assert recalled.began == pytest.approx(5.8)


@pytest.mark.parametrize("fmt", BOTH)
def test_an_utterance_is_said_again_slower(fmt: AudioFormat) -> None:
    again = Again(fmt=fmt)
    again.spoke(fmt.silence(500) + voice(fmt, 2.0) + fmt.silence(500), "c1")
    again.ended("c1", 10.0)
    audio = again.asked(11.0)
    assert fmt.ms(len(audio)) == pytest.approx((2000 + 200) / 0.85, rel=0.02)
    assert again.asked(11.5) == b"", "it is being said"


@pytest.mark.parametrize("fmt", BOTH)
def test_haste_shortens_pauses_and_then_speech(fmt: AudioFormat) -> None:
    haste = Haste(1500, fmt=fmt)
    pause = frames(fmt.silence(1000), fmt)
    out = b"".join(haste.take(frame, 3000.0) for frame in pause) + haste.flush()
    assert fmt.ms(len(out)) == pytest.approx(140)
    assert haste.dropped_ms == pytest.approx(860)
    for frame in frames(voice(fmt, 6.0), fmt):
        haste.take(frame, 3000.0)
    assert haste.ratio == 1.25
    assert haste.gained_ms > 500


@pytest.mark.parametrize("fmt", BOTH)
def test_an_ear_that_fell_behind_catches_up(fmt: AudioFormat) -> None:
    playout = Playout(fmt, haste=Haste(1500, fmt=fmt))
    playout.add(in_format(b"".join(sentences()[:3]), fmt), "c1", 0.0)
    whole_s = playout.unheard_ms(0.0) / 1000
    sent, now = 0, 0.0
    while not playout.idle and now < 60:
        for effect in playout.due(now):
            assert isinstance(effect, Play)
            assert len(effect.audio) % fmt.frame_bytes == 0
            sent += len(effect.audio)
        now += 0.02
    assert 0.7 * whole_s < fmt.ms(sent) / 1000 < 0.96 * whole_s


@pytest.mark.parametrize("fmt", BOTH)
def test_the_original_lies_quietly_under_the_interpreter(fmt: AudioFormat) -> None:
    original = Original(OriginalMode.DUCK, -20.0, fmt=fmt)
    own, spoken = voice(fmt, 0.02), voice(fmt, 0.02, 300.0)
    ducked = [original.frame(own, spoken) for _ in range(10)][-1]
    alone = original.alone(own, speaks=True)
    loudness = to_samples(alone, fmt).astype(float).std() / to_samples(own, fmt).astype(float).std()
    assert loudness == pytest.approx(0.1, abs=0.01)
    assert to_samples(ducked, fmt).astype(float).std() < 1.05 * to_samples(spoken, fmt).astype(float).std()
    original.lower(-40.0)
    quieter = [original.alone(own, speaks=True) for _ in range(10)][-1]
    assert to_samples(quieter, fmt).astype(float).std() < to_samples(alone, fmt).astype(float).std() / 5


@pytest.mark.parametrize("fmt", BOTH)
def test_both_voices_come_as_one_stream_of_frames(fmt: AudioFormat) -> None:
    ear = Ear(fmt, EarPlan(original=OriginalMode.FULL))
    ear.joined()
    ear.playout.add(voice(fmt, 0.1, 300.0), "c1", 0.0)
    played = [effect for number in range(10) for effect in ear.beside(voice(fmt, 0.02), number * 0.02)]
    assert fmt.ms(sum(len(effect.audio) for effect in played if isinstance(effect, Play))) == 200 + 40


def _listeners_language(_text: str) -> list[tuple[str, float]]:
    return [("en", 0.0), ("es", -100.0)]


@pytest.mark.parametrize("fmt", BOTH)
def test_speech_in_the_listeners_language_goes_across_whole(fmt: AudioFormat) -> None:
    judge = SameSpeech(SpokenLanguage("es", "en", _listeners_language), source_format=fmt, sink_format=fmt)
    said = frames(voice(fmt, 1.0) + fmt.silence(1000), fmt)
    passed: list[bytes] = []
    for number, frame in enumerate(said):
        effects = [*judge.heard(frame, number * 0.02)]
        if number == 30:
            effects += judge.noticed(Captioned(Side.SOURCE, "well then, we agree about everything"), number * 0.02)
        passed += [effect.audio for effect in effects if isinstance(effect, Pass)]
    assert b"".join(passed) == b"".join(said[: 50 + 40])


@pytest.mark.parametrize("fmt", BOTH)
def test_a_lane_hands_a_lost_interpreters_speech_on_and_says_it_again(fmt: AudioFormat) -> None:
    lane = Lane(plan(fmt), 0.0)
    lane.open()
    lane.sink_joined()
    lane.interpreter_began(0.0)
    said = frames(voice(fmt, 1.0), fmt)
    heard: list[bytes] = []
    for number, frame in enumerate(said):
        effects = lane.hear(Heard(frame, number * 20), number * 0.02)
        heard += [effect.audio for effect in effects if isinstance(effect, Hear)]
    assert heard == said
    again = lane.interpreter_began(1.1, retell=True)
    assert [effect.audio for effect in again if isinstance(effect, Hear)] == [b"".join(said)]
    lane.speak(Ready(), 1.2)
    lane.speak(SpeechBegan("u1", 0), 1.3)
    spoken = lane.speak(Spoke(voice(fmt, 0.1, 300.0), "u1"), 1.4)
    assert [effect.audio for effect in spoken if isinstance(effect, Play)] == [voice(fmt, 0.1, 300.0)]
    lane.speak(SpokeAll("u1"), 1.5)
    (utterance,) = lane.transcript.utterances
    assert utterance.began_s == pytest.approx(0.0, abs=0.03)
    assert utterance.spoken_s == pytest.approx(0.1)


@pytest.mark.parametrize("fmt", BOTH)
def test_an_ear_that_is_not_paced_gives_all_out_at_once(fmt: AudioFormat) -> None:
    lane = Lane(plan(fmt, ear=EarPlan(lag_target_ms=0, paced=False)), 0.0)
    lane.open()
    lane.sink_joined()
    lane.interpreter_began(0.0)
    sound = voice(fmt, 4.0)
    effects = [*lane.speak(Spoke(sound, "u1"), 1.0), *lane.speak(Spoke(sound, "u1"), 1.0)]
    effects += lane.speak(SpokeAll("u1"), 1.0)
    assert b"".join(effect.audio for effect in effects if isinstance(effect, Play)) == sound + sound
    assert isinstance(effects[-1], Mark)
    lane.ear.wait(True)
    assert not lane.ear.busy, "what is waited for is covered elsewhere"
    (said,) = lane.transcript.utterances
    for effect in effects:
        if isinstance(effect, Mark):
            lane.reached(effect.name, 12.0)
    assert said.heard_end_s == 12.0
