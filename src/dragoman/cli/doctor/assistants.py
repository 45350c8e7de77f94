"""Checks of the assistants: their files, with the line of what is wrong, and the text model that thinks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx2
import msgspec

from dragoman.assistant_settings import AssistantSettings
from dragoman.cli.doctor.findings import Finding, note, ok, wrong
from dragoman.errors import SettingsError
from dragoman.outgoing import client_of
from dragoman.personas import Personas
from dragoman.tools.checks import tool_check

GUIDE: Final = "docs/howto/personas.md says how these files are written"
DEADLINE_S: Final = 10.0
_REFUSED: Final = frozenset({httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN})


def personas(settings: AssistantSettings, person: str, env: Mapping[str, str]) -> list[Finding]:
    """Whether the personas can be used; `person` is whom they connect with who name nobody."""
    what = "personas"
    try:
        found = Personas.load(settings.personas, transfer=person, check=tool_check(env))
    except SettingsError as broken:
        return [wrong(what, problem, GUIDE) for problem in broken.problems]
    if settings.personas is None:
        shipped = "the shipped reception desk answers at /twilio/voice, for an invented shop"
        findings = [note(what, shipped, "name a folder with your own in DRAGOMAN_PERSONAS")]
    else:
        names = (f"{one.name} ({', '.join(one.languages)})" for one in found.everyone)
        findings = [ok(what, f"{', '.join(names)} in {settings.personas}")]
    return [*findings, *(note(what, one) for one in found.notes)]


async def text_model(settings: AssistantSettings) -> list[Finding]:
    """Whether the text model's server is there, takes the key, and has the model. Nothing is asked of the model."""
    url, what = settings.mind_url, "DRAGOMAN_MIND_URL"
    if not url:
        return []
    key = settings.mind_api_key.get_secret_value() if settings.mind_api_key is not None else ""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with client_of(url, timeout=DEADLINE_S, headers=headers) as http:
        try:
            answer = await http.get(f"{url}/models")
        except httpx2.HTTPError as error:
            found = f"{url} does not answer ({type(error).__name__})"
            return [wrong(what, found, "start the text model's server, or check the address and the network")]
    if answer.status_code in _REFUSED:
        return [wrong(what, f"{url} refuses the key ({answer.status_code})", "check DRAGOMAN_MIND_API_KEY")]
    if answer.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
        return [wrong(what, f"{url} answers with status {answer.status_code}", "look at the text model's server")]
    return [_listed(settings, answer)]


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    models: list[_Model] = msgspec.field(name="data")


def _listed(settings: AssistantSettings, answer: httpx2.Response) -> Finding:
    """Not every such server lists its models, and some list only those that are loaded."""
    what = "DRAGOMAN_MIND_URL"
    try:
        listed = {one.id for one in msgspec.json.decode(answer.content, type=_Models).models}
    except (msgspec.DecodeError, UnicodeDecodeError):
        return note(what, f"{settings.mind_url} answers, but lists no models: whether it has the model shows in a call")
    if settings.mind_model in listed:
        return ok(what, f"{settings.mind_url} answers and has {settings.mind_model}")
    return note(what, f"{settings.mind_url} does not list {settings.mind_model}", "check DRAGOMAN_MIND_MODEL")
