"""How a call is carried as long as nobody says otherwise."""

from __future__ import annotations

import pytest

from dragoman.domain.ear import OriginalMode
from dragoman.domain.manner import AS_USUAL, BargeIn, Interpreting

pytestmark = pytest.mark.unit


def test_as_usual_nothing_cuts_in_and_all_is_interpreted() -> None:
    assert AS_USUAL.interpreting is Interpreting.ON
    assert AS_USUAL.barge_in is BargeIn.LET_FINISH
    assert (AS_USUAL.original_to_caller, AS_USUAL.original_to_agent) == (OriginalMode.OFF, OriginalMode.OFF)
    assert AS_USUAL.engine == ""


def test_the_words_of_settings_and_api_are_distinct() -> None:
    words = [mode.value for mode in Interpreting]
    assert words == ["on", "off", "captions-only", "to_caller", "to_agent"]
    assert [policy.value for policy in BargeIn] == ["let-finish", "stop", "duck"]
