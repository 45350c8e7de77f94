"""The walk over the call machine."""

from __future__ import annotations

import pytest

from dragoman.domain.call import AgentVia
from dragoman.relay.call_machine import State
from dragoman.relay.call_table import alphabet, as_markdown, setups, walk

pytestmark = pytest.mark.unit


def test_there_is_one_call_of_each_kind() -> None:
    kinds = {(one.route.via, one.first) for one in setups()}
    assert len(kinds) == len(setups()) == 2 * len(AgentVia)


def test_the_walk_reaches_every_state_and_tries_every_event_in_it() -> None:
    for setup in setups():
        walked = list(walk(setup))
        reached = {one.before.state for one in walked}
        menu = {State.CHOOSING} if setup.carrier_call == "" else set()
        assert reached == set(State) - menu
        assert len(walked) % len(alphabet()) == 0


def test_the_page_names_every_state_and_the_ways_between_them() -> None:
    page = as_markdown()
    for state in State:
        assert f"## {state.value}" in page
    assert "connecting --> choosing: Pressed" in page
    assert "interpreting --> over:" in page
    assert "over --> ringing" not in page
