"""Who may bring a page, and what its socket does with what comes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.browser import wire
from dragoman.browser.stream_door import MISTAKES, StreamDoor
from dragoman.browser.wire import ErrorCode
from dragoman.domain import room
from dragoman.domain.ear import OriginalMode
from dragoman.domain.speech import Digit, Heard, LegClosed, LegEvent, Reached
from dragoman.errors import Refused
from dragoman.ports import MediaRequest
from dragoman.tokens import Tokens
from dragoman.web.askers import Origins
from tests.fakes.pages import HOST, NOW, ORIGIN, SECRET, Lobby, PaperPage, upgrade
from tests.fakes.paper_rooms import LANGUAGES, SPANISH, PaperRooms

pytestmark = pytest.mark.unit

FRAME = b"\x01\x02" * 480


@pytest.mark.parametrize("request_", [upgrade(), upgrade(protocols="other, dragoman.1"), upgrade(f"http://{HOST}")])
def test_our_own_page_is_let_in(request_: MediaRequest) -> None:
    Lobby().door(request_)


@pytest.mark.parametrize(
    "request_",
    [
        upgrade(""),
        upgrade("null"),
        upgrade("https://evil.example"),
        upgrade(f"https://{HOST}.evil.example"),
        upgrade(f"https://{HOST}@evil.example"),
        upgrade(f"https://{HOST}:444"),
        upgrade(f"ftp://{HOST}"),
        upgrade(f"{ORIGIN}/"),
        upgrade("https://["),
        upgrade("https://", host=""),
        upgrade(protocols=""),
        upgrade(protocols="dragoman.2"),
        upgrade(query="seat=x"),
    ],
)
def test_others_are_refused(request_: MediaRequest) -> None:
    with pytest.raises(Refused):
        Lobby().door(request_)


def test_who_comes_too_often_is_refused() -> None:
    def admit(_request: MediaRequest) -> None:
        raise Refused("too many")

    lobby = Lobby()
    door = StreamDoor(lobby.rooms, lobby.tokens, LANGUAGES, ours=Origins([ORIGIN]).ours, admit=admit)
    with pytest.raises(Refused, match="too many"):
        door(upgrade())


def test_an_agent_sits_down_in_a_call() -> None:
    """With the token of a call's seat, where calls are answered; anywhere else it is none."""
    lobby, calls = Lobby(), PaperRooms()
    call = calls.open(room.RoomWanted()).room
    token = lobby.tokens.call_seat(call, calls.seat(call, "", SPANISH))
    stranger = lobby.page()
    stranger.join(token)
    assert [one.code for one in stranger.errors] == [ErrorCode.BAD_SEAT]
    lobby.door = StreamDoor(lobby.rooms, lobby.tokens, LANGUAGES, ours=Origins([ORIGIN]).ours, calls=calls)
    page = lobby.page()
    page.join(token)
    assert (page.errors, len(calls.legs), len(lobby.rooms.legs)) == ([], 1, 0)
    page.say(wire.Mute(on=True))
    assert calls.told[-1][2] == room.Mute(True)
    events = list[LegEvent]()
    next(iter(calls.legs.values()))[0].attach(events.append)
    page.say(wire.PressDigit("#"))
    assert events == [Digit("#")]
    other = lobby.page()
    other.join(lobby.seat())
    assert len(lobby.rooms.legs) == 1


def seated(*, host: bool = False) -> tuple[Lobby, PaperPage, list[LegEvent]]:
    lobby = Lobby()
    page, events = lobby.page(), list[LegEvent]()
    page.join(lobby.seat(host=host))
    (leg, _) = next(iter(lobby.rooms.legs.values()))
    leg.attach(events.append)
    return lobby, page, events


def test_a_seat_s_token_gives_the_seat() -> None:
    _, page, _ = seated()
    (joined,) = page.told
    assert isinstance(joined, wire.Joined)
    assert (joined.room, joined.party) == ("room1", "seat1")
    assert page.closes == []


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "a.b.c",
        Tokens("another secret of length", lambda: NOW).seat("room1", "seat1", 600.0),
        Tokens(SECRET, lambda: NOW - 900.0).seat("room1", "seat1", 600.0),
        Tokens(SECRET, lambda: NOW).host("room1", 600.0),
        Tokens(SECRET, lambda: NOW).login("room1", "seat1"),
        Tokens(SECRET, lambda: NOW).invite(1, 600.0),
        Tokens(SECRET, lambda: NOW).panel("room1"),
    ],
    ids=["short", "made up", "of another secret", "expired", "a host's", "a login", "an invite", "a panel's"],
)
def test_what_is_no_seat_s_token_is_refused(token: str) -> None:
    lobby = Lobby()
    lobby.seat()
    page = lobby.page()
    page.join(token)
    assert [one.code for one in page.errors] == [ErrorCode.BAD_SEAT]
    assert page.closes == [(1008, "bad-seat")]
    assert lobby.rooms.legs == {}


@pytest.mark.parametrize("shut", list(room.Shut))
def test_what_the_room_refuses_is_told_and_closes(shut: room.Shut) -> None:
    lobby = Lobby()
    seat, page = lobby.seat(), lobby.page()
    lobby.rooms.refusal = shut
    page.join(seat)
    (error,) = page.errors
    assert (error.code.value, error.fatal) == (shut.value, True)
    assert page.closes == [(1008, shut.value)]
    page.socket.received_binary(FRAME)
    assert len(page.told) == 1


@pytest.mark.parametrize("message", [wire.Again(), wire.Leave(), FRAME])
def test_nothing_comes_before_join(message: wire.FromPage | bytes) -> None:
    page = Lobby().page()
    if isinstance(message, bytes):
        page.socket.received_binary(message)
    else:
        page.say(message)
    assert [(one.code, one.fatal) for one in page.errors] == [(ErrorCode.NOT_JOINED, True)]
    assert page.closes == [(1008, "not-joined")]
    page.say(wire.Again())
    assert len(page.told) == 1


@pytest.mark.parametrize("message", [b"{}", b"", b'{"type":"dance"}', b'{"type":"join"}', b"\xff"])
def test_who_begins_with_nonsense_holds_no_socket(message: bytes) -> None:
    page = Lobby().page()
    page.say(message)
    assert [one.fatal for one in page.errors] == [True]
    assert [code for code, _ in page.closes] == [1008]


def test_a_second_tab_is_told_so_and_may_take_over() -> None:
    lobby = Lobby()
    seat = lobby.seat()
    first, second, third = lobby.page(), lobby.page(), lobby.page()
    first.join(seat)
    second.join(seat)
    assert [one.code for one in second.errors] == [ErrorCode.SEAT_TAKEN]
    assert first.closes == []
    third.join(seat, take_over=True)
    assert isinstance(first.told[-1], wire.Ended)
    assert first.told[-1].reason is room.Ending.TAKEN_OVER
    assert (first.closes, third.closes) == ([(1000, "")], [])


def test_audio_and_marks_reach_the_leg() -> None:
    _, page, events = seated()
    page.socket.received_binary(FRAME[:100])
    page.socket.received_binary(FRAME[100:] + FRAME)
    page.say(wire.ReachedMark("m1"))
    page.say(wire.PressDigit("#"))
    assert events == [Heard(FRAME, 0), Heard(FRAME, 20), Reached("m1")]
    assert [(one.code, one.fatal) for one in page.errors] == [(ErrorCode.NOT_HERE, False)], "keys are for phone calls"


def test_odd_audio_is_heard_without_its_last_byte_and_told_once() -> None:
    _, page, events = seated()
    for _ in range(3):
        page.socket.received_binary(FRAME + b"\x01")
    assert [one.audio for one in events if isinstance(one, Heard)] == [FRAME] * 3
    assert [(one.code, one.fatal) for one in page.errors] == [(ErrorCode.ODD_AUDIO, False)]
    assert page.closes == []


PLAYBACK = wire.Playback(1, 2, 3, 4, 5.0, 6.0, 7.0)


@pytest.mark.parametrize(
    ("message", "event"),
    [
        (wire.Mute(True), room.Mute(True)),
        (wire.Speaks(room.Speaker.B), room.Speaks(room.Speaker.B)),
        (wire.SetLanguage("ES"), room.ChooseLanguage(SPANISH)),
        (wire.SetOriginal(OriginalMode.DUCK, -12.0), room.ChooseOriginal(OriginalMode.DUCK, -12.0)),
        (wire.Again(), room.SayAgain()),
        (wire.SetInterpreting(False), room.Interpret(False)),
        (wire.SetRecording(True), room.KeepRecord(True)),
        (PLAYBACK, room.Playback(1, 2, 3, 4, 5.0, 6.0, 7.0)),
        (wire.Leave(), room.Leave()),
        (wire.CloseRoom(), room.CloseRoom()),
    ],
)
def test_what_a_page_says_is_told_to_the_room(message: wire.FromPage, event: room.SeatEvent) -> None:
    lobby, page, _ = seated(host=True)
    page.say(message)
    assert lobby.rooms.told == [("room1", "seat1", event)]
    assert page.errors == []


@pytest.mark.parametrize("message", [wire.Speaks(room.Speaker.B), wire.Mute(True), wire.SetLanguage("es")])
def test_what_was_said_before_a_switch_is_heard_before_it(message: wire.FromPage) -> None:
    lobby, page, events = seated()
    page.socket.received_binary(FRAME[:200])
    page.say(message)
    assert events == [Heard(FRAME[:200] + bytes(760), 0)]
    assert len(lobby.rooms.told) == 1


def test_statistics_cut_no_frame() -> None:
    _, page, events = seated()
    page.socket.received_binary(FRAME[:200])
    page.say(PLAYBACK)
    page.socket.received_binary(FRAME[200:])
    assert events == [Heard(FRAME, 0)]


def test_what_is_not_to_be_done_is_told_and_the_talk_goes_on() -> None:
    lobby, page, _ = seated()
    page.say(wire.CloseRoom())
    page.say(wire.SetLanguage("tlh"))
    page.join(lobby.tokens.seat("room1", "seat1", 1.0))
    page.say(b'{"type":"dance"}')
    codes = [ErrorCode.NOT_HOST, ErrorCode.LANGUAGE, ErrorCode.JOINED_ALREADY, ErrorCode.UNKNOWN_TYPE]
    assert [(one.code, one.fatal) for one in page.errors] == [(code, False) for code in codes]
    assert page.closes == []


def test_a_page_that_makes_mistake_after_mistake_is_sent_away() -> None:
    _, page, _ = seated()
    for _ in range(MISTAKES + 5):
        page.say(b"{}")
    assert [one.code for one in page.errors] == [ErrorCode.BROKEN] * MISTAKES + [ErrorCode.TOO_MANY_ERRORS]
    assert page.closes == [(1008, "too-many-errors")]


@pytest.mark.parametrize("leaves", [True, False])
def test_the_end_of_the_socket_is_the_end_of_the_leg(leaves: bool) -> None:
    _, page, events = seated()
    if leaves:
        page.say(wire.Leave())
    page.socket.closed()
    assert events == [LegClosed(clean=leaves, reason="left" if leaves else "connection lost")]
    page.socket.received_binary(FRAME)
    assert len(events) == 1


def test_a_socket_that_never_joined_may_just_go() -> None:
    Lobby().page().socket.closed()


@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([wire.encode(wire.Again()), b"{}"])), max_size=8))
def test_whatever_comes_nothing_is_raised(messages: list[bytes]) -> None:
    _, page, _ = seated()
    for message in messages:
        page.socket.received(message)
        page.socket.received_binary(message)
    page.socket.closed()
