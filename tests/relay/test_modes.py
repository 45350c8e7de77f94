"""How lanes are wired."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallSetup, Role
from dragoman.domain.ear import OriginalMode
from dragoman.domain.language import NO_GLOSSARY, Glossary
from dragoman.domain.manner import AS_USUAL, BargeIn, Manner
from dragoman.domain.speech import Captioned, Side
from dragoman.languages import PASSTHROUGH
from dragoman.relay import modes
from dragoman.relay.lane_plan import LanePlan
from tests.fakes.engine import STREAMS, TURNS, FakeEngine
from tests.fakes.relay_parts import DIRECT, ENGLISH, FLEX, SPANISH, frame, setup

BOTH_FULL = Manner(original_to_caller=OriginalMode.FULL, original_to_agent=OriginalMode.FULL)

pytestmark = pytest.mark.unit


def wired(of: CallSetup, *engines: FakeEngine, manner: Manner = AS_USUAL) -> tuple[modes.Wiring, modes.Wiring]:
    wirings = modes.interpreted_call(of, engines, manner)
    assert wirings is not None
    return wirings


def test_two_lanes_each_with_its_own_direction() -> None:
    caller, agent = wired(setup(), FakeEngine())
    assert (caller.plan.source, caller.plan.sink) == (Role.CALLER, Role.AGENT)
    assert (caller.plan.source_language, caller.plan.target_language) == ("es", "en")
    assert (agent.plan.source, agent.plan.sink) == (Role.AGENT, Role.CALLER)
    assert (agent.plan.source_language, agent.plan.target_language) == ("en", "es")


def test_each_direction_takes_the_first_engine_that_carries_it() -> None:
    into_english = FakeEngine("one", replace(TURNS, pairs=frozenset({("es", "en")})))
    any_way = FakeEngine("two", STREAMS)
    caller, agent = wired(setup(), into_english, any_way)
    assert (caller.plan.engine, agent.plan.engine) == ("one", "two")
    assert (caller.plan.names_utterances, agent.plan.names_utterances) == (True, False)


def test_a_direction_that_nobody_carries_makes_no_call() -> None:
    assert modes.interpreted_call(setup(), []) is None
    assert modes.interpreted_call(setup(), [FakeEngine("one", replace(TURNS, pairs=frozenset({("es", "en")})))]) is None


def test_one_language_needs_no_engine() -> None:
    for wiring in wired(setup(caller=ENGLISH)):
        assert wiring.engine is None
        assert wiring.plan.passthrough
        assert wiring.plan.engine == PASSTHROUGH


def test_only_a_contact_centres_agent_is_heard_through_the_gate() -> None:
    caller, agent = wired(setup(route=FLEX), FakeEngine())
    assert (caller.plan.opening_gate, agent.plan.opening_gate) == (False, True)
    caller, agent = wired(setup(route=DIRECT), FakeEngine())
    assert (caller.plan.opening_gate, agent.plan.opening_gate) == (False, False)


def test_the_original_is_forwarded_when_asked_for() -> None:
    assert [one.plan.ear.original for one in wired(setup(), FakeEngine())] == [OriginalMode.OFF] * 2
    assert [one.plan.ear.original for one in wired(setup(), FakeEngine(), manner=BOTH_FULL)] == [OriginalMode.FULL] * 2


def test_an_interpreter_is_told_what_it_needs_and_no_number() -> None:
    glossary = Glossary(register="formal")
    wanted = modes.wanted(setup(), Role.CALLER, glossary, lambda address: f"hash of {len(address)}")
    assert (wanted.source, wanted.target, wanted.speaker) == (SPANISH, ENGLISH, Role.CALLER)
    assert wanted.glossary is glossary
    assert wanted.safety_id == "hash of 12"
    assert "Spanish" in wanted.context
    assert "+34" not in wanted.context
    assert modes.wanted(setup(), Role.AGENT, NO_GLOSSARY, lambda _: "").target is SPANISH


def test_each_ear_has_its_own_original_and_both_have_the_barge_in_that_was_asked_for() -> None:
    manner = Manner(original_to_caller=OriginalMode.FULL, original_to_agent=OriginalMode.DUCK, barge_in=BargeIn.STOP)
    caller, agent = wired(setup(), FakeEngine(), manner=manner)
    assert (caller.plan.ear.original, agent.plan.ear.original) == (OriginalMode.DUCK, OriginalMode.FULL)
    assert (caller.plan.barge_in, agent.plan.barge_in) == (BargeIn.STOP, BargeIn.STOP)


def test_an_interpreter_is_opened_for_its_call_in_the_phone_s_own_format() -> None:
    wanted = modes.wanted(setup(call_id="call-7"), Role.CALLER, NO_GLOSSARY, lambda _: "")
    assert wanted.call_id == "call-7"
    assert wanted.source_format is wanted.sink_format is AudioFormat.PCMU_8K


# ---- Speech that is in the listener's language already ---------------------------------------------------------------

ENGLISH_WORDS = Captioned(Side.SOURCE, "you can send it to my email address please")


def sure_of_english(text: str) -> list[tuple[str, float]]:
    return [("en", 0.0), ("es", -100.0)]


def passed_after_s(plan: LanePlan) -> float | None:
    """How long after its words English for an English ear is passed on; None: not within five seconds."""
    detector = modes.same_speech(plan, sure_of_english)
    assert detector is not None
    for step in range(100):
        detector.heard(frame(step), step * 0.02)
    if detector.noticed(ENGLISH_WORDS, 2.0):
        return 0.0
    for step in range(250):
        if detector.heard(frame(step), 2.0 + step * 0.02):
            return step * 0.02
    return None


def test_an_engine_that_takes_turns_says_such_speech_itself() -> None:
    """And regions do not count: Mexican Spanish is Spanish, to any English."""
    streams = LanePlan(Role.CALLER, "es-MX", "en-US", AudioFormat.PCMU_8K, "two", names_utterances=False)
    assert passed_after_s(streams) == 0.0
    assert modes.same_speech(replace(streams, names_utterances=True), sure_of_english) is None
    assert passed_after_s(replace(streams, source_language="en", target_language="es-MX")) is None


def test_nothing_is_looked_for_where_nothing_can_tell_languages_or_there_is_but_one() -> None:
    plan = LanePlan(Role.CALLER, "es", "en", AudioFormat.PCMU_8K, "two", names_utterances=False)
    assert modes.same_speech(plan, None) is None
    assert modes.same_speech(replace(plan, target_language="es-MX"), sure_of_english) is None


def test_a_rooms_lane_is_wide_and_leaves_the_time_to_each_ear() -> None:
    into_english = FakeEngine("one", replace(TURNS, pairs=frozenset({("es", "en")})))
    spare = FakeEngine("two", STREAMS)
    wiring = modes.room_lane(SPANISH, ENGLISH, [into_english], [spare])
    assert wiring is not None
    plan = wiring.plan
    assert (plan.source_language, plan.target_language, plan.engine) == ("es", "en", "one")
    assert plan.source_format is plan.sink_format is AudioFormat.PCM16_24K
    assert not plan.ear.paced
    assert [(rung.plan.engine, rung.plan.names_utterances) for rung in wiring.rungs] == [("one", True), ("two", False)]
    back = modes.room_lane(ENGLISH, SPANISH, [into_english], [spare])
    assert back is not None
    assert back.plan.engine == "two", "better a spare one than none"
    assert modes.room_lane(ENGLISH, SPANISH, [into_english]) is None


def test_a_rooms_lane_both_ways_is_for_engines_that_can() -> None:
    one_way = FakeEngine("one-way", replace(TURNS, both_ways=True, pairs=frozenset({("es", "en")})))
    unable, able, other = FakeEngine("unable"), FakeEngine("able", replace(TURNS, both_ways=True)), FakeEngine("other")
    every = [one_way, unable, able]
    spare = [other, FakeEngine("again", replace(TURNS, both_ways=True))]
    wiring = modes.room_lane(SPANISH, ENGLISH, every, spare, both_ways=True)
    assert wiring is not None
    assert [one.plan.engine for one in wiring.rungs] == ["able", "again"]
    assert modes.room_lane(SPANISH, ENGLISH, [one_way, unable], both_ways=True) is None
    assert not modes.goes_both_ways(None, SPANISH, ENGLISH)
