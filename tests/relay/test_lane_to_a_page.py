"""Lanes between a telephone (mu-law) and an agent's page (PCM16 at 24 kHz): each ear gets its own format."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dragoman.audio import g711
from dragoman.audio.convert import Converter, to_samples
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import AgentRoute, AgentVia, Role
from dragoman.domain.ear import OriginalMode
from dragoman.domain.effects import Across, Hear, LaneEffect, Play
from dragoman.domain.speech import Heard, Ready, Spoke
from dragoman.relay import modes
from dragoman.relay.ear_plan import EarPlan
from dragoman.relay.lane import Lane
from dragoman.relay.lane_plan import LanePlan
from tests.fakes.relay_parts import ENGLISH, FLEX, setup

pytestmark = pytest.mark.script

NARROW, WIDE = AudioFormat.PCMU_8K, AudioFormat.PCM16_24K
CALLER, AGENT = Role.CALLER, Role.AGENT
WAYS = [(NARROW, WIDE), (WIDE, NARROW)]


def tone(fmt: AudioFormat, frames: int, hz: float = 400.0, peak: float = 8000.0) -> list[bytes]:
    """20 ms frames of a tone."""
    time_s = np.arange(fmt.rate_hz * frames // 50) / fmt.rate_hz
    samples = np.rint(peak * np.sin(2 * np.pi * hz * time_s)).astype(np.int16)
    audio = g711.encode(samples) if fmt is NARROW else samples.astype("<i2").tobytes()
    return [audio[at : at + fmt.frame_bytes] for at in range(0, len(audio), fmt.frame_bytes)]


def level(audio: bytes, fmt: AudioFormat) -> float:
    """The loudness of what was played, its silence left out."""
    samples = to_samples(audio, fmt).astype(float)
    loud = samples[np.abs(samples) > 500]
    return float(np.sqrt(np.mean(loud**2))) if loud.size else 0.0


def lane(source: AudioFormat, sink: AudioFormat, *, passthrough: bool = False, ear: EarPlan | None = None) -> Lane:
    speaker = CALLER if source is NARROW else AGENT
    plan = LanePlan(
        speaker, "es", "en", sink, "fake", source_format=source, passthrough=passthrough, ear=ear or EarPlan()
    )
    made = Lane(plan, 0.0)
    made.sink_joined()
    made.open()
    return made


def played(effects: list[LaneEffect]) -> bytes:
    return b"".join(one.audio for one in effects if isinstance(one, Play))


def run(made: Lane, frames: list[bytes], *, until_s: float) -> list[LaneEffect]:
    effects: list[LaneEffect] = []
    for number in range(round(until_s * 50)):
        now = 1.0 + number * 0.02
        if number < len(frames):
            effects += made.hear(Heard(frames[number], number * 20), now)
        effects += made.tick(now)
    return effects


@pytest.mark.parametrize(("source", "sink"), WAYS)
def test_where_both_speak_one_language_the_voice_goes_across_in_the_ears_format(
    source: AudioFormat, sink: AudioFormat
) -> None:
    heard = played(run(lane(source, sink, passthrough=True), tone(source, 50), until_s=1.5))
    assert sink.ms(len(heard)) == pytest.approx(1000, abs=40)
    assert level(heard, sink) == pytest.approx(8000 / np.sqrt(2), rel=0.1)


@pytest.mark.parametrize(("source", "sink"), WAYS)
def test_the_own_voice_beside_the_interpreter(source: AudioFormat, sink: AudioFormat) -> None:
    made = lane(source, sink, ear=EarPlan(original=OriginalMode.FULL))
    effects = run(made, tone(source, 50), until_s=1.0)
    heard = played(effects)
    assert sink.ms(len(heard)) == pytest.approx(1000, abs=100)
    assert level(heard, sink) == pytest.approx(8000 / np.sqrt(2), rel=0.15)
    given = b"".join(one.audio for one in effects if isinstance(one, Hear))
    assert given == b"".join(tone(source, 50)), "the interpreter has it as it came"


@pytest.mark.parametrize(("source", "sink"), WAYS)
def test_what_nobody_interprets_any_more_is_heard_as_it_was_said(source: AudioFormat, sink: AudioFormat) -> None:
    made = lane(source, sink)
    made.interpreter_began(0.9)
    made.speak(Ready(), 0.95)
    run(made, tone(source, 40), until_s=0.8)
    effects = list(made.fall(1.9))
    for number in range(100):
        effects += made.tick(2.0 + number * 0.02)
    assert sink.ms(len(played(effects))) > 500
    assert level(played(effects), sink) == pytest.approx(8000 / np.sqrt(2), rel=0.15)


@pytest.mark.parametrize(("source", "sink"), WAYS)
def test_the_speaker_hears_the_own_translation_in_the_own_format(source: AudioFormat, sink: AudioFormat) -> None:
    there = lane(source, sink, ear=EarPlan(self_db=-6.0))
    back = lane(sink, source, ear=EarPlan(self_db=-6.0))
    there.face(back)
    back.face(there)
    effects: list[LaneEffect] = []
    for number, frame in enumerate(tone(sink, 50)):
        effects += there.speak(Spoke(frame, "u1"), 1.0 + number * 0.02)
        effects += back.tick(1.0 + number * 0.02)
    own = played([each for one in effects if isinstance(one, Across) for each in one.effects])
    assert own
    assert len(own) % source.frame_bytes == 0
    assert 1000 < level(own, source) < 4000


def test_the_plans_of_a_call_say_so() -> None:
    both = modes.interpreted_call(setup(route=AgentRoute(AgentVia.BROWSER, ""), agent=ENGLISH, caller=ENGLISH), [])
    assert both is not None
    assert [(one.plan.source_format, one.plan.sink_format) for one in both] == WAYS
    assert not any(one.plan.opening_gate for one in both), "no telephone network speaks before the agent does"


def test_an_ear_is_taken_over_with_what_it_is_being_told() -> None:
    """An agent is looked for elsewhere: another lane leads to the caller, who notices nothing."""
    before = lane(WIDE, NARROW)
    before.hold(True)
    notice = b"".join(tone(NARROW, 50))
    first = played(list(before.announce("announce.1", notice, 1.0)))
    after = Lane(replace(before.plan, source_format=NARROW), 0.0, before=before)
    after.open()
    rest = [one for number in range(120) for one in after.tick(1.02 + number * 0.02)]
    assert (first + played(rest)).startswith(notice)
    assert len(first + played(rest)) > len(notice) + NARROW.bytes_for(500), "and then the hold sound"
    assert bool(after.announcing), "its end is still waited for"


def test_the_next_agents_voice_has_another_format() -> None:
    before = lane(WIDE, NARROW, passthrough=True)
    after = Lane(replace(before.plan, source_format=NARROW), 0.0, before=before)
    after.open()
    heard = played(run(after, tone(NARROW, 20), until_s=0.6))
    assert heard == b"".join(tone(NARROW, 20))


def test_conversion_keeps_frames_whole() -> None:
    for source, sink in WAYS:
        converter = Converter(source, sink)
        assert all(len(converter.convert(frame)) == sink.frame_bytes for frame in tone(source, 10))


def test_other_routes_stay_as_they_were() -> None:
    both = modes.interpreted_call(setup(route=FLEX, agent=ENGLISH, caller=ENGLISH), [])
    assert both is not None
    assert {(one.plan.source_format, one.plan.sink_format) for one in both} == {(NARROW, NARROW)}
    assert [one.plan.opening_gate for one in both] == [False, True]
