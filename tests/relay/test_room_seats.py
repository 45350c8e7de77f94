"""Who is in a room, and what must be interpreted for them."""

from __future__ import annotations

import pytest

from dragoman.domain.language import Language
from dragoman.domain.room import RESUME_S, SIDE_A, SIDE_B, Shut
from dragoman.errors import RoomRefused
from dragoman.relay.choices import CHOICE_S, CHOICES
from dragoman.relay.room_seats import EITHER, KEPT_SEATS, LOBBY_S, LaneKey, RoomSeat, Seats, cleaned
from tests.fakes.relay_parts import ENGLISH, FRENCH, SPANISH

pytestmark = pytest.mark.unit


def room(*languages: Language, most: int = 8) -> tuple[Seats, list[RoomSeat]]:
    seats = Seats(most)
    made = [seats.seat(f"N{number}", language, 0.0, host=not number) for number, language in enumerate(languages)]
    for seat in made:
        seat.joined = True
    return seats, made


def ways(seats: Seats, now: float = 0.0) -> list[str]:
    return sorted(f"{key.party}:{key.source}>{key.target}" for key in seats.lanes(now))


def test_one_lane_for_each_party_and_language() -> None:
    seats, _ = room(ENGLISH, SPANISH, FRENCH, FRENCH)
    assert ways(seats) == sorted(
        ["p1:en>es", "p1:en>fr", "p2:es>en", "p2:es>fr", "p3:fr>en", "p3:fr>es", "p4:fr>en", "p4:fr>es"]
    )
    assert [one.tag for one in seats.languages(0.0)] == ["en", "es", "fr"]


def test_the_lobby_needs_no_interpreter() -> None:
    seats, made = room(ENGLISH, SPANISH)
    made[1].joined = False
    assert ways(seats) == []


def test_who_is_gone_for_a_moment_is_still_there() -> None:
    seats, made = room(ENGLISH, SPANISH)
    made[1].gone_at = 100.0
    assert ways(seats, 100.0 + RESUME_S) == ["p1:en>es", "p2:es>en"]
    assert ways(seats, 100.1 + RESUME_S) == []
    assert not made[1].here


def test_a_shared_device_has_one_seat_with_two_sides() -> None:
    seats = Seats(8, (ENGLISH, SPANISH))
    seat = seats.seat("", None, 0.0, host=True)
    assert seats.seat("other", FRENCH, 1.0, host=False) is seat
    late = Seats(8, (ENGLISH, SPANISH))
    late.seat("", None, 0.0, host=False)
    assert late.seat("", None, 1.0, host=True).host, "who opened it may close it, whoever came first"
    seat.joined = True
    assert ways(seats) == ["a:en>es", "b:es>en"]
    assert [view.party for view in seats.views(1e6)] == [SIDE_A, SIDE_B]
    assert seats.listeners(LaneKey(SIDE_A, "en", "es"), 0.0) == [seat]


def test_all_who_listen_in_a_language_hear_its_lane_but_for_the_speaker() -> None:
    seats, made = room(ENGLISH, SPANISH, SPANISH)
    assert seats.listeners(LaneKey(made[0].parties[0].party, "en", "es"), 0.0) == made[1:]
    assert seats.listeners(LaneKey(made[1].parties[0].party, "es", "en"), 0.0) == made[:1]


def test_a_full_room_holds_places_for_who_comes_and_comes_back() -> None:
    seats, made = room(ENGLISH, SPANISH, most=2)
    with pytest.raises(RoomRefused) as refusal:
        seats.seat("", FRENCH, 0.0, host=False)
    assert refusal.value.why is Shut.FULL
    made[0].gone_at = 10.0
    with pytest.raises(RoomRefused):
        seats.seat("", FRENCH, 10.0 + RESUME_S, host=False)
    third = seats.seat("", FRENCH, 11.0 + RESUME_S, host=False)
    assert seats.has_room_for(made[0], 11.0 + RESUME_S), "who has not come yet has no place"
    third.joined = True
    assert not seats.has_room_for(made[0], 11.0 + RESUME_S), "somebody else has the place"
    assert seats.has_room_for(made[1], 12.0)
    seats.leave(third)
    with pytest.raises(RoomRefused) as gone:
        seats.find(third.seat)
    assert gone.value.why is Shut.NO_SEAT


def test_a_lobby_full_of_seats_keeps_nobody_out() -> None:
    seats = Seats(2)
    host = seats.seat("host", ENGLISH, 0.0, host=True)
    flood = [seats.seat(f"F{number}", SPANISH, 0.0, host=False) for number in range(200)]
    guest = seats.seat("guest", SPANISH, 0.0, host=False)
    assert [view.name for view in seats.views(0.0)][:1] == ["host"]
    assert len(seats.views(0.0)) == 2, "nor does it fill the list of people"
    assert seats.has_room_for(guest, 0.0)
    guest.joined = True
    assert [view.name for view in seats.views(0.0)] == ["host", flood[-KEPT_SEATS + 1].name, "guest"]
    assert not seats.has_room_for(flood[-1], 0.0), "the host's place is held"
    assert seats.has_room_for(host, 0.0)
    assert seats.has_room_for(flood[-1], LOBBY_S + 0.1), "but not for ever"


def test_seats_that_nobody_uses_are_bounded() -> None:
    seats, now = Seats(2), 0.0
    left = seats.seat("", ENGLISH, now, host=False)
    left.joined, left.gone_at = True, now
    for _ in range(200):
        seats.seat("", ENGLISH, now, host=False)
        now += LOBBY_S
    assert len(seats.all) <= KEPT_SEATS + 1
    assert seats.find(left.seat) is left, "who was here can come back before who never was"


def test_views_tell_who_speaks_and_is_muted() -> None:
    seats, made = room(ENGLISH, SPANISH)
    made[0].muted = True
    first, second = seats.views(0.0, [made[1].parties[0].party])
    assert (first.name, first.muted, first.speaking, first.host, first.here) == ("N0", True, False, True, True)
    assert (second.language, second.speaking) == ("es", True)
    made[0].choose(FRENCH, 0.0)
    assert seats.views(0.0)[0].language == "fr"


def test_who_does_not_come_back_is_there_no_longer() -> None:
    seats, made = room(ENGLISH, SPANISH)
    made[1].gone_at = 10.0
    assert [one.here for one in seats.views(10.0 + RESUME_S)] == [True, False]
    assert [one.name for one in seats.views(10.1 + RESUME_S)] == ["N0"]
    seats.seat("late", FRENCH, 30.0, host=False)
    assert [one.name for one in seats.views(30.0 + LOBBY_S)] == ["N0", "late"]
    assert [one.name for one in seats.views(30.1 + LOBBY_S)] == ["N0"]


def test_a_language_is_not_changed_without_end() -> None:
    _, (seat,) = room(ENGLISH)
    for number in range(CHOICES):
        seat.choose((FRENCH, SPANISH)[number % 2], 0.0)
    with pytest.raises(RoomRefused) as refusal:
        seat.choose(FRENCH, 0.0)
    assert refusal.value.why is Shut.LANGUAGE
    assert seat.parties[0].language is SPANISH
    seat.choose(FRENCH, CHOICE_S)
    with pytest.raises(RoomRefused):
        seat.choose(SPANISH, CHOICE_S + 1.0)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("  Ann \n Lee ", "Ann Lee"),
        ("a\x00b\u202ec\x1b[0m", "abc[0m"),
        ("\u0645\u0631\u064a\u0645", "\u0645\u0631\u064a\u0645"),
        ("x" * 200, "x" * 60),
        ("\n", ""),
        ("\u0639\u0644\u06cc\u200c\u0631\u0636\u0627", "\u0639\u0644\u06cc\u200c\u0631\u0636\u0627"),
        ("\u200d\u200c", ""),
        ("a" + "\u0301" * 50 + "b", "a" + "\u0301" * 3 + "b"),
    ],
)
def test_names_are_fit_to_be_shown(name: str, shown: str) -> None:
    assert cleaned(name) == shown


def test_a_device_may_want_an_interpreter_of_both_sides_as_well() -> None:
    seats = Seats(2, (SPANISH, ENGLISH))
    seat = seats.seat("", None, 0.0, host=True)
    seats.either = True
    assert ways(seats, 1.0) == [], "nobody is here yet"
    seat.joined = True
    assert ways(seats, 1.0) == ["a:es>en", "a|b:es>en", "b:en>es"]
    assert seats.listeners(LaneKey(EITHER, "es", "en"), 1.0) == [seat]
