"""Whether an interpreter still works, and how long its listener waits."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dragoman.domain.speech import (
    Captioned,
    Guarded,
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
)
from dragoman.domain.speech import Verdict as Lapse
from dragoman.relay.watch import (
    AGAIN_S,
    ALONG_S,
    KEPT_SPANS,
    LONGEST_USUAL_S,
    SHORTEST_USUAL_S,
    SILENT_S,
    STUCK_S,
    USUAL_S,
    Verdict,
    Watch,
)

pytestmark = pytest.mark.script

SOUND = Spoke(b"\x20" * 160)
RATE_LIMITED = Trouble(TroubleKind.RATE_LIMIT, "slow down", fatal=False)


class Line:
    """A watch, its clock in frames of 20 ms, and every verdict with its time."""

    def __init__(self, watch: Watch | None = None, *, ready: bool = True) -> None:
        self.watch = watch or Watch()
        self.frames = 0
        self.verdicts: list[tuple[float, Verdict]] = []
        self.is_music: Callable[[float], bool] = lambda _last_s: False
        self.watch.interpreter_began(self.now)
        if ready:
            self.notice(Ready())

    @property
    def now(self) -> float:
        return 1000.0 + self.frames * 0.02

    @property
    def found(self) -> list[Verdict]:
        return [verdict for _, verdict in self.verdicts]

    def say(self, seconds: float) -> None:
        self._pass(seconds, voiced=True)

    def hush(self, seconds: float) -> None:
        self._pass(seconds, voiced=False)

    def _pass(self, seconds: float, *, voiced: bool) -> None:
        for _ in range(round(seconds * 50)):
            self.frames += 1
            if voiced:
                self.watch.voice(self.now)
            verdict = self.watch.tick(self.now, self.is_music)
            if verdict is not None:
                self.verdicts.append((round(self.now - 1000, 2), verdict))

    def notice(self, *events: InterpreterEvent) -> None:
        for event in events:
            self.watch.event(event, self.now)

    def replace(self) -> None:
        self.watch.interpreter_began(self.now)
        self.notice(Ready())

    @property
    def late_s(self) -> float:
        return round(self.watch.late_s(self.now), 2)


def turn(line: Line, key: str, length_s: float) -> None:
    """An utterance that the engine hears, from its begin to its end."""
    line.say(0.2)
    line.notice(SpeechBegan(key, 0))
    line.say(length_s - 0.2)
    line.hush(0.5)
    line.notice(SpeechStopped(key, 0))


# ---- Speech in, nothing out ------------------------------------------------------------------------------------------


def test_speech_in_and_nothing_out_is_told_once() -> None:
    line = Line()
    line.hush(3)
    line.say(10)
    line.hush(20)
    assert line.verdicts == [(3.02 + SILENT_S, Verdict.SILENT)]


def test_a_silent_source_needs_no_answer() -> None:
    line = Line()
    line.hush(120)
    assert line.found == []
    assert line.late_s == 0.0


def test_coughs_need_none_either() -> None:
    line = Line()
    for _ in range(20):
        line.say(0.2)
        line.hush(4)
    assert line.found == []


def test_one_that_is_not_ready_is_not_blamed() -> None:
    line = Line(ready=False)
    line.say(3)
    line.hush(20)
    assert line.found == []
    line.notice(Ready())
    line.hush(SILENT_S - 0.1)
    assert line.found == []
    line.hush(0.2)
    assert line.found == [Verdict.SILENT], "it was given all that was said meanwhile"


@pytest.mark.parametrize("sign", [SOUND, Captioned(Side.SOURCE, "hola"), Captioned(Side.TARGET, "hi")])
def test_any_sign_of_life_will_do(sign: InterpreterEvent) -> None:
    line = Line()
    for _ in range(6):
        line.say(4)
        line.notice(sign)
    assert line.found == []


def test_money_is_no_sign_of_life() -> None:
    line = Line()
    for _ in range(4):
        line.say(2)
        line.notice(Spent(0.01, estimate=True))
    assert line.found == [Verdict.SILENT]


def test_one_that_listens_to_a_long_utterance_is_left_alone() -> None:
    line = Line()
    turn(line, "a", 40)
    line.hush(STUCK_S - 0.6)
    assert line.found == []


def test_rate_limits_explain_it() -> None:
    line = Line()
    for _ in range(5):
        line.say(5)
        line.notice(RATE_LIMITED)
    assert line.found == []


# ---- An utterance of which nothing comes -----------------------------------------------------------------------------


def test_an_utterance_of_which_nothing_comes() -> None:
    line = Line()
    turn(line, "a", 2)
    line.hush(20)
    assert line.verdicts == [(2 + STUCK_S, Verdict.STUCK)]


def test_the_source_words_alone_are_not_enough() -> None:
    line = Line()
    turn(line, "a", 2)
    line.notice(Captioned(Side.SOURCE, "hola", "a", final=True))
    line.hush(20)
    assert line.found == [Verdict.STUCK]


@pytest.mark.parametrize("end", [Spoke(b"\x20" * 160, "a"), SpokeAll("a"), Unclear("a", "noise")])
def test_what_answers_an_utterance(end: InterpreterEvent) -> None:
    line = Line()
    turn(line, "a", 2)
    line.hush(5)
    line.notice(end)
    line.hush(30)
    assert line.found == []
    assert line.late_s == 0.0


@pytest.mark.parametrize(
    "sign",
    [
        RATE_LIMITED,
        Guarded("a", Lapse.ANSWERED, asked_again=True, played=False),
        Captioned(Side.TARGET, "he", "a"),
    ],
)
def test_what_gives_it_more_time(sign: InterpreterEvent) -> None:
    line = Line()
    turn(line, "a", 2)
    line.hush(6)
    line.notice(sign)
    line.hush(STUCK_S - 0.1)
    assert line.found == []
    line.hush(0.2)
    assert line.found == [Verdict.STUCK]


def test_one_that_waits_for_its_turn_is_not_stuck_while_another_is_spoken() -> None:
    line = Line()
    turn(line, "a", 2)
    turn(line, "b", 2)
    for _ in range(10):
        line.hush(1.5)
        line.notice(Spoke(b"\x20" * 160, "a"))
    assert line.found == []
    line.hush(STUCK_S + 1)
    assert line.found == [Verdict.STUCK]


def test_an_engine_that_never_says_that_the_utterance_ended() -> None:
    line = Line()
    line.say(0.2)
    line.notice(SpeechBegan("a", 0))
    line.say(2)
    line.hush(STUCK_S - 0.1)
    assert line.found == []
    line.hush(0.2)
    assert line.found == [Verdict.STUCK]


def test_an_engine_that_falls_silent_in_mid_utterance_is_found_although_the_source_goes_on_every_few_seconds() -> None:
    line = Line()
    line.say(0.4)
    line.notice(SpeechBegan("a", 0))
    line.say(0.4)
    for _ in range(3):
        line.hush(4.2)
        line.say(0.8)
    ((at, verdict),) = line.verdicts
    assert verdict is Verdict.STUCK
    assert at - 0.8 == pytest.approx(STUCK_S, abs=0.5)


def test_an_utterance_with_pauses_for_thought_goes_on() -> None:
    line = Line()
    line.say(0.4)
    line.notice(SpeechBegan("a", 0))
    for _ in range(8):
        line.say(1.5)
        line.hush(2.0)
    assert line.found == []


def test_an_engine_without_names_is_stuck_too() -> None:
    line = Line()
    line.say(2)
    line.notice(Captioned(Side.SOURCE, "hola"))
    line.hush(20)
    assert line.verdicts == [(2 + STUCK_S, Verdict.STUCK)]


def test_what_went_straight_across_needs_no_answer() -> None:
    line = Line()
    line.say(2)
    line.notice(Captioned(Side.SOURCE, "hello"))
    line.watch.settled()
    line.hush(30)
    assert line.found == []
    assert line.late_s == 0.0


def test_speech_that_goes_on_with_its_translation() -> None:
    line = Line()
    for _ in range(30):
        line.say(1)
        line.notice(SOUND)
    line.hush(1)
    line.notice(SOUND)
    line.hush(30)
    assert line.found == []


# ---- False alarms ----------------------------------------------------------------------------------------------------


def test_music_replaces_one_interpreter_and_then_hardly_any() -> None:
    line = Line()
    for _ in range(600):
        before = len(line.verdicts)
        line.say(1)
        if len(line.verdicts) > before:
            line.replace()
    times = [at for at, _ in line.verdicts]
    assert len(times) <= 6
    assert times[2] - times[1] >= AGAIN_S
    assert times[4] - times[3] >= 3 * AGAIN_S


def test_who_took_nothing_of_it_for_speech_is_not_blamed_for_music() -> None:
    asked: list[float] = []

    def music(last_s: float) -> bool:
        asked.append(last_s)
        return True

    line = Line()
    line.is_music = music
    line.say(SILENT_S + 1)
    line.hush(STUCK_S + 1)
    assert line.found == []
    assert line.late_s == 0.0
    assert asked == [pytest.approx(SILENT_S, abs=0.1)] * 2, "all that it might be blamed for"
    turn(line, "a", 2)
    line.hush(STUCK_S + 1)
    assert line.found == [Verdict.STUCK], "it said itself that this was speech"


def test_after_speech_the_next_verdict_comes_at_once() -> None:
    line = Line()
    line.say(7)
    line.replace()
    line.notice(SOUND)
    line.say(7)
    assert line.found == [Verdict.SILENT, Verdict.SILENT]


def test_the_next_one_is_asked_about_what_the_last_one_left() -> None:
    line = Line()
    turn(line, "a", 2)
    line.hush(1)
    line.replace()
    line.hush(STUCK_S / 2 - 0.1)
    assert line.found == []
    line.hush(0.2)
    assert line.found == [Verdict.STUCK], "it had all of it at once"


def test_the_next_one_has_one_more_chance_and_another_engine_all_of_them() -> None:
    line = Line()
    line.say(7)
    line.hush(2)
    line.replace()
    line.hush(STUCK_S)
    line.replace()
    line.say(AGAIN_S / 2)
    assert len(line.found) == 2
    line.watch.another_engine()
    line.say(SILENT_S + 1)
    assert len(line.found) == 3


# ---- How long the listener waits -------------------------------------------------------------------------------------


def test_nobody_waits_while_the_source_speaks_or_says_nothing() -> None:
    line = Line()
    line.say(5)
    assert line.late_s == 0.0
    line = Line()
    line.say(0.2)
    line.hush(5)
    assert line.late_s == 0.0, "a cough"


def test_who_waits_longer_than_usual() -> None:
    line = Line()
    turn(line, "a", 2)
    line.hush(USUAL_S - 0.5)
    assert line.late_s == 0.0
    line.hush(1.2)
    assert line.late_s == 1.2
    line.notice(Spoke(b"\x20", "a"))
    assert line.late_s == 0.0


def test_who_waits_for_an_engine_without_names() -> None:
    line = Line()
    line.say(2)
    line.hush(USUAL_S + 1)
    assert line.late_s == 1.0
    line.say(0.5)
    assert line.late_s == 1.5, "since the first of it was over"
    line.notice(SOUND)
    assert line.late_s == 0.0


def test_what_is_usual_is_learned_from_the_last_answers() -> None:
    line = Line()
    assert line.watch.usual_s == USUAL_S
    for number, wait_s in enumerate([9.0] * 3 + [3.0] * KEPT_SPANS):
        turn(line, str(number), 2)
        line.hush(wait_s - 0.5)
        line.notice(Spoke(b"\x20", str(number)), SpokeAll(str(number)))
    assert line.watch.usual_s == pytest.approx(3.0)


@pytest.mark.parametrize(("wait_s", "usual_s"), [(0.45, SHORTEST_USUAL_S), (7.0, 7.0), (9.0, LONGEST_USUAL_S)])
def test_what_is_usual_has_bounds(wait_s: float, usual_s: float) -> None:
    line = Line(Watch(stuck_s=20, silent_s=20))
    line.say(2)
    line.hush(wait_s)
    line.notice(SOUND)
    assert line.watch.usual_s == pytest.approx(usual_s)


def test_who_speaks_while_the_source_goes_on_teaches_nothing() -> None:
    line = Line()
    line.say(2)
    line.notice(SOUND)
    assert line.watch.usual_s == USUAL_S


def test_the_listener_goes_on_waiting_when_the_interpreter_is_replaced() -> None:
    line = Line()
    turn(line, "a", 2)
    line.hush(2)
    line.watch.interpreter_began(line.now)
    line.hush(3)
    assert line.late_s == pytest.approx(5.5 - USUAL_S)
    line.notice(Ready(), SpeechBegan("a", 0), SpeechStopped("a", 0))
    assert line.late_s == pytest.approx(5.5 - USUAL_S)
    line.notice(Spoke(b"\x20", "a"))
    assert line.late_s == 0.0
    assert line.watch.usual_s == USUAL_S, "an outage teaches nothing about the engine"


def test_one_that_is_lost_in_mid_speech_makes_nobody_wait_yet() -> None:
    line = Line()
    line.say(2)
    line.replace()
    line.say(1)
    assert line.late_s == 0.0
    line.hush(USUAL_S + 0.5)
    assert line.late_s == 0.5


def test_what_is_not_answered_at_last_is_waited_for_no_more() -> None:
    line = Line()
    line.say(0.5)
    line.hush(STUCK_S + 0.1)
    assert line.late_s == 0.0
    assert line.found == []


def test_what_turns_out_to_be_no_voice_asks_for_nothing() -> None:
    line = Line()
    line.say(4)
    line.watch.no_voice()
    line.hush(60)
    assert line.found == []
    assert line.late_s == 0.0


def test_what_the_engine_took_for_speech_is_asked_for_all_the_same() -> None:
    line = Line()
    line.say(0.5)
    line.notice(SpeechBegan("a", 0))
    line.say(4)
    line.watch.no_voice()
    line.notice(SpeechStopped("a", 0))
    line.hush(20)
    assert line.found == [Verdict.STUCK]


def test_who_is_slow_by_nature_has_more_time() -> None:
    line = Line()
    for key in "abcd":
        turn(line, key, 2)
        line.hush(5.5)
        line.notice(Spoke(b"\x20" * 160, key), SpokeAll(key))
    turn(line, "e", 2)
    line.hush(11)
    assert line.found == []
    line.hush(1)
    assert line.found == [Verdict.STUCK], "twice as long as usual"


def test_who_hears_nothing_while_the_source_talks_on_and_on_is_waiting_too() -> None:
    line = Line()
    line.say(ALONG_S - 0.1)
    assert line.late_s == 0.0
    line.say(ALONG_S)
    assert line.late_s == pytest.approx(ALONG_S - USUAL_S, abs=0.5)
    line.notice(SOUND)
    line.say(ALONG_S - 0.1)
    assert line.late_s == 0.0, "the engine speaks along"


# ---- What is waited for, exactly -------------------------------------------------------------------------------------


def test_speech_that_the_engine_ended_is_waited_for_though_the_source_goes_on() -> None:
    line = Line()
    line.say(0.2)
    line.notice(SpeechBegan("a", 0))
    line.say(1.0)
    line.notice(SpeechStopped("a", 0))
    line.say(USUAL_S + 1.0)
    assert line.late_s == pytest.approx(1.0)
    line.notice(SpokeAll("a"))
    assert line.late_s == 0.0


def test_the_next_interpreter_is_waited_for_since_the_last_one_was_whatever_is_said_since() -> None:
    line = Line()
    line.say(0.2)
    line.notice(SpeechBegan("a", 0))
    line.say(1.0)
    line.notice(SpeechStopped("a", 0))
    line.say(USUAL_S + 0.5)
    line.replace()
    line.say(0.2)
    assert line.late_s == pytest.approx(0.7)
    line.notice(SpeechBegan("b", 0))
    line.say(0.3)
    assert line.late_s == pytest.approx(1.0)
    assert line.watch.usual_s == USUAL_S
    line.notice(SpeechStopped("b", 0), Spoke(SOUND.audio, "b"))
    assert line.late_s == 0.0
    assert line.watch.usual_s == USUAL_S, "how long it took in all is not its own delay"


def test_until_it_has_named_an_utterance_all_it_says_answers_all_that_was_said() -> None:
    line = Line()
    line.say(1.0)
    line.notice(Spoke(SOUND.audio, "a"))
    line.hush(USUAL_S + 5)
    assert line.late_s == 0.0
    turn(line, "b", 1.0)
    line.replace()
    line.notice(Spoke(SOUND.audio, "b"))
    line.hush(USUAL_S + 5)
    assert line.late_s == 0.0


def test_one_that_names_its_utterances_answers_one_at_a_time() -> None:
    line = Line()
    turn(line, "a", 1.0)
    turn(line, "b", 1.0)
    line.notice(Spoke(SOUND.audio, "b"))
    line.hush(USUAL_S + 5)
    assert line.late_s > 5.0


def test_the_end_of_an_earlier_utterance_does_not_end_the_one_that_goes_on() -> None:
    line = Line()
    line.say(0.2)
    line.notice(SpeechBegan("a", 0), SpeechBegan("b", 0))
    line.say(1.0)
    line.notice(SpeechStopped("a", 0), SpokeAll("a"))
    line.say(5.0)
    assert line.late_s == 0.0
    line.hush(USUAL_S + 1.0)
    assert line.late_s == pytest.approx(1.0)
