"""`dragoman twilio flow`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dragoman.cli.main import FAILED, OK, main

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Just these settings, and no `.env`."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "DRAGOMAN_LANGUAGES", "DRAGOMAN_GLOSSARY", "DRAGOMAN_NOTICES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PUBLIC_URL", "calls.example.com")
    monkeypatch.setenv("DRAGOMAN_SECRET", "a secret of some length")
    monkeypatch.setenv("DRAGOMAN_ENGINE", "echo")


def redirects(definition: dict[str, list[dict[str, dict[str, str]]]]) -> set[str]:
    return {state["properties"]["url"] for state in definition["states"] if "url" in state["properties"]}


def test_the_flow_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["twilio", "flow"]) == OK
    definition = json.loads(capsys.readouterr().out)
    assert "https://calls.example.com/incoming-call?lang=es" in redirects(definition)


def test_the_flow_is_written_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["twilio", "flow", "--output", "flow.json"]) == OK
    assert "https://calls.example.com/incoming-call?lang=hi" in redirects(
        json.loads((tmp_path / "flow.json").read_text())
    )
    told = capsys.readouterr()
    assert told.out == ""
    assert "flow.json" in told.err


def test_a_file_that_cannot_be_written_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["twilio", "flow", "--output", "no/such/folder/flow.json"]) == FAILED
    assert "cannot be written" in capsys.readouterr().err


def test_languages_that_the_engine_does_not_carry_are_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DRAGOMAN_ENGINE", "local")
    assert main(["twilio", "flow"]) == OK
    told = capsys.readouterr()
    assert "Not offered: zh, hi, de," in told.err
    urls = redirects(json.loads(told.out))
    assert "https://calls.example.com/incoming-call?lang=es" in urls
    assert "https://calls.example.com/incoming-call?lang=hi" not in urls


def test_missing_settings_are_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("PUBLIC_URL")
    assert main(["twilio", "flow"]) == FAILED
    assert "PUBLIC_URL" in capsys.readouterr().err
