"""`dragoman demo`: from the command line to the files."""

from __future__ import annotations

import io
import json
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from dragoman.audio import wav
from dragoman.audio.g711 import decode, encode
from dragoman.cli.demo import command, opening, stage
from dragoman.cli.demo.command import Wishes, perform
from dragoman.cli.demo.ears import stretches
from dragoman.cli.demo.turns import Turn, shipped
from dragoman.cli.main import FAILED, main
from dragoman.domain.ear import OriginalMode
from dragoman.errors import UpstreamError
from dragoman.interpreters.openai.emulator import OpenAIEmulator, Phrase, Phrases
from tests.fakes.surroundings import start

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

ECHO = {"DRAGOMAN_ENGINE": "echo", "DRAGOMAN_ANNOUNCE": "off"}
SCRIPT = Phrases((Phrase("Good morning.", "Buenos días.", "en", "es"), Phrase("Buenos días.", "Hello.", "es", "en")))


def short_turns() -> list[Turn]:
    agent, caller = shipped()[:2]
    return [replace(turn, audio=turn.audio[:12_000]) for turn in (agent, caller)]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parties wait no longer than they must."""
    monkeypatch.setattr(stage, "MENU_S", 0.4)
    monkeypatch.setattr(opening, "OPENED_S", 0.6)


async def test_with_a_key_it_uses_openai_and_shows_captions_turns_and_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A sentence and a recording of the user's own come before the last turn. All hear the others' own voices too."""
    monkeypatch.setattr(command, "shipped", short_turns)
    own = tmp_path / "own.wav"
    own.write_bytes(wav.write(decode(short_turns()[1].audio), 8000))
    out = io.StringIO()
    original = OriginalMode.DUCK
    wishes = Wishes(say=("agent: One moment.",), wav=(own,), output=tmp_path / "out", original=original)
    async with OpenAIEmulator(script=SCRIPT) as models:
        env = {
            "OPENAI_API_KEY": "sk-test",
            "OPENAI_BASE_URL": models.base_url,
            "DRAGOMAN_ENGINE": "conversation",
            "DRAGOMAN_ANNOUNCE": "off",
        }
        code = await perform(Console(file=out, width=90), env, wishes)
        assert models.errors == []
        assert any(json.loads(body)["input"] == "One moment." for body in models.spoken)
    printed = out.getvalue()
    assert code == 0, printed
    assert "Engine: conversation (DRAGOMAN_ENGINE=conversation)." in printed
    assert "  agent says (en) Good morning.\n           -> (es) Buenos días.\n" in printed
    assert " caller says (es) Buenos días.\n           -> (en) Hello.\n" in printed
    assert "interpreted turns: 4 of 4" in printed
    assert "3. caller, " in printed
    assert "said  (recording)" in printed
    assert printed.index("caller says") < printed.index("interpreted turns"), "captions come as the call goes on"
    content = json.loads((tmp_path / "out" / "transcript.json").read_text(encoding="utf-8"))
    assert [one["leg"] for one in content["utterances"]] == ["agent", "agent", "caller", "caller"]
    for one in content["utterances"]:
        assert one["ear"]["stopped_s"] is not None, "nobody spoke on, or hung up, before all of it was heard"
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "agent-heard.wav",
        "agent-said.wav",
        "caller-heard.wav",
        "caller-said.wav",
        "timeline.png",
        "transcript.json",
    }


async def test_so_many_of_the_shipped_turns_as_wished(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(command, "shipped", short_turns)
    out = io.StringIO()
    wishes = Wishes(output=tmp_path / "out", turns=1, original=OriginalMode.FULL)
    code = await perform(Console(file=out, width=100), ECHO, wishes)
    printed = out.getvalue()
    assert code == 1, "an echo is no interpretation"
    assert "interpreted turns: 0 of 1" in printed
    said, heard = (wav.read((tmp_path / "out" / name).read_bytes()) for name in ("agent-said.wav", "caller-heard.wav"))
    first = stretches(encode(said.samples))[0].began_s
    own_and_echo = stretches(encode(heard.samples), from_s=first)
    assert own_and_echo[0].began_s - first < 0.4, "the own voice, which does not wait for the engine"


async def test_what_the_engine_cannot_speak_is_told(tmp_path: Path) -> None:
    with pytest.RaisesGroup(
        pytest.RaisesExc(UpstreamError, match="--say: this engine cannot speak en"), flatten_subgroups=True
    ):
        await perform(Console(file=io.StringIO()), ECHO, Wishes(say=("en: Hello.",), output=tmp_path))


def test_live_goes_on_until_it_is_interrupted_and_then_writes_its_files(tmp_path: Path) -> None:
    with start(tmp_path, "demo", "--live", "--output", "here", env=ECHO) as process:
        assert process.stdout is not None
        lines: list[str] = []
        while "Ctrl-C" not in "".join(lines):
            lines.append(process.stdout.readline())
            assert lines[-1], "it ended too early"
        assert "Engine: echo (DRAGOMAN_ENGINE=echo).\n" in lines
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=40)
    assert "Traceback" not in errors
    assert "ended: caller (hung up)" in rest
    assert "written: here/caller-heard.wav" in rest
    assert (tmp_path / "here" / "timeline.png").exists()
    assert process.returncode == 0, "no turn was said to its end, so none was left uninterpreted"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--output", "file.txt/out"), "--output file.txt/out: Not a directory"),
        (("--live", "yes"), "Unused Tokens"),
        (("--turns", "0"), "--turns 0 leaves nothing to say: give a sentence with --say, or --wav and a recording."),
        (("--turns", "9"), "Must be <= 8"),
        (("--turns", "-1"), "Must be >= 0"),
        (("--original", "loud"), '"off", "duck", "full"'),
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
