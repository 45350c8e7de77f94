"""How lanes are wired."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dragoman.domain.call import CallSetup, Role
from dragoman.domain.ear import OriginalMode
from dragoman.domain.language import NO_GLOSSARY, Glossary
from dragoman.domain.manner import AS_USUAL, Manner
from dragoman.languages import PASSTHROUGH
from dragoman.relay import modes
from tests.fakes.engine import STREAMS, TURNS, FakeEngine
from tests.fakes.relay_parts import DIRECT, ENGLISH, FLEX, SPANISH, setup

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
