"""Keys of the other party in one ear: at once, alone, whole, and as loud as they are."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dragoman.audio.dtmf import key_sound
from dragoman.audio.mixer import Gain
from dragoman.domain.audio import AudioFormat
from dragoman.domain.ear import OriginalMode
from dragoman.domain.effects import Clear, LaneEffect, Mark, Play
from dragoman.domain.manner import BargeIn
from dragoman.relay.ear import CUSHION_MS, MIXING_S, Ear
from dragoman.relay.ear_clock import PLAYED_LATE_S
from dragoman.relay.ear_plan import USUAL_EAR, EarPlan
from dragoman.relay.echo_gate import EchoGate
from dragoman.relay.playout import LEAD_MS
from tests.fakes.facing_lanes import AGENT, CALLER, FacingLanes
from tests.fakes.key_receiver import keys_heard
from tests.fakes.relay_parts import frame

pytestmark = pytest.mark.unit

T = 50.0
LEAD = LEAD_MS * 8
TONE_S = 0.18
FULL = EarPlan(original=OriginalMode.FULL)
SELF = EarPlan(self_db=-24.0)


def ear(plan: EarPlan = USUAL_EAR, gate: EchoGate | None = None) -> Ear:
    made = Ear(AudioFormat.PCMU_8K, plan, gate=gate)
    made.joined()
    return made


def words(count: int, first: int = 1) -> bytes:
    return b"".join(frame(first + number) for number in range(count))


def played(effects: Sequence[LaneEffect] | None) -> bytes:
    return b"".join(one.audio for one in effects or () if isinstance(one, Play))


def pressed(one: Ear, keys: str, now: float) -> bytes:
    """What goes out at once."""
    sent = b""
    for key in keys:
        effects = one.press(key, now)
        assert effects is not None
        sent += played(effects)
    return sent


def ticked(one: Ear, frames: int, now: float = T) -> bytes:
    return b"".join(played(one.tick(now + (number + 1) * 0.02)) for number in range(frames))


def test_a_key_is_heard_at_once_and_paced_as_all_else() -> None:
    one = ear()
    first = pressed(one, "7", T)
    assert len(first) == LEAD
    assert one.busy, "a clock is wanted"
    assert first + ticked(one, 10) == key_sound("7")
    assert not one.busy


def test_what_is_being_said_pauses_for_it_and_nothing_of_it_is_lost() -> None:
    one = ear()
    said = played(one.give(words(50), "u1", T))
    assert said == words(50)[:LEAD]
    keyed = pressed(one, "12", T)
    heard = said + keyed + ticked(one, 100)
    assert heard == words(50)[:LEAD] + key_sound("1") + key_sound("2") + words(50)[LEAD:]
    assert keys_heard(heard) == "12"


def test_what_is_said_meanwhile_waits_behind_it() -> None:
    one = ear()
    keyed = pressed(one, "1", T)
    assert played(one.give(words(5), "u1", T + 0.01)) == b""
    assert keyed + ticked(one, 40) == key_sound("1") + words(5)


def test_marks_wait_behind_it_too() -> None:
    one = ear()
    one.give(words(10), "u1", T)
    one.playout.end("u1")
    pressed(one, "1", T)
    marked = [n for n in range(1, 60) for one_ in one.tick(T + n * 0.02) if isinstance(one_, Mark)]
    assert len(marked) == 1
    assert marked[0] * 0.02 >= TONE_S + 0.2 - LEAD_MS / 1000 - 1e-9


def test_it_is_no_speech_and_no_lag() -> None:
    one = ear()
    pressed(one, "123", T)
    assert one.speech_ms(T) == 0
    assert one.playout.unheard_of(lambda _label: True, T) == 0


def test_until_when_it_is_heard() -> None:
    one = ear()
    assert not one.keyed(T)
    pressed(one, "1", T)
    ticked(one, 10)
    assert one.keyed(T + TONE_S)
    assert one.keyed(T + TONE_S + PLAYED_LATE_S - 0.001)
    assert not one.keyed(T + TONE_S + PLAYED_LATE_S + 0.001)


def test_nobody_hears_a_key_that_is_pressed_while_the_line_is_lost() -> None:
    one = Ear(AudioFormat.PCMU_8K, USUAL_EAR)
    assert one.press("1", T) is None
    one.joined()
    pressed(one, "2", T)
    one.left()
    assert not one.busy
    one.joined()
    assert ticked(one, 20) == b"", "half a key is none"


def test_too_many_keys_are_not_taken() -> None:
    one = ear()
    heard, taken = b"", 0
    for _ in range(100):
        effects = one.press("5", T)
        taken += effects is not None
        heard += played(effects)
    assert taken == 34, "33 that wait, and one of which the most has gone out"
    assert keys_heard(heard + ticked(one, 600)) == "5" * taken


def test_who_speaks_over_it_does_not_make_it_quieter() -> None:
    one = ear()
    one.lower(True)
    one.give(words(3), "u1", T)
    keyed = pressed(one, "9", T) + ticked(one, 20)
    assert keyed == key_sound("9")


def test_the_gate_learns_of_it_as_of_all_that_may_come_back() -> None:
    told: list[tuple[bytes, float]] = []

    class Gate(EchoGate):
        def played(self, audio: bytes, heard_at: float) -> None:
            told.append((audio, heard_at))

    one = ear(gate=Gate())
    pressed(one, "1", T)
    ticked(one, 10)
    assert b"".join(audio for audio, _ in told) == key_sound("1")
    assert [at for _, at in told][:2] == pytest.approx([T + PLAYED_LATE_S, T + PLAYED_LATE_S + LEAD_MS / 1000])


# ---- Beside the other party's own voice ------------------------------------------------------------------------------


def beside(one: Ear, first: int, count: int, now: float) -> bytes:
    return b"".join(played(one.beside(frame(first + n), now + n * 0.02)) for n in range(count))


@pytest.mark.parametrize("low", [False, True])
def test_nothing_is_mixed_under_it(low: bool) -> None:
    one = ear(FULL)
    one.give(words(10), "u1", T - 1)
    before = beside(one, 100, 5, T)
    assert before.startswith(b"\xff" * 8 * CUSHION_MS) or before
    one.lower(low)
    assert pressed(one, "4", T + 0.1) == b"", "the own voice keeps the time"
    assert beside(one, 200, 9, T + 0.1) == key_sound("4"), "and is left out meanwhile"
    after = beside(one, 300, 10, T + 0.28)
    assert keys_heard(before + key_sound("4") + after) == "4"
    if not low:
        assert after == b"".join(frame(300 + n) for n in range(10)), "it had all been said before"


def test_of_a_voice_that_is_mixed_in_the_interpreters_part_waits() -> None:
    one = ear(FULL)
    beside(one, 100, 5, T)
    pressed(one, "4", T + 0.1)
    one.give(words(3), "u1", T + 0.1)
    assert beside(one, 200, 9, T + 0.1) == key_sound("4")
    assert one.speech_ms(T + 0.28) == pytest.approx(60), "all of it is still to be heard"


def test_a_frame_that_comes_in_two_pieces_is_told_to_the_gate_in_order() -> None:
    told: list[bytes] = []

    class Gate(EchoGate):
        def played(self, audio: bytes, heard_at: float) -> None:
            told.append(audio)

    one = ear(FULL, Gate())
    pressed(one, "1", T)  # goes out up to the lead: nobody speaks yet
    sent = played(one.beside(frame(1) + frame(2) + frame(3) + frame(4), T + 0.02))
    assert sent == key_sound("1")[LEAD:] + frame(4)
    assert b"".join(told) == key_sound("1") + frame(4)


def test_when_the_voice_stops_coming_the_key_goes_on() -> None:
    one = ear(FULL)
    beside(one, 100, 5, T)
    pressed(one, "4", T + 0.1)
    some = beside(one, 200, 2, T + 0.1)
    rest = ticked(one, 30, T + 0.12 + MIXING_S)
    assert some + rest == key_sound("4")


def test_a_voice_that_goes_straight_across_waits_and_catches_up() -> None:
    one = ear()
    one.across(frame(1), T)
    heard = pressed(one, "4", T + 0.02)
    heard += b"".join(played(one.across(frame(2 + n), T + 0.02 * (n + 1))) for n in range(50)) + ticked(one, 30, T + 1)
    assert heard == key_sound("4") + words(50, 2)


def test_what_a_party_overhears_waits_as_well() -> None:
    one = ear(SELF)
    before = played(one.overhear(words(5), T))
    heard = pressed(one, "4", T)
    assert played(one.overhear(words(5, 6), T)) == b""
    heard += ticked(one, 40)
    assert before == Gain(-24.0)(words(5))
    assert heard == key_sound("4") + Gain(-24.0)(words(5, 6))


# ---- Cutting in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keyed", [False, True])
def test_whoever_cuts_in_does_not_cut_a_key_off(keyed: bool) -> None:
    call = FacingLanes(barge_in=BargeIn.STOP)
    call.spoke(AGENT, words(100), whole=True)
    call.talk(1)
    lane = call.lanes[AGENT]
    if keyed:
        call.perform(AGENT, lane.ear.press("3", call.now) or ())
    effects = lane.cut_in(call.now)
    assert any(isinstance(one, Clear) for one in effects) is not keyed
    call.perform(AGENT, effects)
    call.talk(3)
    assert keys_heard(call.ears[CALLER].audio) == ("3" if keyed else "")
