"""The supervisor, with small programs in the engine's place."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from dragoman.errors import ModelError
from dragoman.interpreters.local import process as module
from dragoman.interpreters.local.process import LocalProcess
from dragoman.interpreters.local.settings import LocalSettings

pytestmark = pytest.mark.pair

READY = """
import json, os, sys
print("a library says hello")
told = {"ready": True, "port": int(sys.argv[2]) or 40123, "pairs": [["es", "en"]], "mind": "a small one"}
print(json.dumps(told), flush=True)
"""
PATIENT = READY + "sys.stdin.read()\n"


def process(tmp_path: Path, program: str, ready_s: float = 10.0) -> LocalProcess:
    path = tmp_path / "engine.py"
    path.write_text(program)
    return LocalProcess(LocalSettings(ready_s=ready_s, models=tmp_path), (sys.executable, str(path)))


async def test_it_tells_where_it_listens_and_what_it_can_do(tmp_path: Path) -> None:
    engine = process(tmp_path, PATIENT)
    running = await engine.start()
    assert running.base_url == "http://127.0.0.1:40123/v1"
    assert running.pairs == {("es", "en")}
    assert running.mind == "a small one"
    assert len(running.token) >= 32
    assert engine.running == running
    await engine.stop()
    assert engine.running is None
    await engine.stop()


async def test_without_its_packages_it_is_not_started_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACKAGES", ("json", "no_such_package_of_ours"))
    with pytest.raises(ModelError, match=r"not here: no_such_package_of_ours\. Set OPENAI_API_KEY .* pip install"):
        await LocalProcess(LocalSettings()).start()


async def test_it_is_told_its_token_and_settings_and_nothing_on_its_command_line(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    program = (
        "import os, sys\n"
        f"open({str(seen)!r}, 'w').write(os.environ['DRAGOMAN_LOCAL_TOKEN'] + ' ' + os.environ['DRAGOMAN_MODELS']"
        " + ' ' + ' '.join(sys.argv[1:]))\n"
    )
    engine = process(tmp_path, program + PATIENT)
    running = await engine.start()
    await engine.stop()
    assert seen.read_text() == f"{running.token} {tmp_path} --port 0"


async def test_its_own_words_are_told_when_it_cannot_start(tmp_path: Path) -> None:
    engine = process(tmp_path, 'print(\'{"ready": false, "error": "no weights here"}\')\n')
    with pytest.raises(ModelError, match="no weights here"):
        await engine.start()


async def test_an_end_without_a_word_is_told_with_its_code(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="exit code 3"):
        await process(tmp_path, "raise SystemExit(3)\n").start()


async def test_one_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    engine = process(tmp_path, "import sys\nsys.stdin.read()\n", ready_s=0.3)
    with pytest.raises(ModelError, match="not ready within"):
        await engine.start()
    assert engine.running is None


async def test_one_that_does_not_hear_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dragoman.interpreters.local.process._GOODBYE_S", 0.2)
    engine = process(tmp_path, READY + "import time\nwhile True: time.sleep(1)\n")
    running = await engine.start()
    await engine.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(running.pid, 0)


async def test_it_is_started_again_at_the_same_address_when_it_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dragoman.interpreters.local.process._FIRST_BACKOFF_S", 0.01)
    engine = process(tmp_path, PATIENT)
    first = await engine.start()
    with capture_logs() as logged:
        async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
            supervising = tasks.create_task(engine.supervise())
            os.kill(first.pid, signal.SIGKILL)
            while engine.running is None or engine.running.pid == first.pid:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.02)
            again = engine.running
            supervising.cancel()
    assert (again.base_url, again.token) == (first.base_url, first.token)
    assert [(one["event"], one.get("deaths")) for one in logged if one["log_level"] == "warning"] == [("local.died", 1)]
    with pytest.raises(ProcessLookupError):
        os.kill(again.pid, 0)
