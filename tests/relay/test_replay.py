"""What is replayed to whoever takes a lost interpreter's seat."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.domain.speech import (
    Captioned,
    Guarded,
    InterpreterEvent,
    Side,
    SpeechBegan,
    SpeechStopped,
    Spoke,
    SpokeAll,
    Unclear,
    Verdict,
)
from dragoman.relay.replay import KEPT_S, LEAD_IN_BYTES, Replay, Untold
from tests.fakes.relay_parts import SILENT, frame

pytestmark = pytest.mark.script

LEAD_IN = LEAD_IN_BYTES // 160
KEPT = int(KEPT_S * 50)


class Seat:
    """A lane's replay and its clock. Audio comes in frames of 20 ms, in real time; every voiced frame is another."""

    def __init__(self, now: float = 100.0) -> None:
        self.replay = Replay()
        self.now = now
        self.frames: list[bytes] = []
        self.replay.interpreter_began(now)

    def say(self, count: int) -> None:
        self._hear([frame(len(self.frames) + number) for number in range(count)])

    def hush(self, count: int) -> None:
        self._hear([SILENT] * count)

    def _hear(self, frames: list[bytes]) -> None:
        for one in frames:
            self.now += 0.02
            self.frames.append(one)
            self.replay.given(one, self.now)

    def notice(self, *events: InterpreterEvent) -> None:
        for event in events:
            self.replay.noticed(event, self.now)

    def untold(self) -> Untold | None:
        return self.replay.untold(self.now)

    def left(self) -> list[bytes]:
        """The frames that are left."""
        untold = self.untold()
        return [] if untold is None else [untold.audio[at : at + 160] for at in range(0, len(untold.audio), 160)]

    def replace(self) -> Untold:
        """The interpreter is lost; the next one is given what is left."""
        self.replay.interpreter_began(self.now)
        untold = self.untold()
        assert untold is not None
        self.replay.recalled(untold.audio, untold.began)
        return untold


def spoken(count: int, utterance: str = "", elapsed_ms: int | None = None) -> Spoke:
    return Spoke(b"".join(frame(9000 + number) for number in range(count)), utterance, elapsed_ms)


# ---- An engine that says nothing yet ---------------------------------------------------------------------------------


def test_the_last_seconds_of_what_was_given() -> None:
    replay = Replay(kept_s=2.0)
    pieces = [frame(number) for number in range(150)]
    for number, piece in enumerate(pieces, start=1):
        replay.given(piece, number * 0.02)
    assert replay.last(0.5) == b"".join(pieces[-25:])
    assert replay.last(60.0) == b"".join(pieces[-100:]), "no more than is kept"
    assert Replay().last(1.0) == b""


def test_silence_is_not_replayed() -> None:
    seat = Seat()
    assert seat.untold() is None
    seat.hush(200)
    assert seat.untold() is None


def test_nothing_that_was_heard_is_lost_and_long_silence_before_it_is_trimmed() -> None:
    seat = Seat()
    seat.hush(200)
    seat.say(50)
    seat.hush(10)
    assert seat.left() == seat.frames[200 - LEAD_IN :]
    untold = seat.untold()
    assert untold is not None
    assert untold.began == pytest.approx(100.0 + (200 - LEAD_IN) * 0.02)
    assert (untold.voiced_ms, untold.torn, untold.repeats_ms, untold.lost_ms) == (1000, (), 0, 0)


def test_never_more_than_is_kept() -> None:
    seat = Seat()
    seat.say(KEPT + 100)
    assert seat.left() == seat.frames[100:]


# ---- An engine that takes turns --------------------------------------------------------------------------------------


def turn(key: str, began_ms: int, stopped_ms: int) -> tuple[InterpreterEvent, InterpreterEvent]:
    return SpeechBegan(key, began_ms), SpeechStopped(key, stopped_ms)


def test_from_the_oldest_utterance_that_is_not_done() -> None:
    seat = Seat()
    seat.hush(50)
    seat.say(50)
    seat.hush(50)
    seat.notice(*turn("a", 1000, 2000), spoken(40, "a"), SpokeAll("a"))
    assert seat.untold() is None
    seat.say(50)
    seat.hush(50)
    seat.notice(*turn("b", 3000, 4000))
    assert seat.left() == seat.frames[150 - LEAD_IN :]
    seat.say(20)
    seat.notice(SpeechBegan("c", 5000))
    untold = seat.untold()
    assert untold is not None
    assert untold.torn == ("b", "c")
    assert seat.left() == seat.frames[150 - LEAD_IN :]


def test_an_utterance_that_is_half_said_is_said_again_and_what_was_said_of_it_is_counted() -> None:
    seat = Seat()
    seat.say(100)
    seat.hush(50)
    seat.notice(*turn("a", 0, 2000), spoken(30, "a"), spoken(10, "a"))
    untold = seat.untold()
    assert untold is not None
    assert (untold.torn, untold.repeats_ms) == (("a",), 800)
    assert untold.audio == b"".join(seat.frames)


def test_voice_that_the_engine_has_not_found_yet() -> None:
    seat = Seat()
    seat.say(50)
    seat.hush(50)
    seat.notice(*turn("a", 0, 1000), SpokeAll("a"))
    seat.say(15)
    assert seat.left() == seat.frames[100 - LEAD_IN :]


def test_the_tail_of_an_utterance_is_no_new_one() -> None:
    seat = Seat()
    seat.say(60)
    seat.hush(50)
    seat.notice(*turn("a", 0, 1000), SpokeAll("a"))
    assert seat.untold() is None, "we found its end 200 ms later"


@pytest.mark.parametrize(
    "event", [SpokeAll("a"), Unclear("a", "noise"), Guarded("a", Verdict.ANSWERED, asked_again=False, played=True)]
)
def test_what_ends_an_utterance(event: InterpreterEvent) -> None:
    seat = Seat()
    seat.say(50)
    seat.hush(50)
    seat.notice(*turn("a", 0, 1000), event)
    assert seat.untold() is None


def test_what_is_asked_for_again_is_not_done() -> None:
    seat = Seat()
    seat.say(50)
    seat.hush(50)
    seat.notice(*turn("a", 0, 1000), spoken(20, "a"), SpokeAll("a"))
    seat.notice(Guarded("a", Verdict.ANSWERED, asked_again=True, played=True))
    untold = seat.untold()
    assert untold is not None
    assert (untold.torn, untold.repeats_ms) == (("a",), 0)


def test_captions_tell_no_position() -> None:
    seat = Seat()
    seat.say(50)
    seat.notice(Captioned(Side.SOURCE, "hola"))
    assert len(seat.left()) == 50


def test_what_is_too_old_is_lost_and_counted() -> None:
    seat = Seat()
    seat.say(KEPT + 50)
    seat.notice(SpeechBegan("a", 0))
    untold = seat.untold()
    assert untold is not None
    assert untold.lost_ms == 1000
    assert len(untold.audio) == KEPT * 160


def test_a_noise_of_which_nothing_ever_came_makes_nobody_tell_again_what_was_told_since() -> None:
    seat = Seat()
    seat.say(10)
    seat.notice(*turn("noise", 0, 200))
    for key, at_ms in (("a", 200), ("b", 10_200)):
        seat.say(450)
        seat.hush(50)
        seat.notice(*turn(key, at_ms, at_ms + 9_000), spoken(400, key), SpokeAll(key))
    assert seat.untold() is None
    seat.say(50)
    seat.notice(SpeechBegan("c", 20_200))
    assert seat.left() == seat.frames[-50 - LEAD_IN :]


def test_a_quiet_speaker_is_replayed_if_the_engine_heard_speech() -> None:
    seat = Seat()
    seat.hush(50)
    seat.notice(SpeechBegan("a", 500))
    untold = seat.untold()
    assert untold is not None
    assert untold.voiced_ms == 0
    assert seat.left() == seat.frames[25 - LEAD_IN :]


# ---- An engine that says how far it has listened, and nothing else ---------------------------------------------------


def test_a_stretch_that_was_told_is_not_replayed() -> None:
    seat = Seat()
    seat.say(50)
    seat.hush(60)
    seat.notice(spoken(40, elapsed_ms=2000), Spoke(b"\x20" * 16))
    assert len(seat.left()) == 110, "it may go on speaking"
    seat.hush(60)
    assert seat.untold() is None


def test_half_of_a_stretch_that_was_told_is_told_again() -> None:
    seat = Seat()
    seat.say(100)
    seat.hush(40)
    seat.notice(spoken(30, elapsed_ms=2600))
    untold = seat.untold()
    assert untold is not None
    assert untold.audio == b"".join(seat.frames)
    assert (untold.torn, untold.repeats_ms) == (("",), 600)


def test_a_long_stretch_goes_on_at_a_breath() -> None:
    seat = Seat()
    for _ in range(8):
        seat.say(45)
        seat.hush(5)
    seat.notice(spoken(250, elapsed_ms=6800))
    assert len(seat.left()) == 400 - (100 - LEAD_IN)
    untold = seat.untold()
    assert untold is not None
    assert untold.repeats_ms == pytest.approx(5000 - 2700, abs=20)


def test_silence_that_the_engine_put_in_counts_by_its_own_clock() -> None:
    seat = Seat()
    seat.say(50)
    seat.now += 3.0
    seat.hush(30)
    seat.say(50)
    seat.hush(40)
    seat.notice(spoken(50, elapsed_ms=4400))
    seat.hush(60)
    seat.notice(spoken(50, elapsed_ms=5300))
    seat.hush(60)
    assert len(seat.left()) == 50 + 160 + LEAD_IN, "5300 ms by its clock is 2300 by ours: the second was not over"
    seat.notice(spoken(50, elapsed_ms=5900))
    seat.hush(60)
    assert seat.untold() is None


def test_an_engine_that_gives_no_position_at_all() -> None:
    seat = Seat()
    seat.say(50)
    seat.notice(spoken(50), Spoke(SILENT * 50))
    seat.hush(60)
    assert seat.untold() is None


# ---- One after the other ---------------------------------------------------------------------------------------------


def test_what_was_replayed_is_replayed_once_more_when_that_one_is_lost_too() -> None:
    seat = Seat()
    seat.hush(100)
    seat.say(50)
    first = seat.replace()
    seat.say(30)
    second = seat.replace()
    assert first.began == pytest.approx(second.began)
    assert second.audio == b"".join(seat.frames[100 - LEAD_IN :])


def test_positions_count_what_was_replayed() -> None:
    seat = Seat()
    seat.hush(100)
    seat.say(50)
    seat.replace()
    seat.hush(50)
    seat.notice(*turn("a", 300, 1300), SpokeAll("a"))
    assert seat.untold() is None
    seat.say(50)
    assert seat.left() == seat.frames[200 - LEAD_IN :]


def test_what_is_left_can_be_asked_for_before_and_after_the_next_one_took_its_seat() -> None:
    seat = Seat()
    seat.say(50)
    before = seat.untold()
    seat.replay.interpreter_began(seat.now)
    assert seat.untold() == before
    seat.replay.interpreter_began(seat.now)
    assert seat.untold() == before, "one that heard nothing leaves what it found"


def test_what_the_next_one_is_not_given_is_not_its_own() -> None:
    seat = Seat()
    seat.say(50)
    seat.replay.interpreter_began(seat.now)
    seat.hush(10)
    assert seat.untold() is None
    seat.say(20)
    assert seat.left() == seat.frames[60 - 10 :]


def test_what_was_said_before_interpreting_was_turned_on_is_kept_too() -> None:
    seat = Seat()
    seat.replay.interpreter_began(seat.now)
    older = b"".join(frame(number) for number in range(50))
    seat.replay.recalled(older, seat.now - 1.0)
    seat.say(10)
    untold = seat.untold()
    assert untold is not None
    assert untold.audio == older + b"".join(seat.frames)
    assert untold.began == pytest.approx(99.0)
    seat.replace()
    assert seat.untold() == untold


def test_an_older_stretch_can_be_nothing() -> None:
    seat = Seat()
    seat.replay.recalled(b"", seat.now)
    assert seat.untold() is None


def test_discarded() -> None:
    seat = Seat()
    seat.say(50)
    seat.replay.discard()
    assert seat.untold() is None
    seat.replay.interpreter_began(seat.now)
    assert seat.untold() is None
    seat.say(20)
    assert seat.left() == seat.frames[50:]


def test_who_goes_on_after_that_goes_on_counting() -> None:
    seat = Seat()
    seat.say(50)
    seat.notice(SpeechBegan("a", 0))
    seat.replay.discard()
    seat.hush(50)
    seat.notice(SpeechStopped("a", 1000), SpokeAll("a"))
    seat.say(50)
    seat.hush(40)
    seat.notice(*turn("b", 2000, 3000))
    assert seat.left() == seat.frames[100 - LEAD_IN :]
    seat.notice(SpokeAll("b"))
    assert seat.untold() is None
    seat.say(50)
    assert seat.left() == seat.frames[190 - LEAD_IN :]


def test_so_does_one_that_names_nothing() -> None:
    seat = Seat()
    seat.say(50)
    seat.hush(50)
    seat.notice(spoken(40, elapsed_ms=1500))
    seat.replay.discard()
    seat.say(50)
    seat.hush(40)
    seat.notice(spoken(50, elapsed_ms=3200))
    assert len(seat.left()) == 90, "it had not listened to the end"
    seat.notice(spoken(10, elapsed_ms=3400))
    seat.hush(60)
    assert seat.untold() is None


def test_one_that_heard_all_leaves_nothing_to_the_one_after_the_next() -> None:
    seat = Seat()
    seat.say(50)
    seat.replace()
    seat.hush(50)
    seat.notice(*turn("a", 0, 1000), SpokeAll("a"))
    seat.replay.interpreter_began(seat.now)
    assert seat.untold() is None


# ---- Properties ------------------------------------------------------------------------------------------------------

RUNS = st.lists(st.tuples(st.booleans(), st.integers(1, 200)), min_size=1, max_size=6)


def audio_of(runs: list[tuple[bool, int]]) -> bytes:
    return b"".join(
        frame(index * 1000 + n) if loud else SILENT for index, (loud, count) in enumerate(runs) for n in range(count)
    )


@settings(deadline=None)
@given(runs=RUNS, cuts=st.lists(st.integers(1, 200_000), max_size=30), began_ms=st.none() | st.integers(0, 15_000))
def test_any_split_of_the_same_audio_leaves_the_same(
    runs: list[tuple[bool, int]], cuts: list[int], began_ms: int | None
) -> None:
    audio = audio_of(runs)
    whole, split = Replay(), Replay()
    whole.given(audio, 50.0 + len(audio) / 8000)
    places = sorted({0, len(audio), *(cut for cut in cuts if cut < len(audio))})
    for start, end in itertools.pairwise(places):
        split.given(audio[start:end], 50.0 + end / 8000)
    now = 50.0 + len(audio) / 8000
    if began_ms is not None:
        whole.noticed(SpeechBegan("a", began_ms), now)
        split.noticed(SpeechBegan("a", began_ms), now)
    one, other = whole.untold(now), split.untold(now)
    if one is None or other is None:
        assert one is other
        return
    assert (one.audio, one.voiced_ms, one.lost_ms) == (other.audio, other.voiced_ms, other.lost_ms)
    assert one.began == pytest.approx(other.began)


@settings(deadline=None)
@given(runs=RUNS)
def test_nothing_voiced_is_lost_and_never_more_than_is_kept(runs: list[tuple[bool, int]]) -> None:
    audio = audio_of(runs)
    replay = Replay()
    for at in range(0, len(audio), 160):
        replay.given(audio[at : at + 160], 10.0 + (at + 160) / 8000)
    untold = replay.untold(10.0 + len(audio) / 8000)
    kept = audio[-KEPT * 160 :]
    if untold is None:
        assert all(count < 5 for loud, count in runs if loud) or not kept.strip(b"\xff") or len(kept) < len(audio)
        return
    assert len(untold.audio) <= KEPT * 160
    assert audio.endswith(untold.audio)
    before = kept[: len(kept) - len(untold.audio)]
    assert before.count(b"\xff") >= len(before) - 4 * 160 * len(runs), "nothing but silence and clicks is left out"
    assert untold.began == pytest.approx(10.0 + (len(audio) - len(untold.audio)) / 8000)
