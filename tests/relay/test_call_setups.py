"""What is known of a call when it begins, by how it began."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dragoman.domain.call import CallId, Length, Opening, Prior, Role
from dragoman.domain.speech import Line, Side
from dragoman.ports import Origination, Ringing
from dragoman.relay.call_setups import handed_over, incoming, placed, prior_captions
from tests.fakes.relay_parts import BOOK, DIRECT, ENGLISH, FRENCH, SPANISH, parts

pytestmark = pytest.mark.unit

ID = CallId("c")
RINGING = Ringing("CA1", "+34600000001", "+15550100001", SPANISH, "AC1")
PARTS = replace(parts(), opening=Opening(Length.FULL, Length.FULL), person="client:somebody")
SAID = (Line(Side.TARGET, "¿Diga?"), Line(Side.SOURCE, "Una persona, por favor."))


def test_who_calls_us_is_first_and_who_we_call_is_second() -> None:
    came, went = (
        incoming(ID, RINGING, DIRECT, BOOK, PARTS),
        placed(ID, Origination("+34600000001", SPANISH, FRENCH), DIRECT, BOOK, PARTS),
    )
    assert (came.first, came.carrier_call, came.account, came.agent.language) == (Role.CALLER, "CA1", "AC1", ENGLISH)
    assert (went.first, went.carrier_call, went.agent.language) == (Role.AGENT, "", FRENCH)
    for setup in (came, went):
        assert (setup.caller.language, setup.caller.address) == (SPANISH, "+34600000001")
        assert (setup.agent.address, setup.person, setup.opening) == (DIRECT.address, "client:somebody", PARTS.opening)


@pytest.mark.parametrize(
    ("before", "after"), [(Length.FULL, Length.SHORT), (Length.SHORT, Length.SHORT), (Length.OFF, Length.OFF)]
)
def test_who_was_with_an_assistant_is_told_the_short_form(before: Length, after: Length) -> None:
    came = incoming(ID, RINGING, DIRECT, BOOK, replace(PARTS, opening=Opening(before, Length.FULL)))
    setup = handed_over(came, Prior("Wants a person.", SAID))
    assert (setup.opening.caller, setup.opening.agent) == (after, Length.FULL)
    assert replace(setup, opening=came.opening, prior=None) == came


def test_the_agent_is_shown_the_summary_then_what_was_said() -> None:
    came = incoming(ID, RINGING, DIRECT, BOOK, PARTS)
    assert prior_captions(came) == []
    shown = prior_captions(handed_over(came, Prior("Wants a person.", SAID)))
    assert [(one.side, one.text) for one in shown] == [
        (Side.TARGET, "Wants a person."),
        *[(s.side, s.text) for s in SAID],
    ]
    assert {one.language for one in shown} == {"es"}
    assert [one.flags for one in shown] == [("prior", "summary"), ("prior",), ("prior",)]
    assert len({one.utterance for one in shown}) == 3
    assert [one.text for one in prior_captions(handed_over(came, Prior("", SAID)))] == [line.text for line in SAID]
