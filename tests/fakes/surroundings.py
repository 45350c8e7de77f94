"""The least environment that a server needs, on free ports, and processes of our own command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from dragoman.telephony.twilio.emulator import ACCOUNT_SID, AUTH_TOKEN

SECRET = "s" * 43
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "XDG_CACHE_HOME", "DRAGOMAN_MODELS")
"""Variables of this process that a child needs; everything else could change what is tested."""


def settings(**changes: str | None) -> dict[str, str]:
    """An environment for `serving`; None takes a variable away."""
    least: dict[str, str | None] = {
        "DRAGOMAN_ENGINE": "echo",
        "DRAGOMAN_HOST": "127.0.0.1",
        "DRAGOMAN_SECRET": SECRET,
        "PUBLIC_URL": "http://127.0.0.1:5050",
        "API_PORT": "0",
        "DRAGOMAN_DATABASE": "off",
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_BASE_URL": "http://127.0.0.1:9",
        "TWILIO_CALLER_NUMBER": "+15555550101",
        "TWILIO_AGENT_ADDRESS": "+15555550110",
        **changes,
    }
    return {name: value for name, value in least.items() if value is not None}


def start(folder: Path, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """`dragoman` with these words as a process, in a folder without `.env`; its output is piped."""
    inherited = {name: os.environ[name] for name in KEPT if name in os.environ}
    return subprocess.Popen(
        [sys.executable, "-m", "dragoman", *words],
        cwd=folder,
        env={**inherited, "COLUMNS": "120", **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
