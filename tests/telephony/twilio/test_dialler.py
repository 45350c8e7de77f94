"""Placing and ending legs."""

from __future__ import annotations

from urllib.parse import parse_qsl

import httpx2
import pytest

from dragoman.domain.call import AgentRoute, AgentVia, CallSetup, Role
from dragoman.domain.outcome import DialFailure
from dragoman.errors import DialError, UpstreamError
from dragoman.telephony.twilio.addresses import Addresses
from dragoman.telephony.twilio.dialler import Dialler
from dragoman.telephony.twilio.pairing import Pairings
from dragoman.telephony.twilio.placed import PlacedLeg, PlacedLegs
from dragoman.telephony.twilio.rest import Rest
from tests.fakes.scripted_switchboard import setup_of
from tests.fakes.twilio_desk import PUBLIC_URL, SUBACCOUNT, VirtualTime, twilio_settings

pytestmark = pytest.mark.unit


class Bench:
    """A dialler whose requests are kept."""

    def __init__(self, answer: httpx2.Response | None = None, **settings: object) -> None:
        self.time = VirtualTime(50.0)
        self.forms: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.answer = answer or httpx2.Response(201, json={"sid": "CAnew"})
        made = twilio_settings(**settings)
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(self._keep))
        self.pairings = Pairings(ttl_s=120)
        rest = Rest(made, http, sleep=self.time.sleep)
        addresses = Addresses(PUBLIC_URL)
        self.placed = PlacedLegs()
        sleep = self.time.sleep
        self.dialler = Dialler(made, addresses, rest, self.pairings, self.placed, clock=self.time, sleep=sleep)

    def _keep(self, request: httpx2.Request) -> httpx2.Response:
        self.paths.append(request.url.path)
        pairs = parse_qsl(request.content.decode())
        self.forms.append(dict(pairs) | {"events": ",".join(v for k, v in pairs if k == "StatusCallbackEvent")})
        return self.answer

    async def dialled(self, setup: CallSetup, role: Role = Role.AGENT) -> dict[str, str]:
        assert await self.dialler.dial(setup, role) == "CAnew"
        return self.forms[-1]


async def test_the_flex_number_is_dialled_with_digits_that_lead_to_the_call() -> None:
    bench = Bench()
    form = await bench.dialled(setup_of("c1"))
    assert form["To"] == "+12025550124"
    assert form["From"] == "+12025550123"
    assert form["SendDigits"].startswith("ww")
    assert len(form["SendDigits"]) <= 32
    assert bench.pairings.take(form["SendDigits"].removeprefix("ww"), "CAx", now=51) == "c1"


async def test_every_leg_has_its_callbacks_its_fallback_and_its_limits() -> None:
    form = await Bench(dial_timeout_s=40, time_limit_s=600).dialled(setup_of("c1"))
    assert form["Url"] == f"{PUBLIC_URL}/leg?call=c1&role=agent"
    assert form["FallbackUrl"] == f"{PUBLIC_URL}/fallback?call=c1&role=agent&lang=en"
    assert form["StatusCallback"] == f"{PUBLIC_URL}/call-status?call=c1&role=agent"
    assert form["events"] == "initiated,ringing,answered,completed"
    assert (form["Timeout"], form["TimeLimit"]) == ("40", "600")
    assert (form["Method"], form["FallbackMethod"], form["StatusCallbackMethod"]) == ("POST",) * 3
    assert "MachineDetection" not in form


async def test_the_sip_domain_is_dialled_with_a_header_that_leads_to_the_call() -> None:
    bench = Bench(flex_sip_domain="agents.sip.twilio.com")
    form = await bench.dialled(setup_of("c1", route=AgentRoute(AgentVia.FLEX_SIP, "agents.sip.twilio.com")))
    to, _, word = form["To"].partition("?X-Dragoman-Call=")
    assert to == "sip:agent@agents.sip.twilio.com"
    assert bench.pairings.take(word, "CAx", now=51) == "c1"
    assert "SendDigits" not in form


@pytest.mark.parametrize("where", ["+12025550199", "sip:alice@example.com", "client:alice"])
async def test_an_agent_s_own_address_is_dialled_as_it_is(where: str) -> None:
    bench = Bench()
    form = await bench.dialled(setup_of("c1", route=AgentRoute(AgentVia.DIRECT, where)))
    assert form["To"] == where
    assert len(bench.pairings) == 0


async def test_voicemail_is_looked_for_when_a_customer_is_called() -> None:
    form = await Bench().dialled(setup_of("c1", caller="+12025550177"), Role.CALLER)
    assert form["To"] == "+12025550177"
    assert form["MachineDetection"] == "Enable"
    assert form["FallbackUrl"].endswith("lang=es")
    assert "MachineDetection" not in await Bench(machine_detection=False).dialled(setup_of("c1"), Role.CALLER)


async def test_voicemail_is_looked_for_at_an_agent_s_own_phone_where_that_is_wanted() -> None:
    phone, client = (AgentRoute(AgentVia.DIRECT, where) for where in ("+12025550199", "client:alice"))
    wanted = Bench(agent_machine_detection=True)
    assert (await wanted.dialled(setup_of("c1", route=phone)))["MachineDetection"] == "Enable"
    assert "MachineDetection" not in await wanted.dialled(setup_of("c1", route=client)), "nothing but a person answers"
    assert "MachineDetection" not in await wanted.dialled(setup_of("c1")), "a contact centre has no voicemail"
    assert "MachineDetection" not in await Bench().dialled(setup_of("c1", route=phone))


async def test_calls_queue_for_the_account_s_pace_and_none_fails() -> None:
    bench = Bench(calls_per_second=2.0)
    for number in range(5):
        await bench.dialled(setup_of(f"c{number}"))
    assert bench.time.slept == pytest.approx([0.5] * 4)
    await bench.dialled(setup_of("other", account=SUBACCOUNT))
    assert len(bench.time.slept) == 4


async def test_a_subaccount_s_call_is_placed_in_its_account() -> None:
    bench = Bench()
    await bench.dialled(setup_of("c1", account=SUBACCOUNT))
    assert bench.paths == [f"/2010-04-01/Accounts/{SUBACCOUNT}/Calls.json"]


def refusal(status: int, code: int) -> httpx2.Response:
    return httpx2.Response(status, json={"code": code, "message": "+34600000001 is not allowed", "status": status})


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (refusal(400, 21211), DialFailure.REJECTED),
        (refusal(400, 21215), DialFailure.REJECTED),
        (refusal(403, 21216), DialFailure.REJECTED),
        (refusal(401, 20003), DialFailure.REJECTED),
        (refusal(429, 20429), DialFailure.FAILED),
        (refusal(500, 20500), DialFailure.FAILED),
        (httpx2.Response(502), DialFailure.FAILED),
        (httpx2.Response(201, content=b"what?"), DialFailure.FAILED),
        (httpx2.Response(201, json={"no": "sid"}), DialFailure.FAILED),
    ],
)
async def test_a_refusal_is_a_dial_error_that_names_no_number(answer: httpx2.Response, failure: DialFailure) -> None:
    bench = Bench(answer)
    with pytest.raises(DialError) as failed:
        await bench.dialler.dial(setup_of("c1"), Role.AGENT)
    assert failed.value.failure is failure
    assert "+34" not in str(failed.value)


@pytest.mark.parametrize("answer", [httpx2.Response(502), httpx2.Response(201, content=b"what?")])
async def test_the_word_of_a_call_that_may_have_been_placed_is_good(answer: httpx2.Response) -> None:
    bench = Bench(answer)
    with pytest.raises(DialError):
        await bench.dialler.dial(setup_of("c1"), Role.AGENT)
    word = bench.forms[-1]["SendDigits"].removeprefix("ww")
    assert bench.pairings.take(word, "CAx", now=51) == "c1"


async def test_the_word_of_a_refused_call_is_forgotten() -> None:
    bench = Bench(refusal(400, 21211))
    with pytest.raises(DialError):
        await bench.dialler.dial(setup_of("c1"), Role.AGENT)
    assert len(bench.pairings) == 0


@pytest.mark.parametrize("where", ["", "0601234567", "sip:x", "javascript:alert(1)"])
async def test_what_cannot_be_dialled_is_not_tried(where: str) -> None:
    bench = Bench()
    with pytest.raises(DialError) as failed:
        await bench.dialler.dial(setup_of("c1", caller=where), Role.CALLER)
    assert failed.value.failure is DialFailure.REJECTED
    assert not bench.forms


async def test_legs_that_were_placed_are_known_and_kept_beyond_the_process() -> None:
    bench, after = Bench(), Bench()
    await bench.dialled(setup_of("c1", account=SUBACCOUNT))
    assert bench.placed.all() == [PlacedLeg("CAnew", "c1", SUBACCOUNT)]
    call_id, other = setup_of("c1").call_id, setup_of("c2").call_id
    assert bench.dialler.keepsake(other) == ""
    after.dialler.remember(call_id, bench.dialler.keepsake(call_id))
    assert after.placed.all() == bench.placed.all()
    assert len(after.pairings) == 1


@pytest.mark.parametrize("keepsake", ["", "[", "[]", "7", '{"legs": 3}', "\ud800"])
async def test_a_keepsake_that_is_none_is_nothing(keepsake: str) -> None:
    bench = Bench()
    bench.dialler.remember(setup_of("c1").call_id, keepsake)
    assert (bench.placed.all(), len(bench.pairings)) == ([], 0)


TASK = f"{SUBACCOUNT}/WS{'1' * 32}/WT{'2' * 32}"


@pytest.mark.parametrize(("taken", "status"), [(False, "canceled"), (True, "wrapping")])
async def test_a_task_is_closed_in_its_workspace(taken: bool, status: str) -> None:
    bench = Bench(httpx2.Response(200, json={}))
    await bench.dialler.close_task(TASK, taken=taken)
    assert bench.paths == [f"/v1/Workspaces/WS{'1' * 32}/Tasks/WT{'2' * 32}"]
    assert bench.forms[0]["AssignmentStatus"] == status


@pytest.mark.parametrize("answer", [refusal(400, 20001), refusal(404, 20404), refusal(409, 20409)])
async def test_a_task_that_is_over_already_is_closed(answer: httpx2.Response) -> None:
    await Bench(answer).dialler.close_task(TASK, taken=True)


async def test_a_task_that_twilio_does_not_close_is_told_and_a_strange_one_not_asked_for() -> None:
    with pytest.raises(UpstreamError):
        await Bench(refusal(500, 20500)).dialler.close_task(TASK, taken=True)
    bench = Bench()
    await bench.dialler.close_task("AC1/../WT1", taken=True)
    assert bench.paths == []


async def test_hanging_up_completes_the_call() -> None:
    bench = Bench(httpx2.Response(200, json={"sid": "CA1"}))
    await bench.dialler.hang_up("CA1")
    assert bench.paths[0].endswith("/Calls/CA1.json")
    assert bench.forms[0]["Status"] == "completed"


@pytest.mark.parametrize("answer", [refusal(404, 20404), refusal(400, 21220), httpx2.Response(404)])
async def test_a_call_that_is_over_already_is_hung_up(answer: httpx2.Response) -> None:
    await Bench(answer).dialler.hang_up("CA1", SUBACCOUNT)


async def test_a_hang_up_that_twilio_refuses_is_told() -> None:
    with pytest.raises(UpstreamError):
        await Bench(refusal(401, 20003)).dialler.hang_up("CA1")
