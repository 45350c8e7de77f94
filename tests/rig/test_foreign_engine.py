"""Somebody else's engine, in its own package as the page shows it, is found by name and carries a whole call."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.rig, pytest.mark.timeout(120)]

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "howto" / "your-own-engine.md"
FIXTURE = ROOT / "tests" / "fixtures" / "toy_engine"


def from_the_page() -> dict[str, str]:
    """The package's files as the page prints them: its first block of each kind."""
    blocks = re.findall(r"```(toml|python)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    first = dict(reversed(blocks))
    return {"pyproject.toml": first["toml"], "toy_engine.py": first["python"]}


async def run(*command: str, **env: str) -> str:
    """What a command printed; AssertionError with all of it when it fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=ROOT,
        env={**os.environ, **env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(60):
        printed, _ = await process.communicate()
    assert process.returncode == 0, printed.decode()
    return printed.decode()


def test_the_page_shows_the_package_that_is_tested() -> None:
    assert from_the_page() == {name: (FIXTURE / name).read_text(encoding="utf-8") for name in from_the_page()}


async def test_an_installed_engine_is_found_by_name_and_interprets_a_call(tmp_path: Path) -> None:
    source, installed = tmp_path / "source", tmp_path / "installed"
    source.mkdir()
    for name, text in from_the_page().items():
        (source / name).write_text(text, encoding="utf-8")
    options = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--target", str(installed))
    await run("-m", "pip", "install", *options, str(source), PIP_DISABLE_PIP_VERSION_CHECK="1")
    printed = await run("-m", "tests.rig.foreign_call", PYTHONPATH=str(installed))
    told: dict[str, Any] = json.loads(printed.strip().splitlines()[-1])
    assert told["contract"] == told["heard"] == [500]
    assert told["engines"] == ["toy", "toy"]
    assert len(told["texts"]) == 1
    assert told["texts"][0].startswith("squawk: ")
    assert told["notes"][0] == "Engine: toy (DRAGOMAN_ENGINE=toy)."
    assert "toy" in told["unknown"], "a wrong name is answered with those that there are"
