"""Calls that are carried otherwise in mid-call: nothing that was said is lost by it. Virtual time."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import pytest

from dragoman.audio.hold import hold_sound
from dragoman.domain.call import Accepted, EndAsked, Role
from dragoman.domain.control import Change
from dragoman.domain.ear import OriginalMode
from dragoman.domain.manner import BargeIn, Interpreting, Manner
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.speech import (
    Captioned,
    InterpreterEvent,
    Side,
    SpeechBegan,
    Spent,
    Spoke,
    SpokeAll,
    Trouble,
    TroubleKind,
)
from dragoman.errors import Refused
from dragoman.keys import parse_keys
from dragoman.ports import Capabilities
from dragoman.relay.end import RETIRING_S
from dragoman.relay.seat import PATIENCE_S, PAUSE_S
from tests.fakes.call_scene import CallScene, call_scene
from tests.fakes.engine import STREAMS, FakeEngine
from tests.fakes.relay_parts import ENGLISH, FRENCH, SILENT, SPANISH, frame
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script

CALLER, AGENT = Role.CALLER, Role.AGENT
HUNG_UP_BY_US = EndAsked(Outcome(Result.US, "asked"))
SPANISH_ONLY = Capabilities(
    takes_turns=True,
    prompt=False,
    glossary=False,
    voice=False,
    native_pcmu=True,
    continuous_clock=False,
    pairs=frozenset({("es", "en"), ("en", "es")}),
)


def frames(first: int, count: int) -> list[bytes]:
    return [frame(number) for number in range(first, first + count)]


def voice_only(audio: bytes) -> bytes:
    """What an interpreter makes of a frame: nothing of silence."""
    return b"" if audio == SILENT else audio


def talker(name: str = "fake", *, delay_s: float = 0.0, capabilities: Capabilities | None = None) -> FakeEngine:
    engine = FakeEngine(name=name, answer=voice_only, delay_s=delay_s)
    if capabilities is not None:
        engine.capabilities = capabilities
    return engine


def heard_by(call: CallScene, role: Role) -> list[bytes]:
    """The frames that a party heard of voices: what `frames` made."""
    ear = call.legs[role].ear
    ours = set(frames(0, 2000))
    return [one for at in range(0, len(ear), 160) if (one := ear[at : at + 160]) in ours]


def scenario(
    play: Callable[[CallScene], Awaitable[None]],
    *,
    engine: FakeEngine | None = None,
    others: tuple[FakeEngine, ...] = (),
    **wired: Any,
) -> CallScene:
    """A call in which both talk, then what `play` does; then it is ended by us."""
    kept: list[CallScene] = []

    async def scene() -> None:
        async with call_scene(engine=engine or talker(), others=others, **wired) as call:
            await call.talk()
            await play(call)
            if not call.bridge.over:
                call.bridge.tell(HUNG_UP_BY_US)
            await asyncio.sleep(call.engine.delay_s)
            kept.append(call)

    run(scene())
    return kept[0]


async def pause(call: CallScene, seconds: float) -> None:
    """Both are silent, and their carriers go on sending."""
    for _ in range(round(seconds * 50)):
        call.caller.hear(SILENT)
        call.agent.hear(SILENT)
        await asyncio.sleep(0.02)


# ---- Other languages, another engine ---------------------------------------------------------------------------------


def test_another_language_in_mid_call_loses_nothing_that_was_said() -> None:
    """The interpreter is a second behind; what it has still to say is heard, and the next one goes on in French."""

    async def play(call: CallScene) -> None:
        old = call.interpreter(CALLER)
        await call.says(CALLER, frames(0, 50))
        playout = call.bridge._talk.ends[CALLER].lane.ear.playout
        call.bridge.change(Change(caller_language=FRENCH))
        assert call.bridge.view().caller_language == "fr"
        await pause(call, 2)
        new = call.interpreter(CALLER)
        assert (new.wanted.source, new.wanted.target) == (FRENCH, ENGLISH)
        assert call.interpreter(AGENT).wanted.target == FRENCH
        await call.says(CALLER, frames(100, 50))
        assert not old.closed
        await pause(call, 2)
        assert heard_by(call, AGENT) == frames(0, 50) + frames(100, 50)
        assert call.bridge._talk.ends[CALLER].lane.ear.playout is playout
        assert [one.source_language for one in call.bridge._talk.ends[CALLER].lane.transcript.utterances][-1] == "fr"
        await pause(call, RETIRING_S)
        assert old.closed
        assert len(call.engine.built) == 4, "two for each language"
        assert call.engine.running == 2

    scenario(play, engine=talker(delay_s=1.0))


def test_an_utterance_that_is_under_way_when_the_language_changes_stays_whole_and_in_its_language() -> None:
    """Its translation comes from the interpreter who retires; the next one calls its own first utterance the same."""

    async def play(call: CallScene) -> None:
        old = call.interpreter(CALLER)
        old.listen(SpeechBegan("u1", 0))
        call.bridge.change(Change(caller_language=FRENCH))
        await pause(call, PAUSE_S + 0.1)
        new = call.interpreter(CALLER)
        assert new is not old
        new.listen(SpeechBegan("u1", 0))
        old.listen(Captioned(Side.TARGET, "Good morning", "u1", whole=True))
        old.listen(Spoke(b"".join(frames(0, 25)), "u1"))
        new.listen(Captioned(Side.TARGET, "Good day", "u1", whole=True))
        old.listen(SpokeAll("u1"))
        await pause(call, 1)
        said = call.bridge._talk.ends[CALLER].lane.transcript.utterances
        assert [(one.source_language, one.target_text) for one in said] == [("es", "Good morning"), ("fr", "Good day")]
        assert said[0].heard_end_s is not None
        assert said[0].spoken_s == pytest.approx(0.5)

    scenario(play)


def test_the_next_interpreter_takes_over_in_a_pause_of_the_speaker_and_not_in_a_word() -> None:
    async def play(call: CallScene) -> None:
        old = call.interpreter(CALLER)
        await call.says(CALLER, frames(0, 5))
        call.bridge.change(Change(caller_language=FRENCH))
        await call.says(CALLER, frames(5, 100))
        assert call.interpreter(CALLER) is old
        assert call.interpreter(AGENT).wanted.target == FRENCH, "the agent is silent"
        await pause(call, PAUSE_S - 0.06)
        assert call.interpreter(CALLER) is old
        await pause(call, 0.1)
        assert call.interpreter(CALLER) is not old
        assert bytes(old.heard).startswith(b"".join(frames(0, 105)))
        assert bytes(call.interpreter(CALLER).heard).strip(b"\xff") == b""

    scenario(play)


def test_a_speaker_without_a_pause_is_waited_for_only_so_long() -> None:
    async def play(call: CallScene) -> None:
        old = call.interpreter(CALLER)
        await call.says(CALLER, frames(0, 1))
        call.bridge.change(Change(caller_language=FRENCH))
        speech = frames(1, round(PATIENCE_S * 50) - 2)
        await call.says(CALLER, speech)
        assert call.interpreter(CALLER) is old
        await call.says(CALLER, frames(1000, 20))
        assert call.interpreter(CALLER) is not old
        await pause(call, 0.5)
        assert heard_by(call, AGENT) == frames(0, 1) + speech + frames(1000, 20)

    scenario(play)


def test_another_engine_in_mid_call() -> None:
    async def play(call: CallScene) -> None:
        await call.says(CALLER, frames(0, 25))
        call.bridge.change(Change(engine="second"))
        await pause(call, 1)
        assert call.bridge.view().engines == ("second", "second")
        await call.says(CALLER, frames(100, 25))
        await pause(call, 1)
        assert heard_by(call, AGENT) == frames(0, 25) + frames(100, 25)
        assert len(second.built) == 2
        assert sorted(bytes(one.heard).count(frame(100)) for one in second.built) == [0, 1]
        call.bridge.change(Change(engine=""))
        await pause(call, RETIRING_S + 1)
        assert call.bridge.view().engines == ("fake", "fake")
        assert (second.running, call.engine.running) == (0, 2)

    second = talker("second")
    scenario(play, others=(second,))


def test_what_the_last_engine_costs_is_told_under_its_own_name() -> None:
    async def play(call: CallScene) -> None:
        told: list[tuple[InterpreterEvent, str]] = []
        talk = call.bridge._talk
        talk._hears = dataclasses.replace(talk._hears, interpreter=lambda *event: told.append(event))
        old = call.interpreter(CALLER)
        old.listen(Spent(0.25, estimate=False))
        call.bridge.change(Change(engine="second"))
        await pause(call, 1)
        old.listen(Spent(0.5, estimate=False))
        second.built[0].listen(Spent(0.75, estimate=False))
        bills = [(event.usd, engine) for event, engine in told if isinstance(event, Spent)]
        assert bills == [(0.25, "fake"), (0.5, "fake"), (0.75, "second")]

    second = talker("second")
    scenario(play, others=(second,))


def test_to_a_shared_language_and_back() -> None:
    async def play(call: CallScene) -> None:
        old = call.interpreter(CALLER)
        await call.says(CALLER, frames(0, 25))
        call.bridge.change(Change(caller_language=ENGLISH))
        await pause(call, PAUSE_S + 0.1)
        before = len(old.heard)
        await call.says(CALLER, frames(100, 25))
        assert heard_by(call, AGENT) == frames(0, 25) + frames(100, 25), "straight across, at once"
        assert bytes(old.heard[before:]) == SILENT * 25, "it is given time to end what it was saying, and no word"
        await pause(call, RETIRING_S)
        assert call.engine.running == 0
        call.bridge.change(Change(caller_language=SPANISH))
        await pause(call, 1)
        await call.says(CALLER, frames(200, 25))
        await pause(call, 1)
        assert heard_by(call, AGENT)[-25:] == frames(200, 25)
        assert bytes(call.interpreter(CALLER).heard).count(frame(200)) == 1
        assert call.engine.running == 2

    scenario(play)


def test_an_interpreter_that_is_leaving_still_hears_time_pass() -> None:
    """Engines find the end of an utterance in the silence behind it."""

    async def play(call: CallScene) -> None:
        old = call.interpreter(CALLER)
        call.bridge.change(Change(caller_language=FRENCH))
        await pause(call, 0.5)
        assert call.interpreter(CALLER) is not old
        before = len(old.heard)
        await call.says(CALLER, frames(0, 50))
        assert bytes(old.heard[before:]) == SILENT * 50

    scenario(play)


def test_an_interpreter_that_dies_while_it_leaves_harms_nobody(logs: list[MutableMapping[str, Any]]) -> None:
    async def play(call: CallScene) -> None:
        old = call.interpreter(CALLER)
        call.bridge.change(Change(engine="second"))
        await pause(call, 0.5)
        new = second.built[0]
        new.listen(Spoke(frame(1), "u7"))
        bearing = call.bridge._talk.ends[CALLER].lane.times._bearing
        given = bearing._given_s
        old.listen(Trouble(TroubleKind.AUTH, "no more", fatal=True))
        assert bearing._given_s == given, "the new one's clock goes on"
        new.listen(Spoke(frame(2), "u7"))
        await pause(call, 1)
        assert not call.bridge.over
        assert len(call.engine.built) == 2, "nobody takes a leaving one's seat"
        assert len(call.bridge._talk.ends[CALLER].lane.transcript.utterances) == 1

    second = talker("second")
    call = scenario(play, others=(second,))
    assert call.ended.outcome == Outcome(Result.US, "asked")


def test_what_was_changed_while_a_pause_was_awaited_holds() -> None:
    async def play(call: CallScene) -> None:
        await call.says(CALLER, frames(0, 5))
        call.bridge.change(Change(caller_language=FRENCH))
        call.bridge.change(Change(barge_in=BargeIn.STOP))
        await pause(call, 1)
        ends = call.bridge._talk.ends
        assert [ends[role].lane.plan.barge_in for role in Role] == [BargeIn.STOP] * 2
        assert [ends[role].lane.plan.source_language for role in (CALLER, AGENT)] == ["fr", "en"]

    scenario(play)


def test_a_change_of_mind_about_a_change_leaves_the_last_word() -> None:
    async def play(call: CallScene) -> None:
        await call.says(CALLER, frames(0, 5))
        call.bridge.change(Change(caller_language=FRENCH))
        call.bridge.change(Change(caller_language=SPANISH))
        await pause(call, 1)
        assert call.interpreter(CALLER).wanted.source == SPANISH
        assert call.interpreter(AGENT).wanted.target == SPANISH
        assert call.bridge._talk.ends[CALLER].lane.plan.source_language == "es"

    scenario(play)


@pytest.mark.parametrize(
    "change",
    [Change(engine="nosuch"), Change(caller_language=FRENCH, original_to_agent=OriginalMode.FULL, recording=False)],
)
def test_a_change_that_is_refused_touches_nothing(change: Change) -> None:
    async def play(call: CallScene) -> None:
        before = call.bridge.view()
        with pytest.raises(Refused):
            call.bridge.change(change)
        await call.says(CALLER, frames(0, 25))
        await pause(call, 1)
        after = call.bridge.view()
        assert (after.manner, after.engines, after.caller_language) == (before.manner, before.engines, "es")
        assert heard_by(call, AGENT) == frames(0, 25), "only the interpreter"
        assert len(call.engine.built) == 2
        assert call.bridge._talk.ends[CALLER].lane.transcript.recording

    scenario(play, engine=talker(capabilities=SPANISH_ONLY))


def test_a_call_that_is_over_is_not_changed() -> None:
    async def play(call: CallScene) -> None:
        call.bridge.tell(HUNG_UP_BY_US)
        await asyncio.sleep(1)
        with pytest.raises(Refused):
            call.bridge.change(Change(caller_language=FRENCH))

    scenario(play)


# ---- Before the talk -------------------------------------------------------------------------------------------------


def test_a_change_before_the_talk_holds_from_its_start_and_hold_sound_goes_on() -> None:
    async def scene() -> None:
        async with call_scene(engine=talker()) as call:
            call.join(CALLER)
            await asyncio.sleep(2)
            call.bridge.change(
                Change(
                    caller_language=FRENCH, original_to_agent=OriginalMode.FULL, barge_in=BargeIn.DUCK, recording=False
                )
            )
            await asyncio.sleep(2)
            expected = b"".join(hold_sound(number) for number in range(150))
            assert call.caller.ear.startswith(expected), "not a break in it"
            assert call.engine.built == []
            call.join(AGENT)
            call.bridge.tell(Accepted(AGENT, "WR1"))
            await asyncio.sleep(1)
            assert call.interpreter(CALLER).wanted.source == FRENCH
            lane = call.bridge._talk.ends[CALLER].lane
            assert (lane.plan.source_language, lane.plan.barge_in) == ("fr", BargeIn.DUCK)
            assert lane.ear.original.mode is OriginalMode.FULL
            assert not lane.transcript.recording
            call.bridge.tell(HUNG_UP_BY_US)

    run(scene())


def test_a_node_that_keeps_no_record_keeps_none_from_the_first_word() -> None:
    async def play(call: CallScene) -> None:
        call.interpreter(CALLER).says("u1", "uno", "one")
        call.bridge.change(Change(recording=True))
        call.interpreter(CALLER).says("u2", "dos", "two")
        said = call.bridge._talk.ends[CALLER].lane.transcript.utterances
        assert [(one.source_text, one.recorded) for one in said] == [("uno", False), ("dos", True)]

    scenario(play, manner=Manner(recording=False))


# ---- Whose voice is heard --------------------------------------------------------------------------------------------


def test_the_original_is_switched_on_and_off_in_mid_call() -> None:
    async def play(call: CallScene) -> None:
        await call.says(CALLER, frames(0, 25))
        await pause(call, 0.5)
        assert heard_by(call, AGENT) == []
        call.bridge.change(Change(original_to_agent=OriginalMode.FULL))
        await call.says(CALLER, frames(100, 25))
        await pause(call, 0.5)
        assert heard_by(call, AGENT) == frames(103, 22), "it fades in over three frames"
        call.bridge.change(Change(original_to_agent=OriginalMode.OFF))
        await call.says(CALLER, frames(200, 25))
        await pause(call, 0.5)
        assert heard_by(call, AGENT) == frames(103, 22)
        assert heard_by(call, CALLER) == []

    scenario(play, engine=FakeEngine(answer=lambda _audio: b""))


def test_interpreting_off_is_a_plain_call_and_on_again_brings_back_the_sentence_that_goes_on() -> None:
    async def play(call: CallScene) -> None:
        old = call.interpreter(CALLER)
        call.bridge.change(Change(interpreting=Interpreting.OFF))
        before = len(old.heard)
        await call.says(CALLER, frames(0, 50))
        assert heard_by(call, AGENT) == frames(0, 50)
        assert bytes(old.heard[before:]).strip(b"\xff") == b"", "no engine hears it"
        await pause(call, RETIRING_S)
        assert call.engine.running == 0
        await pause(call, 1)
        await call.says(CALLER, frames(100, 25))
        call.bridge.change(Change(interpreting=Interpreting.ON))
        await call.says(CALLER, frames(125, 25))
        new = call.interpreter(CALLER)
        assert new is not old
        given = bytes(new.heard)
        assert given[given.index(frame(100)) :] == b"".join(frames(100, 50))
        assert set(given[: given.index(frame(100))]) <= {0xFF}
        await pause(call, 1)
        assert heard_by(call, AGENT)[50:] == [*frames(100, 25), *frames(100, 50)], "its first words were heard plain"

    scenario(play)


def test_interpreting_on_in_another_language_brings_the_sentence_to_the_right_interpreter() -> None:
    async def play(call: CallScene) -> None:
        call.bridge.change(Change(interpreting=Interpreting.OFF))
        await pause(call, RETIRING_S + 1)
        await call.says(CALLER, frames(100, 25))
        call.bridge.change(Change(interpreting=Interpreting.ON, engine="second"))
        await call.says(CALLER, frames(125, 25))
        await pause(call, 1)
        assert len(call.engine.built) == 2, "no session of the engine that is not wanted"
        (new,) = [one for one in second.built if one.wanted.speaker is CALLER]
        assert b"".join(frames(100, 50)) in bytes(new.heard)

    second = talker("second")
    scenario(play, others=(second,))


def test_captions_only_the_voice_goes_straight_and_the_words_are_shown() -> None:
    async def play(call: CallScene) -> None:
        call.bridge.change(Change(interpreting=Interpreting.CAPTIONS_ONLY))
        await call.says(CALLER, frames(0, 50))
        interpreter = call.interpreter(CALLER)
        assert b"".join(frames(0, 50)) in bytes(interpreter.heard)
        interpreter.listen(Spoke(b"".join(frames(300, 20)), "u5"))
        interpreter.says("u5", "hola", "hello")
        await pause(call, 1)
        assert heard_by(call, AGENT) == frames(0, 50)
        said = call.bridge._talk.ends[CALLER].lane.transcript.utterances
        assert [one.target_text for one in said] == ["hello"]
        call.bridge.change(Change(interpreting=Interpreting.ON))
        interpreter.listen(Spoke(b"".join(frames(400, 20)), "u6"))
        await pause(call, 1)
        assert heard_by(call, AGENT) == frames(0, 50) + frames(400, 20)
        assert call.interpreter(CALLER) is interpreter, "the same session goes on"

    scenario(play)


@pytest.mark.parametrize(
    ("one_way", "interpreted", "plain"),
    [(Interpreting.TO_AGENT, CALLER, AGENT), (Interpreting.TO_CALLER, AGENT, CALLER)],
)
def test_one_way_only_one_of_them_is_interpreted(one_way: Interpreting, interpreted: Role, plain: Role) -> None:
    async def play(call: CallScene) -> None:
        assert [one.wanted.speaker for one in call.engine.built] == [interpreted]
        await call.says(CALLER, frames(0, 25))
        await call.says(AGENT, frames(100, 25))
        await pause(call, 0.5)
        said = frames(0, 25) if interpreted is CALLER else frames(100, 25)
        direct = frames(100, 25) if interpreted is CALLER else frames(0, 25)
        assert heard_by(call, plain) == said
        assert heard_by(call, interpreted) == direct
        assert bytes(call.interpreter(interpreted).heard).count(said[0]) == 1

    scenario(play, manner=Manner(interpreting=one_way))


# ---- Keys ------------------------------------------------------------------------------------------------------------

KEYS = parse_keys("7=again 5=interpreting")


def test_who_presses_for_it_hears_the_last_utterance_again_and_slower() -> None:
    async def play(call: CallScene) -> None:
        interpreter = call.interpreter(CALLER)
        spoken = b"".join(frames(300, 50))
        interpreter.listen(Spoke(spoken, "u1"))
        interpreter.listen(SpokeAll("u1"))
        await pause(call, 2)
        before = len(call.agent.ear)
        call.agent.press("7")
        await pause(call, 2)
        again = call.agent.ear[before:]
        assert len(spoken) * 1.1 < len(again) < len(spoken) * 1.35
        assert heard_by(call, CALLER) == []
        call.caller.press("7")
        await pause(call, 1)
        assert heard_by(call, CALLER) == [], "nothing was said to the caller"

    scenario(play, keys=KEYS, engine=FakeEngine(answer=lambda _audio: b""))


def test_asked_for_in_mid_utterance_it_comes_when_that_is_complete() -> None:
    async def play(call: CallScene) -> None:
        interpreter = call.interpreter(CALLER)
        interpreter.listen(Spoke(b"".join(frames(300, 50)), "u1"))
        call.agent.press("7")
        await pause(call, 2)
        assert heard_by(call, AGENT) == frames(300, 50)
        before = len(call.agent.ear)
        interpreter.listen(SpokeAll("u1"))
        await pause(call, 2)
        assert len(call.agent.ear) - before > 50 * 160 * 1.1

    scenario(play, keys=KEYS, engine=FakeEngine(answer=lambda _audio: b""))


def test_a_key_turns_interpreting_off_and_on() -> None:
    async def play(call: CallScene) -> None:
        call.caller.press("5")
        assert call.bridge.view().manner.interpreting is Interpreting.OFF
        await call.says(CALLER, frames(0, 25))
        assert heard_by(call, AGENT) == frames(0, 25)
        call.agent.press("5")
        assert call.bridge.view().manner.interpreting is Interpreting.ON
        call.agent.press("3")
        assert call.bridge.view().manner.interpreting is Interpreting.ON

    scenario(play, keys=KEYS)


# ---- Running ---------------------------------------------------------------------------------------------------------


def test_a_fault_in_an_interpreters_event_ends_this_call_with_a_word() -> None:
    async def play(call: CallScene) -> None:
        call.agent.broken = True
        call.interpreter(CALLER).listen(Spoke(frame(1), "u1"))
        await asyncio.sleep(1)
        assert call.bridge.over

    call = scenario(play, engine=talker())
    assert call.ended.outcome == Outcome(Result.US, "internal fault")


def test_the_last_captions_come_once_with_the_end() -> None:
    shown: list[tuple[str, bool]] = []

    async def play(call: CallScene) -> None:
        talk = call.bridge._talk
        shows = dataclasses.replace(talk._hears, caption=lambda one: shown.append((one.text, one.final)))
        talk._hears = shows
        call.interpreter(CALLER).listen(Captioned(Side.TARGET, "Hello th"))
        shown.clear()
        talk.close()
        talk.close()

    scenario(play, engine=FakeEngine(answer=lambda _audio: b"", capabilities=STREAMS))
    assert shown == [("Hello th", True)]


def test_sessions_are_counted_while_they_are_open() -> None:
    counted: list[float] = []

    async def play(call: CallScene) -> None:
        await call.says(CALLER, frames(0, 10))
        counted.append(living(call))

    call = scenario(play)
    assert (counted, living(call)) == ([2.0], 0.0)


def living(call: CallScene) -> float:
    """How many sessions of the fake engine the metrics tell of."""
    lines = call.parts.metrics.text().decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("dragoman_sessions_living{"))


def test_lag_is_sampled_for_both_ears() -> None:
    async def play(call: CallScene) -> None:
        await call.says(CALLER, frames(0, 100))
        await pause(call, 2)
        talk = call.bridge._talk
        lag = talk.ends[CALLER].lane.times.lag.figures
        assert 0 < lag.mean_ms <= lag.most_ms < 1500
        assert talk.ends[AGENT].lane.times.lag.figures.most_ms == 0

    scenario(play, engine=talker(delay_s=0.5, capabilities=STREAMS))
