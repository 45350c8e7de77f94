"""The page's protocol: what is taken, what is told of what is not, and that each role reads the other."""

from __future__ import annotations

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.browser import wire
from dragoman.browser.wire import Breach, ErrorCode
from dragoman.domain.room import Doing, Ending, Shut, Speaker, Trouble
from dragoman.errors import RemoteWireError
from tests.fuzz.wire_values import examples

pytestmark = pytest.mark.unit


def code(message: bytes) -> ErrorCode:
    read = wire.decode_page(message)
    assert isinstance(read, Breach), read
    assert read.message
    return read.code


@pytest.mark.parametrize("message", examples(wire.FromPage, {"rate": 24000, "channels": 1, "db": -18.0}))
def test_each_message_of_a_page_is_read_as_it_was_written(message: bytes) -> None:
    read = wire.decode_page(message)
    assert not isinstance(read, Breach), (message, read)
    assert wire.decode_page(wire.encode(read)) == read


@pytest.mark.parametrize("message", examples(wire.FromServer))
def test_each_message_of_ours_is_read_as_it_was_written(message: bytes) -> None:
    read = wire.decode_server(message)
    assert wire.decode_server(wire.encode(read)) == read


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b'{"type":"join","seat":"x","rate":48000}', ErrorCode.WRONG_RATE),
        (b'{"type":"join","seat":"x","rate":24000,"channels":2}', ErrorCode.WRONG_CHANNELS),
        (b'{"type":"join","seat":"x","rate":"24000"}', ErrorCode.BROKEN),
        (b'{"type":"join","rate":24000}', ErrorCode.BROKEN),
        (b'{"type":"join","seat":"","rate":24000}', ErrorCode.BROKEN),
        (b'{"type":"join","seat":"' + b"x" * 401 + b'","rate":24000}', ErrorCode.BROKEN),
        (b'{"type":"mute","on":1}', ErrorCode.BROKEN),
        (b'{"type":"mute","on":true,"loud":true}', ErrorCode.BROKEN),
        (b'{"type":"speaks","side":"c"}', ErrorCode.BROKEN),
        (b'{"type":"digit","digit":"12"}', ErrorCode.BROKEN),
        (b'{"type":"digit","digit":"A"}', ErrorCode.BROKEN),
        (b'{"type":"original","mode":"duck","db":3}', ErrorCode.BROKEN),
        (b'{"type":"playback","late":-1}', ErrorCode.BROKEN),
        (b'{"type":"dance"}', ErrorCode.UNKNOWN_TYPE),
        (b'{"type":7}', ErrorCode.BROKEN),
        (b'{"type":"again"', ErrorCode.BROKEN),
        (b"[]", ErrorCode.BROKEN),
        (b"", ErrorCode.BROKEN),
        (b"\xff\xfe", ErrorCode.BROKEN),
        (b"[" * 8000, ErrorCode.BROKEN),
        (b'{"type":"again","x":"' + b"y" * 9000 + b'"}', ErrorCode.TOO_LARGE),
    ],
)
def test_what_is_wrong_is_named(message: bytes, expected: ErrorCode) -> None:
    assert code(message) is expected


def test_what_is_said_of_it_says_what_to_do() -> None:
    wrong = wire.decode_page(b'{"type":"join","seat":"x","rate":44100}')
    assert isinstance(wrong, Breach)
    assert "24000" in wrong.message
    assert "44100" in wrong.message
    unknown = wire.decode_page(b'{"type":"dance"}')
    assert isinstance(unknown, Breach)
    assert "reached" in unknown.message


@given(st.binary(max_size=300))
def test_nothing_that_comes_is_raised(message: bytes) -> None:
    wire.decode_page(message)


@given(st.binary(max_size=300))
def test_what_is_no_message_of_ours_is_a_wire_error(message: bytes) -> None:
    with contextlib.suppress(RemoteWireError):
        wire.decode_server(message)


def test_fatal_mistakes_are_told_as_such() -> None:
    assert wire.error(Breach(ErrorCode.WRONG_RATE, "x")).fatal
    assert not wire.error(Breach(ErrorCode.ODD_AUDIO, "x")).fatal


def test_each_reason_of_a_room_has_its_code() -> None:
    assert {shut.value for shut in Shut} <= {one.value for one in ErrorCode}


def test_states_and_endings_are_told_by_name() -> None:
    told = wire.encode(wire.StateShown(Doing.TROUBLE, "p", Trouble.AWAY))
    assert msgspec.json.decode(told) == {"type": "state", "state": "trouble", "party": "p", "trouble": "away"}
    ended = wire.decode_server(
        wire.encode(wire.Ended(Ending.LEFT, wire.Summary(1.0, 2, 2, ["en"], 0.0, True), {"txt": "/x"}))
    )
    assert isinstance(ended, wire.Ended)
    assert ended.reason is Ending.LEFT
    assert msgspec.json.decode(wire.encode(wire.SpeaksConfirmed(Speaker.AUTO)))["side"] == "auto"


@given(st.binary(max_size=20))
def test_half_a_sample_is_left_away(audio: bytes) -> None:
    whole = wire.whole_samples(audio)
    assert len(whole) % 2 == 0
    assert audio.startswith(whole)
    assert len(audio) - len(whole) <= 1
