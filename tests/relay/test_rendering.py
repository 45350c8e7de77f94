"""What an interpreter says and notices, on its way to the ear."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import Notice, Role
from dragoman.domain.effects import Ask, LaneEffect, Mark, Play, Publish
from dragoman.domain.speech import (
    Captioned,
    Guarded,
    Ready,
    Side,
    SpeechBegan,
    SpeechStopped,
    Spoke,
    SpokeAll,
    SpokenIn,
    Unclear,
    Verdict,
)
from dragoman.relay.again import slowly
from dragoman.relay.ear import Ear
from dragoman.relay.ear_plan import EarPlan
from dragoman.relay.lane_plan import LanePlan
from dragoman.relay.rendering import ASK_GAP_S, SPURT_GAP_S, Rendering
from dragoman.relay.times import Times
from dragoman.relay.transcript import SETTLE_LATE_S, LaneTranscript, Utterance
from tests.fakes.relay_parts import frame

pytestmark = pytest.mark.unit

BEGAN = 100.0


class Desk:
    """One lane's rendering with a real ear, transcript and times; the clock stands still unless it is moved."""

    def __init__(self, *, names: bool = True, comfort: bool = False) -> None:
        ear = EarPlan(comfort=comfort)
        plan = LanePlan(Role.CALLER, "es", "en", AudioFormat.PCMU_8K, "fake", names_utterances=names, ear=ear)
        self.ear = Ear(plan.sink_format, plan.ear, turns=names)
        self.ear.joined()
        self.transcript = LaneTranscript(Role.CALLER, "es", "en", "fake", "c")
        self.times = Times(plan, self.transcript, BEGAN)
        self.rendering = Rendering(plan, self.ear, self.transcript, self.times)
        self.now = BEGAN

    def spoke(self, audio: bytes, key: str = "u1") -> Sequence[LaneEffect]:
        return self.rendering.spoke(Spoke(audio, key), self.now)

    def ended(self, key: str = "u1") -> Sequence[LaneEffect]:
        return self.rendering.noticed(SpokeAll(key), self.now)

    def heard_out(self) -> list[LaneEffect]:
        """Time passes until all is sent and heard."""
        effects: list[LaneEffect] = []
        for _ in range(200):
            self.now += 0.02
            effects += self.rendering.tick(self.now)
            effects += self.ear.tick(self.now)
        return effects

    @property
    def utterances(self) -> list[Utterance]:
        return self.transcript.utterances


def played(effects: Sequence[LaneEffect]) -> bytes:
    return b"".join(one.audio for one in effects if isinstance(one, Play))


def marks(effects: Sequence[LaneEffect]) -> int:
    return sum(isinstance(one, Mark) for one in effects)


# ---- Speech ----------------------------------------------------------------------------------------------------------


def test_speech_goes_to_the_ear_and_tells_when_it_came() -> None:
    desk = Desk()
    desk.now += 1.5
    assert played(desk.spoke(frame(1) * 2)) == frame(1) * 2
    desk.now += 1.0
    desk.spoke(frame(2))
    (one,) = desk.utterances
    assert [one.first_audio_s, one.spoken_s] == pytest.approx([1.5, 0.06])


def test_more_of_an_utterance_is_for_that_utterance_and_another_name_is_another_one() -> None:
    desk = Desk()
    for key in ("u1", "u1", "u2", "u1"):
        desk.spoke(frame(1), key)
    assert [one.spoken_s for one in desk.utterances] == pytest.approx([0.06, 0.02])


def test_nothing_said_is_nothing() -> None:
    desk = Desk()
    assert list(desk.spoke(b"")) == []
    assert desk.utterances == []
    assert not desk.rendering.open


def test_a_muted_interpreter_says_nothing_and_its_captions_are_shown() -> None:
    desk = Desk()
    desk.rendering.muted = True
    assert list(desk.spoke(frame(1))) == []
    assert desk.utterances == []
    (shown,) = desk.rendering.noticed(Captioned(Side.TARGET, "Hello", "u1", whole=True), desk.now)
    assert isinstance(shown, Publish)
    assert shown.caption.text == "Hello"


def test_speech_ends_the_wait_for_it() -> None:
    desk = Desk(comfort=True)
    assert desk.ear.comfort is not None
    for number in range(20):
        desk.ear.comfort.heard(frame(number), desk.now)
    assert desk.ear.comfort.frame(desk.now) is not None
    desk.spoke(frame(1))
    assert desk.ear.comfort.frame(desk.now) is not None, "it fades"
    assert desk.ear.comfort.frame(desk.now) is None


def test_all_of_an_utterance_is_marked_at_its_end() -> None:
    desk = Desk()
    desk.spoke(frame(1)[:100])
    effects = desk.ended()
    assert played(effects) == frame(1)[:100] + b"\xff" * 60
    assert marks(effects) == 1
    assert list(desk.ended("u9")) == [], "never spoken"


# ---- An engine that names nothing ------------------------------------------------------------------------------------


def test_a_spurt_is_over_after_the_gap_and_no_sooner() -> None:
    desk = Desk(names=False)
    desk.spoke(frame(1), "")
    assert desk.rendering.open
    desk.now += SPURT_GAP_S - 0.001
    assert marks(desk.rendering.tick(desk.now)) == 0
    assert desk.rendering.open
    desk.now += 0.002
    assert marks(desk.rendering.tick(desk.now)) == 1
    assert not desk.rendering.open
    assert marks(desk.rendering.tick(desk.now + 1)) == 0


def test_more_speech_keeps_the_spurt_open() -> None:
    desk = Desk(names=False)
    for _ in range(4):
        desk.spoke(frame(1), "")
        desk.now += SPURT_GAP_S - 0.02
        assert marks(desk.rendering.tick(desk.now)) == 0
    (one,) = desk.utterances
    assert one.spoken_s == pytest.approx(0.08)


def test_speech_keeps_the_utterance_from_being_settled() -> None:
    desk = Desk(names=False)
    desk.rendering.noticed(Captioned(Side.TARGET, "Hello"), desk.now)
    desk.now += SETTLE_LATE_S - 0.1
    desk.spoke(frame(1), "")
    desk.now += SETTLE_LATE_S - 0.1
    assert [one for one in desk.rendering.tick(desk.now) if isinstance(one, Publish)] == []
    desk.now += 0.11
    (final,) = [one for one in desk.rendering.tick(desk.now) if isinstance(one, Publish)]
    assert (final.caption.text, final.caption.final) == ("Hello", True)


def test_when_the_next_utterance_is_cut_the_last_spurt_is_ended() -> None:
    """The words were settled while it still spoke: what it says then belongs to the next utterance."""
    desk = Desk(names=False)
    desk.spoke(frame(1)[:100], "")
    desk.rendering.settled(desk.now, at_once=True)
    effects = [*desk.spoke(frame(2), ""), *desk.ear.due(desk.now)]
    assert played(effects) == frame(1)[:100] + b"\xff" * 60 + frame(2)
    assert marks(effects) == 1
    assert [one.spoken_s for one in desk.utterances] == pytest.approx([100 / 8000, 0.02])


def test_who_says_that_all_was_said_is_not_waited_for() -> None:
    desk = Desk(names=False)
    desk.spoke(frame(1), "")
    assert marks(desk.ended("")) == 1
    assert not desk.rendering.open
    assert marks(desk.heard_out()) == 0


def test_speech_and_captions_find_their_place_at_the_mouth() -> None:
    for told in ("speech", "caption"):
        desk = Desk(names=False)
        for _ in range(50):
            desk.now += 0.02
            desk.times.heard(frame(1), desk.now, loud=True)
        if told == "speech":
            desk.spoke(frame(2), "")
        else:
            desk.rendering.noticed(Captioned(Side.TARGET, "Hello"), desk.now)
        (one,) = desk.utterances
        assert [one.began_s, one.stopped_s] == pytest.approx([0.0, 1.0])


def test_how_long_is_waited() -> None:
    assert (SPURT_GAP_S, ASK_GAP_S) == (0.3, 4.0)


def test_a_named_utterance_is_not_ended_by_being_quiet() -> None:
    desk = Desk()
    desk.spoke(frame(1))
    assert not desk.rendering.open
    assert marks(desk.heard_out()) == 0


def test_unless_its_engine_does_not_keep_its_names() -> None:
    """It says that it names its utterances, and does not: the gap ends them as for any other."""
    desk = Desk(names=True)
    desk.spoke(frame(1), "")
    assert desk.rendering.open
    assert marks(desk.heard_out()) == 1


# ---- Another interpreter ---------------------------------------------------------------------------------------------


def test_what_the_last_one_left_open_is_ended() -> None:
    desk = Desk(names=False)
    desk.spoke(frame(1)[:100], "")
    desk.rendering.interpreter_began()
    assert not desk.rendering.open
    effects = list(desk.ear.due(desk.now))
    assert played(effects) == frame(1)[:100] + b"\xff" * 60
    assert marks(effects) == 1
    desk.rendering.interpreter_began()
    assert list(desk.ear.due(desk.now)) == [], "once"


def test_its_first_piece_is_looked_at_anew_though_the_name_is_the_same() -> None:
    desk = Desk()
    desk.spoke(frame(1))
    desk.rendering.interpreter_began()
    desk.transcript.new_session()
    desk.now += 1
    desk.spoke(frame(2))
    assert [one.first_audio_s for one in desk.utterances] == [0.0, 1.0]


# ---- Notices of the engine -------------------------------------------------------------------------------------------


def test_speech_began_and_stopped_where_the_engine_says() -> None:
    desk = Desk()
    for number in range(100):
        desk.times.heard(frame(number), desk.now + (number + 1) * 0.02, loud=True)
    desk.now += 2
    assert list(desk.rendering.noticed(SpeechBegan("u1", 500), desk.now)) == []
    assert list(desk.rendering.noticed(SpeechStopped("u1", 1500), desk.now)) == []
    (one,) = desk.utterances
    assert [one.began_s, one.stopped_s] == pytest.approx([0.5, 1.5])


def test_the_rest_means_nothing_here() -> None:
    desk = Desk()
    assert list(desk.rendering.noticed(Ready(), desk.now)) == []
    assert desk.utterances == []


def test_captions_grow_and_are_shown() -> None:
    desk = Desk()
    desk.rendering.noticed(Captioned(Side.TARGET, "Hel", "u1"), desk.now)
    (shown,) = desk.rendering.noticed(Captioned(Side.TARGET, "lo", "u1", final=True), desk.now + 1)
    assert isinstance(shown, Publish)
    caption = shown.caption
    assert (caption.text, caption.final, caption.at_s, caption.language) == ("Hello", True, 1.0, "en")


def test_unclear_speech_is_asked_for_again_but_not_at_once_again() -> None:
    desk = Desk()
    told, asked = desk.rendering.noticed(Unclear("u1", "noise"), desk.now)
    assert asked == Ask(Notice.REPEAT)
    assert isinstance(told, Publish)
    assert (told.caption.side, told.caption.final, told.caption.flags) == (Side.SOURCE, True, ("unclear: noise",))
    assert len(desk.rendering.noticed(Unclear("u2", "noise"), desk.now + ASK_GAP_S - 0.001)) == 1
    assert len(desk.rendering.noticed(Unclear("u3", "noise"), desk.now + ASK_GAP_S)) == 2


def test_for_what_was_unclear_nothing_is_waited_for() -> None:
    desk = Desk()
    desk.times.lag.heard_voice(desk.now)
    desk.rendering.noticed(Unclear("u1", "noise"), desk.now)
    assert desk.times.lag.lag_ms(desk.now + 9, 0) == 0


def test_of_what_the_guard_caught_nothing_more_is_heard_and_it_is_not_said_again() -> None:
    desk = Desk()
    sent = played(desk.spoke(frame(1) * 50))
    (told,) = desk.rendering.noticed(Guarded("u1", Verdict.ANSWERED, asked_again=False, played=True), desk.now)
    assert isinstance(told, Publish)
    assert (told.caption.side, told.caption.final, told.caption.flags) == (Side.TARGET, True, ("guard: answered",))
    assert 0 < len(sent) < 50 * 160
    assert played(desk.heard_out()) == b""
    desk.ended()
    assert list(desk.rendering.say_again(desk.now)) == []


def test_a_guarded_utterance_that_nobody_knew_is_flagged_all_the_same() -> None:
    desk = Desk()
    (told,) = desk.rendering.noticed(Guarded("u1", Verdict.COMMENTED, asked_again=True, played=False), desk.now)
    assert isinstance(told, Publish)
    assert told.caption.flags == ("guard: commented",)
    assert len(desk.utterances) == 1


# ---- Say again -------------------------------------------------------------------------------------------------------


def test_said_again_it_is_slower_and_marked_and_no_utterance_of_its_own() -> None:
    desk = Desk()
    words = b"".join(frame(number) for number in range(50))
    desk.spoke(words)
    desk.ended()
    desk.heard_out()
    desk.ear.playout.notes()
    effects = [*desk.rendering.say_again(desk.now), *desk.heard_out()]
    again = played(effects)
    expected = slowly(words)
    assert again[: len(expected)] == expected
    assert set(again[len(expected) :]) <= {0xFF}
    assert marks(effects) == 1
    assert len(desk.utterances) == 1
    desk.rendering.say_again(desk.now + 9)
    labels = {note.label for note in desk.ear.playout.notes()}
    assert labels == {"again.1", "again.2"}, "each its own, so that times are told apart"


def test_asked_for_in_mid_utterance_it_comes_behind_its_end() -> None:
    desk = Desk()
    words = b"".join(frame(number) for number in range(10))
    first = played(desk.spoke(words))
    assert list(desk.rendering.say_again(desk.now)) == []
    rest = played([*desk.ended(), *desk.heard_out()])
    assert (first + rest).startswith(words + slowly(words))


def test_with_nothing_said_there_is_nothing_to_say_again() -> None:
    assert list(Desk().rendering.say_again(BEGAN)) == []


# ---- The end ---------------------------------------------------------------------------------------------------------


def test_the_last_captions_are_told_at_once_when_asked() -> None:
    desk = Desk(names=False)
    desk.rendering.noticed(Captioned(Side.SOURCE, "Hola"), desk.now)
    desk.rendering.noticed(Captioned(Side.TARGET, "Hello"), desk.now)
    assert desk.rendering.settled(desk.now, at_once=False) == []
    captions = [one.caption for one in desk.rendering.settled(desk.now, at_once=True)]
    assert [(one.side, one.text, one.final) for one in captions] == [
        (Side.SOURCE, "Hola", True),
        (Side.TARGET, "Hello", True),
    ]
    assert desk.rendering.settled(desk.now, at_once=True) == []


def test_an_utterance_that_is_settled_has_its_place_at_the_mouth() -> None:
    desk = Desk(names=False)
    desk.rendering.noticed(Captioned(Side.TARGET, "Hello"), desk.now)
    for _ in range(50):
        desk.now += 0.02
        desk.times.heard(frame(1), desk.now, loud=True)
    desk.rendering.settled(desk.now, at_once=True)
    (one,) = desk.utterances
    assert [one.began_s, one.stopped_s] == pytest.approx([0.0, 1.0])


def test_a_replay_is_slower_for_an_engine_that_streams_too() -> None:
    """It comes at once, and is far behind for that alone: haste must not take back what it was slowed down for."""
    desk = Desk(names=False)
    spoken = b"".join(frame(number) for number in range(400))
    desk.spoke(spoken, "")
    desk.heard_out()
    desk.heard_out()
    desk.ear.playout.wants_cue = False
    effects = [*desk.rendering.say_again(desk.now), *desk.heard_out(), *desk.heard_out(), *desk.heard_out()]
    assert len(played(effects)) >= len(slowly(spoken))
    assert not desk.ear.playout.wants_cue


def test_what_a_lost_interpreter_left_unfinished_can_be_said_again() -> None:
    desk = Desk()
    desk.spoke(b"".join(frame(number) for number in range(50)))
    desk.rendering.interpreter_began()
    desk.heard_out()
    assert played(desk.rendering.say_again(desk.now)), "at once, and not behind the next utterance"


def test_who_asked_before_the_interpreter_was_lost_hears_what_there_is() -> None:
    desk = Desk()
    desk.spoke(b"".join(frame(number) for number in range(50)))
    assert list(desk.rendering.say_again(desk.now)) == []
    desk.rendering.interpreter_began()
    assert len(played(desk.heard_out())) > 90 * 160


def test_which_language_it_was_turns_the_utterance_round() -> None:
    desk = Desk()
    assert desk.rendering.noticed(SpokenIn("u1", "en"), desk.now) == ()
    (published,) = desk.rendering.noticed(Captioned(Side.SOURCE, "Hello.", "u1", whole=True), desk.now)
    assert isinstance(published, Publish)
    assert published.caption.language == "en"
