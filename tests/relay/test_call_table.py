"""The walk over the call machine."""

from __future__ import annotations

import pytest

from dragoman.domain.call import NO_OPENING, AgentVia, CallSetup, Role
from dragoman.relay.call_machine import State
from dragoman.relay.call_table import alphabet, as_markdown, setups, walk

pytestmark = pytest.mark.unit


def test_there_is_one_call_of_each_kind() -> None:
    plain = [one for one in setups() if one.opening == NO_OPENING and one.otherwise is None]
    assert len({(one.route.via, one.first) for one in plain}) == len(plain) == 2 * len(AgentVia)
    opened = [one for one in setups() if one not in plain]
    kinds = {(one.first, one.opening.voiced) for one in opened}
    assert kinds == {(first, voiced) for first in Role for voiced in (None, frozenset[str]())}


@pytest.mark.parametrize("of", setups())
def test_the_walk_reaches_every_state_and_tries_every_event_in_it(of: CallSetup) -> None:
    reached, steps = set(), 0
    for one in walk(of):
        reached.add(one.before.state)
        steps += 1
    menu = {State.CHOOSING} if of.carrier_call == "" else set()
    assert reached == set(State) - menu
    assert steps % len(alphabet()) == 0


def test_the_page_names_every_state_and_the_ways_between_them() -> None:
    page = as_markdown(setups()[:1])
    for state in State:
        assert f"## {state.value}" in page
    assert "connecting --> choosing: Pressed" in page
    assert "interpreting --> over:" in page
    assert "over --> ringing" not in page
