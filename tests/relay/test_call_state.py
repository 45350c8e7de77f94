"""What a call's state says of its parties."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dragoman.domain.call import Opening, Role
from dragoman.relay.call_state import CallState, Consent
from tests.fakes.relay_parts import setup

pytestmark = pytest.mark.unit


def test_ready_is_here_and_willing() -> None:
    state = CallState(setup())
    assert not state.ready(Role.AGENT)
    here = replace(state, joined=frozenset({Role.AGENT}))
    assert not here.ready(Role.AGENT)
    assert not replace(state, accepted=frozenset({Role.AGENT})).ready(Role.AGENT)
    assert replace(here, accepted=frozenset({Role.AGENT})).ready(Role.AGENT)


@pytest.mark.parametrize("first", list(Role))
def test_the_second_party_is_the_one_who_is_fetched(first: Role) -> None:
    assert CallState(setup(first=first)).second is first.other


def test_everybody_who_must_agree_has() -> None:
    assert CallState(setup()).agreed, "nobody must"
    both = replace(setup(), opening=Opening(consent=frozenset(Role)))
    one = CallState(both, consent={Role.CALLER: Consent.AGREED, Role.AGENT: Consent.AWAITED})
    assert not one.agreed
    assert replace(one, consent=dict.fromkeys(Role, Consent.AGREED)).agreed
