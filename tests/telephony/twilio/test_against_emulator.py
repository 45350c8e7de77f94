"""Our side and the emulator's over loopback, without the relay: calls, streams, agents, failures."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import socket
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter

from dragoman.domain.call import (
    Accepted,
    AgentRoute,
    AgentVia,
    CallEvent,
    CallId,
    CallSetup,
    CallView,
    ConnectStream,
    DialFailed,
    LegEnded,
    Notice,
    Role,
    SayAndHangUp,
)
from dragoman.domain.outcome import DialFailure
from dragoman.domain.speech import Digit, Heard, LegClosed, Reached
from dragoman.errors import DialError
from dragoman.languages import languages
from dragoman.notices import Notices
from dragoman.ports import LanguageBook
from dragoman.telephony import twilio
from dragoman.telephony.twilio.emulator import TwilioEmulator
from dragoman.telephony.twilio.emulator.faults import Pace
from dragoman.telephony.twilio.emulator.flow_form import flaws
from dragoman.telephony.twilio.emulator.tasks import Task, TaskStatus
from dragoman.telephony.twilio.settings import TwilioSettings
from dragoman.telephony.twilio.studio import flow
from dragoman.tokens import Tokens
from dragoman.web.server import WebServer
from tests.fakes.scripted_switchboard import ENGLISH, SPANISH, ScriptedSwitchboard, setup_of

pytestmark = [pytest.mark.pair, pytest.mark.timeout(60)]

FROM, FLEX, LINE = "+15555550101", "+15555550102", "+15555550100"
CALLER = "+34600000001"
WORKFLOW = "WW" + "0123456789abcdef" * 2
BOOK = LanguageBook(languages(), languages()[0], {})
NOTICES = Notices.load()
FLEX_ROUTE = AgentRoute(AgentVia.FLEX_NUMBER, FLEX)
PACE = Pace(ring_s=0.02, no_answer_s=0.1, gather_timeout_s=2.5, say_ms_per_character=1.0, calls_per_second=1000.0)


@dataclass
class House:
    """Our telephony behind a real server, and Twilio's emulator in front of it."""

    emulator: TwilioEmulator
    carrier: twilio.Twilio
    switchboard: ScriptedSwitchboard
    public_url: str

    def living(self, call_id: str, **how: Any) -> CallSetup:
        setup = setup_of(call_id, **({"route": FLEX_ROUTE} | how))
        self.switchboard.setups[call_id] = setup
        for role in Role:
            self.switchboard.says[call_id, role] = ConnectStream(setup.party(role).language)
        return setup

    def told(self, kind: type[CallEvent]) -> list[CallEvent]:
        return [event for _call, event in self.switchboard.told if isinstance(event, kind)]

    def heard(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.switchboard.heard if isinstance(event, kind)]


async def until(true: Callable[[], object], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what is waited for happens at the other end of a socket
            await asyncio.sleep(0.01)


def settings_of(emulator: TwilioEmulator) -> TwilioSettings:
    return TwilioSettings.model_validate(
        {
            "account_sid": emulator.account_sid,
            "auth_token": emulator.auth_token,
            "caller_number": FROM,
            "flex_number": FLEX,
            "flex_workflow_sid": WORKFLOW,
            "base_url": emulator.base_url,
            "calls_per_second": 100.0,
        }
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with contextlib.AsyncExitStack() as stack:
        emulator = await stack.enter_async_context(TwilioEmulator(pace=PACE))
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        carrier = await stack.enter_async_context(twilio.opened(settings_of(emulator), url))
        switchboard = ScriptedSwitchboard()
        tokens = Tokens("a secret of some length", time.monotonic)
        server = WebServer(
            carrier.routes(switchboard, tokens, NOTICES, BOOK), carrier.media_doors(switchboard, tokens), port=port
        )
        await stack.enter_async_context(server.listening())
        emulator.number(FROM, f"{url}/incoming-call", f"{url}/fallback")
        emulator.number(FLEX, f"{url}/outbound-call", f"{url}/fallback")
        emulator.workspace(f"{url}/reservation-accepted", ["reservation.accepted", "task.canceled", "workflow.timeout"])
        emulator.workflow(WORKFLOW)
        yield House(emulator, carrier, switchboard, url)
        # Whatever the test did, nothing that we said was against Twilio's rules.
        assert list(emulator.alerts) == []


def test_the_emulated_console_takes_our_flow() -> None:
    assert flaws(flow(BOOK, "https://calls.example.com", NOTICES)) == []


async def test_a_caller_presses_a_key_in_studio_and_is_heard(house: House) -> None:
    house.emulator.studio_flow(LINE, flow(BOOK, house.public_url, NOTICES))
    phone = house.emulator.phone(CALLER)
    await phone.call(LINE)
    call_id = f"call-{phone.call_sid}"
    house.switchboard.says[call_id, Role.CALLER] = ConnectStream(SPANISH, (Notice.WAIT,))
    await phone.connected()
    phone.press("2")
    await until(lambda: (call_id, Role.CALLER) in house.switchboard.legs)
    assert house.switchboard.rung[0].language.tag == "es"
    leg = house.switchboard.legs[call_id, Role.CALLER]
    leg.play(b"\x55" * 1600)
    leg.mark("m1")
    phone.say(b"\x2a" * 1600)
    phone.press("*")
    await until(lambda: house.heard(Reached) and house.heard(Digit))
    await until(lambda: b"\x2a" * 160 in b"".join(one.audio for one in house.heard(Heard)))
    assert b"\x55" * 1600 in phone.ear
    phone.hang_up()
    await until(lambda: house.heard(LegClosed))
    assert house.heard(LegClosed) == [LegClosed(clean=True, reason="hung up")]


async def test_a_caller_without_studio_hears_our_menu_and_answers_it(house: House) -> None:
    phone = house.emulator.phone(CALLER)
    await phone.call(FROM)
    house.switchboard.says[f"call-{phone.call_sid}", Role.CALLER] = ConnectStream(SPANISH)
    await phone.connected()
    phone.press("2")
    await until(lambda: house.switchboard.legs)
    assert "Welcome. For English, press 1." in [line.text for line in phone.log]
    phone.hang_up()
    await until(lambda: house.heard(LegClosed))


async def test_after_a_stream_the_leg_comes_back_to_ask(house: House) -> None:
    phone = house.emulator.phone(CALLER)
    await phone.call(FROM)
    call_id = f"call-{phone.call_sid}"
    house.switchboard.says[call_id, Role.CALLER] = ConnectStream(SPANISH)
    await phone.connected()
    phone.press("2")
    await until(lambda: house.switchboard.legs)
    house.switchboard.says[call_id, Role.CALLER] = SayAndHangUp(SPANISH, Notice.NO_AGENT)
    house.switchboard.legs[call_id, Role.CALLER].close()
    await phone.ended()
    assert NOTICES.text(Notice.NO_AGENT, SPANISH) in [line.text for line in phone.log]
    assert house.heard(LegClosed) == [LegClosed(clean=False, reason="closed by us")]


async def test_a_flex_agent_is_paired_by_digits_and_accepts(house: House) -> None:
    worker = house.emulator.worker("Alice")
    sid = await house.carrier.telephony.dial(house.living("c1"), Role.AGENT)
    reservation = await worker.reservation(20)
    agent = await reservation.accept()
    await agent.connected()
    await until(lambda: house.told(Accepted) and house.switchboard.legs)
    [accepted] = house.told(Accepted)
    assert isinstance(accepted, Accepted)
    assert accepted.role is Role.AGENT
    leg = house.switchboard.legs["c1", Role.AGENT]
    assert leg.carrier_call == sid
    agent.say(b"\x2a" * 3200)
    leg.play(b"\x55" * 1600)
    await until(lambda: b"\x2a" * 160 in b"".join(one.audio for one in house.heard(Heard)))
    await until(lambda: b"\x55" * 160 in agent.ear)
    agent.hang_up()
    await until(lambda: house.told(LegEnded))
    assert house.told(LegEnded) == [LegEnded(Role.AGENT, carrier_call=sid)]


async def test_ten_agents_at_once_are_not_crossed(house: House) -> None:
    workers = [house.emulator.worker(f"worker-{number}") for number in range(10)]
    setups = [house.living(f"c{number}") for number in range(10)]
    await asyncio.gather(*(house.carrier.telephony.dial(setup, Role.AGENT) for setup in setups))
    reservations = await asyncio.gather(*(worker.reservation(30) for worker in workers))
    agents = await asyncio.gather(*(one.accept() for one in reversed(reservations)))
    await until(lambda: len(house.told(Accepted)) == 10 and len(house.switchboard.legs) == 10)
    tasks = {one.task.attributes["dragoman_call"] for one in reservations}
    assert tasks == {f"c{number}" for number in range(10)}
    marker: dict[str, int] = {}
    for number, reservation in enumerate(reversed(reservations)):
        marker[str(reservation.task.attributes["dragoman_call"])] = number
    for call_id, number in marker.items():
        house.switchboard.legs[call_id, Role.AGENT].play(bytes([number + 1]) * 800)
    for number, agent in enumerate(agents):
        await until(lambda agent=agent, number=number: bytes([number + 1]) * 160 in agent.ear)  # type: ignore[misc]
        assert not any(bytes([other + 1]) * 160 in agent.ear for other in range(10) if other != number)


async def test_a_task_is_taken_back_or_its_agent_left_with_the_after_call_work(house: House) -> None:
    def where(task: Task) -> str:
        return f"{house.emulator.account_sid}/{house.emulator.router.workspace.sid}/{task.sid}"

    telephony, worker = house.carrier.telephony, house.emulator.worker("Alice")
    await telephony.dial(house.living("c1"), Role.AGENT)
    offered = await worker.reservation(20)
    await telephony.close_task(where(offered.task), taken=False)
    assert offered.task.status is TaskStatus.CANCELED
    await telephony.dial(house.living("c2"), Role.AGENT)
    accepted = await worker.reservation(20)
    await accepted.accept()
    house.emulator.faults.rest_too_many, house.emulator.faults.rest_server_error = 1, 1
    await telephony.close_task(where(accepted.task), taken=True)
    assert accepted.task.status is TaskStatus.WRAPPING
    for task in (offered.task, accepted.task):
        await telephony.close_task(where(task), taken=True)


async def test_an_orphan_is_swept_and_a_leg_of_a_living_call_is_not(house: House) -> None:
    house.emulator.answers("client:alice", "human")
    counter = Counter("swept", "", registry=CollectorRegistry())
    sweeper = house.carrier.sweeper(house.switchboard, counter)
    route = AgentRoute(AgentVia.DIRECT, "client:alice")
    sids = [await house.carrier.telephony.dial(house.living(name, route=route), Role.AGENT) for name in ("c1", "c2")]
    await until(lambda: len(house.switchboard.legs) == 2)
    spanish, english = SPANISH.tag, ENGLISH.tag
    house.switchboard.views["c2"] = CallView(CallId("c2"), "interpreting", spanish, english, (), 1.0)
    assert await sweeper.sweep() == 1
    assert [house.emulator.leg(sid).status.over for sid in sids] == [True, False]
    await until(lambda: house.told(LegEnded))
    house.switchboard.views.clear()
    await house.carrier.telephony.hang_up(sids[1])
    await until(lambda: len(house.told(LegEnded)) == 2)
    assert await sweeper.sweep() == 0


async def test_a_sip_domain_pairs_by_its_header(house: House) -> None:
    house.emulator.sip_domain("agents", f"{house.public_url}/outbound-call")
    worker = house.emulator.worker("Alice")
    route = AgentRoute(AgentVia.FLEX_SIP, "agents.sip.twilio.com")
    await house.carrier.telephony.dial(house.living("c1", route=route), Role.AGENT)
    reservation = await worker.reservation(20)
    assert reservation.task.attributes["dragoman_call"] == "c1"
    await reservation.accept()
    await until(lambda: house.told(Accepted))


async def test_an_agent_s_own_phone_is_dialled(house: House) -> None:
    route = AgentRoute(AgentVia.DIRECT, "client:alice")
    house.emulator.answers("client:alice", "human")
    await house.carrier.telephony.dial(house.living("c1", route=route), Role.AGENT)
    await until(lambda: house.told(Accepted) and house.switchboard.legs)


@pytest.mark.parametrize(
    ("rule", "failure"),
    [("busy", DialFailure.BUSY), ("no-answer", DialFailure.NO_ANSWER), ("machine", DialFailure.VOICEMAIL)],
)
async def test_a_customer_who_does_not_answer(house: House, rule: Any, failure: DialFailure) -> None:
    setup = dataclasses.replace(house.living("c1", caller="+15555550177"), first=Role.AGENT)
    house.switchboard.setups["c1"] = setup
    house.emulator.answers("+15555550177", rule)
    await house.carrier.telephony.dial(setup, Role.CALLER)
    await until(lambda: house.told(DialFailed), 30)
    [failed] = set(house.told(DialFailed))
    assert isinstance(failed, DialFailed)
    assert (failed.role, failed.failure) == (Role.CALLER, failure)
    assert house.told(Accepted) == []


async def test_a_customer_who_answers_has_accepted(house: House) -> None:
    setup = dataclasses.replace(house.living("c1", caller="+15555550177"), first=Role.AGENT)
    house.switchboard.setups["c1"] = setup
    house.emulator.answers("+15555550177", "human")
    sid = await house.carrier.telephony.dial(setup, Role.CALLER)
    await until(lambda: house.switchboard.legs)
    assert set(house.told(Accepted)) == {Accepted(Role.CALLER, sid)}
    await house.carrier.telephony.hang_up(sid)
    await until(lambda: house.told(LegEnded))
    await house.carrier.telephony.hang_up(sid)
    await house.carrier.telephony.hang_up("CA" + "0" * 32)


async def test_whoever_dials_the_flex_number_by_hand_is_sent_away(house: House) -> None:
    phone = house.emulator.phone(CALLER)
    await phone.call(FLEX)
    await phone.ended(30)
    assert NOTICES.text(Notice.FAILED, ENGLISH) in [line.text for line in phone.log]
    assert house.switchboard.told == []


async def test_what_twilio_refuses_is_told(house: House) -> None:
    house.emulator.faults.rest_not_allowed = True
    with pytest.raises(DialError, match="Business Primary Customer Profile"):
        await house.carrier.telephony.dial(house.living("c1"), Role.AGENT)
