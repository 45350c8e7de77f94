"""What the doctor sees of the others: emulators play them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from dragoman import providers
from dragoman.app import serving
from dragoman.app_settings import AppSettings
from dragoman.cli.doctor import outside
from dragoman.cli.doctor.findings import Finding, Verdict
from dragoman.cli.doctor.inside import look_inside
from dragoman.cli.doctor.outside import carrier_account, look_outside, opened_session, public_address
from dragoman.interpreters.echo import EchoEngine
from dragoman.interpreters.openai.emulator import Faults, OpenAIEmulator, Refusal
from dragoman.languages import languages
from dragoman.settings import load
from dragoman.telephony.twilio import TwilioSettings
from dragoman.telephony.twilio.emulator import TwilioEmulator
from tests.fakes.surroundings import settings
from tests.rig.town import free_port

pytestmark = pytest.mark.pair

OURS, FLEX, LINE = "+15555550101", "+15555550102", "+15555550100"
WORKFLOW = "WW" + "0" * 32
HERE = "https://calls.example.com"


def lines(findings: list[Finding], verdict: Verdict) -> list[str]:
    return [f"{one.what}: {one.found}" for one in findings if one.verdict is verdict]


# ---- Our own address -------------------------------------------------------------------------------------------------


async def test_a_server_that_answers_at_the_public_address() -> None:
    port = free_port()
    env = settings(PUBLIC_URL=f"http://127.0.0.1:{port}", API_PORT=str(port))
    async with serving(env) as running:
        found = await public_address(load(AppSettings, env))
        assert lines(found, Verdict.OK) == [f"PUBLIC_URL: http://127.0.0.1:{port}/live answers"]
        assert lines(found, Verdict.NOTE) == ["PUBLIC_URL: is this machine: Twilio cannot reach it"]
        running.calls.stop()
        found = await public_address(load(AppSettings, env))
        assert any("wants no calls now" in line for line in lines(found, Verdict.NOTE))


async def test_browsers_alone_find_a_server_on_this_machine() -> None:
    port = free_port()
    env = settings(PUBLIC_URL=f"http://127.0.0.1:{port}", API_PORT=str(port))
    async with serving(env):
        found = await public_address(load(AppSettings, env), browsers_alone=True)
    assert [one.verdict for one in found] == [Verdict.OK]


async def test_nobody_answers_at_the_public_address() -> None:
    found = await public_address(load(AppSettings, settings(PUBLIC_URL=f"http://127.0.0.1:{free_port()}")))
    assert [one.verdict for one in found] == [Verdict.WRONG]
    assert "does not answer" in found[0].found
    assert "dragoman serve" in found[0].fix


async def test_somebody_else_answers_at_the_public_address() -> None:
    async with OpenAIEmulator() as other:
        (found,) = await public_address(load(AppSettings, settings(PUBLIC_URL=f"http://127.0.0.1:{other.port}")))
    assert found.verdict is Verdict.WRONG
    assert "not as Dragoman does" in found.found


# ---- The speech models -----------------------------------------------------------------------------------------------


async def session(models: OpenAIEmulator, name: str) -> Finding:
    env = {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": models.base_url}
    engine = providers.build(name, env, asyncio.get_running_loop().time)
    return await opened_session(engine, languages(None))


@pytest.mark.parametrize("name", ["translation", "conversation"])
async def test_a_session_is_opened_and_closed(name: str) -> None:
    async with OpenAIEmulator() as models:
        found = await session(models, name)
        assert (found.verdict, found.what) == (Verdict.OK, f"engine {name}")
        assert len(models.sessions) == 1
        assert models.errors == []


@pytest.mark.parametrize("name", ["translation", "conversation"])
async def test_a_wrong_key_is_told(name: str) -> None:
    async with OpenAIEmulator(keys=frozenset({"sk-another"})) as models:
        found = await session(models, name)
    assert found.verdict is Verdict.WRONG
    assert "HTTP 401" in found.found
    assert "OPENAI_API_KEY" in found.fix


async def test_a_spent_account_is_told() -> None:
    refusal = Refusal(429, "insufficient_quota", "You exceeded your current quota.")
    async with OpenAIEmulator(faults=Faults(refuse=refusal)) as models:
        found = await session(models, "conversation")
    assert found.verdict is Verdict.WRONG
    assert "credit" in found.fix


async def test_a_server_that_says_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outside, "DEADLINE_S", 0.2)
    async with OpenAIEmulator(faults=Faults(connect_delay_s=5.0)) as models:
        found = await session(models, "translation")
    assert found.verdict is Verdict.WRONG
    assert "within 0.2 s" in found.found


async def test_an_engine_for_which_no_pair_is_configured_is_noted() -> None:
    english = [one for one in languages(None) if one.tag == "en"]
    assert (await opened_session(EchoEngine(), english)).verdict is Verdict.NOTE


# ---- The carrier -----------------------------------------------------------------------------------------------------


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioEmulator]:
    async with TwilioEmulator() as emulator:
        emulator.number(LINE, f"{HERE}/incoming-call", f"{HERE}/fallback")
        emulator.number(OURS, "")
        emulator.number(FLEX, f"{HERE}/outbound-call", f"{HERE}/fallback")
        yield emulator


async def examined(emulator: TwilioEmulator, **changes: str | None) -> list[Finding]:
    flex = {"TWILIO_FLEX_NUMBER": FLEX, "TWILIO_FLEX_WORKFLOW_SID": WORKFLOW}
    env = settings(**{"TWILIO_BASE_URL": emulator.base_url, **flex, **changes})
    return await carrier_account(load(TwilioSettings, env), HERE)


async def test_an_account_that_is_ready(twilio: TwilioEmulator) -> None:
    found = await examined(twilio)
    assert lines(found, Verdict.WRONG) == []
    assert lines(found, Verdict.OK) == [
        "Twilio account: the credentials are right; 3 numbers",
        "TWILIO_CALLER_NUMBER: is a number of the account",
        f"TWILIO_FLEX_NUMBER: leads to {HERE}/outbound-call",
        f"callers: 1 numbers lead to a Studio flow or to {HERE}/incoming-call",
    ]
    (note,) = [one for one in found if one.verdict is Verdict.NOTE]
    assert "21216" in note.fix


@pytest.mark.parametrize("changes", [{"TWILIO_AUTH_TOKEN": "wrong"}, {"TWILIO_ACCOUNT_SID": "AC" + "f" * 32}])
async def test_wrong_credentials_are_told(twilio: TwilioEmulator, changes: dict[str, str]) -> None:
    (found,) = await examined(twilio, **changes)
    assert found.verdict is Verdict.WRONG
    assert "20003" in found.found
    assert "TWILIO_AUTH_TOKEN" in found.fix


async def test_a_trial_account_is_told(twilio: TwilioEmulator) -> None:
    twilio.faults.trial = True
    (told,) = lines(await examined(twilio), Verdict.WRONG)
    assert "trial" in told
    assert "Media Streams" in told


async def test_a_suspended_account_is_told(twilio: TwilioEmulator) -> None:
    twilio.faults.suspended = True
    assert lines(await examined(twilio), Verdict.WRONG) == ["Twilio account: is suspended or closed"]


async def test_a_flex_number_that_leads_elsewhere_is_told(twilio: TwilioEmulator) -> None:
    twilio.number(FLEX, "https://elsewhere.example.com/voice")
    (found,) = [one for one in await examined(twilio) if one.verdict is Verdict.WRONG]
    assert found.found == "its voice URL is https://elsewhere.example.com/voice"
    assert found.fix == f"set it to {HERE}/outbound-call"
    assert lines(await examined(twilio, TWILIO_FLEX_NUMBER="+15555550109"), Verdict.WRONG) == [
        "TWILIO_FLEX_NUMBER: is not among the account's numbers"
    ]


async def test_a_number_without_a_fallback_and_a_caller_number_of_others_are_noted(twilio: TwilioEmulator) -> None:
    twilio.number(FLEX, f"{HERE}/outbound-call#rc=2")
    notes = lines(await examined(twilio, TWILIO_CALLER_NUMBER="+15555550108"), Verdict.NOTE)
    assert "TWILIO_FLEX_NUMBER: has no fallback URL" in notes
    assert "TWILIO_CALLER_NUMBER: is not among the account's numbers" in notes


async def test_that_nobody_can_call_is_noted(twilio: TwilioEmulator) -> None:
    twilio.number(LINE, "")
    assert "callers: no number of the account leads here: nobody can call" in lines(
        await examined(twilio), Verdict.NOTE
    )


async def test_a_sip_domain_is_not_seen_and_that_is_said(twilio: TwilioEmulator) -> None:
    found = await examined(twilio, TWILIO_FLEX_SIP_DOMAIN="agents.sip.twilio.com")
    assert any(one.what == "TWILIO_FLEX_SIP_DOMAIN" and f"{HERE}/outbound-call" in one.fix for one in found)


async def test_twilio_cannot_be_reached(twilio: TwilioEmulator) -> None:
    (found,) = await examined(twilio, TWILIO_BASE_URL=f"http://127.0.0.1:{free_port()}")
    assert "cannot be reached" in found.found
    assert "network" in found.fix


# ---- All together ----------------------------------------------------------------------------------------------------


async def test_only_what_the_settings_allow_is_looked_at(twilio: TwilioEmulator) -> None:
    inside, _ = look_inside({})
    assert await look_outside(inside) == []
    async with OpenAIEmulator() as models:
        env = settings(
            DRAGOMAN_ENGINE="auto",
            OPENAI_API_KEY="sk-test",
            OPENAI_BASE_URL=models.base_url,
            TWILIO_BASE_URL=twilio.base_url,
            PUBLIC_URL=f"http://127.0.0.1:{free_port()}",
        )
        inside, _ = look_inside(env)
        found = await look_outside(inside)
    assert {one.what for one in found} >= {"PUBLIC_URL", "engine translation", "engine conversation", "Twilio account"}
    assert [one.what for one in found if one.verdict is Verdict.WRONG] == ["PUBLIC_URL"]
