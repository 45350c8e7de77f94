"""What is told of a call: its record goes on from what it remembered of an earlier process."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.domain.call import Role
from dragoman.observe.metrics import Metrics
from dragoman.relay import annals
from dragoman.relay.annals import observed, times
from dragoman.relay.bridge import Bridge
from dragoman.relay.consent import Answered, Speaker, Told
from dragoman.relay.memory import Memory
from dragoman.relay.transcript import Utterance
from tests.fakes.call_scene import call_scene
from tests.fakes.relay_parts import parts
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script

CALLER, AGENT = Role.CALLER, Role.AGENT


def said(number: int, began_s: float) -> Utterance:
    return Utterance(
        number,
        f"c{number}",
        CALLER,
        "es",
        "en",
        "fake",
        source_text="hola",
        target_text="hello",
        began_s=began_s,
        stopped_s=began_s + 1,
        sent_s=began_s + 1.5,
        heard_s=began_s + 2,
        heard_end_s=began_s + 3,
    )


def test_a_call_that_is_taken_up_began_when_it_began(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(annals, "wall", lambda: 1000.0)
    made_of = parts(clock=lambda: 50.0)

    async def scene() -> Memory:
        async with call_scene() as call:
            await call.talk()
            memory = call.bridge.memory
            call.caller.end(clean=True)
            await asyncio.sleep(1)
            return memory

    memory = run(scene())
    assert times(made_of, None) == (50.0, 1000.0)
    assert memory.began_at == 1000.0
    monkeypatch.setattr(annals, "wall", lambda: 1030.0)
    assert times(made_of, memory) == (20.0, 1000.0)
    monkeypatch.setattr(annals, "wall", lambda: 900.0)
    assert times(made_of, memory) == (50.0, 1000.0), "the clock was put back: it began now at the latest"


def test_what_was_before_stands_in_the_record_and_in_the_next_memory() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            await call.talk()
            blank = call.bridge.memory
            call.caller.end(clean=True)
            await asyncio.sleep(1)
        told = {"announce.1": Told(CALLER, "announce", "...", "v1", "es", Speaker.US, 1.0, 2.0, True)}
        memory = Memory(
            blank.state,
            blank.manner,
            blank.began_at,
            usd=0.5,
            usd_is_estimate=True,
            troubles=["network: gone"],
            told=told,
            answers=[Answered(CALLER, agreed=True, at_s=3.0)],
            notices=4,
            keys_sent=2,
            utterances={CALLER: [said(1, 5.0)], AGENT: []},
        )
        bridge = Bridge(memory.state.setup, parts(), before=memory)
        again = bridge.memory
        assert (again.usd, again.usd_is_estimate, again.troubles) == (0.5, True, ["network: gone"])
        assert (again.told, again.answers, again.notices) == (told, memory.answers, 4)
        assert again.keys_sent == 2
        assert [one.utterance for one in again.utterances[CALLER]] == ["c1"]
        watching = bridge.feed.watch()
        assert [(await anext(watching)).text for _ in range(2)] == ["hola", "hello"]
        bridge.hand_back()
        record = await bridge.run()
        assert bridge.handed_back
        assert (record.usd, record.troubles) == (0.5, ("network: gone",))
        assert record.keys_sent == 2
        assert [one.source_text for one in record.utterances] == ["hola"]
        assert [one.notice for one in record.told] == ["announce"]

    run(scene())


def test_delays_are_counted_where_they_are_known() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            await call.talk()
            call.bridge._talk.ends[CALLER].lane.transcript.take_up([said(1, 5.0)])
            call.caller.end(clean=True)
            await asyncio.sleep(1)
        metrics = Metrics()
        observed(call.ended, metrics)
        text = metrics.text().decode()
        assert 'dragoman_lag_seconds_sum{engine="fake"} 0.5' in text
        assert 'dragoman_ear_voice_span_seconds_sum{engine="fake"} 2.0' in text
        assert 'dragoman_tail_seconds_sum{engine="fake"} 2.0' in text

    run(scene())
