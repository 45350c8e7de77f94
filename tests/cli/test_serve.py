"""`dragoman serve` as a process: comes up, says what is wrong, drains, ends."""

from __future__ import annotations

import json
import queue
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from dragoman.telephony.twilio.emulator import ACCOUNT_SID, AUTH_TOKEN
from dragoman.telephony.twilio.signature import HEADER, sign
from tests.fakes.surroundings import settings, start

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

UP_S = 30.0
END_S = 15.0
OPEN = build_opener(ProxyHandler({})).open


class Server:
    """A server process and its log, line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[dict[str, object]] = []
        self._queue: queue.Queue[str] = queue.Queue()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: Iterator[str]) -> None:
        for line in stream:
            self._queue.put(line)

    def until(self, event: str, within_s: float = UP_S) -> dict[str, object]:
        """The next log line of this event. Raises queue.Empty."""
        deadline = time.monotonic() + within_s
        while True:
            line = json.loads(self._queue.get(timeout=max(0.01, deadline - time.monotonic())))
            self.lines.append(line)
            if line["event"] == event:
                return dict(line)

    def get(self, path: str) -> tuple[int, dict[str, object]]:
        try:
            with OPEN(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read())

    def call(self, public_url: str) -> None:
        """Twilio announces a call."""
        form = {"CallSid": "CA" + "1" * 32, "AccountSid": ACCOUNT_SID, "From": "+34600000001", "To": "+15555550100"}
        url = f"{public_url}/incoming-call?lang=es"
        signature = sign(AUTH_TOKEN, url, list(form.items()))
        request = Request(
            f"http://127.0.0.1:{self.port}/incoming-call?lang=es",
            data=urlencode(form).encode(),
            headers={HEADER: signature},
        )
        with OPEN(request, timeout=5) as answer:
            assert b"<Stream" in answer.read()

    def end(self) -> int:
        return self.process.wait(END_S)

    port: int = 0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    process = start(tmp_path, "serve", env=settings(DRAGOMAN_LOG="json"))
    one = Server(process)
    try:
        port = one.until("listening")["port"]
        assert isinstance(port, int)
        one.port = port
        yield one
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def test_it_answers_and_ends_at_sigterm(server: Server) -> None:
    assert server.get("/live") == (200, {"live": True})
    assert server.get("/ready") == (200, {"ready": True, "reasons": []})
    assert server.until("Engine: echo (DRAGOMAN_ENGINE=echo).", 5)
    server.process.send_signal(signal.SIGTERM)
    assert server.until("draining")["calls"] == 0
    assert server.end() == 0


def test_it_waits_for_a_call_that_runs_and_a_second_signal_ends_it_at_once(server: Server) -> None:
    server.call("http://127.0.0.1:5050")
    server.process.send_signal(signal.SIGINT)
    assert server.until("draining")["calls"] == 1
    status, told = server.get("/ready")
    assert (status, told["ready"]) == (503, False)
    assert server.process.poll() is None, "it waits"
    server.process.send_signal(signal.SIGTERM)
    assert server.end() == 130


def test_wrong_settings_are_named_with_their_fixes(tmp_path: Path) -> None:
    env = settings(DRAGOMAN_SECRET="short", TWILIO_AUTH_TOKEN=None, API_PORT="many")
    process = start(tmp_path, "serve", env=env)
    told, errors = process.communicate(timeout=UP_S)
    assert process.returncode == 2
    assert told == ""
    assert "Settings are missing or wrong:" in errors
    assert "  API_PORT: " in errors
    assert "  DRAGOMAN_SECRET: is shorter than" in errors
    assert "short'" not in errors
    assert "  TWILIO_AUTH_TOKEN: is missing. Set it in the environment or in .env" in errors
    assert "Traceback" not in errors


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start(tmp_path, "serve", env=settings(API_PORT=str(port)))
        _, errors = process.communicate(timeout=UP_S)
    assert process.returncode == 2
    assert f"API_PORT: cannot listen on 127.0.0.1 port {port}" in errors
    assert "Traceback" not in errors


def test_settings_come_from_the_env_file_too(tmp_path: Path) -> None:
    lines = [f"{name}={value}" for name, value in settings(DRAGOMAN_SECRET="short").items()]
    (tmp_path / ".env").write_text("\n".join(lines) + "\n", encoding="utf-8")
    process = start(tmp_path, "serve")
    _, errors = process.communicate(timeout=UP_S)
    assert process.returncode == 2
    assert [line for line in errors.splitlines() if line.startswith("  ")] == [
        line for line in errors.splitlines() if line.startswith("  DRAGOMAN_SECRET: ")
    ], "nothing else is wrong"
