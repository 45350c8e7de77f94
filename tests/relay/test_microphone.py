"""Pieces of sound become frames of whoever speaks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.room import SIDE_A, SIDE_B, PartyId, Speaker
from dragoman.relay.microphone import TRAIL_S, Microphone
from dragoman.relay.room_seats import EITHER
from tests.fakes.page import FRAME, WIDE, wide_frame

pytestmark = pytest.mark.unit

ONE = PartyId("p1")


def test_whole_frames_come_out_whatever_goes_in() -> None:
    microphone = Microphone([ONE], WIDE)
    sound = wide_frame(0) + wide_frame(1)
    out = [spoken for at in range(0, len(sound), 96) for spoken in microphone.hear(sound[at : at + 96])]
    assert out == [(ONE, wide_frame(0)), (ONE, wide_frame(1))]


def test_a_muted_one_brings_nothing() -> None:
    microphone = Microphone([ONE], WIDE)
    assert microphone.hear(wide_frame(0)[:100]) == []
    ((party, rest),) = microphone.mute(True, 1.0)
    assert (party, rest) == (ONE, wide_frame(0)[:100] + bytes(FRAME - 100))
    assert microphone.hear(wide_frame(1)) == []
    assert microphone.mute(True, 1.1) == []
    assert microphone.mute(False, 1.2) == []
    assert microphone.hear(wide_frame(2)) == [(ONE, wide_frame(2))]


def test_silence_follows_who_is_heard_no_more_for_a_while() -> None:
    microphone = Microphone([ONE], WIDE)
    microphone.mute(True, 10.0)
    assert microphone.trails
    given_bytes = 0
    for number in range(1, 200):
        for party, silence in microphone.silence(10.0 + number * 0.033):
            assert party == ONE
            assert not any(silence)
            assert len(silence) % FRAME == 0
            given_bytes += len(silence)
    assert WIDE.ms(given_bytes) == TRAIL_S * 1000
    assert not microphone.trails


@pytest.mark.parametrize("back", ["unmuted", "joined"])
def test_who_is_heard_again_is_followed_by_no_more_silence(back: str) -> None:
    microphone = Microphone([ONE], WIDE)
    if back == "unmuted":
        microphone.mute(True, 0.0)
        microphone.mute(False, 0.5)
    else:
        microphone.lost(0.0)
        microphone.joined()
    assert microphone.silence(1.0) == []


def test_automatic_is_both_and_follows_neither_with_silence() -> None:
    microphone = Microphone([SIDE_A, SIDE_B], WIDE)
    microphone.speaks(Speaker.AUTO, 0.0)
    assert microphone.hear(wide_frame(0)) == [(SIDE_A, wide_frame(0)), (SIDE_B, wide_frame(0))]
    assert microphone.silence(1.0) == []
    microphone.speaks(Speaker.B, 2.0)
    assert [party for party, _ in microphone.silence(2.5)] == [SIDE_A]


@given(st.lists(st.tuples(st.sampled_from([Speaker.A, Speaker.B]), st.integers(0, 3000)), max_size=12))
def test_every_sample_goes_to_who_spoke_it(script: list[tuple[Speaker, int]]) -> None:
    microphone = Microphone([SIDE_A, SIDE_B], WIDE)
    heard = {SIDE_A: b"", SIDE_B: b""}
    spoken: dict[PartyId, list[bytes]] = {SIDE_A: [], SIDE_B: []}
    number = 1
    for side, samples in script:
        for party, frames in microphone.speaks(side, 0.0):
            heard[party] += frames
        said = b"".join((number + index).to_bytes(2, "little") for index in range(samples))
        number = number + samples if number + samples < 60_000 else 1
        spoken[SIDE_A if side is Speaker.A else SIDE_B].append(said)
        for party, frames in microphone.hear(said):
            heard[party] += frames
    for party, frames in microphone.mute(True, 0.0):
        heard[party] += frames
    for party, said_by in spoken.items():
        at = 0
        for said in said_by:
            if said:
                at = heard[party].index(said, at) + len(said)


def test_automatic_is_whoever_it_is_where_one_interpreter_hears_both() -> None:
    microphone = Microphone([SIDE_A, SIDE_B], WIDE, EITHER)
    assert microphone.hear(wide_frame(0)) == [(SIDE_A, wide_frame(0))]
    microphone.speaks(Speaker.AUTO, 0.0)
    assert microphone.hear(wide_frame(1)) == [(EITHER, wide_frame(1))]
    assert [party for party, _ in microphone.silence(0.5)] == [SIDE_A], "what it had begun is over"
    half = wide_frame(2)[: len(wide_frame(2)) // 2]
    assert microphone.hear(half) == []
    ((party, rest),) = microphone.speaks(Speaker.B, 1.0)
    assert (party, rest.startswith(half)) == (EITHER, True), "to the last sample"
    assert microphone.hear(wide_frame(3)) == [(SIDE_B, wide_frame(3))]
    assert EITHER in [party for party, _ in microphone.silence(1.5)]
