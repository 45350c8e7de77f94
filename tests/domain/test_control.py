"""What is asked of a call, and what follows from it for each ear."""

from __future__ import annotations

import dataclasses

import pytest

from dragoman.domain.call import Role
from dragoman.domain.control import Change, interpreted_for, interpreter_heard_by, original_heard_by
from dragoman.domain.ear import OriginalMode
from dragoman.domain.manner import Interpreting, Manner

pytestmark = pytest.mark.unit

CALLER, AGENT = Role.CALLER, Role.AGENT


def test_a_change_that_asks_for_nothing_is_none() -> None:
    assert not Change()
    assert all(getattr(Change(), field.name) is None for field in dataclasses.fields(Change))


@pytest.mark.parametrize("change", [Change(recording=False), Change(engine=""), Change(say_again=CALLER)])
def test_no_and_nothing_are_wishes_too(change: Change) -> None:
    assert change


def test_the_original_is_by_ear() -> None:
    manner = Manner(original_to_caller=OriginalMode.DUCK, original_to_agent=OriginalMode.FULL)
    assert original_heard_by(CALLER, manner) is OriginalMode.DUCK
    assert original_heard_by(AGENT, manner) is OriginalMode.FULL


@pytest.mark.parametrize(
    ("interpreting", "worked_for", "heard_by"),
    [
        (Interpreting.ON, {CALLER, AGENT}, {CALLER, AGENT}),
        (Interpreting.OFF, set(), set()),
        (Interpreting.CAPTIONS_ONLY, {CALLER, AGENT}, set()),
        (Interpreting.TO_CALLER, {CALLER}, {CALLER}),
        (Interpreting.TO_AGENT, {AGENT}, {AGENT}),
    ],
)
def test_whom_the_interpreter_works_for(interpreting: Interpreting, worked_for: set[Role], heard_by: set[Role]) -> None:
    manner = Manner(interpreting=interpreting)
    assert {role for role in Role if interpreted_for(role, manner)} == worked_for
    assert {role for role in Role if interpreter_heard_by(role, manner)} == heard_by
