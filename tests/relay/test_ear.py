"""What one ear is given: the interpreter, notices, hold sound and the other party's voice, as one stream."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dragoman.audio.comfort import comfort_sound
from dragoman.audio.hold import hold_sound
from dragoman.audio.mixer import Gain, mix
from dragoman.domain.audio import AudioFormat
from dragoman.domain.ear import OriginalMode
from dragoman.domain.effects import Clear, LaneEffect, Mark, Play
from dragoman.relay.ear import (
    BARGE_IN_DUCK_DB,
    BURST_MS,
    CATCH_UP_MS,
    CUE,
    CUSHION_MS,
    HOLD,
    MIXING_S,
    TOP_UP_LEAST_MS,
    TOP_UP_MOST_MS,
    Ear,
)
from dragoman.relay.ear_clock import PLAYED_LATE_S
from dragoman.relay.ear_plan import USUAL_EAR, EarPlan
from dragoman.relay.echo_gate import EchoGate
from dragoman.relay.playout import LEAD_MS, Finished, Started
from tests.fakes.relay_parts import SILENT, frame

pytestmark = pytest.mark.unit

T = 50.0
LEAD = LEAD_MS * 8
CUSHION = b"\xff" * 8 * CUSHION_MS
FULL = EarPlan(original=OriginalMode.FULL)


class Gate(EchoGate):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[bytes, float]] = []
        self.cleared_at: list[float] = []

    def played(self, audio: bytes, heard_at: float) -> None:
        self.told.append((audio, heard_at))

    def cleared(self, now: float) -> None:
        self.cleared_at.append(now)


def ear(plan: EarPlan = USUAL_EAR, *, here: bool = True, gate: EchoGate | None = None) -> Ear:
    made = Ear(AudioFormat.PCMU_8K, plan, gate=gate)
    if here:
        made.joined()
    return made


def words(count: int, first: int = 1) -> bytes:
    return b"".join(frame(first + number) for number in range(count))


def played(effects: Sequence[LaneEffect]) -> bytes:
    return b"".join(one.audio for one in effects if isinstance(one, Play))


def marks(effects: Sequence[LaneEffect]) -> list[str]:
    return [one.name for one in effects if isinstance(one, Mark)]


def ticked(one: Ear, frames: int, now: float = T) -> bytes:
    """What it plays in the frames after `now`."""
    return b"".join(played(one.tick(now + (number + 1) * 0.02)) for number in range(frames))


# ---- The stream ------------------------------------------------------------------------------------------------------


def test_without_a_stream_what_is_given_waits() -> None:
    one = ear(here=False)
    assert not one.here
    assert list(one.give(words(3), "c1", T)) == []
    assert list(one.tick(T)) == []
    assert list(one.due(T)) == []
    one.joined()
    assert one.here
    assert played(one.due(T)) == words(3)


def test_a_stream_that_left_gets_nothing_and_the_next_one_the_rest() -> None:
    one = ear()
    sent = played(one.give(words(20), "c1", T))
    one.left()
    assert not one.here
    assert ticked(one, 50) == b""
    one.joined()
    assert sent + ticked(one, 50, T + 1) == words(20)


def test_marks_of_a_stream_that_was_lost_count_for_nothing() -> None:
    one = ear()
    one.give(words(3), "c1", T)
    one.playout.end("c1")
    (mark,) = marks(one.due(T))
    one.left()
    one.joined()
    assert [note for note in one.reached(mark, T + 1) if isinstance(note, Finished)] == []
    assert one.playout.unheard_ms(T) == 0


def test_how_much_quieter_and_how_long_things_are() -> None:
    assert (BARGE_IN_DUCK_DB, MIXING_S, CUSHION_MS, BURST_MS, CATCH_UP_MS) == (-12.0, 0.1, 40, 300, 200)
    assert (TOP_UP_LEAST_MS, TOP_UP_MOST_MS) == (60, 120)


def test_what_is_given_goes_out_at_once_up_to_the_lead_and_then_as_it_is_heard() -> None:
    one = ear()
    first = played(one.give(words(20), "c1", T))
    assert first == words(20)[:LEAD]
    assert first + ticked(one, 30) == words(20)


def test_the_lead_is_the_plans() -> None:
    assert len(played(ear(EarPlan(lead_ms=200)).give(words(20), "c1", T))) == 200 * 8


def test_what_fell_behind_is_hurried_as_the_plan_says() -> None:
    hasty = ear(EarPlan(lag_target_ms=700)).playout.haste
    assert hasty is not None
    assert hasty.target_ms == 700
    assert ear(EarPlan(lag_target_ms=0)).playout.haste is None, "0: however far"
    assert ear(EarPlan(lag_target_ms=0.5)).playout.haste is not None


def test_speech_is_to_be_heard_while_it_is_unheard_and_not_only_unsent() -> None:
    one = ear()
    assert one.speech_ms(T) == 0
    one.give(words(5), "c1", T)
    assert not one.busy, "all is sent"
    assert one.speech_ms(T) == pytest.approx(100)
    assert one.speech_ms(T + PLAYED_LATE_S + 0.09) == pytest.approx(10)
    assert one.speech_ms(T + PLAYED_LATE_S + 0.11) == 0
    one.give(words(20), "c2", T + 1)
    assert one.speech_ms(T + 1) == pytest.approx(400), "what is queued counts"


def test_sounds_of_ours_and_the_others_own_voice_are_no_speech() -> None:
    one = ear(EarPlan(self_db=-24.0))
    one.overhear(words(20), T)
    assert one.speech_ms(T) == 0
    one = ear()
    one.hold(True)
    one.tick(T)
    for number in range(10):
        one.across(frame(number), T)
    one.give(words(20), CUE, T)
    assert one.playout.unheard_ms(T) > 600
    assert one.speech_ms(T) == 0
    mixed = ear(FULL)
    mixed.beside(words(3), T)
    assert mixed.speech_ms(T) == 0
    mixed.give(words(2), "c1", T)
    mixed.beside(frame(9), T + 0.02)
    assert mixed.speech_ms(T + 0.02) == pytest.approx(40)


def test_it_is_busy_while_anything_is_to_be_sent() -> None:
    one = ear()
    assert not one.busy
    one.give(words(20), "c1", T)
    assert one.busy
    one.hold(True)
    ticked(one, 100)
    assert one.busy
    one.hold(False)
    ticked(one, 100, T + 10)
    assert not one.busy
    assert ear(EarPlan(comfort=True)).busy, "comfort sound may be due at any time"


def test_marks_that_return_tell_what_was_heard() -> None:
    one = ear()
    effects = list(one.give(words(3), "c1", T))
    one.playout.end("c1")
    (mark,) = marks([*effects, *one.due(T)])
    assert one.reached(mark, T + 0.1) == [Started("c1", T, T + PLAYED_LATE_S), Finished("c1", T + 0.1, 60)]
    assert one.reached(mark, T + 0.2) == []
    assert one.reached("g7.7", T + 0.2) == []


# ---- Clearing and lowering -------------------------------------------------------------------------------------------


def test_clearing_drops_what_is_unheard_and_tells_the_gate() -> None:
    gate = Gate()
    one = ear(gate=gate)
    one.give(words(20), "c1", T)
    assert list(one.clear(T + 0.05)) == [Clear()]
    assert gate.cleared_at == [T + 0.05]
    assert ticked(one, 20) == b""


def test_there_is_nothing_to_clear_without_a_stream() -> None:
    one = ear(here=False)
    one.give(words(20), "c1", T)
    assert list(one.clear(T)) == []
    one.joined()
    assert played(one.due(T)) != b""


def test_while_the_listener_speaks_what_is_sent_is_quieter() -> None:
    one, quieter = ear(), Gain(BARGE_IN_DUCK_DB)
    first = played(one.give(words(8), "c1", T))
    assert not one.low
    one.lower(True)
    assert one.low
    second = ticked(one, 4)
    assert second == quieter(words(8)[LEAD:])
    assert quieter(frame(1)) != frame(1)
    one.lower(False)
    assert not one.low
    assert first + second == words(6) + quieter(words(2, 7))
    assert played(one.give(words(3), "c1", T + 5)) == words(3)


def test_lowering_leaves_marks_alone() -> None:
    one = ear()
    one.lower(True)
    one.give(words(3), "c1", T)
    one.playout.end("c1")
    assert len(marks(one.due(T))) == 1


# ---- The speaker's own translation -----------------------------------------------------------------------------------


def test_a_speaker_hears_the_own_translation_quietly() -> None:
    assert played(ear(EarPlan(self_db=-30.0)).overhear(words(3), T)) == Gain(-30.0)(words(3))
    assert played(ear().overhear(words(3), T)) == Gain(-24.0)(words(3)), "where the plan does not say how quietly"


def test_it_goes_on_as_it_comes() -> None:
    one = ear(EarPlan(self_db=-24.0))
    sent = played(one.overhear(words(10), T)) + played(one.overhear(words(10, 11), T + 0.02))
    assert sent + ticked(one, 40) == Gain(-24.0)(words(20))


def test_but_only_while_there_is_nothing_else_to_hear() -> None:
    one = ear(EarPlan(self_db=-24.0))
    one.give(words(5), "a1", T)
    assert list(one.overhear(words(3), T + 0.05)) == []
    assert played(one.overhear(words(3), T + 0.1)) == Gain(-24.0)(words(3)), "all was heard"


def test_behind_what_the_other_party_says_it_is_left_out_and_not_queued() -> None:
    one = ear(EarPlan(self_db=-24.0))
    one.overhear(words(3), T)
    sent = played(one.give(words(20, 100), "a1", T))
    assert list(one.overhear(words(3), T + 0.02)) == []
    assert sent + ticked(one, 60) == words(20, 100)


def test_hold_sound_is_something_else_to_hear() -> None:
    one = ear(EarPlan(self_db=-24.0))
    one.hold(True)
    one.tick(T)
    assert list(one.overhear(words(3), T + 0.02)) == []


def test_what_the_other_party_says_takes_its_place() -> None:
    one = ear(EarPlan(self_db=-24.0))
    sent = played(one.overhear(words(30), T))
    assert sent == Gain(-24.0)(words(30))[:LEAD]
    sent += played(one.give(words(10, 100), "a1", T + 0.02))
    sent += ticked(one, 60, T + 0.02)
    assert sent == Gain(-24.0)(words(30))[:LEAD] + words(10, 100)


def test_nobody_overhears_without_a_stream_or_under_the_others_own_voice() -> None:
    assert list(ear(here=False).overhear(words(3), T)) == []
    one = ear(FULL)
    one.beside(frame(1), 0.0)
    assert one.playout.unheard_ms(MIXING_S) == 0
    assert list(one.overhear(words(3), MIXING_S)) == []
    assert played(one.overhear(words(3), MIXING_S + 0.001)) == Gain(-24.0)(words(3))


# ---- The other party's own voice -------------------------------------------------------------------------------------


def test_across_each_frame_goes_out_as_it_comes() -> None:
    one = ear()
    for number in range(30):
        assert played(one.across(frame(number), T + number * 0.02)) == frame(number)


def test_across_an_ear_that_is_behind_catches_up_in_the_pauses_and_loses_no_voice() -> None:
    one = ear(here=False)
    behind = CATCH_UP_MS // 20
    for _ in range(behind):
        one.across(SILENT, T)
    assert one.playout.unheard_ms(T) == CATCH_UP_MS
    one.across(SILENT, T)
    assert one.playout.unheard_ms(T) == CATCH_UP_MS, "silence is left out from there on"
    one.across(frame(1), T)
    assert one.playout.unheard_ms(T) == CATCH_UP_MS + 20, "voice is not"


def test_beside_it_each_frame_takes_one_of_the_interpreters_along() -> None:
    one = ear(FULL)
    one.beside(frame(90), T)
    assert list(one.give(words(3), "c1", T)) == [], "the original keeps the time"
    one.playout.end("c1")
    out = [one.beside(frame(100 + number), T + 0.02 + number * 0.02) for number in range(5)]
    assert [played(effects) for effects in out] == [
        *(mix(frame(100 + number), frame(1 + number)) for number in range(3)),
        frame(103),
        frame(104),
    ]
    assert [len(marks(effects)) for effects in out] == [0, 0, 1, 0, 0], "behind the last frame"


def test_a_mixed_stream_that_ran_dry_begins_with_a_cushion() -> None:
    one = ear(FULL)
    assert played(one.beside(frame(1), T)) == CUSHION + frame(1)
    assert played(one.beside(frame(2), T + 0.02)) == frame(2)
    assert one.playout.ahead_ms(T + 0.02) == pytest.approx(CUSHION_MS + 20)
    dry = T + 0.02 + (CUSHION_MS + 20) / 1000
    assert played(one.beside(frame(3), dry + 0.001)) == CUSHION + frame(3)


def test_an_ear_without_a_stream_hears_nothing_beside() -> None:
    one = ear(FULL, here=False)
    assert list(one.beside(frame(1), T)) == []
    one.joined()
    assert played(one.give(words(2), "c1", T)) == words(2), "and nothing keeps the time"


def test_frames_of_any_size_go_out_whole() -> None:
    one = ear(FULL)
    assert list(one.beside(frame(1)[:100], T)) == []
    assert played(one.beside(frame(1)[100:] + frame(2)[:50], T + 0.01)) == CUSHION + frame(1)
    assert played(one.beside(frame(2)[50:], T + 0.02)) == frame(2)


def test_when_the_original_stops_coming_the_playout_keeps_the_time_again() -> None:
    one = ear(FULL)
    one.beside(frame(90), 0.0)
    one.give(words(3), "c1", 0.0)
    assert played(one.tick(MIXING_S)) == b""
    assert played(one.tick(MIXING_S + 0.001)) == words(3)


def test_a_late_burst_leaves_out_silence_above_the_bound_and_no_voice() -> None:
    one = ear(FULL)
    out = played(one.beside(SILENT * 40, T))
    assert (BURST_MS - CUSHION_MS) // 20 <= out.count(SILENT) - 2 <= (BURST_MS - CUSHION_MS) // 20 + 1
    assert out == SILENT * (len(out) // 160)
    assert played(one.beside(words(40), T)) == words(40)


# ---- Sounds of ours --------------------------------------------------------------------------------------------------


def test_hold_sound_is_topped_up_from_the_least_to_the_most() -> None:
    one = ear()
    one.hold(True)
    first = played(one.tick(T))
    assert len(first) == TOP_UP_MOST_MS * 8
    assert played(one.tick(T + (TOP_UP_MOST_MS - TOP_UP_LEAST_MS) / 1000 - 0.001)) == b""
    second = played(one.tick(T + (TOP_UP_MOST_MS - TOP_UP_LEAST_MS) / 1000 + 0.001))
    assert len(second) == 60 * 8, "the whole frames for which there is room"
    assert first + second == b"".join(hold_sound(number) for number in range(9))


def test_hold_sound_begins_anew_each_time() -> None:
    one = ear()
    one.hold(True)
    one.tick(T)
    one.hold(False)
    assert ticked(one, 20, T + 1) == b""
    one.hold(True)
    assert played(one.tick(T + 5)) == b"".join(hold_sound(number) for number in range(6))


def test_sounds_of_ours_never_wait_for_a_stream() -> None:
    one = ear(EarPlan(comfort=True), here=False)
    one.hold(True)
    assert list(one.tick(T)) == []
    assert one.playout.idle


def test_comfort_sound_is_heard_while_a_translation_is_awaited_and_goes_away_softly() -> None:
    one = ear(EarPlan(comfort=True))
    assert one.comfort is not None
    assert ticked(one, 20) == b""
    for number in range(15):
        one.comfort.heard(frame(number), T + number * 0.02)
    assert played(one.tick(T + 0.5)) == b"".join(comfort_sound(number) for number in range(6))
    one.comfort.spoke()
    rest = ticked(one, 20, T + 0.5)
    assert len(rest) == 160, "one frame that fades out"
    assert rest != comfort_sound(6)
    assert HOLD in [note.label for note in one.playout.notes()]


def test_comfort_sound_leaves_the_field_to_the_original() -> None:
    one = ear(EarPlan(original=OriginalMode.FULL, comfort=True))
    assert one.comfort is not None
    for number in range(15):
        one.comfort.heard(frame(number), T + number * 0.02)
    one.beside(frame(1), T + 0.3)
    assert played(one.tick(T + 0.38)) == b""
    assert one.playout.idle


def test_without_comfort_in_the_plan_there_is_none() -> None:
    assert ear().comfort is None


# ---- What the gate at the same party's microphone is told ------------------------------------------------------------


def test_the_gate_learns_what_is_heard_and_when() -> None:
    gate = Gate()
    one = ear(gate=gate)
    one.give(words(20), "c1", T)
    one.tick(T + 0.08)
    assert [audio for audio, _ in gate.told] == [words(20)[:LEAD], words(20)[LEAD : LEAD + 80 * 8]]
    assert [at for _, at in gate.told] == pytest.approx([T + PLAYED_LATE_S, T + PLAYED_LATE_S + LEAD_MS / 1000])


def test_the_gate_learns_of_a_mixed_stream_piece_by_piece() -> None:
    gate = Gate()
    one = ear(FULL, gate=gate)
    one.beside(frame(1), T)
    assert [audio for audio, _ in gate.told] == [CUSHION, frame(1)]
    assert [at for _, at in gate.told] == pytest.approx([T + PLAYED_LATE_S, T + PLAYED_LATE_S + CUSHION_MS / 1000])


def test_the_gate_is_told_how_loud_it_really_was() -> None:
    gate = Gate()
    one = ear(gate=gate)
    one.lower(True)
    one.give(words(2), "c1", T)
    assert [audio for audio, _ in gate.told] == [Gain(BARGE_IN_DUCK_DB)(words(2))]


def test_the_gate_is_told_nothing_where_nothing_is_sent() -> None:
    gate = Gate()
    one = ear(gate=gate)
    one.tick(T)
    one.due(T)
    assert gate.told == []


def test_the_others_own_voice_does_not_wait_behind_what_a_party_overhears() -> None:
    """One way: the caller's words are interpreted, and the agent's come straight across to the caller."""
    one = ear(EarPlan(self_db=-24.0))
    one.overhear(words(100), T)
    sent = b"".join(played([*one.tick(T + n * 0.02), *one.across(frame(900 + n), T + n * 0.02)]) for n in range(1, 51))
    assert b"".join(frame(900 + n) for n in range(1, 40)) in sent
    assert one.playout.unheard_ms(T + 1.0) <= CATCH_UP_MS
    assert list(one.overhear(words(100), T + 1.0)) == []


def test_who_waits_too_long_hears_a_soft_sound_until_something_else_is_there_to_be_heard() -> None:
    one = ear()
    assert not one.busy
    one.wait(True)
    assert one.busy
    assert played(one.tick(T)) == b"".join(comfort_sound(number) for number in range(6))
    one.wait(True)
    assert comfort_sound(6) in played(one.tick(T + 0.1)), "told twice, it does not begin anew"
    one.wait(False)
    one.give(frame(1), "u1", T + 0.2)
    assert not one._sounds


def test_hold_sound_goes_before_the_sound_of_waiting() -> None:
    one = ear()
    one.hold(True)
    one.wait(True)
    assert hold_sound(0) in played(one.tick(T))


def test_the_cue_comes_now_and_then_and_never_into_speech() -> None:
    one = ear()
    assert played(one.cue(T))
    assert one.cue(T + 1) == ()
    talking = ear()
    talking.give(frame(1) * 50, "u1", T)
    assert talking.cue(T) == ()


@pytest.mark.parametrize("paced", [True, False])
def test_what_an_unpaced_ear_has_given_out_is_to_be_dropped_elsewhere(paced: bool) -> None:
    ear = Ear(AudioFormat.PCMU_8K, EarPlan(lag_target_ms=0, paced=paced))
    ear.joined()
    ear.give(frame(0) * 50, "c1", 0.0)
    assert ear.playout.sent_label == "c1"
    ear.drop("c1")
    assert ear.unsaid == ([] if paced else ["c1"])
    assert ear.playout.idle
