"""What passes between ears, text and voice."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from dragoman.interpreters.local.rendered import How, Recognised, RefusalReason, Rendered

pytestmark = pytest.mark.unit


def test_values_are_frozen() -> None:
    heard, said = Recognised("hola", "es"), Rendered("hello", "hello", How.APERTIUM)
    with pytest.raises(FrozenInstanceError):
        heard.text = "adiós"  # type: ignore[misc]
    assert said.flags == frozenset()
    assert heard.english is None


def test_reasons_are_fit_for_a_protocol_message() -> None:
    assert all(reason.value == reason.value.lower() and " " not in reason.value for reason in RefusalReason)
