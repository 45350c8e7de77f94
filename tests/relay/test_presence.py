"""Who is missing, by the clock: late, away, silent, waiting, or here for too long."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dragoman.domain.call import EndAsked, Notice, Role
from dragoman.domain.outcome import Outcome, Result
from dragoman.relay.call_state import (
    REJOIN_S,
    CallState,
    Event,
    FellSilent,
    GivenUp,
    State,
    StillAway,
    WaitingLong,
)
from dragoman.relay.presence import (
    AWAY_TOLD_S,
    FIRST_PLACE_S,
    JOIN_DEADLINE_S,
    NEXT_PLACE_S,
    SILENT_S,
    STILL_WAITING_S,
    STREAM_S,
    Presence,
    saying_s,
)
from tests.fakes.relay_parts import setup

pytestmark = pytest.mark.unit

CALLER, AGENT = Role.CALLER, Role.AGENT
BOTH = frozenset(Role)
BEGAN = 100.0


def talking(**change: object) -> CallState:
    calls = {CALLER: "CA1", AGENT: "CA2"}
    state = CallState(setup(), state=State.INTERPRETING, joined=BOTH, accepted=BOTH, dialled=BOTH, carrier_calls=calls)
    return replace(state, **change)  # type: ignore[arg-type]


def told(presence: Presence, state: CallState, until: float, since: float = BEGAN) -> list[tuple[float, Event]]:
    """What is told while the state stays as it is, and how long after `since`; looked at four times a second."""
    looks = int((until - since) * 4) + 1
    heard: dict[Role, float] = {}
    return [(look / 4, event) for look in range(looks) for event in presence.due(state, heard, since + look / 4)]


def never(role: Role) -> EndAsked:
    return EndAsked(Outcome(Result.UNKNOWN, f"the {role.value} never came"), Notice.FAILED)


# ---- Streams that are away -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", Role)
def test_who_is_away_is_missed_soon_and_given_up_later(who: Role) -> None:
    state = talking(joined=BOTH - {who}, away=frozenset({who}))
    assert told(Presence(BEGAN), state, BEGAN + AWAY_TOLD_S) == [(AWAY_TOLD_S, StillAway(who))]
    state = replace(state, missed=frozenset({who}))
    assert told(Presence(BEGAN), state, BEGAN + REJOIN_S + 0.25) == [(REJOIN_S + 0.25, GivenUp(who))]


def test_who_is_back_in_time_is_away_anew_the_next_time() -> None:
    presence = Presence(BEGAN)
    away = talking(joined=frozenset({CALLER}), away=frozenset({AGENT}), missed=frozenset({AGENT}))
    assert told(presence, away, BEGAN + REJOIN_S) == []
    presence.joined(AGENT, BEGAN + REJOIN_S)
    assert told(presence, talking(), BEGAN + REJOIN_S, BEGAN + REJOIN_S) == []
    assert told(presence, away, BEGAN + 2 * REJOIN_S, BEGAN + REJOIN_S + 0.25) == []


def test_whom_the_carrier_speaks_to_is_not_missed() -> None:
    state = talking(joined=frozenset({CALLER}), away=frozenset({AGENT}), to_say={AGENT: (Notice.ANNOUNCE,)})
    assert told(Presence(BEGAN), state, BEGAN + 3 * REJOIN_S) == []


def test_how_long_a_stream_lived() -> None:
    presence = Presence(BEGAN)
    assert presence.left(CALLER, BEGAN + 5) == 0, "it was never here"
    presence.joined(CALLER, BEGAN + 10)
    assert presence.left(CALLER, BEGAN + 75) == 65


# ---- Streams that never come ---------------------------------------------------------------------------------------


def test_who_is_waited_for_has_a_deadline_from_the_last_change_on() -> None:
    state = talking(
        state=State.RINGING, joined=frozenset(), accepted=frozenset({CALLER}), carrier_calls={CALLER: "CA1"}
    )
    presence = Presence(BEGAN)
    presence.moved(BEGAN + 5)
    end = 5 + JOIN_DEADLINE_S + 0.25
    assert told(presence, state, BEGAN + end) == [(end, never(CALLER))]


def test_a_leg_on_its_way_to_the_stream_has_the_time_of_the_words_before_it() -> None:
    state = talking(
        state=State.RINGING, joined=frozenset(), accepted=frozenset({CALLER}), carrier_calls={CALLER: "CA1"}
    )
    presence = Presence(BEGAN)
    presence.connecting(CALLER, 12.0, BEGAN)
    end = 12 + STREAM_S + 0.25
    assert told(presence, state, BEGAN + end) == [(end, never(CALLER))]


def test_who_came_has_no_deadline_any_more() -> None:
    state = talking(state=State.CHOOSING, joined=frozenset({AGENT}))
    presence = Presence(BEGAN)
    presence.connecting(CALLER, 0.0, BEGAN)
    presence.joined(CALLER, BEGAN + 1)
    presence.left(CALLER, BEGAN + 2)
    assert told(presence, state, BEGAN + 2 + JOIN_DEADLINE_S) == [], "in the menu"


@pytest.mark.parametrize(
    "state",
    [
        talking(joined=frozenset({CALLER}), accepted=frozenset({CALLER})),
        talking(joined=frozenset({CALLER}), carrier_calls={CALLER: "CA1"}),
    ],
)
def test_who_has_not_accepted_or_is_not_placed_is_not_late(state: CallState) -> None:
    assert told(Presence(BEGAN), state, BEGAN + 2 * JOIN_DEADLINE_S) == []


def test_long_words_take_longer_in_any_script() -> None:
    assert saying_s("Please wait, we are connecting you to an agent.") == pytest.approx(4.7)
    assert saying_s("請稍候，我們正在為您接通客服人員。") == pytest.approx(5.1)


# ---- Streams that bring nothing ------------------------------------------------------------------------------------


def silent(presence: Presence, heard_at: float, now: float) -> list[Event]:
    presence.due(talking(), {}, now - 0.25)
    return presence.due(talking(), {CALLER: heard_at}, now)


def test_a_stream_that_brought_something_and_brings_nothing_is_dead() -> None:
    presence = Presence(BEGAN)
    presence.joined(CALLER, BEGAN)
    assert silent(presence, BEGAN + 1, BEGAN + 1 + SILENT_S) == []
    assert silent(presence, BEGAN + 1, BEGAN + 1.5 + SILENT_S) == [FellSilent(CALLER)]
    assert silent(presence, BEGAN, BEGAN + 60) == [], "it has never brought anything yet: it may be slow to begin"


def test_our_own_standstill_is_nobodys_silence() -> None:
    presence = Presence(BEGAN)
    presence.joined(CALLER, BEGAN)
    presence.due(talking(), {CALLER: BEGAN + 1}, BEGAN + 1)
    assert presence.due(talking(), {CALLER: BEGAN + 1}, BEGAN + 30) == []
    assert presence.due(talking(), {CALLER: BEGAN + 30.2}, BEGAN + 30.25) == []


# ---- Waiting -------------------------------------------------------------------------------------------------------

QUEUED = talking(state=State.CONNECTING, accepted=frozenset({CALLER}))


def test_who_waits_hears_from_us_twice_a_minute() -> None:
    at = [at for at, event in told(Presence(BEGAN), QUEUED, BEGAN + 3 * STILL_WAITING_S) if event == WaitingLong()]
    assert at == [STILL_WAITING_S, 2 * STILL_WAITING_S, 3 * STILL_WAITING_S]


def test_a_place_is_told_soon_and_another_one_not_too_often() -> None:
    presence = Presence(BEGAN)
    assert told(presence, replace(QUEUED, position=3), BEGAN + FIRST_PLACE_S) == [(FIRST_PLACE_S, WaitingLong())]
    moved = replace(QUEUED, position=2, position_told=3)
    then = BEGAN + FIRST_PLACE_S
    assert told(presence, moved, then + NEXT_PLACE_S, then) == [(NEXT_PLACE_S, WaitingLong())]
    stays = replace(moved, position_told=2)
    then += NEXT_PLACE_S
    assert told(presence, stays, then + STILL_WAITING_S, then) == [(STILL_WAITING_S, WaitingLong())]


def test_a_wait_that_was_broken_begins_anew() -> None:
    presence = Presence(BEGAN)
    assert told(presence, QUEUED, BEGAN + STILL_WAITING_S - 1) == []
    assert told(presence, talking(), BEGAN + STILL_WAITING_S, BEGAN + STILL_WAITING_S - 0.75) == []
    then = BEGAN + STILL_WAITING_S + 0.25
    assert told(presence, QUEUED, then + STILL_WAITING_S - 0.25, then) == []


# ---- Too long ------------------------------------------------------------------------------------------------------


def test_a_call_has_a_greatest_length() -> None:
    limit = EndAsked(Outcome(Result.US, "length limit of the call"), Notice.LIMIT)
    assert told(Presence(BEGAN, max_s=60), talking(), BEGAN + 60) == []
    assert told(Presence(BEGAN, max_s=60), talking(), BEGAN + 60.25) == [(60.25, limit)]
    assert told(Presence(BEGAN), talking(), BEGAN + 90) == [], "0: none"


def test_a_call_that_is_over_is_told_nothing() -> None:
    over = talking(state=State.OVER, joined=frozenset(), away=BOTH)
    assert told(Presence(BEGAN, max_s=1), over, BEGAN + 2 * JOIN_DEADLINE_S) == []
