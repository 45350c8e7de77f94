"""Scripts for both lanes of a call: who may cut in, who speaks over whom, and what speakers are told in time."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from dragoman.audio import g711
from dragoman.audio.hold import cue
from dragoman.audio.mixer import Gain
from dragoman.domain.call import Role
from dragoman.domain.ear import OriginalMode
from dragoman.domain.manner import BargeIn
from dragoman.domain.speech import Captioned, Side
from dragoman.relay.ear import BARGE_IN_DUCK_DB, CUE_GAP_S
from dragoman.relay.ear_plan import EarPlan
from dragoman.relay.floor import BARGE_IN_LEAST_S, OVERLAP_LEAST_S, TURN_PAUSE_S
from dragoman.relay.playout import LEAD_MS
from dragoman.relay.same_speech import SameSpeech
from dragoman.relay.spoken_language import SpokenLanguage
from tests.fakes.facing_lanes import AGENT, CALLER, FacingLanes
from tests.fakes.relay_parts import frame

pytestmark = pytest.mark.script

LEAD_FRAMES = LEAD_MS // 20


def words(seconds: float, first: int = 1) -> bytes:
    return b"".join(frame(first + number) for number in range(round(seconds * 50)))


# ---- Cutting in ------------------------------------------------------------------------------------------------------


def test_let_finish_a_listener_who_speaks_cancels_nothing() -> None:
    call = FacingLanes()
    call.spoke(CALLER, words(3), whole=True)
    call.talk(4, AGENT)
    assert call.ears[AGENT].audio == words(3)
    assert call.ears[AGENT].cleared == 0
    assert call.interrupted == {CALLER: [], AGENT: []}
    assert len(call.ears[AGENT].marks) == 1


@pytest.mark.parametrize("barge_in", BargeIn)
def test_the_same_speaker_going_on_never_cancels_or_lowers_the_own_translation(barge_in: BargeIn) -> None:
    call = FacingLanes(barge_in=barge_in)
    call.talk(1, CALLER)
    call.spoke(CALLER, words(3), whole=True)
    call.talk(4, CALLER)
    assert call.ears[AGENT].audio == words(3)
    assert call.ears[AGENT].cleared == 0
    assert call.interrupted == {CALLER: [], AGENT: []}


def test_stop_drops_what_is_unheard_and_tells_the_engine_how_much_was_heard() -> None:
    call = FacingLanes(barge_in=BargeIn.STOP)
    call.spoke(CALLER, words(3), whole=True)
    call.talk(1)
    assert call.ears[AGENT].cleared == 0
    call.talk(BARGE_IN_LEAST_S - 0.02, AGENT)
    assert call.ears[AGENT].cleared == 0, "a hm is no wish to speak"
    call.talk(0.02, AGENT)
    assert call.ears[AGENT].cleared == 1
    # it began to be heard 40 ms after it was sent, and speech is told by frames of 20 ms
    assert call.interrupted == {CALLER: [1260], AGENT: []}
    sent = call.ears[AGENT].audio
    call.talk(4, AGENT)
    assert call.ears[AGENT].audio == sent
    assert len(sent) <= (1260 + LEAD_MS + 40) * 8


def test_stop_spares_what_a_party_has_a_right_to_hear() -> None:
    call = FacingLanes(barge_in=BargeIn.STOP)
    call.perform(CALLER, call.lanes[CALLER].announce("announce.1", words(1), call.now))
    call.spoke(CALLER, words(1), whole=True)
    call.talk(1.5, AGENT)
    assert call.ears[AGENT].cleared == 0
    call.talk(3)
    assert call.ears[AGENT].audio == words(1) + words(1)


def test_stop_flags_what_was_cleared_and_marks_of_it_do_not_count_as_heard() -> None:
    call = FacingLanes(barge_in=BargeIn.STOP)
    call.spoke(CALLER, words(0.6), whole=True)
    call.talk(0.25)
    call.talk(BARGE_IN_LEAST_S, AGENT)
    (mark,) = call.ears[AGENT].marks
    (utterance,) = call.lanes[CALLER].transcript.utterances
    assert utterance.flags == ["cleared"]
    cleared_at_s = utterance.heard_end_s
    assert cleared_at_s == pytest.approx(0.54, abs=0.011)
    call.talk(0.5)
    call.returned(AGENT, mark)
    assert utterance.heard_end_s == cleared_at_s


def test_after_a_stop_the_next_utterance_is_heard_whole() -> None:
    call = FacingLanes(barge_in=BargeIn.STOP)
    call.spoke(CALLER, words(3), whole=True)
    call.talk(1)
    call.talk(0.4, AGENT)
    call.talk(2)
    sent = len(call.ears[AGENT].audio)
    call.spoke(CALLER, words(1, 900), "u2", whole=True)
    call.talk(2)
    assert call.ears[AGENT].audio[sent:] == words(1, 900)


def test_stop_counts_several_utterances_that_were_heard_in_part() -> None:
    """Heard are the first, of 100 ms, and some of the second; one who is cut off is told both."""
    call = FacingLanes(barge_in=BargeIn.STOP)
    call.spoke(CALLER, words(0.1))
    call.spoke(CALLER, words(2, 500), "u2", whole=True)
    call.talk(0.3)
    call.talk(BARGE_IN_LEAST_S, AGENT)
    assert call.interrupted[CALLER] == [560 - 100]


def test_a_listener_who_spoke_already_when_the_interpreter_began_is_not_cutting_in() -> None:
    call = FacingLanes(barge_in=BargeIn.STOP)
    call.talk(1, AGENT)
    call.spoke(CALLER, words(3), whole=True)
    call.talk(4, AGENT)
    assert call.ears[AGENT].audio == words(3)


def test_duck_plays_on_quietly_while_the_listener_speaks_and_as_before_after_a_pause() -> None:
    call, quieter = FacingLanes(barge_in=BargeIn.DUCK), Gain(BARGE_IN_DUCK_DB)
    call.spoke(CALLER, words(6), whole=True)
    call.talk(1)
    call.talk(1, AGENT)
    ducked_from = len(call.ears[AGENT].audio)
    call.talk(TURN_PAUSE_S - 0.02)
    lowered_at = len(call.ears[AGENT].audio)
    assert call.lanes[CALLER].ear.low
    call.talk(0.06)
    assert not call.lanes[CALLER].ear.low
    call.talk(5)
    audio, spoken = call.ears[AGENT].audio, words(6)
    assert len(audio) == len(spoken), "nothing is lost"
    assert call.ears[AGENT].cleared == 0
    assert audio[: 160 * 50] == spoken[: 160 * 50]
    assert audio[ducked_from:lowered_at] == quieter(spoken[ducked_from:lowered_at])
    assert audio[-160 * 100 :] == spoken[-160 * 100 :]


def test_duck_lowers_from_the_moment_that_the_listener_means_it() -> None:
    call = FacingLanes(barge_in=BargeIn.DUCK)
    call.spoke(CALLER, words(6))
    call.talk(0.5)
    call.talk(BARGE_IN_LEAST_S - 0.02, AGENT)
    assert not call.lanes[CALLER].ear.low
    call.talk(0.02, AGENT)
    assert call.lanes[CALLER].ear.low
    assert not call.lanes[AGENT].ear.low


def test_interpreting_that_is_turned_off_meanwhile_leaves_no_ear_lowered() -> None:
    call = FacingLanes(barge_in=BargeIn.DUCK)
    call.spoke(CALLER, words(6))
    call.talk(0.5)
    call.talk(0.5, AGENT)
    assert call.lanes[CALLER].ear.low
    for lane in call.lanes.values():
        lane.carry(interprets=False, straight=True, now=call.now)
    assert not call.lanes[CALLER].ear.low


def test_silence_under_the_original_voice_is_nothing_to_cut_into() -> None:
    """With the original on, the stream never stops; that is not speech."""
    call = FacingLanes(barge_in=BargeIn.STOP, original=OriginalMode.DUCK)
    call.talk(1)
    call.talk(1, AGENT)
    assert call.ears[AGENT].cleared == 0
    assert call.interrupted[CALLER] == []


def test_under_the_original_voice_the_interpreter_can_be_cut_into() -> None:
    call = FacingLanes(barge_in=BargeIn.STOP, original=OriginalMode.DUCK)
    call.talk(0.5)
    call.spoke(CALLER, words(3))
    call.talk(0.5)
    call.talk(0.5, AGENT)
    assert call.ears[AGENT].cleared == 1
    assert len(call.interrupted[CALLER]) == 1


def test_a_cue_that_the_speaker_speaks_over_is_nothing_cut_into() -> None:
    call = FacingLanes(barge_in=BargeIn.STOP)
    call.perform(AGENT, call.lanes[AGENT].ear.cue(call.now))
    call.talk(0.4, CALLER)
    assert call.ears[CALLER].cleared == 0


def test_of_sounds_that_are_cut_with_it_the_engine_is_told_nothing() -> None:
    """The listener has overheard two seconds of the own translation, and 0.3 s of the other party's is cut."""
    call = FacingLanes(barge_in=BargeIn.STOP, ear=EarPlan(self_db=-24.0))
    call.spoke(AGENT, words(2))
    call.talk(1.95)
    call.spoke(CALLER, words(3))
    call.talk(BARGE_IN_LEAST_S, AGENT)
    assert call.ears[AGENT].cleared == 1
    (heard_ms,) = call.interrupted[CALLER]
    assert 0 < heard_ms < 300


def test_an_utterance_that_is_cut_twice_was_heard_for_as_long_as_it_was() -> None:
    """The engine went on after the first cut; 700 ms less what was on its way, twice."""
    call = FacingLanes(barge_in=BargeIn.STOP)
    call.spoke(CALLER, words(3))
    call.talk(0.4)
    call.talk(BARGE_IN_LEAST_S, AGENT)
    assert call.interrupted[CALLER] == [660]
    call.talk(1)
    call.spoke(CALLER, words(3))
    call.talk(0.4)
    call.talk(BARGE_IN_LEAST_S, AGENT)
    assert call.interrupted[CALLER] == [660, 1320]


def test_what_began_to_play_in_a_breath_of_the_listener_is_cut_into() -> None:
    call = FacingLanes(barge_in=BargeIn.STOP)
    call.talk(0.2, AGENT)
    call.talk(0.36)
    call.spoke(CALLER, words(3))
    call.talk(0.04)
    call.talk(BARGE_IN_LEAST_S, AGENT)
    assert call.ears[AGENT].cleared == 1


def test_another_plan_in_mid_word_leaves_no_ear_lowered() -> None:
    call = FacingLanes(barge_in=BargeIn.DUCK)
    call.spoke(CALLER, words(6))
    call.talk(0.5)
    call.talk(0.5, AGENT)
    assert call.lanes[CALLER].ear.low
    call.lanes[AGENT].replan(call.lanes[AGENT].plan, None)
    assert not call.lanes[CALLER].ear.low


def test_an_accept_beep_takes_nobodys_floor() -> None:
    call = FacingLanes(gate=True)
    time_s = np.arange(160 * 30) / 8000
    beep = g711.encode(np.rint(8000 * np.sin(2 * np.pi * 1000 * time_s)).astype(np.int16))
    for at in range(0, len(beep), 160):
        call.step(agent=beep[at : at + 160])
    assert call.floor.totals().talk_ms(AGENT) == 0
    call.talk(1, AGENT)
    assert call.floor.totals().talk_ms(AGENT) >= 800


def test_speech_in_the_listeners_language_passes_in_a_whole_call() -> None:
    same = SameSpeech(SpokenLanguage("es", "en", lambda _text: [("en", -10.0), ("es", -90.0)]))
    call = FacingLanes(same_speech=same)
    call.talk(2, CALLER)
    call.notice(CALLER, Captioned(Side.SOURCE, "you can send it to my address", "u1"))
    call.talk(3)
    assert b"".join(frame(5000 + number) for number in range(100)) in call.ears[AGENT].audio
    assert call.ears[CALLER].audio == b""


# ---- One of them is not interpreted, or both -------------------------------------------------------------------------


def plainly(call: FacingLanes, *speakers: Role) -> None:
    for speaker in speakers:
        call.lanes[speaker].carry(interprets=False, straight=True, now=call.now)


def test_who_is_not_interpreted_can_cut_in_all_the_same() -> None:
    call = FacingLanes(barge_in=BargeIn.STOP)
    plainly(call, AGENT)
    call.spoke(CALLER, words(3), whole=True)
    call.talk(1)
    call.talk(BARGE_IN_LEAST_S, AGENT)
    assert call.ears[AGENT].cleared == 1
    assert call.interrupted[CALLER] == [1260]


def test_who_is_not_interpreted_lowers_what_is_spoken_over_for_as_long() -> None:
    call = FacingLanes(barge_in=BargeIn.DUCK)
    plainly(call, AGENT)
    call.spoke(CALLER, words(6), whole=True)
    call.talk(0.5)
    call.talk(2, AGENT)
    assert call.lanes[CALLER].ear.low
    call.talk(TURN_PAUSE_S - 0.02)
    assert call.lanes[CALLER].ear.low
    call.talk(0.06)
    assert not call.lanes[CALLER].ear.low


def test_in_a_plain_call_both_voices_are_counted_and_nobody_is_told_anything() -> None:
    call = FacingLanes(barge_in=BargeIn.STOP, long_turn_s=2)
    for role in (CALLER, AGENT):
        call.notice(role, Captioned(Side.SOURCE, "a-ha", "u1", whole=True))
    call.captions.clear()
    plainly(call, CALLER, AGENT)
    call.talk(3, CALLER, AGENT)
    call.talk(1, AGENT)
    totals = call.floor.totals()
    assert (totals.overlaps, totals.talk_ms(CALLER), totals.talk_ms(AGENT)) == (1, 3000, 4000)
    assert call.captions == []
    assert [one.flags for lane in call.lanes.values() for one in lane.transcript.utterances] == [[], []]
    assert call.ears[CALLER].cleared == call.ears[AGENT].cleared == 0
    assert len(call.ears[CALLER].audio) <= 4 * 8000, "no cue"
    assert call.ears[AGENT].audio == call.ears[AGENT].audio.replace(cue(), b"")


# ---- Both at once ----------------------------------------------------------------------------------------------------


def test_overlap_is_flagged_at_what_both_were_saying_once() -> None:
    call = FacingLanes()
    for role in (CALLER, AGENT):
        call.notice(role, Captioned(Side.SOURCE, "a-ha", "u1", whole=True))
    call.captions.clear()
    call.talk(OVERLAP_LEAST_S, CALLER, AGENT)
    assert call.captions == [], "no longer than a yes, yes"
    call.talk(0.1, CALLER, AGENT)
    assert [
        (one.role, one.side, one.flags, one.final) for one in sorted(call.captions, key=lambda one: one.role.value)
    ] == [
        (AGENT, Side.SOURCE, ("overlap",), False),
        (CALLER, Side.SOURCE, ("overlap",), False),
    ]
    call.talk(2, CALLER, AGENT)
    call.talk(1)
    call.talk(2, CALLER, AGENT)
    assert len(call.captions) == 2, "the same utterances are flagged once"
    assert call.floor.totals().overlaps == 2
    for role in (CALLER, AGENT):
        assert [one.flags for one in call.lanes[role].transcript.utterances] == [["overlap"]]


def test_overlap_before_anything_is_known_of_the_words_is_counted_and_shown_nowhere() -> None:
    call = FacingLanes()
    call.talk(1, CALLER, AGENT)
    assert call.captions == []
    assert call.floor.totals().overlaps == 1


def test_one_after_the_other_is_no_overlap() -> None:
    call = FacingLanes()
    for _ in range(3):
        call.talk(1, CALLER)
        call.talk(1, AGENT)
    assert call.floor.totals().overlaps == 0


# ---- What speakers are told in time ----------------------------------------------------------------------------------


def test_a_turn_that_is_too_long_gives_the_speaker_a_soft_cue_once() -> None:
    call = FacingLanes(long_turn_s=10)
    call.talk(10, CALLER)
    assert call.ears[CALLER].audio == b""
    call.talk(1, CALLER)
    assert call.ears[CALLER].audio == cue()
    call.talk(15, CALLER)
    assert call.ears[CALLER].audio == cue(), "once a turn"
    assert call.ears[AGENT].audio == b"", "the listener hears nothing of it"
    assert call.announced == []


def test_each_long_turn_has_its_own_cue() -> None:
    call = FacingLanes(long_turn_s=10)
    for count in (1, 2):
        call.talk(12, CALLER)
        call.talk(TURN_PAUSE_S + 0.1)
        assert call.ears[CALLER].audio.count(cue()) == count
    call.talk(12, AGENT)
    assert call.ears[AGENT].audio.count(cue()) == 1


def test_breath_that_is_shorter_than_a_pause_does_not_end_the_turn() -> None:
    call = FacingLanes(long_turn_s=10)
    for _ in range(8):
        call.talk(1, CALLER)
        call.talk(TURN_PAUSE_S - 0.1)
    assert call.ears[CALLER].audio == cue()


def test_no_cue_disturbs_what_the_speaker_is_hearing() -> None:
    call = FacingLanes(long_turn_s=10)
    call.talk(9.5, CALLER)
    call.spoke(AGENT, words(3), whole=True)
    call.talk(6, CALLER)
    assert call.ears[CALLER].audio == words(3)


def test_cues_are_far_apart() -> None:
    call = FacingLanes()
    lane = call.lanes[AGENT]
    assert lane.ear.cue(call.now)
    call.talk(CUE_GAP_S - 0.02)
    assert list(lane.ear.cue(call.now)) == []
    call.talk(0.04)
    assert lane.ear.cue(call.now)


@pytest.mark.parametrize("original", [OriginalMode.DUCK, OriginalMode.FULL])
def test_under_the_others_silent_original_voice_the_cue_is_heard(original: OriginalMode) -> None:
    call = FacingLanes(long_turn_s=10, original=original)
    call.talk(12, CALLER)
    loud = call.ears[CALLER].audio.replace(b"\xff" * 160, b"")
    assert len(loud) >= len(cue()) - 320


def test_who_overhears_the_own_translation_hears_the_cue_all_the_same() -> None:
    call = FacingLanes(long_turn_s=10, ear=EarPlan(self_db=-24.0))
    call.talk(9, CALLER)
    call.spoke(CALLER, words(3))
    call.talk(3, CALLER)
    assert cue() in call.ears[CALLER].audio


def test_far_behind_the_speaker_is_asked_to_pause() -> None:
    """The interpreter has said thirty seconds at once, for a speaker who goes on."""
    call = FacingLanes()
    call.talk(1, CALLER)
    call.spoke(CALLER, words(30))
    call.spoke(CALLER, words(2, 3000), "u2")
    for number in range(50):
        call.talk(0.2, CALLER)
        call.spoke(CALLER, words(0.2, 4000 + number * 10), "u2")
    assert call.ears[CALLER].audio == cue()
    assert call.ears[AGENT].cleared == 0


def test_not_far_behind_nobody_is_asked_to_pause() -> None:
    call = FacingLanes()
    for number in range(50):
        call.talk(0.2, CALLER)
        call.spoke(CALLER, words(0.2, number * 10))
    assert call.ears[CALLER].audio == b""


# ---- Hearing oneself, comfort ----------------------------------------------------------------------------------------


def test_hear_yourself_quietly() -> None:
    call = FacingLanes(ear=EarPlan(self_db=-20.0))
    call.spoke(CALLER, words(2), whole=True)
    call.talk(3)
    assert call.ears[AGENT].audio == words(2)
    assert call.ears[CALLER].audio == Gain(-20.0)(words(2))


def test_usually_nobody_hears_the_own_translation() -> None:
    call = FacingLanes()
    call.spoke(CALLER, words(2), whole=True)
    call.talk(3)
    assert call.ears[CALLER].audio == b""


def test_a_muted_interpreter_is_not_overheard_either() -> None:
    call = FacingLanes(ear=EarPlan(self_db=-20.0))
    call.lanes[CALLER].carry(interprets=True, straight=True, now=call.now)
    call.spoke(CALLER, words(2), whole=True)
    call.talk(3)
    assert call.ears[CALLER].audio == b""


def test_comfort_sound_while_a_translation_is_awaited_and_not_before_or_after() -> None:
    call = FacingLanes(ear=EarPlan(comfort=True))
    call.talk(1)
    assert call.ears[AGENT].audio == b""
    call.talk(1, CALLER)
    call.talk(1)
    comfort = len(call.ears[AGENT].audio)
    assert comfort >= 1.5 * 8000
    assert call.ears[CALLER].audio == b""
    at = call.now
    call.spoke(CALLER, words(1), whole=True)
    call.talk(3)
    after = call.ears[AGENT].since(at)
    begins = after.index(frame(1))
    assert begins <= (LEAD_MS + 40) * 8, "it waits for no more than what was sent"
    assert after[begins : begins + 8000] == words(1)
    assert len(after) <= begins + 8000 + 160, "and then it is over"


# ---- Marks that never return -----------------------------------------------------------------------------------------


def test_an_announcement_whose_mark_never_returns_does_not_shield_what_comes_after_it() -> None:
    call = FacingLanes(barge_in=BargeIn.STOP)
    call.perform(CALLER, call.lanes[CALLER].announce("announce.1", words(1), call.now))
    call.talk(3)
    call.spoke(CALLER, words(3), whole=True)
    call.talk(1, AGENT)
    assert call.ears[AGENT].cleared == 1


def test_an_announcement_that_lost_its_stream_on_the_way_was_not_heard_to_its_end() -> None:
    call = FacingLanes()
    lane = call.lanes[CALLER]
    call.perform(CALLER, lane.announce("announce.1", words(2), call.now))
    call.talk(1)
    lane.sink_left()
    call.talk(1)
    lane.sink_joined()
    call.talk(2)
    call.returned(AGENT, call.ears[AGENT].marks[-1])
    assert call.announced == [(AGENT, "announce.1", False)]


def test_an_announcement_that_waited_for_the_stream_is_heard_whole() -> None:
    call = FacingLanes()
    lane = call.lanes[CALLER]
    lane.sink_left()
    call.perform(CALLER, lane.announce("announce.1", words(2), call.now))
    lane.sink_joined()
    call.talk(3)
    call.returned(AGENT, call.ears[AGENT].marks[-1])
    assert call.announced == [(AGENT, "announce.1", True)]


@pytest.mark.parametrize("final", [True, False])
def test_an_overlap_is_shown_at_a_last_caption_without_taking_back_that_it_is_the_last(final: bool) -> None:
    call = FacingLanes()
    call.notice(CALLER, Captioned(Side.SOURCE, "Buenos días.", "u1", whole=True, final=final))
    call.captions.clear()
    call.talk(1, CALLER, AGENT)
    (shown,) = call.captions
    assert (shown.flags, shown.final) == (("overlap",), final)


def test_in_a_shared_language_too_it_is_counted_who_spoke_and_who_spoke_over_whom() -> None:
    call = FacingLanes(long_turn_s=1)
    for one in call.lanes.values():
        one.replan(dataclasses.replace(one.plan, passthrough=True), None)
    call.talk(2, CALLER)
    call.talk(1, CALLER, AGENT)
    totals = call.floor.totals()
    assert (totals.talk_ms(CALLER), totals.talk_ms(AGENT), totals.overlaps) == (3000, 1000, 1)
    assert call.ears[CALLER].audio.count(cue()) == 0
