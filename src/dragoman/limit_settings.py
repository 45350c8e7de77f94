"""The settings that say how much the server takes on: calls at once and a minute, and money."""

from __future__ import annotations

from pydantic import ValidationInfo, field_validator

from dragoman.settings import Section, named

_MOST = {
    "max_calls": 10_000,
    "max_calls_per_account": 10_000,
    "max_calls_per_number": 10_000,
    "max_calls_per_line": 10_000,
    "calls_per_number_minute": 1000,
    "dial_tries": 5,
}
_LEAST_ONE = frozenset({"max_calls", "dial_tries"})

MOST_MINUTES = 1440


class LimitSettings(Section):
    """How much the server takes on. A call beyond a limit is refused, and its caller hears why."""

    max_calls: int = named("DRAGOMAN_MAX_CALLS", default=100, help="how many calls may run at once, 1 to 10000")
    max_calls_per_account: int = named(
        "DRAGOMAN_MAX_CALLS_PER_ACCOUNT",
        default=0,
        help="how many calls of one carrier account may run at once, to 10000; 0: no limit",
    )
    max_calls_per_line: int = named(
        "DRAGOMAN_MAX_CALLS_PER_LINE",
        default=0,
        help="how many callers of one of your numbers may be on the line at once, to 10000; 0: no limit",
    )
    max_calls_per_number: int = named(
        "DRAGOMAN_MAX_CALLS_PER_NUMBER",
        default=0,
        help="how many calls may run at once with one number outside (a caller's, or a customer's whom you call), "
        "to 10000; 0: no limit. Withheld numbers do not count as one",
    )
    calls_per_number_minute: int = named(
        "DRAGOMAN_CALLS_PER_NUMBER_MINUTE",
        default=10,
        help="how many calls a minute may begin with one number outside, to 1000; 0: no limit. Withheld numbers do "
        "not count as one",
    )
    max_call_minutes: float = named(
        "DRAGOMAN_MAX_CALL_MINUTES",
        default=240.0,
        help="how many minutes a call may last, to 1440, before it is ended with a word to both; 0: no limit of ours",
    )
    dial_tries: int = named(
        "DRAGOMAN_DIAL_TRIES",
        default=2,
        help="how often a leg is dialled, 1 to 5, when the fault is the carrier's; who is busy or does not answer is "
        "not called again",
    )
    max_usd_per_call: float = named(
        "DRAGOMAN_MAX_USD_PER_CALL",
        default=0.0,
        help="what a call may cost in US dollars before it is ended; 0: no limit",
    )
    max_usd_per_day: float = named(
        "DRAGOMAN_MAX_USD_PER_DAY",
        default=0.0,
        help="what a day (UTC) may cost before new calls are refused; 0: no limit. A restart does not forget what was "
        "spent, and processes that share a DRAGOMAN_DATABASE share the day",
    )

    @field_validator(*_MOST)
    @classmethod
    def _is_within(cls, value: int, field: ValidationInfo) -> int:
        name = field.field_name or ""
        least = 1 if name in _LEAST_ONE else 0
        if not least <= value <= _MOST[name]:
            raise ValueError(f"is not between {least} and {_MOST[name]}")
        return value

    @field_validator("max_call_minutes")
    @classmethod
    def _minutes_are_some(cls, value: float) -> float:
        if not 0 <= value <= MOST_MINUTES:
            raise ValueError(f"is not between 0 and {MOST_MINUTES}")
        return value

    @field_validator("max_usd_per_call", "max_usd_per_day")
    @classmethod
    def _money_is_not_negative(cls, value: float) -> float:
        if not 0 <= value < float("inf"):
            raise ValueError("is not an amount of money")
        return value
