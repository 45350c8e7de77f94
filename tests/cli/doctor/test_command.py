"""`dragoman doctor`: the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.cli.doctor import command
from dragoman.cli.doctor.findings import Finding, note, ok, wrong
from dragoman.cli.doctor.inside import Found
from dragoman.cli.main import main

pytestmark = pytest.mark.unit


def found_by(monkeypatch: pytest.MonkeyPatch, inside: list[Finding], outside: list[Finding]) -> None:
    async def look_outside(_found: Found) -> list[Finding]:
        return outside

    monkeypatch.setattr(command, "look_inside", lambda _env: (Found(), inside))
    monkeypatch.setattr(command, "look_outside", look_outside)


def test_all_is_well(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found_by(monkeypatch, [ok("a", "fine")], [note("b", "hm")])
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.splitlines() == ["   ok  a: fine", " note  b: hm", "Ready for calls."]


def test_what_is_wrong_is_counted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found_by(monkeypatch, [wrong("a", "broken", "mend it")], [ok("b", "fine"), wrong("c", "gone", "")])
    assert main(["doctor"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "2 things are wrong."


def test_it_reads_the_environment_and_the_env_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("PUBLIC_URL", "DRAGOMAN_SECRET", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_CALLER_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("API_PORT", "70000")
    (tmp_path / ".env").write_text("DRAGOMAN_SECRET=short\n", encoding="utf-8")
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "wrong  setting: API_PORT: is not a port" in told
    assert "wrong  setting: DRAGOMAN_SECRET: is shorter than" in told
