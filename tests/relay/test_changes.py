"""A change of mind is weighed as a whole: what it makes of the call, and what is refused."""

from __future__ import annotations

import pytest

from dragoman.domain.call import Role
from dragoman.domain.control import Change
from dragoman.domain.ear import OriginalMode
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.manner import AS_USUAL, BargeIn, Interpreting, Manner
from dragoman.errors import Refused
from dragoman.ports import Capabilities
from dragoman.relay.changes import Settled, engine_for, settle
from tests.fakes.engine import FakeEngine
from tests.fakes.relay_parts import ENGLISH, FRENCH, SPANISH, setup

pytestmark = pytest.mark.script

CALLER, AGENT = Role.CALLER, Role.AGENT
MEXICAN = Language(LanguageTag("es-MX"), "Español", "Spanish", "es-MX")


def engine(name: str, *pairs: tuple[str, str]) -> FakeEngine:
    made = FakeEngine(name=name)
    made.capabilities = Capabilities(
        takes_turns=True,
        prompt=False,
        glossary=False,
        voice=False,
        native_pcmu=True,
        continuous_clock=False,
        pairs=frozenset(pairs),
    )
    return made


ANY = engine("any")
SPANISH_ONLY = engine("narrow", ("es", "en"), ("en", "es"))
ONE_WAY = engine("one-way", ("fr", "en"))


def test_what_is_not_asked_for_stays() -> None:
    manner = Manner(OriginalMode.DUCK, OriginalMode.FULL, Interpreting.TO_AGENT, BargeIn.STOP, "any", recording=False)
    assert settle(setup(), manner, Change(say_again=CALLER), [ANY]) == Settled(setup(), manner)


def test_all_that_can_be_asked_for() -> None:
    change = Change(
        caller_language=FRENCH,
        original_to_caller=OriginalMode.DUCK,
        original_to_agent=OriginalMode.OFF,
        engine="any",
        interpreting=Interpreting.CAPTIONS_ONLY,
        barge_in=BargeIn.DUCK,
        recording=False,
    )
    settled = settle(setup(), AS_USUAL, change, [SPANISH_ONLY, ANY])
    assert settled.setup == setup(caller=FRENCH)
    assert settled.manner == Manner(
        OriginalMode.DUCK, OriginalMode.OFF, Interpreting.CAPTIONS_ONLY, BargeIn.DUCK, "any", recording=False
    )
    assert settled.rewired == {CALLER, AGENT}


def test_lanes_are_rewired_only_where_something_else_is_needed() -> None:
    quiet = Change(original_to_caller=OriginalMode.FULL, barge_in=BargeIn.STOP, interpreting=Interpreting.OFF)
    assert settle(setup(), AS_USUAL, quiet, [ANY]).rewired == frozenset()
    same = Change(caller_language=SPANISH, agent_language=ENGLISH, engine="any")
    assert settle(setup(), AS_USUAL, same, [ANY]).rewired == frozenset()
    assert settle(setup(), AS_USUAL, Change(engine="any"), [SPANISH_ONLY, ANY]).rewired == {CALLER, AGENT}
    accent = settle(setup(), AS_USUAL, Change(caller_language=MEXICAN), [SPANISH_ONLY])
    assert accent.rewired == {CALLER, AGENT}, "another accent is another voice"
    halves = [engine("there", ("es", "en")), engine("back", ("en", "es")), engine("whole", ("es", "en"), ("en", "es"))]
    assert settle(setup(), Manner(engine="whole"), Change(engine=""), halves).rewired == {CALLER, AGENT}


def test_a_shared_language_needs_no_engine() -> None:
    settled = settle(setup(), AS_USUAL, Change(caller_language=ENGLISH), [])
    assert settled.setup.caller.language == ENGLISH
    assert settled.rewired == {CALLER, AGENT}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change(caller_language=FRENCH), "no engine here carries English to French"),
        (Change(caller_language=FRENCH, engine="narrow"), "narrow does not carry French to English nor English to"),
        (Change(agent_language=FRENCH), "carries Spanish to French nor French to Spanish"),
        (Change(engine="nosuch"), "there is no engine 'nosuch' here; there is: narrow, one-way"),
    ],
)
def test_what_cannot_be_carried_is_refused(change: Change, said: str) -> None:
    with pytest.raises(Refused) as caught:
        settle(setup(), AS_USUAL, change, [SPANISH_ONLY, ONE_WAY])
    assert said in caught.value.reason


def test_a_wish_beats_the_languages_own_and_auto_gives_it_back() -> None:
    picky = Language(LanguageTag("es"), "Español", "Spanish", "es-MX", engine="narrow")
    assert engine_for([ANY, SPANISH_ONLY], "", picky, ENGLISH) is SPANISH_ONLY
    assert engine_for([SPANISH_ONLY, ANY], "any", picky, ENGLISH) is ANY
    assert engine_for([ANY, SPANISH_ONLY], "narrow", FRENCH, ENGLISH) is None
    back = settle(setup(caller=picky), Manner(engine="any"), Change(engine=""), [ANY, SPANISH_ONLY])
    assert back.manner.engine == ""
    assert back.rewired == {CALLER, AGENT}


def test_languages_may_change_places() -> None:
    settled = settle(setup(), AS_USUAL, Change(caller_language=ENGLISH, agent_language=SPANISH), [SPANISH_ONLY])
    assert (settled.setup.caller.language, settled.setup.agent.language) == (ENGLISH, SPANISH)


def test_a_wished_engine_carries_its_own_pair_and_no_other() -> None:
    assert engine_for([ANY, ONE_WAY], "one-way", FRENCH, ENGLISH) is ONE_WAY
    assert engine_for([ANY, ONE_WAY], "one-way", ENGLISH, FRENCH) is None
    assert engine_for([ANY, ONE_WAY], "one-way", SPANISH, ENGLISH) is None
