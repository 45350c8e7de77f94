"""Who interprets a lane while engines fail, come back and grow old: whole talks in virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from dragoman.domain.call import DialPerson, EndAsked, Notice, Role, SayAndHangUp
from dragoman.domain.control import Change
from dragoman.domain.manner import AS_USUAL, Interpreting
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.speech import Spoke, SpokeAll, Trouble, TroubleKind
from dragoman.relay.ear_plan import EarPlan
from dragoman.relay.ladder import OPENING_S, REST_S, STEADY_S
from dragoman.relay.moves import ORIGINAL
from dragoman.relay.watch import SILENT_S
from tests.fakes.call_scene import CallScene, call_scene
from tests.fakes.engine import STREAMS, FakeEngine, FakeInterpreter
from tests.fakes.relay_parts import ENGLISH, frame, setup
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script

CALLER, AGENT = Role.CALLER, Role.AGENT
OVER = EndAsked(Outcome(Result.US, "enough"))
VOICE = [frame(number) for number in range(50)]
SILENT = b"\xff" * 160


def engine(name: str = "first", **faults: object) -> FakeEngine:
    return FakeEngine(name=name, **faults)  # type: ignore[arg-type]


def moves(call: CallScene, role: Role = CALLER) -> list[tuple[str, str]]:
    return [(move.before, move.after) for move in call.bridge._talk.moves.all if move.role is role]


def of(one: FakeEngine, speaker: Role = CALLER) -> list[FakeInterpreter]:
    return [each for each in one.built if each.wanted.speaker is speaker]


def die(interpreter: FakeInterpreter, why: TroubleKind = TroubleKind.NETWORK) -> None:
    interpreter.listen(Trouble(why, "it died", fatal=True))
    interpreter.close()


async def quiet(call: CallScene, seconds: float) -> None:
    """The caller's phone brings silence."""
    await call.says(CALLER, [SILENT] * round(seconds / 0.02))


def test_an_engine_that_is_refused_is_followed_by_the_next_one_which_hears_all_from_the_start() -> None:
    async def scene() -> None:
        first, second = engine(dies=[TroubleKind.AUTH] * 9, refuses=True), engine("second")
        async with call_scene(engine=first, spare=[second]) as call:
            await call.talk()
            await call.says(CALLER, VOICE)
            await asyncio.sleep(1)
            assert moves(call) == [("first", "second")]
            assert bytes(of(second)[0].heard).endswith(b"".join(VOICE))
            assert call.agent.ear.endswith(b"".join(VOICE))
            assert call.bridge.view().engines == ("second", "second")
            call.bridge.tell(OVER)
        assert [move.why for move in call.ended.moves] == [TroubleKind.AUTH] * 2
        assert call.ended.as_json()["engine_changes"][0]["to"] == "second"

    run(scene())


def test_a_session_that_never_opens_is_not_waited_for_for_long() -> None:
    async def scene() -> None:
        first, second = engine(ready_s=3600.0), engine("second")
        async with call_scene(engine=first, spare=[second]) as call:
            await call.talk()
            await call.says(CALLER, VOICE)
            await asyncio.sleep(OPENING_S)
            assert moves(call) == [("first", "second")]
            assert call.agent.ear.endswith(b"".join(VOICE)), "nothing of it is lost"
            call.bridge.tell(OVER)

    run(scene())


def test_the_better_engine_is_taken_back_in_a_pause_and_the_other_one_says_what_it_has_still_to_say() -> None:
    async def scene() -> None:
        first, second = engine(dies=[TroubleKind.AUTH] * 2, refuses=True), engine("second", delay_s=1.0)
        async with call_scene(engine=first, spare=[second]) as call:
            await call.talk()
            await quiet(call, 28)
            assert moves(call) == [("first", "second"), ("second", "first")]
            assert of(first)[-1].running
            await call.says(CALLER, VOICE)
            await asyncio.sleep(1)
            assert bytes(of(first)[-1].heard).endswith(b"".join(VOICE))
            assert call.agent.ear.endswith(b"".join(VOICE))
            await asyncio.sleep(10)
            assert second.running == 0
            call.bridge.tell(OVER)

    run(scene())


def test_it_does_not_cut_into_what_is_being_said_unless_nobody_ever_pauses() -> None:
    async def scene() -> None:
        first, second = engine(dies=[TroubleKind.NETWORK] * 8, refuses=True), engine("second")
        async with call_scene(engine=first, spare=[second]) as call:
            await call.talk()
            while not of(first)[-1].running or not of(first)[-1]._ready:
                await call.says(CALLER, VOICE)
            before = asyncio.get_running_loop().time()
            while len(moves(call)) < 2:
                await call.says(CALLER, VOICE[:5])
            waited_s = asyncio.get_running_loop().time() - before
            assert STEADY_S + 3 < waited_s < STEADY_S + 6
            call.bridge.tell(OVER)

    run(scene())


def test_when_all_fail_the_parties_hear_each_other_and_what_was_owed_and_are_told() -> None:
    async def scene() -> None:
        first = engine(dies=[TroubleKind.QUOTA] * 99, dies_s=0.3)
        async with call_scene(engine=first) as call:
            await call.talk()
            await call.says(CALLER, VOICE)
            await asyncio.sleep(4)
            assert moves(call) == [("first", ORIGINAL)]
            heard = len(call.agent.ear)
            await call.says(CALLER, VOICE)
            await asyncio.sleep(3)
            assert b"".join(VOICE) in bytes(call.agent.ear[heard - 8000 :])
            call.bridge.tell(OVER)
        assert call.ended.outcome.reason == "enough", "no engine, and still a call"

    run(scene())


def test_from_the_original_the_first_engine_that_works_again_is_taken_and_that_is_told() -> None:
    async def scene() -> None:
        first = engine(dies=[TroubleKind.UPSTREAM] * 8, refuses=True)
        async with call_scene(engine=first) as call:
            await call.talk()
            await quiet(call, 60)
            assert moves(call) == [("first", ORIGINAL), (ORIGINAL, "first")]
            await call.says(CALLER, VOICE)
            assert b"".join(VOICE) in bytes(of(first)[-1].heard)
            call.bridge.tell(OVER)

    run(scene())


def test_an_engine_that_says_nothing_gets_a_second_session_with_all_it_owes_then_the_next_one_takes_over() -> None:
    async def scene() -> None:
        first, second = engine(mute=True), engine("second")
        async with call_scene(engine=first, spare=[second]) as call:
            await call.talk()
            await call.says(CALLER, VOICE)
            await quiet(call, SILENT_S + 0.5)
            assert len(of(first)) == 2
            assert b"".join(VOICE) in bytes(of(first)[1].heard)
            assert moves(call) == []
            await quiet(call, 12)
            assert moves(call) == [("first", "second")]
            assert b"".join(VOICE) in bytes(of(second)[0].heard)
            assert b"".join(VOICE) in bytes(call.agent.ear)
            rested = len(of(first))
            await quiet(call, REST_S - 12)
            assert len(of(first)) == rested, "it has a rest"
            call.bridge.tell(OVER)

    run(scene())


def test_an_old_session_is_replaced_before_its_time_without_a_word_lost_or_said_twice() -> None:
    async def scene() -> None:
        first = engine(answer=lambda audio: b"" if audio[:1] == SILENT[:1] else audio)
        async with call_scene(engine=first, rotate_s=20.0) as call:
            await call.talk()
            said = []
            for number in range(30):
                word = [frame(100 + number)] * 25
                said.append(b"".join(word))
                await call.says(CALLER, word)
                of(first)[-1].listen(SpokeAll("u1"))
                await quiet(call, 0.5)
            await asyncio.sleep(2)
            assert len(of(first)) >= 2
            heard = bytes(call.agent.ear)
            assert [heard.count(word) for word in said] == [1] * 30
            assert call.bridge._talk.retold.times == 0
            assert moves(call) == []
            await asyncio.sleep(6)
            assert [one.running for one in of(first)[:-1]].count(True) <= 1
            call.bridge.tell(OVER)
        assert call.ended.troubles == ()

    run(scene())


def test_whoever_comes_next_is_told_what_the_talk_is_about() -> None:
    async def scene() -> None:
        first = engine()
        async with call_scene(engine=first) as call:
            await call.talk()
            of(first)[0].says("u7", "tengo una cita", "I have an appointment")
            die(of(first)[0])
            await asyncio.sleep(1)
            (exchange,) = of(first)[-1].wanted.recent
            assert (exchange.speaker, exchange.source_text) == (CALLER, "tengo una cita")
            assert exchange.target_text == "I have an appointment"
            assert of(first)[0].wanted.recent == ()
            call.bridge.tell(OVER)

    run(scene())


def test_who_turns_the_interpreter_off_while_there_is_none_is_not_sent_to_a_person_for_it() -> None:
    async def scene() -> None:
        first = engine(dies=[TroubleKind.QUOTA] * 99, refuses=True)
        async with call_scene(replace(setup(), person="+15555550111"), engine=first) as call:
            await call.talk()
            await asyncio.sleep(5)
            call.bridge.change(Change(interpreting=Interpreting.OFF))
            await asyncio.sleep(60)
            assert not call.bridge.over
            call.bridge.tell(OVER)

    run(scene())


def test_who_has_had_no_interpreter_for_long_goes_to_a_person() -> None:
    async def scene() -> None:
        first = engine(dies=[TroubleKind.QUOTA] * 99, refuses=True)
        async with call_scene(replace(setup(), person="+15555550111"), engine=first) as call:
            await call.talk()
            await asyncio.sleep(28)
            assert not call.bridge.over
            await asyncio.sleep(5)
            assert isinstance(call.bridge.instruct(CALLER), DialPerson)
            assert call.bridge.instruct(AGENT) == SayAndHangUp(ENGLISH, Notice.PERSON_LEFT)

    run(scene())


def test_what_a_standby_says_is_heard_by_nobody() -> None:
    async def scene() -> None:
        first, second = engine(dies=[TroubleKind.NETWORK] * 10, refuses=True), engine("second")
        async with call_scene(engine=first, spare=[second]) as call:
            await call.talk()
            for _ in range(100):
                if not of(first)[-1]._ready:
                    await asyncio.sleep(0.1)
            standby = of(first)[-1]
            assert call.bridge.view().engines == ("second", "second")
            before = len(call.agent.ear)
            standby.listen(Spoke(frame(3), "u9"))
            standby.listen(Trouble(TroubleKind.RATE_LIMIT, "slow down", fatal=False))
            await asyncio.sleep(0.5)
            assert frame(3) not in bytes(call.agent.ear[before:])
            call.bridge.tell(OVER)
        assert any("rate-limit" in one for one in call.ended.troubles)

    run(scene())


def test_a_change_of_engine_in_mid_call_takes_the_ladder_along() -> None:
    async def scene() -> None:
        first, second = engine(), engine("second")
        async with call_scene(engine=first, others=[second]) as call:
            await call.talk()
            call.bridge.change(Change(engine="second"))
            await quiet(call, 1)
            assert call.bridge.view().engines == ("second", "second")
            die(of(second)[-1], TroubleKind.AUTH)
            await asyncio.sleep(1)
            assert moves(call) == [("second", "first")]
            call.bridge.tell(OVER)

    run(scene())


@pytest.mark.parametrize("after_s", [0.0, 0.4, 2.0, 30.0])
def test_whenever_the_call_ends_nothing_is_left_open(after_s: float) -> None:
    async def scene() -> None:
        first, second = engine(dies=[TroubleKind.NETWORK] * 9, dies_s=0.2), engine("second", dies=[None, None])
        async with call_scene(engine=first, spare=[second]) as call:
            await call.talk()
            await asyncio.sleep(after_s)
            call.bridge.tell(OVER)

    run(scene())


def test_one_who_took_over_in_time_is_found_when_it_falls_mute() -> None:
    async def scene() -> None:
        first = engine()
        async with call_scene(engine=first, rotate_s=40.0) as call:
            await call.talk()
            await quiet(call, 45)
            assert len(of(first)) == 2
            first.mute = True
            await call.says(CALLER, VOICE)
            await quiet(call, SILENT_S + 1)
            assert len(of(first)) == 3
            assert b"".join(VOICE) in bytes(of(first)[-1].heard)
            call.bridge.tell(OVER)

    run(scene())


def test_one_who_took_over_in_time_is_not_asked_for_what_the_last_one_has_still_to_say() -> None:
    async def scene() -> None:
        first = engine(delay_s=3.0, answer=lambda audio: b"" if audio[:1] == SILENT[:1] else audio)
        async with call_scene(engine=first, rotate_s=20.0) as call:
            await call.talk()
            while len(of(first)) < 2:
                await call.says(CALLER, VOICE)
                await quiet(call, 0.5)
            await quiet(call, 15)
            assert len(of(first)) == 2
            assert call.bridge._talk.retold.times == 0
            await asyncio.sleep(4)
            call.bridge.tell(OVER)

    run(scene())


@pytest.mark.parametrize("method", ["hear", "close"])
def test_an_engine_that_raises_in_the_midst_of_it_costs_nobody_a_word(method: str) -> None:
    async def scene() -> None:
        first, second = engine(broken=method), engine("second")
        async with call_scene(engine=first, spare=[second]) as call:
            await call.talk()
            await call.says(CALLER, VOICE)
            for one in of(first):
                one.listen(Trouble(TroubleKind.AUTH, "it died", fatal=True))
            await asyncio.sleep(6)
            assert moves(call)[0] == ("first", "second")
            if method == "hear":
                assert b"".join(VOICE) in bytes(of(second)[0].heard)
            assert not call.bridge.over
            call.bridge.tell(OVER)
        assert call.ended.outcome == OVER.outcome

    run(scene())


def test_what_was_heard_across_beside_its_captions_is_not_heard_again_when_the_engine_fails() -> None:
    async def scene() -> None:
        first = engine(mute=True)
        manner = replace(AS_USUAL, interpreting=Interpreting.CAPTIONS_ONLY)
        async with call_scene(engine=first, manner=manner) as call:
            await call.talk()
            await call.says(CALLER, VOICE)
            await quiet(call, 1)
            die(of(first)[-1], TroubleKind.AUTH)
            await quiet(call, 5)
            assert moves(call)[0] == ("first", ORIGINAL)
            assert bytes(call.agent.ear).count(b"".join(VOICE[5:])) == 1
            call.bridge.tell(OVER)

    run(scene())


def test_one_that_was_given_up_is_not_heard_when_it_speaks_at_last() -> None:
    async def scene() -> None:
        first, second = engine(mute=True, deaf_to_close=True), engine("second")
        async with call_scene(engine=first, spare=[second]) as call:
            await call.talk()
            await call.says(CALLER, VOICE)
            while not moves(call):
                await quiet(call, 0.1)
            of(first)[-1].listen(Spoke(frame(777), "u1"))
            await quiet(call, 1)
            assert frame(777) not in bytes(call.agent.ear)
            call.bridge.tell(OVER)

    run(scene())


def test_a_fresh_session_for_an_old_one_that_was_lost_meanwhile_is_closed() -> None:
    async def scene() -> None:
        first = engine()
        async with call_scene(engine=first, rotate_s=20.0) as call:
            await call.talk()
            await quiet(call, 18)
            first.ready_s = 3.0
            await quiet(call, 2.5)
            first.ready_s = 0.0
            die(of(first)[0], TroubleKind.EXPIRED)
            await quiet(call, 3)
            assert [one.running for one in of(first)].count(True) == 1
            call.bridge.tell(OVER)

    run(scene())


def test_an_engine_that_opens_and_dies_at_its_work_does_not_change_voices_for_ever() -> None:
    async def scene() -> None:
        first, second = engine(dies=[TroubleKind.UPSTREAM] * 999, dies_s=4.0), engine("second")
        async with call_scene(engine=first, spare=[second]) as call:
            await call.talk()
            for _ in range(60):
                await call.says(CALLER, VOICE)
                await quiet(call, 4)
            assert len(moves(call)) <= 14
            call.bridge.tell(OVER)

    run(scene())


def test_two_interpreters_are_never_heard_at_once() -> None:
    async def scene() -> None:
        first = engine(capabilities=STREAMS, delay_s=3.0)
        async with call_scene(engine=first, rotate_s=20.0, ear=EarPlan(lag_target_ms=0)) as call:
            await call.talk()
            said = 0
            while len([one for one in of(first) if one.heard]) < 2:
                await call.says(CALLER, [frame(said)])
                said += 1
            first.delay_s = 0.5
            await call.says(CALLER, [frame(said + more) for more in range(250)])
            await asyncio.sleep(8)
            number = {frame(one): one for one in range(said + 250)}
            ear = [bytes(call.agent.ear[at : at + 160]) for at in range(0, len(call.agent.ear), 160)]
            heard = [number[one] for one in ear if one in number]
            assert heard == sorted(heard)
            assert heard[-1] == said + 249
            call.bridge.tell(OVER)

    run(scene())


def test_an_engine_that_is_slow_says_its_last_words_to_the_end() -> None:
    async def scene() -> None:
        first, second = engine(), engine("second", mute=True)
        async with call_scene(engine=first, others=[second], ear=EarPlan(lag_target_ms=0)) as call:
            await call.talk()
            last = of(first)[0]
            first.mute = True
            await call.says(CALLER, VOICE)
            call.bridge.change(Change(engine="second"))
            await quiet(call, 7.5)
            words = [frame(1000 + number) for number in range(600)]
            for word in words:
                last.listen(Spoke(word, "u9"))
                await quiet(call, 0.02)
            await quiet(call, 3)
            ear = bytes(call.agent.ear)
            assert [word in ear for word in words].count(True) == len(words)
            assert last.closed
            call.bridge.tell(OVER)

    run(scene())


def test_when_who_waited_for_a_pause_is_gone_nobody_waits_for_one() -> None:
    async def scene() -> None:
        first, second = engine(dies=[TroubleKind.NETWORK] * 8, refuses=True), engine("second")
        async with call_scene(engine=first, spare=[second]) as call:
            await call.talk()
            seat = call.bridge._talk._seats[CALLER]
            while not seat.waits_for_pause:
                await call.says(CALLER, VOICE[:5])
            die(of(first)[-1])
            await call.says(CALLER, VOICE[:10])
            assert not seat.waits_for_pause
            call.bridge.tell(OVER)

    run(scene())
