"""Scripts for a lane: an event, and what it must lead to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio import g711
from dragoman.audio.hold import hold_sound
from dragoman.audio.mixer import mix
from dragoman.domain.call import Notice
from dragoman.domain.ear import OriginalMode
from dragoman.domain.effects import Announced, Ask, Hear, LaneEffect, Mark, Play
from dragoman.domain.speech import (
    Captioned,
    Closed,
    Guarded,
    Heard,
    InterpreterEvent,
    Ready,
    Side,
    SpeechBegan,
    SpeechStopped,
    Spent,
    Spoke,
    SpokeAll,
    Trouble,
    TroubleKind,
    Unclear,
    Verdict,
)
from dragoman.relay.ear import BURST_MS, CATCH_UP_MS, CUSHION_MS
from dragoman.relay.ear_clock import PLAYED_LATE_S
from dragoman.relay.lane import Lane
from dragoman.relay.original import Original
from dragoman.relay.playout import LEAD_MS
from dragoman.relay.rendering import ASK_GAP_S
from tests.fakes.lane_script import BEGAN, Script, captions, given_to_engine, heard, lane, marks, played
from tests.fakes.relay_parts import SILENT, frame

pytestmark = pytest.mark.script

CUSHION = b"\xff" * 8 * CUSHION_MS


# ---- From the mouth to the interpreter -------------------------------------------------------------------------------


def test_before_it_is_open_nothing_is_interpreted_and_nothing_passes() -> None:
    for one in (lane(opened=False), lane(opened=False, passthrough=True), lane(opened=False, original=True)):
        assert list(one.hear(heard(frame(1)), BEGAN)) == []


def test_each_frame_goes_to_the_interpreter_as_it_is_at_once() -> None:
    assert list(lane().hear(heard(frame(1)), BEGAN)) == [Hear(frame(1))]


def test_the_source_is_interpreted_while_the_sink_is_absent() -> None:
    assert list(lane(sink=False).hear(heard(frame(1)), BEGAN)) == [Hear(frame(1))]


def test_silence_goes_to_the_interpreter_too() -> None:
    """Engines count the audio that they are given."""
    assert list(lane().hear(heard(SILENT), BEGAN)) == [Hear(SILENT)]


def test_an_accept_beep_does_not_reach_the_interpreter_and_no_word_is_lost() -> None:
    script = Script(lane(gate=True))
    time_s = np.arange(3200) / 8000
    beep = g711.encode(np.rint(8000 * np.sin(2 * np.pi * 1000 * time_s)).astype(np.int16))
    words = b"".join(frame(number % 40 + 1) for number in range(60))
    script.say(beep + SILENT * 30 + words)
    assert given_to_engine(script.effects) == b"\xff" * (len(beep) + 30 * 160) + words


def test_with_the_original_the_gate_delays_only_the_interpreter() -> None:
    script = Script(lane(gate=True, original=True))
    words = b"".join(frame(number % 40 + 1) for number in range(60))
    script.say(words)
    assert played(script.effects) == CUSHION + words
    assert given_to_engine(script.effects) == words


# ---- Passthrough -----------------------------------------------------------------------------------------------------


def test_one_language_goes_straight_across() -> None:
    script = Script(lane(passthrough=True))
    words = b"".join(frame(number % 40 + 1) for number in range(50))
    script.say(words)
    script.wait(10)
    assert played(script.effects) == words
    assert given_to_engine(script.effects) == b""


def test_one_language_adds_no_delay() -> None:
    """Frame in, frame out, in the same instant."""
    script = Script(lane(passthrough=True))
    for number in range(20):
        assert played(script.say(frame(number + 1))) == frame(number + 1)


def test_a_late_sink_hears_every_word_and_catches_up_in_the_pauses() -> None:
    script = Script(lane(passthrough=True, sink=False))
    words = [frame(number % 40 + 1) for number in range(50)]
    script.say(b"".join(words))
    script.lane.sink_joined()
    script.say(SILENT * 100)
    out = played(script.effects)
    assert out.startswith(b"".join(words))
    assert script.lane.ear.playout.unheard_ms(script.now) <= CATCH_UP_MS + LEAD_MS


# ---- The original beside the interpreter -----------------------------------------------------------------------------


def test_the_original_is_heard_at_full_level_while_the_interpreter_is_silent() -> None:
    script = Script(lane(original=True))
    words = b"".join(frame(number % 40 + 1) for number in range(50))
    script.say(words)
    assert played(script.effects) == CUSHION + words
    assert given_to_engine(script.effects) == words


def test_original_and_interpreter_are_one_stream_and_never_queue_behind_each_other() -> None:
    script = Script(lane(original=True))
    script.say(frame(1))
    spoken = b"".join(frame(number % 40 + 41) for number in range(30))
    assert script.engine(Spoke(spoken, "u1")) == [], "the original keeps the time"
    effects = script.say(frame(1) * 40)
    expected = [mix(frame(1), spoken[at : at + 160]) for at in range(0, len(spoken), 160)] + [frame(1)] * 10
    assert played(effects) == b"".join(expected)
    assert sum(isinstance(effect, Play) for effect in effects) == 40, "one frame out for each frame in"


def test_the_interpreter_goes_on_when_the_original_stops_coming() -> None:
    script = Script(lane(original=True))
    script.say(frame(1) * 5)
    script.engine(Spoke(frame(2) * 20, "u1"))
    effects = script.wait(40)
    assert played(effects) == frame(2) * 20


@given(sizes=st.lists(st.integers(1, 700), min_size=1, max_size=40))
def test_originals_of_any_size_go_out_in_whole_frames_and_take_the_interpreter_along(sizes: list[int]) -> None:
    one = lane(original=True)
    out: list[LaneEffect] = list(one.hear(heard(SILENT), BEGAN))
    out.clear()
    one.speak(Spoke(b"\x01" * 160 * 3, "u1"), BEGAN)
    now = BEGAN
    for size in sizes:
        now += size / 8000
        out += one.hear(heard(b"\xff" * size), now)
    whole = sum(sizes) // 160
    cushions, rest = divmod(len(played(out)) - whole * 160, len(CUSHION))
    assert (rest, cushions >= 0) == (0, True)
    assert b"\x01" * 160 * min(whole, 3) in played(out).replace(CUSHION, b"")


def test_a_late_burst_of_the_original_leaves_out_silence_and_no_voice() -> None:
    script = Script(lane(original=True))
    script.say(frame(1))
    effects = list(script.lane.hear(heard(SILENT * 50 + frame(2) * 50), script.now))
    assert 0 < played(effects).count(SILENT) <= BURST_MS // 20
    assert played(effects).count(frame(2)) == 50
    assert given_to_engine(effects) == SILENT * 50 + frame(2) * 50


def test_the_original_is_mixed_as_its_mode_says() -> None:
    script, ducking = Script(lane(original=True, mode=OriginalMode.DUCK)), Original(OriginalMode.DUCK)
    assert played(script.say(frame(1))) == CUSHION + ducking.frame(frame(1), None)
    script.engine(Spoke(frame(2) * 30, "u1"))
    effects = script.say(frame(1) * 60)
    expected = [ducking.frame(frame(1), frame(2) if number < 30 else None) for number in range(60)]
    assert played(effects) == b"".join(expected)
    assert expected[20] != mix(frame(1), frame(2))
    assert expected[-1] == frame(1)


def test_without_the_original_nothing_of_it_is_heard_and_the_playout_keeps_the_time() -> None:
    script = Script(lane(original=True, mode=OriginalMode.OFF))
    script.say(frame(1) * 10)
    assert played(script.effects) == b""
    assert len(played(script.engine(Spoke(frame(2) * 30, "u1")))) == 160 * LEAD_MS // 20


# ---- From the interpreter to the ear ---------------------------------------------------------------------------------


def test_speech_is_played_at_once_then_paced_and_its_end_is_marked() -> None:
    script = Script(lane())
    spoken = b"".join(frame(number % 40 + 1) for number in range(50))
    effects = script.engine(Spoke(spoken, "u1"))
    assert played(effects) == spoken[: LEAD_MS * 8]
    script.engine(SpokeAll("u1"))
    script.wait(60)
    assert played(script.effects) == spoken
    assert len(marks(script.effects)) == 1
    assert isinstance(script.effects[-1], Mark)


def test_a_second_utterance_waits_for_the_first_and_cuts_nothing() -> None:
    script = Script(lane())
    script.engine(Spoke(frame(1) * 40, "u1"))
    script.engine(SpokeAll("u1"))
    script.engine(Spoke(frame(2) * 10, "u2"))
    script.engine(SpokeAll("u2"))
    script.wait(60)
    assert played(script.effects) == frame(1) * 40 + frame(2) * 10
    assert len(marks(script.effects)) == 2


def test_with_the_sink_absent_nothing_is_lost() -> None:
    script = Script(lane(sink=False))
    script.engine(Spoke(frame(1) * 40, "u1"))
    script.engine(SpokeAll("u1"))
    assert script.wait(50) == []
    script.lane.sink_joined()
    script.wait(60)
    assert played(script.effects) == frame(1) * 40


def test_after_a_lost_stream_the_rest_is_heard_on_the_new_one() -> None:
    script = Script(lane())
    script.engine(Spoke(frame(1) * 40, "u1"))
    script.wait(10)
    sent = len(played(script.effects))
    script.lane.sink_left()
    assert script.wait(50) == []
    script.lane.sink_joined()
    assert len(played(script.wait(60))) == 40 * 160 - sent


def test_an_engine_that_names_nothing_ends_a_spurt_by_being_quiet() -> None:
    script = Script(lane(names=False))
    script.engine(Spoke(b"\x01" * 200))
    assert marks(script.wait(14)) == []
    effects = script.wait(3)
    assert played(effects) == b"\x01" * 40 + b"\xff" * 120
    assert len(marks(effects)) == 1
    assert not script.lane.busy


def test_spokeall_without_a_name_ends_the_spurt_at_once() -> None:
    script = Script(lane(names=False))
    script.engine(Spoke(frame(1)))
    assert len(marks(script.engine(SpokeAll("")))) == 1
    assert script.wait(60) == []


def test_the_end_of_what_was_never_spoken_is_nothing() -> None:
    script = Script(lane())
    assert script.engine(SpokeAll("u9")) == []
    assert script.engine(Spoke(b"", "u9")) == []
    assert script.lane.transcript.utterances == []


def test_a_replaced_interpreter_may_use_the_same_names_and_the_old_one_is_ended() -> None:
    script = Script(lane())
    script.engine(Spoke(b"\x01" * 200, "u1"))
    script.lane.interpreter_began(script.now)
    script.engine(Spoke(b"\x02" * 160, "u1"))
    script.engine(SpokeAll("u1"))
    script.wait(20)
    assert played(script.effects) == b"\x01" * 200 + b"\xff" * 120 + b"\x02" * 160
    assert len(marks(script.effects)) == 2
    assert len(script.lane.transcript.utterances) == 2


@pytest.mark.parametrize(
    "event",
    [Ready(), Spent(0.1, estimate=True), Trouble(TroubleKind.NETWORK, "lost", fatal=True), Closed()],
)
def test_what_does_not_concern_the_lane_changes_nothing(event: InterpreterEvent) -> None:
    assert list(lane().speak(event, BEGAN)) == []


# ---- What was not understood -----------------------------------------------------------------------------------------


def test_unclear_speech_is_asked_for_again_and_the_caption_says_so() -> None:
    script = Script(lane())
    script.engine(Captioned(Side.SOURCE, "Mi número es", "u1", whole=True))
    told, asked = script.engine(Unclear("u1", "low confidence"))
    assert asked == Ask(Notice.REPEAT)
    (caption,) = captions([told])
    assert (caption.text, caption.final, caption.flags) == ("Mi número es", True, ("unclear: low confidence",))
    assert script.utterance.flags == ["unclear: low confidence"]


def test_a_party_who_was_just_asked_is_not_asked_again() -> None:
    script = Script(lane())
    assert Ask(Notice.REPEAT) in script.engine(Unclear("u1", "noise"))
    assert Ask(Notice.REPEAT) not in script.engine(Unclear("u2", "noise"))
    script.wait(round(ASK_GAP_S * 50) + 1)
    assert Ask(Notice.REPEAT) in script.engine(Unclear("u3", "noise"))
    assert len(script.lane.transcript.utterances) == 3


def test_what_the_guard_caught_is_flagged() -> None:
    script = Script(lane())
    script.engine(Captioned(Side.TARGET, "Sure, here is", "u1"))
    effects = script.engine(Guarded("u1", Verdict.COMMENTED, asked_again=True, played=False))
    (caption,) = captions(effects)
    assert caption.flags == ("guard: commented",)
    assert caption.side is Side.TARGET


def test_of_what_the_guard_caught_only_that_is_heard_which_the_carrier_has() -> None:
    script = Script(lane())
    first = script.engine(Spoke(frame(1) * 100, "u1"))
    script.engine(Guarded("u1", Verdict.WRONG_LANGUAGE, asked_again=True, played=True))
    again = script.engine(Spoke(frame(2) * 5, "u1"))
    later = script.wait(100)
    assert 0 < len(played(first)) <= 160 * LEAD_MS // 20
    assert played(again) + played(later) == frame(2) * 5


# ---- Notices and hold sound ------------------------------------------------------------------------------------------


def test_a_notice_is_played_before_the_lane_is_open() -> None:
    script = Script(lane(opened=False))
    effects = script.lane.announce("whisper.1", frame(1) * 3, script.now)
    assert played(list(effects)) == frame(1) * 3
    assert len(marks(list(effects))) == 1
    assert script.lane.transcript.utterances == []


def test_what_was_announced_tells_once_that_it_was_heard_to_its_end() -> None:
    script = Script(lane(opened=False))
    (mark,) = marks(list(script.lane.announce("whisper.1", frame(1) * 3, script.now)))
    assert list(script.wait(10)) == []
    assert script.lane.reached(mark, script.now) == [Announced("whisper.1", whole=True)]
    assert list(script.lane.reached(mark, script.now)) == []


def test_an_announcement_that_was_cleared_was_not_heard_whole() -> None:
    script = Script(lane(opened=False))
    script.lane.announce("whisper.1", frame(1) * 50, script.now)
    script.lane.ear.playout.clear(script.now)
    assert script.wait(1) == [Announced("whisper.1", whole=False)]


def test_hold_sound_plays_only_while_nothing_else_does() -> None:
    script = Script(lane(opened=False))
    script.lane.hold(True)
    assert script.lane.busy
    first = played(script.wait(50))
    expected = b"".join(hold_sound(number) for number in range(300))
    assert first == expected[: len(first)]
    assert len(first) >= 48 * 160
    script.effects += script.lane.announce("wait.1", frame(1) * 50, script.now)
    script.wait(100)
    script.lane.hold(False)
    script.wait(50)
    out = played(script.effects)
    begins = out.index(frame(1))
    assert begins - len(first) <= LEAD_MS * 8
    assert out[begins : begins + 50 * 160] == frame(1) * 50
    before, after = out[:begins], out[begins + 50 * 160 :]
    assert before + after == expected[: len(before + after)]
    assert not script.lane.busy


def test_hold_sound_makes_no_message_per_frame() -> None:
    script = Script(lane(opened=False))
    script.lane.hold(True)
    assert sum(isinstance(effect, Play) for effect in script.wait(300)) <= 102


def test_hold_sound_without_a_stream_queues_nothing() -> None:
    script = Script(lane(opened=False, sink=False))
    script.lane.hold(True)
    assert script.wait(100) == []
    assert script.lane.ear.playout.idle


# ---- Times -----------------------------------------------------------------------------------------------------------


def test_times_at_mouth_and_ear_of_a_named_utterance() -> None:
    """One second of quiet, two of speech; the engine answers half a second after the end; one second of answer."""
    script = Script(lane())
    script.say(SILENT * 50)
    script.say(frame(1) * 25)
    script.engine(SpeechBegan("u1", 1000))
    script.say(frame(1) * 75)
    script.say(SILENT * 25)
    script.engine(SpeechStopped("u1", 3000))
    script.engine(Captioned(Side.SOURCE, "Hola", "u1", whole=True, final=True))
    script.engine(Spoke(frame(2) * 50, "u1"))
    script.engine(SpokeAll("u1"))
    effects = script.wait(75)
    (mark,) = marks(effects)
    script.lane.reached(mark, BEGAN + 4.56)
    one = script.utterance
    assert [one.began_s, one.stopped_s] == pytest.approx([1.0, 3.0])
    assert [one.first_audio_s, one.sent_s] == pytest.approx([3.5, 3.5])
    assert one.heard_s == pytest.approx(3.5 + PLAYED_LATE_S)
    assert one.heard_end_s == pytest.approx(4.56)


def test_times_at_the_mouth_are_right_behind_the_opening_gate() -> None:
    script = Script(lane(gate=True))
    script.say(SILENT * 100)
    script.say(frame(1) * 50)
    script.engine(SpeechBegan("u1", 2000))
    script.engine(SpeechStopped("u1", 3000))
    assert [script.utterance.began_s, script.utterance.stopped_s] == pytest.approx([2.0, 3.0])


def test_times_at_the_mouth_are_right_after_a_gap_in_the_stream() -> None:
    """The source's stream is gone for three seconds: engines count audio, not time."""
    script = Script(lane())
    script.say(SILENT * 50)
    script.wait(150)
    script.say(frame(1) * 50)
    script.engine(SpeechBegan("u1", 1000))
    script.engine(SpeechStopped("u1", 2000))
    assert [script.utterance.began_s, script.utterance.stopped_s] == pytest.approx([4.0, 5.0])


def test_times_at_the_mouth_are_right_for_a_replaced_interpreter() -> None:
    script = Script(lane())
    script.say(SILENT * 100)
    script.lane.interpreter_began(script.now)
    script.say(frame(1) * 50)
    script.engine(SpeechBegan("u1", 0))
    assert script.utterance.began_s == pytest.approx(2.0)


def test_an_engine_that_claims_to_have_heard_the_future_is_not_believed() -> None:
    script = Script(lane())
    script.say(SILENT * 10)
    script.engine(SpeechStopped("u1", 60_000))
    assert script.utterance.stopped_s == pytest.approx(0.2)


def test_without_the_engines_word_loudness_tells_when_the_party_spoke() -> None:
    script = Script(lane(names=False))
    script.say(SILENT * 50)
    script.say(frame(1) * 50)
    script.engine(Captioned(Side.SOURCE, "Buenos "))
    script.say(frame(1) * 50)
    script.say(SILENT * 50)
    script.engine(Captioned(Side.TARGET, "Good morning."))
    script.engine(Spoke(frame(2) * 10))
    finals = captions(script.wait(60))
    assert [one.final for one in finals] == [True, True]
    one = script.utterance
    assert [one.began_s, one.stopped_s] == pytest.approx([1.0, 3.0])
    assert one.first_audio_s == pytest.approx(4.0)


def test_two_stretches_of_voice_belong_to_two_utterances() -> None:
    script = Script(lane(names=False))
    for text in ("One.", "Two."):
        script.say(frame(1) * 50 + SILENT * 50)
        script.engine(Captioned(Side.TARGET, text))
        script.wait(50)
    one, two = script.lane.transcript.utterances
    assert [one.began_s, one.stopped_s] == pytest.approx([0.0, 1.0])
    assert [two.began_s, two.stopped_s] == pytest.approx([3.0, 4.0])


def test_the_gates_beep_is_nobodys_speech() -> None:
    script = Script(lane(gate=True, names=False))
    time_s = np.arange(3200) / 8000
    script.say(g711.encode(np.rint(8000 * np.sin(2 * np.pi * 1000 * time_s)).astype(np.int16)))
    script.say(SILENT * 80)
    script.say(frame(1) * 50)
    script.engine(Captioned(Side.TARGET, "Hello."))
    assert script.utterance.began_s == pytest.approx(2.0)


def test_an_utterance_that_was_not_named_by_a_naming_engine_is_settled_all_the_same() -> None:
    script = Script(lane())
    script.engine(Captioned(Side.TARGET, "Hello."))
    assert [one.final for one in captions(script.wait(60))] == [True]


def test_the_last_captions_come_with_the_end_of_the_call() -> None:
    script = Script(lane(names=False))
    script.engine(Captioned(Side.TARGET, "Hello th"))
    assert [(one.text, one.final) for one in captions(list(script.lane.finish(script.now)))] == [("Hello th", True)]
    assert script.lane.finish(script.now) == []


# ---- Bad input -------------------------------------------------------------------------------------------------------


def test_marks_that_are_unknown_or_come_twice_or_never_change_nothing() -> None:
    script = Script(lane())
    script.engine(Spoke(frame(1) * 3, "u1"))
    (mark,) = marks(script.engine(SpokeAll("u1")))
    for name in ("", "g9.9", "g0.7", "u1", mark + " "):
        assert list(script.lane.reached(name, script.now)) == []
    assert script.utterance.heard_end_s is None
    script.lane.reached(mark, BEGAN + 0.5)
    script.lane.reached(mark, BEGAN + 7.5)
    assert script.utterance.heard_end_s == pytest.approx(0.5)
    script.engine(Spoke(frame(2) * 3, "u2"))
    script.engine(SpokeAll("u2"))
    script.wait(100)
    script.engine(Spoke(frame(3) * 3, "u3"))
    assert played(script.wait(10)) + played(script.effects) != b"", "a mark that never comes holds nobody up"
    assert played(script.effects).endswith(frame(3) * 3)


@pytest.mark.parametrize("at_ms", [[0, 10**9, 0, -5, 2**40], [0] * 5])
def test_time_stamps_that_jump_are_not_believed_the_audio_is_counted(at_ms: list[int]) -> None:
    script = Script(lane())
    for stamp in at_ms:
        script.wait(1)
        script.effects += script.lane.hear(Heard(frame(1), stamp), script.now)
    assert given_to_engine(script.effects) == frame(1) * 5
    script.engine(SpeechBegan("u1", 40))
    assert script.utterance.began_s == pytest.approx(0.04)


def test_a_silent_call_says_nothing_marks_nothing_and_lags_nothing() -> None:
    for names in (True, False):
        script = Script(lane(names=names))
        script.say(SILENT * 500)
        assert given_to_engine(script.effects) == SILENT * 500
        assert [one for one in script.effects if not isinstance(one, Hear)] == []
        assert script.lane.transcript.utterances == []
        assert script.lane.times.lag.sample(script.now, 0) == 0
        assert not script.lane.busy


def test_a_late_burst_is_interpreted_whole_and_times_are_told_by_when_it_came() -> None:
    """One second of nothing; then what was said in it comes at once, as fifty frames of one instant."""
    script = Script(lane())
    script.say(SILENT * 50)
    script.wait(50)
    words = [frame(number) for number in range(50)]
    effects = [effect for one in words for effect in script.lane.hear(heard(one), script.now)]
    assert given_to_engine(effects) == b"".join(words)
    script.engine(SpeechStopped("u1", 2000))
    assert script.utterance.stopped_s == pytest.approx(2.0, abs=0.07)


def test_ten_seconds_at_once_are_heard_in_ten_seconds_and_never_more_than_the_lead_is_sent() -> None:
    script = Script(lane())
    spoken = b"".join(frame(number) for number in range(500))
    script.engine(Spoke(spoken, "u1"))
    script.engine(SpokeAll("u1"))
    for _ in range(520):
        assert script.lane.ear.playout.ahead_ms(script.now) <= LEAD_MS + 0.001
        script.wait(1)
    assert played(script.effects) == spoken
    assert len(marks(script.effects)) == 1


def test_an_engine_that_says_nothing_leaves_the_ear_silent_and_the_lag_growing() -> None:
    script = Script(lane())
    script.say(frame(1) * 100)
    script.say(SILENT * 100)
    assert played(script.effects) == b""
    assert script.lane.times.lag.lag_ms(script.now, 0) == pytest.approx(4000, abs=21)
    assert not script.lane.busy


# ---- Anything at all -------------------------------------------------------------------------------------------------

keys = st.sampled_from(["", "u1", "u2", "c1", "original", "hold"])
engine_events: st.SearchStrategy[InterpreterEvent] = st.one_of(
    st.builds(Spoke, st.binary(max_size=500), keys),
    st.builds(SpokeAll, keys),
    st.builds(Captioned, st.sampled_from(Side), st.text(max_size=9), keys, st.booleans(), st.booleans()),
    st.builds(SpeechBegan, keys, st.integers(-10, 10**6)),
    st.builds(SpeechStopped, keys, st.integers(-10, 10**6)),
    st.builds(Unclear, keys, st.text(max_size=5)),
    st.builds(Guarded, keys, st.sampled_from(Verdict), st.booleans(), st.booleans()),
    st.sampled_from([Ready(), Closed()]),
)
anything = st.one_of(
    engine_events,
    st.builds(Heard, st.binary(max_size=500), st.integers()),
    st.sampled_from(["tick", "join", "leave", "hold", "unhold", "began", "open", "announce", "g0.1", "g1.2", "finish"]),
)


@given(
    flags=st.tuples(*[st.booleans()] * 4),
    events=st.lists(st.tuples(anything, st.floats(0, 3)), max_size=60),
)
def test_no_sequence_of_events_raises_and_only_whole_frames_come_out(
    flags: tuple[bool, bool, bool, bool], events: list[tuple[InterpreterEvent | Heard | str, float]]
) -> None:
    passthrough, original, gate, names = flags
    one = lane(passthrough=passthrough, original=original, gate=gate, names=names, opened=False, sink=False)
    now = BEGAN
    for event, pause in events:
        now += pause
        effects = list(poke(one, event, now))
        assert len(played(effects)) % 160 == 0


def poke(one: Lane, event: InterpreterEvent | Heard | str, now: float) -> list[LaneEffect]:  # noqa: C901
    match event:
        case Heard():
            return list(one.hear(event, now))
        case "tick":
            return list(one.tick(now))
        case "announce":
            return list(one.announce("wait.1", b"\x01" * 333, now))
        case "finish":
            return list(one.finish(now))
        case "join":
            one.sink_joined()
        case "leave":
            one.sink_left()
        case "hold" | "unhold":
            one.hold(event == "hold")
        case "began":
            return list(one.interpreter_began(now, retell=True))
        case "open":
            one.open()
        case str(mark):
            one.reached(mark, now)
        case _:
            return list(one.speak(event, now))
    return []
