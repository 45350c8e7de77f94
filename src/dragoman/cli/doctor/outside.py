"""Checks of the others: our own public address, the speech models, the carrier's account."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import httpx2

from dragoman.app_settings import AppSettings
from dragoman.cli.doctor.assistants import text_model
from dragoman.cli.doctor.findings import Finding, note, ok, wrong
from dragoman.cli.doctor.inside import Found
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallId, Role
from dragoman.domain.language import Language
from dragoman.domain.speech import InterpreterEvent, Ready, Trouble, TroubleKind
from dragoman.errors import UpstreamError
from dragoman.outgoing import client_of
from dragoman.ports import Engine, Wanted
from dragoman.providers import CONVERSATION, TRANSLATION
from dragoman.settings import is_loopback
from dragoman.telephony.twilio import TwilioSettings
from dragoman.telephony.twilio.account import OwnedNumber, account_state, owned_numbers
from dragoman.telephony.twilio.addresses import FALLBACK, INCOMING, OUTBOUND, Addresses

DEADLINE_S: Final = 15.0
STUDIO: Final = "https://webhooks.twilio.com/"

FIXES: Final = {
    TroubleKind.AUTH: "check OPENAI_API_KEY, and that its project may use the Realtime API",
    TroubleKind.QUOTA: "add credit to the OpenAI account",
    TroubleKind.RATE_LIMIT: "wait a minute and try again, or ask OpenAI for a higher limit",
    TroubleKind.BAD_REQUEST: "check the model's name (OPENAI_TRANSLATION_MODEL, OPENAI_CONVERSATION_MODEL) and the URL",
    TroubleKind.NETWORK: "check OPENAI_BASE_URL, the network and the proxy",
}


async def look_outside(found: Found) -> list[Finding]:
    """All checks that need the network, as far as the settings allow."""
    findings: list[Finding] = []
    if found.app is not None:
        findings += await public_address(found.app, browsers_alone=found.browsers_alone)
    for engine in found.engines:
        if engine.name in (TRANSLATION, CONVERSATION):
            findings.append(await opened_session(engine, found.languages))
    if found.assistant is not None:
        findings += await text_model(found.assistant)
    if found.carrier is not None:
        findings += await carrier_account(found.carrier, found.app.public_url if found.app is not None else "")
    return findings


# ---- Our own address -------------------------------------------------------------------------------------------------


async def public_address(app: AppSettings, *, browsers_alone: bool = False) -> list[Finding]:
    """Whether a Dragoman answers at PUBLIC_URL, and wants calls. Browsers on this machine need no more than that."""
    url, what = app.public_url, "PUBLIC_URL"
    local = is_loopback(urlsplit(url).hostname or "")
    start = "start `dragoman serve` (and the tunnel or proxy in front of it), then run this again"
    async with client_of(url, timeout=DEADLINE_S, trust_env=not local) as http:
        try:
            live, ready = await http.get(f"{url}/live"), await http.get(f"{url}/ready")
        except httpx2.TransportError as error:
            return [wrong(what, f"{url}/live does not answer ({type(error).__name__})", start)]
    if live.status_code != httpx2.codes.OK or b'"live"' not in live.content:
        return [wrong(what, f"{url}/live answers with status {live.status_code}, and not as Dragoman does", start)]
    findings = [ok(what, f"{url}/live answers")]
    if ready.status_code != httpx2.codes.OK:
        findings.append(note(what, f"the server there wants no calls now: {ready.text}"))
    if local and not browsers_alone:
        findings.append(note(what, "is this machine: Twilio cannot reach it", "set your public https address"))
    return findings


# ---- The speech models -----------------------------------------------------------------------------------------------


async def opened_session(engine: Engine, configured: Sequence[Language]) -> Finding:
    """Open one session, as a call does, and close it again. Costs nothing: nothing is said."""
    what = f"engine {engine.name}"
    pair = _carried(engine, configured)
    if pair is None:
        return note(what, "carries no pair of the configured languages")
    events: list[InterpreterEvent] = []
    settled = asyncio.Event()

    def listen(event: InterpreterEvent) -> None:
        events.append(event)
        if isinstance(event, Ready) or (isinstance(event, Trouble) and event.fatal):
            settled.set()

    fmt = AudioFormat.PCMU_8K
    interpreter = engine.interpreter(Wanted(CallId("doctor"), Role.CALLER, *pair, fmt, fmt), listen)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(interpreter.run())
        try:
            async with asyncio.timeout(DEADLINE_S):
                await asyncio.wait({running, tasks.create_task(settled.wait())}, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            pass
        settled.set()
        interpreter.close()
    return _judged(what, events)


def _carried(engine: Engine, configured: Sequence[Language]) -> tuple[Language, Language] | None:
    pairs = ((one, other) for one in configured for other in configured if one.primary != other.primary)
    return next((pair for pair in pairs if engine.capabilities.carries(pair[0].primary, pair[1].primary)), None)


def _judged(what: str, events: Sequence[InterpreterEvent]) -> Finding:
    for event in events:
        match event:
            case Ready():
                return ok(what, "a session was opened")
            case Trouble(kind, message, fatal=True):
                return wrong(what, f"no session could be opened: {message}", FIXES.get(kind, "try again in a while"))
            case _:
                pass
    return wrong(what, f"no session was opened within {DEADLINE_S:g} s", FIXES[TroubleKind.NETWORK])


# ---- The carrier -----------------------------------------------------------------------------------------------------


async def carrier_account(settings: TwilioSettings, public_url: str) -> list[Finding]:
    """Credentials, kind of account, and what its numbers lead to."""
    findings: list[Finding] = []
    async with client_of(settings.api_url, timeout=DEADLINE_S, trust_env=settings.base_url is None) as http:
        try:
            state = await account_state(settings, http)
            numbers = await owned_numbers(settings, http)
        except UpstreamError as error:
            fix = "check TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and, where set, TWILIO_API_KEY and the region"
            return [wrong("Twilio account", str(error), fix if error.status else "check the network and the proxy")]
    findings.append(ok("Twilio account", f"the credentials are right; {len(numbers)} numbers"))
    if not state.active:
        findings.append(wrong("Twilio account", "is suspended or closed", "see the Twilio Console"))
    if state.trial:
        found = "is a trial account: Twilio blocks Media Streams and dialling there, so no call can be interpreted"
        findings.append(wrong("Twilio account", found, "upgrade the account in the Twilio Console"))
    findings += _numbers(settings, numbers, Addresses(public_url) if public_url else None)
    found = "whether this account may place calls is seen only when it places one"
    fix = (
        "error 21216 means that it needs an approved Business Primary Customer Profile (accounts outside US and Canada)"
    )
    return [*findings, note("Twilio account", found, fix)]


def _numbers(settings: TwilioSettings, numbers: Sequence[OwnedNumber], addresses: Addresses | None) -> list[Finding]:
    owned = {one.phone_number: one for one in numbers}
    findings = [_caller_number(settings.caller_number, owned)]
    if settings.flex_sip_domain is not None and addresses is not None:
        found = f"the voice URL of {settings.flex_sip_domain} is not checked"
        findings.append(note("TWILIO_FLEX_SIP_DOMAIN", found, f"it is to be {addresses.of(OUTBOUND)}"))
    elif settings.flex_number is not None and addresses is not None:
        findings += _flex_number(owned.get(settings.flex_number), addresses)
    if addresses is not None:
        ours = [one for one in numbers if not one.diverted and _leads_here(one.voice_url, addresses)]
        if ours:
            findings.append(ok("callers", f"{len(ours)} numbers lead to a Studio flow or to {addresses.of(INCOMING)}"))
        else:
            fix = f"set a number's voice URL to {addresses.of(INCOMING)} or to the flow of `dragoman twilio flow`"
            findings.append(note("callers", "no number of the account leads here: nobody can call", fix))
    return findings


def _caller_number(number: str, owned: dict[str, OwnedNumber]) -> Finding:
    if number in owned:
        return ok("TWILIO_CALLER_NUMBER", "is a number of the account")
    found = "is not among the account's numbers"
    return note("TWILIO_CALLER_NUMBER", found, "take one of them, or verify it as a caller ID in the Twilio Console")


def _flex_number(number: OwnedNumber | None, addresses: Addresses) -> list[Finding]:
    what, wanted = "TWILIO_FLEX_NUMBER", addresses.of(OUTBOUND)
    if number is None:
        return [wrong(what, "is not among the account's numbers", "take one of them")]
    if number.diverted:
        return [
            wrong(what, "has an application or a trunk, so its voice URL is ignored", "take these off in the Console")
        ]
    if number.voice_url.split("#")[0] != wanted:
        return [wrong(what, f"its voice URL is {number.voice_url or 'empty'}", f"set it to {wanted}")]
    findings = [ok(what, f"leads to {wanted}")]
    if not number.fallback_url:
        fix = f"set its fallback URL to {addresses.of(FALLBACK)}, for when this server does not answer"
        findings.append(note(what, "has no fallback URL", fix))
    return findings


def _leads_here(voice_url: str, addresses: Addresses) -> bool:
    return voice_url.startswith((addresses.of(INCOMING), STUDIO))
