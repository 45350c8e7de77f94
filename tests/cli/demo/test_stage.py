"""The demo's call on its stage: a whole server and network, with an engine that needs no weights."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from dragoman.cli.demo import opening, stage
from dragoman.cli.demo.ears import stretches
from dragoman.cli.demo.turns import Turn, shipped
from dragoman.domain.call import EndAsked, Role
from dragoman.domain.outcome import Outcome, Result
from dragoman.errors import SettingsError, UpstreamError
from dragoman.interpreters.openai.emulator import Faults, OpenAIEmulator, Phrase, Phrases, Refusal
from tests.rig.town import quick

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller knows the menu by heart, and nobody waits long for more words of ours."""
    monkeypatch.setattr(stage, "MENU_S", 0.4)
    monkeypatch.setattr(opening, "OPENED_S", 0.6)


ECHO = {"DRAGOMAN_ENGINE": "echo"}


async def happened(done: Callable[[], bool]) -> None:
    for _ in range(600):
        if done():
            return
        await asyncio.sleep(0.05)
    raise TimeoutError


def short_turns() -> list[Turn]:
    """The first words of the shipped recordings, one by each party."""
    agent, caller = shipped()[:2]
    return [replace(turn, audio=turn.audio[:12_000]) for turn in (agent, caller)]


async def test_both_hear_each_other_and_all_of_it_is_on_one_clock() -> None:
    turns = short_turns()
    # A real account's settings, from the environment or .env, are left alone.
    env = {**ECHO, "TWILIO_API_KEY": "SK" + "0" * 32, "TWILIO_REGION": "ie1", "TWILIO_ACCOUNT_SID": "AC" + "f" * 32}
    async with stage.opened(env, "es", quick()) as opened:
        assert not opened.over
        performance = await stage.perform(opened, turns)
        assert opened.over
    agent, caller = performance.played
    assert [one.turn for one in performance.played] == turns
    for one in (agent, caller):
        assert one.heard_s is not None
        assert one.heard_end_s is not None
        assert one.began_s < one.heard_s < one.heard_end_s
        assert one.heard_end_s - one.heard_s == pytest.approx(one.ended_s - one.began_s, abs=0.6)
    assert caller.began_s > (agent.heard_end_s or 0.0)
    lengths = {
        len(audio) for tracks in (performance.tracks.said, performance.tracks.heard) for audio in tracks.values()
    }
    assert max(lengths) - min(lengths) <= 160, "one clock"
    assert performance.record.outcome.result is Result.CALLER
    assert performance.record.engines == ("echo", "echo")
    assert performance.interpreted_turns == 0, "an echo is no interpretation"


async def test_what_is_heard_of_the_interpreter_is_told_from_the_others_own_voice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The caller's ear has both, the agent's ear the interpreter alone; neither turn is taken as heard too early."""
    monkeypatch.setattr(stage, "SETTLED_S", 1.0)
    phrase = Phrases(
        (Phrase("Good morning.", "Buenos días.", "en", "es"), Phrase("Buenos días.", "Hello.", "es", "en"))
    )
    async with OpenAIEmulator(script=phrase) as models:
        env = {
            "OPENAI_API_KEY": "sk-test",
            "OPENAI_BASE_URL": models.base_url,
            "DRAGOMAN_ENGINE": "conversation",
            "DRAGOMAN_ORIGINAL": "to_caller=duck",
            "DRAGOMAN_ANNOUNCE": "off",
        }
        async with stage.opened(env, "es", quick()) as opened:
            assert opened.mixed == {Role.CALLER}
            performance = await stage.perform(opened, short_turns())
    assert performance.interpreted_turns == 2
    assert performance.tracks.mixed == {Role.CALLER}
    agent, caller = performance.played
    for one, listener in ((agent, Role.CALLER), (caller, Role.AGENT)):
        assert one.heard_s is not None
        assert one.heard_s >= one.ended_s - 0.5, "a conversation session speaks when a turn is over"
        heard = stretches(performance.tracks.heard[listener], from_s=one.began_s)
        assert (heard[0].began_s < one.began_s + 0.5) == (listener is Role.CALLER)


async def test_once_it_is_interrupted_the_caller_hangs_up_and_the_turn_under_way_counts_not() -> None:
    until = asyncio.Event()
    async with stage.opened(ECHO, "es", quick()) as opened:

        def two_turns_were_said() -> bool:
            return all(phone.mouth.strip(b"\xff") for phone in opened.phones.values())

        async with asyncio.TaskGroup() as tasks:
            performing = tasks.create_task(stage.perform(opened, short_turns(), until))
            await happened(two_turns_were_said)
            until.set()
            performance = await performing
    assert [one.turn.role for one in performance.played] == [Role.AGENT]
    assert performance.record.outcome.result is Result.CALLER


async def test_a_call_that_ends_early_leaves_its_turns_unheard() -> None:
    async with stage.opened(ECHO, "es", quick()) as opened:
        opened.app.calls.tell(opened.call_id, EndAsked(Outcome(Result.US, "a limit")))
        async with asyncio.timeout(30):
            performance = await stage.perform(opened, short_turns())
    assert [one.heard_s for one in performance.played] == [None, None]
    assert performance.record.outcome.reason == "a limit"


async def test_a_language_that_is_not_in_the_menu_is_told() -> None:
    with pytest.RaisesGroup(
        pytest.RaisesExc(SettingsError, match="'tlh', which is not in the menu"), flatten_subgroups=True
    ):
        async with stage.opened(ECHO, "tlh"):
            pass


async def test_a_call_that_does_not_come_about_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "STEP_S", 3.0)
    monkeypatch.setattr(stage, "CALLER_ADDRESS", "+1")
    monkeypatch.setattr(stage, "WORKFLOW_SID", "WW" + "e" * 32)
    monkeypatch.setattr("dragoman.telephony.twilio.emulator.TwilioEmulator.workflow", lambda *_: None)
    with pytest.RaisesGroup(
        pytest.RaisesExc(UpstreamError, match="the demo's call did not come about"), flatten_subgroups=True
    ):
        async with stage.opened(ECHO, "es", quick()):
            pass


async def test_a_key_that_is_refused_ends_in_troubles_not_in_a_traceback() -> None:
    refusal = Refusal(401, "invalid_api_key", "Incorrect API key provided.")
    async with OpenAIEmulator(faults=Faults(refuse=refusal)) as models:
        env = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": models.base_url, "DRAGOMAN_ANNOUNCE": "off"}
        async with stage.opened(env, "es", quick()) as opened:
            performance = await stage.perform(opened, short_turns())
    assert performance.interpreted_turns == 0
    assert "auth" in " ".join(performance.record.troubles)
