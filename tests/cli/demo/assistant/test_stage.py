"""The caller's side of the assistant's demo call."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.cli.demo.assistant import stage
from dragoman.cli.demo.assistant.questions import Question, Script
from dragoman.domain.effects import Caption
from dragoman.domain.outcome import Result
from dragoman.errors import UpstreamError
from dragoman.interpreters.openai.emulator import OpenAIEmulator
from dragoman.interpreters.openai.emulator.script import Answer, AssistantScript, Message
from dragoman.telephony.twilio.emulator import Phone
from tests.rig.people import voice
from tests.rig.town import quick

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

SAID = voice(440)
SCRIPT = Script((Question("Hello?", SAID),), Question("Bye.", SAID))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "SETTLED_S", 0.6)
    monkeypatch.setattr(stage, "LEAVES_S", 0.5)
    monkeypatch.setattr(stage, "PATIENCE_S", 4.0)


async def test_who_is_not_hung_up_on_hangs_up_and_all_of_it_is_on_one_clock(tmp_path: Path) -> None:
    captions: list[Caption] = []
    answers = AssistantScript((Answer("Hello?", (Message("Yes, hello."),)), Answer("Bye.", ())))
    async with OpenAIEmulator(script=answers) as models:
        env = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": models.base_url, "TWILIO_ACCOUNT_SID": "AC" + "f" * 32}
        async with stage.opened(env, "en", tmp_path / "messages.jsonl", quick()) as opened:
            await stage.ready(opened, "en", rehearse=True)
            performance = await stage.perform(opened, SCRIPT, captions.append)
            assert opened.over
            assert not opened.unsaid
    hello, bye = performance.asked
    assert performance.greeted_s is not None
    assert performance.tracks.answered_s < performance.greeted_s < hello.began_s < hello.ended_s
    assert hello.heard_s is not None
    assert hello.ended_s < hello.heard_s[0] < hello.heard_s[1] < bye.began_s
    assert bye.heard_s is None, "the model kept silent"
    assert performance.good, "a goodbye need not be answered"
    assert performance.record.outcome.result is Result.CALLER
    assert abs(len(performance.tracks.said) - len(performance.tracks.heard)) <= 160
    assert "Yes, hello." in [one.text for one in captions if one.final]


async def test_a_call_that_does_not_come_about_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_phone: Phone, _timeout_s: float = 30) -> None:
        raise TimeoutError

    monkeypatch.setattr(Phone, "connected", never)
    async with OpenAIEmulator() as models:
        env = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": models.base_url}
        with pytest.RaisesGroup(
            pytest.RaisesExc(UpstreamError, match="the demo's call did not come about"), flatten_subgroups=True
        ):
            async with stage.opened(env, "en", tmp_path / "messages.jsonl", quick()) as opened:
                await stage.perform(opened, SCRIPT, lambda _caption: None)
