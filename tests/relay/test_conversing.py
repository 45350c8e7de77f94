"""An assistant's call, in scripts: greeting, barge-in, tools, keys, idle callers, machines, broken sessions."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.assistant_ports import Answering, Line
from dragoman.audio import g711
from dragoman.domain.assistant_effects import CutOff, EndTalk, EndWhy, GiveKeys, Perform, RunTool, Say, TellTool
from dragoman.domain.effects import Clear, Hear, Mark, Play, Publish
from dragoman.domain.persona import Idle, Interrupt, Phrase
from dragoman.domain.speech import (
    Captioned,
    Closed,
    Heard,
    Ready,
    Side,
    SpeechBegan,
    SpeechStopped,
    Spoke,
    SpokeAll,
    Trouble,
    TroubleKind,
)
from dragoman.domain.tools import HangUp, ToolAsked, ToolResult, Transfer
from dragoman.relay.awaited import AWAY_S, WORKING_S
from dragoman.relay.conversing import Conversing
from dragoman.relay.echo_gate import EchoGate
from tests.fakes.assistant_talk import BEGAN, QUIET, AssistantScript, Carrier, given_to_assistant, of, sound, voice
from tests.fakes.personas import EN, JA, persona
from tests.fakes.recorded import sentences

pytestmark = pytest.mark.script

LOWER = g711.encode((g711.decode(bytes(range(256))) // 4).astype(np.int16))
ASKED = ToolAsked("call_1", "faq", "{}")
HANG_UP = ToolAsked("call_2", "hang_up", "{}")
GOODBYE = ToolResult("The call ends.", "Bye.", action=HangUp("Bye."))


# ---- Speaking and hearing --------------------------------------------------------------------------------------------


def test_the_assistant_speaks_first() -> None:
    script = AssistantScript()
    assert script.do(script.lane.open(BEGAN)) == [Say(persona().say(Phrase.GREETING, EN))]


def test_what_it_says_before_the_stream_is_there_waits_for_it() -> None:
    lane = Conversing(persona(), EN, BEGAN)
    assert not of(Play, lane.heed(Spoke(sound(100), "i1"), BEGAN))
    assert not of(Play, lane.tick(BEGAN + 0.02))
    lane.joined()
    assert len(b"".join(one.audio for one in of(Play, lane.tick(BEGAN + 0.04)))) == 800


def test_all_of_it_reaches_the_ear_and_at_its_own_pace() -> None:
    script = AssistantScript()
    script.answer("i1", sound(900), sound(1101))
    sent_ms = sum(len(one.audio) for one in of(Play, script.effects)) / 8
    assert 0 < sent_ms <= 120
    script.wait(3)
    assert script.carrier.played_ms(0x20) >= 2001


def test_the_caller_is_heard_untouched_while_the_assistant_is_silent() -> None:
    script = AssistantScript()
    said = voice(1000)
    assert given_to_assistant(script.call(said)) == said


def test_times_of_a_turn_are_kept() -> None:
    script = AssistantScript()
    script.call(voice(1000))
    script.heed(SpeechBegan("u1", 0), SpeechStopped("u1", 900))
    script.wait(0.3)
    script.answer("i1", sound(1000))
    script.wait(2)
    (turn,) = script.lane.turns.all
    assert (turn.stopped_s, turn.told_s, turn.first_delta_s, turn.first_sent_s) == (0.9, 1.0, 1.3, 1.3)
    assert turn.first_heard_s is not None
    assert 1.3 <= turn.first_heard_s <= 1.4
    assert turn.heard_s is not None
    assert 2.3 <= turn.heard_s <= 2.4
    assert (turn.fixed, turn.cut) == (False, False)


def test_both_sides_are_written_down() -> None:
    script = AssistantScript()
    effects = script.heed(
        SpeechBegan("u1", 0),
        Captioned(Side.TARGET, "At nine.", "i1", final=True),
        Captioned(Side.SOURCE, "When do you open?", "u1", whole=True, final=True),
    )
    assert [one.caption.side for one in of(Publish, effects)] == [Side.TARGET, Side.SOURCE]
    assert script.lane.so_far() == (Line(Side.SOURCE, "When do you open?"), Line(Side.TARGET, "At nine."))


# ---- Barge-in --------------------------------------------------------------------------------------------------------


def test_speech_over_the_assistant_stops_it_and_loses_nothing() -> None:
    script = AssistantScript()
    script.answer("i1", sound(5000))
    script.wait(1)
    said = voice(400)
    effects = script.call(said)
    assert len(of(Clear, effects)) == 1
    (cut,) = of(CutOff, effects)
    assert list(cut.heard_ms) == ["i1"]
    heard = given_to_assistant(effects)
    assert heard.endswith(said)
    script.wait(1)
    assert script.carrier.played_ms(0x20) < 1500


def test_the_line_of_what_was_cut_says_so() -> None:
    script = AssistantScript()
    script.heed(Captioned(Side.TARGET, "We open at nine and", "i1"))
    script.answer("i1", sound(5000))
    script.wait(1)
    effects = script.call(voice(400))
    (cut,) = of(CutOff, effects)
    (shown,) = of(Publish, effects)
    assert shown.caption.flags == ("cut",)
    assert script.lane.lines.all[0].heard_ms == cut.heard_ms["i1"]
    assert script.lane.turns.all[0].cut


@pytest.mark.parametrize("burst_ms", [120, 200, 280])
def test_a_back_channel_does_not_and_the_assistant_never_hears_it(burst_ms: int) -> None:
    script = AssistantScript()
    script.answer("i1", sound(6000))
    script.wait(1)
    effects = [effect for _ in range(4) for effect in [*script.call(voice(burst_ms)), *script.wait(0.4)]]
    assert not of(CutOff, effects)
    effects += script.wait(6)
    assert set(given_to_assistant(effects)) == {0xFF}
    assert script.carrier.played_ms(0x20) == 6000


def test_nor_does_one_in_a_gap_of_an_answer_whose_rest_comes_late() -> None:
    script = AssistantScript()
    script.heed(Answering("r", True), Spoke(sound(500), "i1"))
    effects = [*script.wait(1), *script.call(voice(200)), *script.wait(0.4)]
    effects += script.heed(Spoke(sound(1000), "i1"), SpokeAll("i1"), Answering("r", False))
    effects += script.wait(1.5)
    assert set(given_to_assistant(effects)) == {0xFF}
    assert given_to_assistant(script.call(voice(200))) == voice(200), "it is silent now"


def test_but_whoever_speaks_in_that_gap_is_heard() -> None:
    script = AssistantScript()
    script.heed(Answering("r", True), Spoke(sound(500), "i1"))
    script.wait(1)
    said = voice(400)
    effects = script.call(said)
    assert of(CutOff, effects)
    assert given_to_assistant(effects).endswith(said)


def test_a_short_answer_at_the_very_end_is_given_when_it_is_silent() -> None:
    script = AssistantScript()
    script.answer("i1", sound(1000))
    script.wait(0.7)
    said = voice(200)
    effects = [*script.call(said), *script.wait(1)]
    assert not of(CutOff, effects)
    assert said in given_to_assistant(effects)


def test_quiet_voices_do_not_stop_it() -> None:
    script = AssistantScript(interrupt=Interrupt(min_dbfs=-1.0))
    script.answer("i1", sound(3000))
    script.wait(0.5)
    assert not of(CutOff, script.call(voice(1000)))


def test_who_may_not_be_stopped_is_not() -> None:
    script = AssistantScript(interrupt=Interrupt(allowed=False))
    script.answer("i1", sound(2000))
    script.wait(0.5)
    said = voice(1000)
    effects = [*script.call(said), *script.wait(1.5)]
    assert not of(CutOff, effects)
    assert said in given_to_assistant(effects)


def test_a_greeting_may_be_heard_to_its_end() -> None:
    script = AssistantScript(interrupt=Interrupt(greeting=False))
    script.do(script.lane.open(script.now))
    script.answer("i1", sound(2000), said="hello")
    script.wait(0.5)
    assert not of(CutOff, script.call(voice(1000)))
    script.wait(2)
    script.answer("i2", sound(2000))
    script.wait(0.5)
    assert of(CutOff, script.call(voice(1000)))


def test_who_was_greeted_by_another_may_be_stopped_at_once() -> None:
    """A call that was taken up again is not greeted."""
    script = AssistantScript(interrupt=Interrupt(greeting=False))
    script.answer("i1", sound(2000))
    script.wait(0.5)
    assert of(CutOff, script.call(voice(1000)))


def test_the_echo_gate_learns_that_the_rest_is_never_heard() -> None:
    gate = Gate()
    lane = Conversing(persona(), EN, BEGAN, gate=gate)
    lane.joined()
    lane.heed(Spoke(sound(2000), "i1"), BEGAN)
    for number in range(1, 20):
        lane.tick(BEGAN + number / 50)
        lane.hear(Heard(voice(20, seed=number), 0), BEGAN + number / 50)
    assert gate.cleared_at == [pytest.approx(BEGAN + 0.3)]


class Gate(EchoGate):
    """Lets all through, and keeps when it was told of a clear."""

    def __init__(self) -> None:
        super().__init__()
        self.cleared_at: list[float] = []

    def cleared(self, now: float) -> None:
        self.cleared_at.append(now)

    def pass_through(self, frame: bytes, now: float) -> bytes:
        return frame


def test_items_that_wait_were_not_heard() -> None:
    script = AssistantScript()
    script.heed(Answering("r", True), Spoke(sound(1000), "i1"), SpokeAll("i1"))
    script.heed(Spoke(sound(3000), "i2"), SpokeAll("i2"), Spoke(sound(3000), "i3"), SpokeAll("i3"))
    script.wait(2)
    (cut,) = of(CutOff, script.call(voice(400)))
    assert list(cut.heard_ms) == ["i2", "i3"]
    assert 1000 < cut.heard_ms["i2"] < 1500
    assert cut.heard_ms["i3"] == 0


def test_what_comes_late_of_a_response_that_was_cut_is_dropped() -> None:
    script = AssistantScript()
    script.heed(Answering("r", True), Spoke(sound(2000), "i1"))
    script.wait(1)
    script.call(voice(400))
    late = script.heed(Spoke(sound(500), "i1"), Spoke(sound(500), "i2"), Answering("r", False))
    assert not of(Play, [*late, *script.wait(1)])
    assert of(Play, script.answer("i3", sound(500)))


def test_a_caller_who_goes_on_stops_an_answer_that_is_not_heard_yet() -> None:
    script = AssistantScript()
    script.heed(Answering("r", True))
    said = voice(500)
    effects = script.call(said)
    assert of(CutOff, effects) == [CutOff({})]
    assert given_to_assistant(effects) == said


def test_a_response_that_was_stopped_and_never_ends_holds_nothing_up() -> None:
    script = AssistantScript(idle=Idle(after_s=5))
    script.heed(Answering("r", True), Spoke(sound(2000), "i1"))
    script.call(voice(500))
    assert of(Say, script.wait(6))


def test_echo_does_not_stop_it() -> None:
    """The caller's microphone brings back what the caller hears, 12 dB lower."""
    echoed = Conversing(persona(), EN, BEGAN, gate=EchoGate())
    echoed.joined()
    plain = AssistantScript()
    for lane, gated in ((echoed, True), (plain.lane, False)):
        effects = _echoing(lane)
        assert bool(of(CutOff, effects)) is not gated


def _lower(code: int) -> int:
    """A mu-law byte 12 dB lower."""
    return LOWER[code]


def _echoing(lane: Conversing) -> list[object]:
    effects: list[object] = []
    way: list[bytes] = [QUIET] * 8
    now = BEGAN
    spoken = iter(enumerate(sentences()))
    for _ in range(800):
        now += 0.02
        sent: list[object] = []
        if lane.ear.speech_ms(now) == 0 and (said := next(spoken, None)) is not None:
            lane.heed(Answering("r", True), now)
            sent += lane.heed(Spoke(said[1], f"i{said[0]}"), now)
        sent += lane.tick(now)
        played = b"".join(one.audio for one in of(Play, sent))
        way += [played[at : at + 160] for at in range(0, len(played), 160)]
        way += [QUIET] * (9 - len(way))
        effects += lane.hear(Heard(bytes(_lower(code) for code in way.pop(0)), 0), now)
    return effects


@given(
    there_ms=st.integers(0, 80),
    back_ms=st.integers(0, 80),
    begins_ms=st.integers(0, 120),
    jitter_ms=st.integers(0, 60),
    turns_before=st.integers(0, 2),
    heard_ms=st.integers(300, 4000),
    seed=st.integers(0, 9999),
)
def test_heard_milliseconds_are_those_that_the_carrier_played(
    there_ms: int, back_ms: int, begins_ms: int, jitter_ms: int, turns_before: int, heard_ms: int, seed: int
) -> None:
    carrier = Carrier(
        there_s=there_ms / 1000, back_s=back_ms / 1000, begins_s=begins_ms / 1000, jitter_s=jitter_ms / 1000, seed=seed
    )
    script = AssistantScript(carrier=carrier)
    script.wait(1)
    for number in range(turns_before):
        script.answer(f"before{number}", sound(1500, 0x10))
        script.wait(2.5)
    script.answer("i1", sound(9000, 0x21))
    script.wait(heard_ms / 1000)
    (cut,) = of(CutOff, script.call(voice(400)))
    script.wait(0.3)
    assert cut.heard_ms["i1"] == pytest.approx(carrier.played_ms(0x21), abs=40)
    script.heed(Answering("resp_0", False))
    script.answer("i2", sound(9000, 0x22))
    script.wait(0.3)
    (cut,) = of(CutOff, script.call(voice(400)))
    script.wait(0.3)
    assert cut.heard_ms["i2"] == pytest.approx(carrier.played_ms(0x22), abs=40)


# ---- Tools -----------------------------------------------------------------------------------------------------------


def test_a_tool_is_run_and_told() -> None:
    script = AssistantScript()
    assert script.heed(ToolAsked("call_1", "faq", "{}")) == [RunTool(ASKED)]
    result = ToolResult("At nine.")
    assert script.tool(ASKED, result) == [TellTool(ASKED, result.output())]


def test_a_slow_tool_has_a_filler_once_nothing_is_said() -> None:
    script = AssistantScript()
    script.heed(Answering("r", True), Spoke(sound(2000), "i1"), SpokeAll("i1"), ASKED, Answering("r", False))
    assert not of(Say, script.wait(1.9))
    assert of(Say, script.wait(0.5)) == [Say(persona().say(Phrase.FILLER, EN))]


def test_hanging_up_waits_until_the_goodbye_was_heard() -> None:
    script = AssistantScript()
    script.heed(Answering("r1", True), HANG_UP, Answering("r1", False))
    script.tool(HANG_UP, GOODBYE)
    script.answer("i1", sound(2000))
    assert not of(Perform, [*script.wait(1.5), *script.call(voice(400))])
    (done,) = of(Perform, script.wait(0.5))
    assert done.action == HangUp("Bye.")
    assert script.carrier.played_ms(0x20) == 2000
    assert script.lane.over


def test_where_the_mind_says_no_goodbye_we_do() -> None:
    script = AssistantScript()
    script.heed(Answering("r1", True), HANG_UP, Answering("r1", False))
    script.tool(HANG_UP, GOODBYE)
    assert script.heed(Answering("r2", True), Answering("r2", False)) == [Say("Bye.")]
    assert not of(Perform, script.wait(0.5))
    script.answer("i1", sound(1000), said="Bye.")
    assert of(Perform, script.wait(1.5))


def test_an_assistant_that_says_nothing_is_not_waited_for_for_ever() -> None:
    script = AssistantScript()
    script.heed(HANG_UP)
    script.tool(HANG_UP, GOODBYE)
    assert of(Say, script.wait(5.1)) == [Say("Bye.")]
    assert of(Perform, script.wait(5.1)) == [Perform(HangUp("Bye."))]


def test_a_mark_that_never_comes_back_holds_nothing_up() -> None:
    script = AssistantScript()
    script.carrier.lost_marks = True
    script.heed(HANG_UP)
    script.tool(HANG_UP, GOODBYE)
    script.answer("i1", sound(1000))
    assert not of(Perform, script.wait(1.0))
    assert of(Perform, script.wait(1.5))


def test_after_a_transfer_that_failed_it_goes_on() -> None:
    script = AssistantScript()
    asked = ToolAsked("call_3", "transfer", "{}")
    script.heed(asked)
    script.tool(asked, ToolResult("Connecting.", action=Transfer("+15550100", "Wants a person.")))
    script.answer("i1", sound(500))
    assert of(Perform, script.wait(1))
    assert script.heed(ASKED) == []
    script.lane.goes_on(script.now)
    assert script.heed(ASKED) == [RunTool(ASKED)]


# ---- Keys, silence, length, machines ---------------------------------------------------------------------------------


def test_keys_are_given_after_a_pause() -> None:
    script = AssistantScript()
    assert not of(GiveKeys, [*script.press("12"), *script.wait(1), *script.press("3")])
    assert of(GiveKeys, script.wait(2)) == [GiveKeys("123")]
    assert of(GiveKeys, script.press("4#")) == [GiveKeys("4#")]


def test_a_key_stops_what_is_being_said() -> None:
    script = AssistantScript()
    script.answer("i1", sound(5000))
    script.wait(1)
    assert [type(one) for one in script.press("1")] == [Clear, CutOff, Publish]
    assert of(GiveKeys, script.wait(2)) == [GiveKeys("1")]
    assert script.carrier.played_ms(0x20) == pytest.approx(1000, abs=60)


def test_but_not_who_is_never_to_be_stopped_nor_a_goodbye() -> None:
    script = AssistantScript(interrupt=Interrupt(allowed=False))
    script.answer("i1", sound(5000))
    script.wait(1)
    assert of(CutOff, script.press("1")) == []
    script = AssistantScript()
    script.heed(HANG_UP)
    script.tool(HANG_UP, GOODBYE)
    script.answer("i1", sound(1000))
    script.wait(0.5)
    assert of(CutOff, script.press("1")) == []
    assert of(Perform, script.wait(2)) == [Perform(HangUp("Bye."))]


@pytest.mark.parametrize("sign", ["key", "speech"])
def test_a_caller_who_stirs_before_that_goodbye_is_said_goes_on(sign: str) -> None:
    script = AssistantScript(idle=Idle(after_s=1, most=0))
    assert of(Say, script.wait(1.2)) == [Say(persona().say(Phrase.IDLE_GOODBYE, EN))]
    effects = script.press("1") if sign == "key" else script.heed(SpeechBegan("t", 0))
    assert of(CutOff, effects) == [CutOff({})], "it is not to be said any more"
    assert of(EndTalk, script.wait(0.5)) == []
    script.heed(SpeechStopped("t", 900))
    assert of(EndTalk, script.wait(0.9)) == []


def test_a_caller_who_says_nothing_is_asked_then_told_goodbye() -> None:
    script = AssistantScript(idle=Idle(after_s=5, most=1))
    script.do(script.lane.open(script.now))
    assert of(Say, script.wait(5.5)) == [Say(persona().say(Phrase.IDLE, EN))]
    script.answer("i1", sound(1000), said="idle")
    goodbye = persona().say(Phrase.IDLE_GOODBYE, EN)
    assert of(Say, script.wait(6.5)) == [Say(goodbye)]
    script.answer("i2", sound(1000), said=goodbye)
    assert of(EndTalk, script.wait(1.5)) == [EndTalk(EndWhy.IDLE)]
    assert of(Say, script.wait(20)) == []


def test_a_caller_who_speaks_up_at_that_goodbye_goes_on() -> None:
    script = AssistantScript(idle=Idle(after_s=5, most=0))
    goodbye = persona().say(Phrase.IDLE_GOODBYE, EN)
    assert of(Say, script.wait(5.5)) == [Say(goodbye)]
    script.answer("i1", sound(3000), said=goodbye)
    script.wait(1)
    assert of(CutOff, script.call(voice(400)))
    script.heed(SpeechBegan("u1", 0))
    assert not of(EndTalk, script.wait(10))


def test_nobody_is_idle_while_somebody_speaks_or_a_tool_runs() -> None:
    script = AssistantScript(idle=Idle(after_s=3, most=1))
    script.heed(SpeechBegan("u1", 0))
    assert not of(Say, script.wait(10))
    script.heed(SpeechStopped("u1", 9000), ASKED)
    idle = Say(persona().say(Phrase.IDLE, EN))
    assert idle not in of(Say, script.wait(10))
    script.tool(ASKED, ToolResult("x"))
    assert idle in of(Say, script.wait(3.1))


@pytest.mark.parametrize(
    "event", [Captioned(Side.SOURCE, "Hm.", "u1"), SpeechStopped("u1", 100), None], ids=["words", "speech", "a key"]
)
def test_whoever_does_something_is_asked_anew(event: Captioned | SpeechStopped | None) -> None:
    script = AssistantScript(idle=Idle(after_s=5, most=1))
    idle = Say(persona().say(Phrase.IDLE, EN))
    assert of(Say, script.wait(5.5)) == [idle]
    script.heed(event) if event is not None else script.press("#")
    assert of(Say, script.wait(4.8)) == []
    assert of(Say, script.wait(0.5)) == [idle]


def test_text_without_words_is_nobody() -> None:
    script = AssistantScript(idle=Idle(after_s=5, most=1))
    script.wait(4)
    script.heed(Captioned(Side.SOURCE, " ", "u1"))
    assert of(Say, script.wait(1.2))


def test_a_call_of_the_longest_length_is_warned_and_ends() -> None:
    script = AssistantScript(idle=Idle(after_s=0), max_minutes=4.0)
    script.now = BEGAN + 100
    script.call(voice(100))
    script.now = BEGAN + 179.9
    assert of(Say, script.wait(0.3)) == [Say(persona().say(Phrase.TIME_SHORT, EN))]
    script.now = BEGAN + 239.9
    script.call(voice(200))
    ended = persona().say(Phrase.TIME_UP, EN)
    assert Say(ended) in script.effects
    script.answer("i1", sound(500), said=ended)
    assert of(EndTalk, script.wait(1)) == [EndTalk(EndWhy.TOO_LONG)]


def test_a_machine_ends_the_call_at_once() -> None:
    script = AssistantScript(idle=Idle(after_s=0))
    effects = [effect for at in range(32) for effect in script.call(voice(980, seed=at))]
    assert of(EndTalk, effects) == [EndTalk(EndWhy.HOLD_SOUND)]
    assert script.lane.over


def test_a_caller_in_a_car_who_listens_is_no_hold_music() -> None:
    script = AssistantScript(interrupt=Interrupt(allowed=False))
    script.answer("i1", sound(40_000))
    effects = [effect for at in range(36) for effect in script.call(voice(980, seed=at))]
    assert of(EndTalk, effects) == []


# ---- Sessions --------------------------------------------------------------------------------------------------------


def _softly(effects: Iterable[object]) -> float:
    """Milliseconds of the soft sound: of what plays and is no silence and no speech of the assistant."""
    played = b"".join(one.audio for one in of(Play, effects))
    return sum(1 for code in played if code not in (0x20, 0x30, 0xFF, 0x7F)) / 8


def test_while_a_lost_session_is_replaced_there_is_a_soft_sound() -> None:
    script = AssistantScript()
    script.answer("i0", sound(500))
    script.wait(1)
    assert _softly(script.effects) == 0
    script.heed(Closed())
    assert _softly(script.wait(AWAY_S - 0.1)) == 0, "a quick change is not to be heard"
    assert _softly(script.wait(3)) > 1500
    script.lane.session_began(script.now)
    script.heed(Ready())
    script.wait(0.2)
    assert _softly(script.wait(5)) == 0, "there is somebody"


def test_it_goes_on_until_the_new_session_says_what_it_was_asked_to() -> None:
    script = AssistantScript()
    script.heed(SpeechBegan("t", 0), SpeechStopped("t", 500), Closed())
    script.lane.session_began(script.now)
    assert of(Say, script.do(script.lane.resume(script.now)))
    script.heed(Ready())
    assert _softly(script.wait(3)) > 1000
    script.answer("i1", sound(500), said="Again?")
    script.wait(0.7)
    assert _softly(script.wait(5)) == 0


def test_a_caller_who_comes_before_the_assistant_hears_that_somebody_is_there() -> None:
    script = AssistantScript()
    script.do(script.lane.open(script.now))
    assert _softly(script.wait(AWAY_S - 0.1)) == 0
    assert _softly(script.wait(2)) > 500
    script.answer("i0", sound(500), said="Hello.")
    script.wait(1)
    assert script.carrier.played_ms(0x20) == 500


def test_an_answer_that_takes_long_has_one_too_and_who_speaks_hears_none() -> None:
    script = AssistantScript()
    script.heed(Answering("r", True))
    assert _softly(script.wait(WORKING_S - 0.1)) == 0
    assert _softly(script.wait(2)) > 500
    script.heed(SpeechBegan("t", 0))
    script.wait(0.2)
    assert _softly(script.wait(3)) == 0


def test_a_caller_whose_answer_failed_is_asked_to_say_it_again_once() -> None:
    script = AssistantScript(idle=Idle(after_s=0))
    script.heed(SpeechBegan("t", 0), SpeechStopped("t", 500), Answering("r", True), Answering("r", False))
    script.heed(Trouble(TroubleKind.UPSTREAM, "a response failed: server_error", fatal=False))
    assert of(Say, script.wait(5)) == [Say(persona().say(Phrase.NOT_UNDERSTOOD, EN))]


@pytest.mark.parametrize("answered", [True, False])
def test_trouble_that_costs_no_answer_is_not_the_callers(answered: bool) -> None:
    script = AssistantScript(idle=Idle(after_s=0))
    if answered:
        script.heed(SpeechBegan("t", 0), SpeechStopped("t", 500))
    script.heed(Trouble(TroubleKind.UPSTREAM, "an item is refused", fatal=False))
    script.wait(1)
    if answered:
        script.answer("i1", sound(1000))
    assert of(Say, script.wait(5)) == []


def test_without_an_assistant_nobody_is_idle_and_nothing_ends() -> None:
    script = AssistantScript(max_minutes=1)
    script.lane.gives_up()
    assert [one for one in script.wait(120) if not isinstance(one, Hear | Mark)] == []


def test_a_session_that_breaks_off_leaves_nothing_waiting() -> None:
    script = AssistantScript()
    script.heed(Answering("r", True), Spoke(sound(500), "i1"), ASKED, Closed())
    script.wait(1)
    assert script.tool(ASKED, ToolResult("late")) == []
    script.lane.session_began(script.now)
    script.heed(SpeechBegan("u1", 0), SpeechStopped("u1", 10))
    script.answer("i1", sound(500, 0x30))
    script.wait(1)
    assert script.carrier.played_ms(0x30) == 500
    assert script.lane.turns.all[-1].stopped_s == pytest.approx(1.01, abs=0.03)


def test_a_session_that_takes_over_may_use_the_same_names() -> None:
    script = AssistantScript()
    script.heed(Answering("r", True), Captioned(Side.TARGET, "We", "i1"), Spoke(sound(5000), "i1"))
    script.wait(0.5)
    script.call(voice(400))
    script.lane.session_began(script.now)
    script.heed(Captioned(Side.TARGET, "Again", "i1"))
    script.answer("i1", sound(500, 0x30))
    script.wait(1)
    assert script.carrier.played_ms(0x30) == 500
    assert [line.text for line in script.lane.lines.all] == ["We", "Again"]
    assert [turn.cut for turn in script.lane.turns.all] == [True, False]


def test_a_session_that_takes_over_greets_who_was_not_greeted() -> None:
    script = AssistantScript()
    script.do(script.lane.open(BEGAN))
    script.heed(Closed())
    script.lane.session_began(script.now)
    assert script.do(script.lane.resume(script.now)) == [Say(persona().say(Phrase.GREETING, EN))]


def _taken_over(script: AssistantScript, *events: object) -> list[object]:
    """What is asked of another session, after these events and the loss of the first."""
    script.do(script.lane.open(script.now))
    script.answer("i0", sound(200))
    script.wait(1)
    for event in events:
        script.heed(event)  # type: ignore[arg-type] # they are
    script.heed(Closed())
    script.lane.session_began(script.now)
    return [*script.do(script.lane.resume(script.now))]


@pytest.mark.parametrize(
    "events",
    [
        (Answering("r", True),),
        (Answering("r", True), Spoke(sound(100), "i1")),
        (SpeechBegan("t", 100), SpeechStopped("t", 900)),
        (Answering("r", True), ASKED, Answering("r", False)),
    ],
)
def test_whom_an_answer_was_owed_is_asked_to_say_it_again(events: tuple[object, ...]) -> None:
    again = Say(persona().say(Phrase.NOT_UNDERSTOOD, EN))
    assert _taken_over(AssistantScript(), *events) == [again]


@pytest.mark.parametrize(
    "events",
    [
        (),
        (Answering("r", True), Spoke(sound(100), "i1"), SpokeAll("i1"), Answering("r", False)),
        (Answering("r", True), SpeechBegan("t", 100)),
    ],
)
def test_who_is_owed_nothing_or_speaks_is_not(events: tuple[object, ...]) -> None:
    assert _taken_over(AssistantScript(), *events) == []


def test_whoever_is_about_to_be_let_go_is_asked_nothing() -> None:
    script = AssistantScript()
    script.heed(ASKED)
    script.tool(ASKED, GOODBYE)
    assert _taken_over(script, Answering("r", True)) == []


def test_our_own_sentences_follow_the_callers_language() -> None:
    script = AssistantScript()
    script.lane.speak_in(JA)
    assert script.lane.open(script.now) == (Say(persona().say(Phrase.GREETING, JA)),)


def test_nothing_is_sent_to_an_ear_that_is_gone() -> None:
    script = AssistantScript()
    script.lane.left()
    script.answer("i1", sound(3000))
    effects = [*script.wait(1), *script.call(voice(400))]
    assert not of(Play, effects)
    assert not of(Clear, effects)


STEPS = ("frame", "voice", "on", "off", "spoke", "all", "tool", "done", "key", "closed", "gone")


@given(st.lists(st.sampled_from(STEPS), max_size=40))
def test_nothing_that_happens_breaks_it(steps: list[str]) -> None:
    script = AssistantScript()
    for number, step in enumerate(steps):
        _take(script, step, f"i{number // 4}")
    given_ms = len(given_to_assistant(script.effects)) / 8
    frames_ms = round((script.now - BEGAN) * 1000)
    assert given_ms <= frames_ms + 600 * steps.count("voice")
    assert given_ms >= frames_ms
    assert len(of(CutOff, script.effects)) <= steps.count("voice") + steps.count("key")


def _take(script: AssistantScript, step: str, item: str) -> None:
    asked = ToolAsked(item, "hang_up", "{}")
    match step:
        case "frame" | "voice":
            script.call(QUIET * 5 if step == "frame" else voice(400))
        case "on" | "off":
            script.heed(Answering(item, step == "on"))
        case "spoke" | "all":
            script.heed(Spoke(sound(333), item) if step == "spoke" else SpokeAll(item))
        case "tool":
            script.heed(asked)
        case "done":
            script.tool(asked, GOODBYE)
        case "key":
            script.press("1")
        case _:
            _leave(script, step)


def _leave(script: AssistantScript, step: str) -> None:
    if step == "closed":
        script.heed(Closed())
        script.lane.session_began(script.now)
    else:
        script.lane.left()
        script.lane.joined()
