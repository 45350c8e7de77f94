"""What is known of an assistant's call: when it is over, and whether its leg will ask once more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dragoman.domain.call import CallId
from dragoman.domain.outcome import Outcome, Result
from dragoman.languages import language_of
from dragoman.relay.answering_state import AnsweringState
from tests.fakes.personas import EN, persona

pytestmark = pytest.mark.unit


def test_a_call_that_is_over_is_parting_until_its_leg_asked_or_is_gone() -> None:
    living = AnsweringState(CallId("c"), persona(), language_of(EN))
    over = replace(living, outcome=Outcome(Result.US, "the server stopped"))
    assert [living.over, living.parting] == [False, False]
    assert [over.over, over.parting] == [True, True]
    assert not replace(over, parted=True).parting
    assert not replace(over, gone=True).parting
