"""The limits: defaults, and values that are none."""

from __future__ import annotations

import pytest

from dragoman.errors import SettingsError
from dragoman.limit_settings import LimitSettings
from dragoman.settings import load

pytestmark = pytest.mark.unit


def test_the_defaults() -> None:
    limits = load(LimitSettings, {})
    assert (limits.max_calls, limits.calls_per_number_minute) == (100, 10)
    assert (limits.max_calls_per_account, limits.max_calls_per_line, limits.max_calls_per_number) == (0, 0, 0)
    assert (limits.max_usd_per_call, limits.max_usd_per_day) == (0.0, 0.0)
    assert (limits.max_call_minutes, limits.dial_tries) == (240.0, 2)


def test_all_of_it_can_be_set() -> None:
    names = ("MAX_CALLS", "MAX_CALLS_PER_ACCOUNT", "MAX_CALLS_PER_LINE", "MAX_CALLS_PER_NUMBER")
    env = {f"DRAGOMAN_{name}": str(number) for number, name in enumerate(names, start=1)}
    limits = load(LimitSettings, env | {"DRAGOMAN_CALLS_PER_NUMBER_MINUTE": "0", "DRAGOMAN_MAX_USD_PER_CALL": "1.5"})
    assert (limits.max_calls, limits.max_calls_per_account) == (1, 2)
    assert (limits.max_calls_per_line, limits.max_calls_per_number) == (3, 4)
    assert (limits.calls_per_number_minute, limits.max_usd_per_call) == (0, 1.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DRAGOMAN_MAX_CALLS", "0"),
        ("DRAGOMAN_MAX_CALLS", "10001"),
        ("DRAGOMAN_MAX_CALLS_PER_ACCOUNT", "-1"),
        ("DRAGOMAN_MAX_CALLS_PER_LINE", "many"),
        ("DRAGOMAN_MAX_CALLS_PER_NUMBER", "10001"),
        ("DRAGOMAN_CALLS_PER_NUMBER_MINUTE", "1001"),
        ("DRAGOMAN_MAX_CALL_MINUTES", "1441"),
        ("DRAGOMAN_MAX_CALL_MINUTES", "-1"),
        ("DRAGOMAN_MAX_CALL_MINUTES", "nan"),
        ("DRAGOMAN_DIAL_TRIES", "0"),
        ("DRAGOMAN_DIAL_TRIES", "6"),
        ("DRAGOMAN_MAX_USD_PER_CALL", "-1"),
        ("DRAGOMAN_MAX_USD_PER_DAY", "nan"),
        ("DRAGOMAN_MAX_USD_PER_DAY", "inf"),
    ],
)
def test_a_wrong_value_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(LimitSettings, {name: value})
    (line,) = caught.value.problems
    assert line.startswith(f"{name}: ")
