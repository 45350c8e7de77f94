"""`dragoman emulate` as processes: what they print points a server at them, and a call goes through."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from dragoman.app import serving
from dragoman.audio.wav import write_mulaw
from dragoman.cli.main import FAILED, main
from dragoman.relay.record import CallRecord
from tests.fakes.surroundings import start
from tests.rig.town import free_port

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]


@contextmanager
def emulator(folder: Path, *words: str, lines: int) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A process and the environment that it prints; it must end well."""
    with start(folder, "emulate", *words) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline().strip().partition("=") for _ in range(lines)]
        try:
            yield process, {name: value for name, _, value in printed}
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(15)
    assert process.returncode == 0


def test_openai_answers_where_it_says(tmp_path: Path) -> None:
    with emulator(tmp_path, "openai", "--port", "0", lines=2) as (_, env):
        assert set(env) == {"OPENAI_BASE_URL", "OPENAI_API_KEY"}
        order = {"model": "tts", "input": "Hello", "voice": "marin", "response_format": "pcm"}
        answer = httpx2.post(f"{env['OPENAI_BASE_URL']}/audio/speech", json=order, trust_env=False)
        assert answer.status_code == 401, "without a key, as the vendor"
        key = {"Authorization": f"Bearer {env['OPENAI_API_KEY']}"}
        answer = httpx2.post(f"{env['OPENAI_BASE_URL']}/audio/speech", json=order, headers=key, trust_env=False)
        assert answer.status_code == 200
        assert len(answer.content) > 1000


async def test_a_whole_call_between_the_emulators_and_a_server(tmp_path: Path) -> None:
    """As docs/howto/emulators.md says: the emulated caller dials once the server is up."""
    port, ended = free_port(), list[CallRecord]()
    speech = tmp_path / "speech.wav"
    speech.write_bytes(write_mulaw(b"\x20\xa0" * 4000))
    words = ("twilio", "--port", "0", "--app", f"http://127.0.0.1:{port}", "--dial", "2", "--wav", str(speech))
    with (
        emulator(tmp_path, *words, "--worker", "Ann", lines=9) as (process, env),
        emulator(tmp_path, "openai", "--port", "0", "--says", "markers", lines=2) as (_, models),
    ):
        assert env["PUBLIC_URL"] == f"http://127.0.0.1:{port}"
        assert env["API_PORT"] == str(port)
        assert process.stderr is not None
        assert "callers dial +15555550100" in process.stderr.readline()
        async with serving({**env, **models, "DRAGOMAN_HOST": "127.0.0.1"}, ended=ended.append, drain_s=1.0) as app:
            while not any(view.state == "interpreting" for view in app.calls.calls()):
                await pause()
            assert [view.caller_language for view in app.calls.calls()] == ["es"]
            process.send_signal(signal.SIGINT)
            await asyncio.to_thread(process.wait, 15)
            while not ended:
                await pause()
    assert ended[0].engines == ("translation", "translation")


async def pause() -> None:
    await asyncio.sleep(0.05)


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with start(tmp_path, "emulate", "twilio", "--port", port) as process:
            _, errors = process.communicate(timeout=20)
    assert process.returncode == FAILED
    assert f"--port {port}: cannot be listened on" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--app", "http://example.com"), "--app http://example.com: is plain http"),
        (("--wav", "/nowhere.wav"), "--wav /nowhere.wav: No such file or directory"),
    ],
)
def test_what_cannot_be_is_told(words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["emulate", "twilio", *words]) == FAILED
    assert told in capsys.readouterr().err
