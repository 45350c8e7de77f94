"""What every call of a node shares: nothing limits or forwards unless it is asked for."""

from __future__ import annotations

import dataclasses

import pytest

from dragoman.domain.language import NO_GLOSSARY
from dragoman.domain.manner import AS_USUAL
from tests.fakes.relay_parts import parts

pytestmark = pytest.mark.unit


def test_what_is_not_asked_for_is_off() -> None:
    made = parts()
    assert (made.glossary, made.manner, made.max_usd) == (NO_GLOSSARY, AS_USUAL, 0.0)
    assert made.safety_id("+34600000001") == "", "an address is not handed on by default"


def test_calls_cannot_change_what_they_share() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        parts().max_usd = 1.0  # type: ignore[misc]
