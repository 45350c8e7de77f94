"""`dragoman demo --assistant`: from the command line to the files, with an emulated model."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from dragoman.cli.demo.assistant import questions, run, stage
from dragoman.cli.demo.assistant.run import AssistantWishes, perform
from dragoman.cli.main import FAILED, main
from dragoman.domain.persona import Phrase
from dragoman.errors import SettingsError
from dragoman.interpreters.openai.emulator import OpenAIEmulator
from dragoman.interpreters.openai.emulator.script import Answer, AssistantScript, Call, Message
from dragoman.personas import Personas
from tests.rig.people import voice

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

LONG = "You may return unused goods within fourteen days of delivery, and we refund the price of them."
SHIPPED = {
    "en": {
        "voice": "am_michael",
        "goodbye": "Bye.",
        "ask": [{"text": "Return?"}, {"text": "Saturday, when is that?", "cuts-in": True}],
    }
}
ANSWERS = AssistantScript(
    (
        Answer("Return?", (Message(LONG),)),
        Answer("Saturday?", (Call("hours", '{"day": "saturday"}'),), (Message("From ten to three."),)),
        Answer("Bye.", (Call("hang_up"),), (Message("Goodbye."),)),
    )
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few questions, and nobody waits longer than they must."""
    monkeypatch.setattr(questions, "_shipped", lambda: SHIPPED)
    monkeypatch.setattr(stage, "SETTLED_S", 0.7)
    monkeypatch.setattr(stage, "CUT_AFTER_S", 0.8)
    # The emulated model's own voice is a row of tones, which stop no assistant.
    monkeypatch.setattr(run, "on_the_line", lambda _sound, _rate_hz: voice(440, 1200))


def env(models: OpenAIEmulator) -> dict[str, str]:
    return {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": models.base_url}


async def test_a_call_with_tool_and_barge_in_from_greeting_to_goodbye(tmp_path: Path) -> None:
    out = io.StringIO()
    async with OpenAIEmulator(script=ANSWERS) as models:
        wishes = AssistantWishes("en", output=tmp_path / "out")
        code = await perform(Console(file=out, width=150), env(models), wishes)
        assert models.errors == []
    printed = out.getvalue()
    assert code == 0, printed
    assert "The assistant's mind: gpt-realtime-2.1-mini (realtime speech model).\n" in printed
    assert "   caller  Saturday?\n" in printed
    assert "[cut off]" in printed
    assert "tools: hours, hang_up" in printed
    assert "cut off: " in printed
    assert "cost of the engine: $0.0" in printed
    assert "tokens of text + audio in" in printed
    assert "ended: us (the assistant said goodbye)" in printed
    content = json.loads((tmp_path / "out" / "transcript.json").read_text(encoding="utf-8"))
    assert [one["text"] for one in content["lines"] if one["who"] == "caller"] == ["Return?", "Saturday?", "Bye."]
    assert [one["name"] for one in content["tools"]] == ["hours", "hang_up"]
    assert len(content["barge_ins"]) == 1
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "caller-heard.wav",
        "caller-said.wav",
        "transcript.json",
    }


async def test_a_question_that_it_cannot_answer_is_told_by_the_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SHIPPED["en"], "ask", [])
    cannot = Personas.load(None).everyone[0].say(Phrase.CANNOT_MESSAGE, "en")
    script = AssistantScript((Answer("Tea?", (Message(cannot),)), ANSWERS.answers[-1]))
    out = io.StringIO()
    async with OpenAIEmulator(script=script) as models:
        wishes = AssistantWishes("en", say=("Is there tea?",), output=tmp_path)
        assert await perform(Console(file=out, width=150), env(models), wishes) == 1
        assert any(json.loads(body)["input"] == "Is there tea?" for body in models.spoken)
    assert "(not answered)" in out.getvalue()
    assert "answered questions: 0 of 1" in out.getvalue()


async def test_without_anything_that_answers_it_is_told(tmp_path: Path) -> None:
    with pytest.RaisesGroup(
        pytest.RaisesExc(SettingsError, match="No assistant answers at /twilio/voice"), flatten_subgroups=True
    ):
        await perform(Console(file=io.StringIO()), {"DRAGOMAN_ENGINE": "echo"}, AssistantWishes("en", output=tmp_path))


async def test_a_language_that_the_assistant_does_not_speak_is_told(tmp_path: Path) -> None:
    async with OpenAIEmulator() as models:
        with pytest.RaisesGroup(
            pytest.RaisesExc(SettingsError, match="--lang es: the assistant does not speak it, but Japanese"),
            flatten_subgroups=True,
        ):
            await perform(Console(file=io.StringIO()), env(models), AssistantWishes("es", output=tmp_path))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--assistant", "--turns", "0"), "--turns 0 leaves nothing to ask"),
        (("--assistant", "--output", "file.txt/out"), "--output file.txt/out: Not a directory"),
        (("--assistant", "--live"), "--live: is for an interpreted call"),
        (("--assistant", "--wav", "file.txt"), "--wav: is for an interpreted call"),
        (("--lang", "ja"), "--lang: is for an assistant's call"),
    ],
)
def test_what_cannot_be_is_told_before_the_call(
    words: tuple[str, ...],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file.txt").touch()
    assert main(["demo", *words]) == FAILED
    assert told in capsys.readouterr().err
