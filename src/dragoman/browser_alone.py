"""Browser mode without a telephone: when a server is meant so, and which settings then follow by themselves."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from dragoman.app_settings import AppSettings
from dragoman.browser_settings import BrowserSettings
from dragoman.errors import SettingsError
from dragoman.node_settings import NodeSettings
from dragoman.settings import variables
from dragoman.telephony.twilio import TwilioSettings
from dragoman.tokens import SECRET_MIN_LENGTH

SECRET_FILE: Final = "secret"  # noqa: S105 - its name
NO_TELEPHONE: Final = "no telephone is set: browsers only"

_PREFIX: Final = "TWILIO_"
_TELEPHONE: Final = frozenset(name for names in variables(TwilioSettings).values() for name in names)
_APP: Final = variables(AppSettings)
_NODE: Final = variables(NodeSettings)
_BROWSER: Final = variables(BrowserSettings)["on"][0]


def telephone_set(values: Mapping[str, str]) -> bool:
    """Whether anything is said of a telephone: then all that it needs must be."""
    return any(name in _TELEPHONE or name.startswith(_PREFIX) for name in values)


def without_telephone(values: Mapping[str, str]) -> dict[str, str]:
    """What is said of anything else."""
    return {name: value for name, value in values.items() if not telephone_set({name: value})}


def alone(values: Mapping[str, str]) -> bool:
    """Whether browsers are served, and nothing at all is said of a telephone."""
    return _on(values.get(_BROWSER, "false")) and not telephone_set(values)


def completed(
    values: Mapping[str, str], *, tls: bool = False, secret: Callable[[Path], str] | None = None
) -> dict[str, str]:
    """`values`, and where browsers are alone what they need besides: PUBLIC_URL, this machine's own address where none
    is set, and DRAGOMAN_SECRET, by `secret` from the state folder (`kept_secret`).

    Raises SettingsError when either does not follow.
    """
    made = dict(values)
    if not alone(values):
        return made
    if not any(name in values for name in _APP["public_url"]):
        made["PUBLIC_URL"] = _local_url(values, tls)
    if "DRAGOMAN_SECRET" not in values:
        home = values.get(_NODE["state_home"][0])
        folder = NodeSettings(state_home=Path(home) if home else None).state_folder
        made["DRAGOMAN_SECRET"] = (secret or kept_secret)(folder)
    return made


def kept_secret(folder: Path) -> str:
    """The secret that is kept in `folder`, made when there is none; its owner alone reads it. Raises SettingsError."""
    file = folder / SECRET_FILE
    try:
        if not file.exists():
            _make(file)
        found = file.read_bytes().decode("utf-8", "replace").strip()
    except OSError as error:
        why = f"DRAGOMAN_SECRET: is missing, and none can be kept in {folder}: {error.strerror}"
        raise SettingsError([f"{why}. Set it in the environment or in .env."]) from None
    if len(found) < SECRET_MIN_LENGTH:
        raise SettingsError([f"{file}: holds no secret. Remove it: a new one is made at the next start."])
    return found


def _make(file: Path) -> None:
    """Whole or not at all; of two processes that start at once, one is first."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    with open(new, "w", opener=lambda path, flags: os.open(path, flags | os.O_EXCL, 0o600)) as out:
        out.write(secrets.token_urlsafe(32) + "\n")
    try:
        with contextlib.suppress(FileExistsError):
            os.link(new, file)
    finally:
        new.unlink()


def _local_url(values: Mapping[str, str], tls: bool) -> str:
    """Where a browser on this machine finds us. Raises SettingsError when no setting says at which port."""
    usual = str(AppSettings.model_fields["port"].default)
    port = next((values[name] for name in _APP["port"] if name in values), usual).strip()
    if port == "0" or values.get(_NODE["listen_fds"][0], "0") != "0":
        why = "PUBLIC_URL: is missing, and no setting says at which port browsers find this server"
        raise SettingsError([f"{why}. Set it in the environment or in .env."])
    return f"{'https' if tls else 'http'}://localhost:{port if port.isdecimal() else usual}"


def _on(text: str) -> bool:
    try:
        return TypeAdapter(bool).validate_python(text.strip())
    except ValidationError:
        return False
