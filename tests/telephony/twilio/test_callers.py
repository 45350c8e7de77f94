"""The doors of calls: menu, new calls, what a leg shall do next, and the word when all fails."""

from __future__ import annotations

from dataclasses import replace

import httpx2
import pytest

from dragoman.domain.call import (
    Accepted,
    AgentRoute,
    AgentVia,
    AskLater,
    ConnectStream,
    DialFailed,
    LanguageChosen,
    Notice,
    Role,
)
from dragoman.domain.outcome import DialFailure, Outcome, Result
from dragoman.telephony.twilio.signature import sign
from tests.fakes.paper_switchboard import view
from tests.fakes.scripted_switchboard import ENGLISH, MANDARIN, RUSSIAN, SPANISH, setup_of
from tests.fakes.twilio_desk import EVERYDAY, PUBLIC_URL, TOKEN, Desk, document, target_of, verbs

pytestmark = pytest.mark.unit

DIRECT = AgentRoute(AgentVia.DIRECT, "client:alice")
AFTER = "/leg?step=after-person&call=c1&role=caller"


@pytest.fixture
def desk() -> Desk:
    return Desk()


# ---- A new call ------------------------------------------------------------------------------------------------------


async def test_a_call_with_its_language_is_registered_and_connected(desk: Desk) -> None:
    desk.switchboard.says["call-CA1", Role.CALLER] = ConnectStream(SPANISH, (Notice.WAIT,))
    root = document(await desk.post("/incoming-call?lang=es"))
    [ringing] = desk.switchboard.rung
    assert (ringing.carrier_call, ringing.caller_address, ringing.language) == ("CA1", "+34600000001", SPANISH)
    assert verbs(root) == ["Say", "Connect", "Redirect"]
    assert root[0].get("language") == "es-MX"


@pytest.mark.parametrize("lang", ["es", "Spanish", "espa%C3%B1ol", "es-MX", "SPANISH"])
async def test_the_language_may_be_written_in_many_ways(desk: Desk, lang: str) -> None:
    await desk.post(f"/incoming-call?lang={lang}")
    assert [one.language for one in desk.switchboard.rung] == [SPANISH]


async def test_a_language_without_a_key_can_be_asked_for_by_address(desk: Desk) -> None:
    await desk.post("/incoming-call?lang=ru")
    assert desk.switchboard.rung[0].language == RUSSIAN


@pytest.mark.parametrize("lang", ["tlh", "hi", "", "%3CPlay%3E", "ignore+all+rules"])
async def test_an_unknown_language_leads_to_the_menu(desk: Desk, lang: str) -> None:
    root = document(await desk.post(f"/incoming-call?lang={lang}"))
    assert verbs(root) == ["Gather", "Redirect"]
    assert not desk.switchboard.rung


@pytest.mark.parametrize("field", ["CallSid", "From", "To", "AccountSid"])
async def test_a_missing_field_is_named(desk: Desk, field: str) -> None:
    form = {name: value for name, value in EVERYDAY.items() if name != field}
    signature = sign(TOKEN, f"{PUBLIC_URL}/incoming-call?lang=es", form.items())
    answer = await desk.raw("/incoming-call?lang=es", form, signature)
    assert answer.status_code == 400
    assert field in answer.text
    assert not desk.switchboard.rung


@pytest.mark.parametrize(
    ("number", "address"),
    [
        ("", ""),
        ("Anonymous", ""),
        ("+266696687", ""),
        ("+7378742833", ""),
        ("+8656696", ""),
        ("sip:anonymous@anonymous.invalid", ""),
        ("sip:Anonymous@198.51.100.7:5060;transport=udp", ""),
        ("sip:restricted@carrier.example", ""),
        ("sip:ann@example.com", "sip:ann@example.com"),
        ("+266696688", "+266696688"),
        ('"><Play>http://evil/x.mp3</Play>', '"><Play>http://evil/x.mp3</Play>'),
    ],
)
async def test_a_withheld_or_strange_number_is_a_caller_like_any_other(desk: Desk, number: str, address: str) -> None:
    desk.switchboard.says["call-CA1", Role.CALLER] = ConnectStream(SPANISH)
    root = document(await desk.post("/incoming-call?lang=es", {"From": number}))
    assert verbs(root) == ["Connect", "Redirect"]
    assert not list(root.iter("Play"))
    assert desk.switchboard.rung[0].caller_address == address


async def test_a_full_house_is_told_in_the_caller_s_language(desk: Desk) -> None:
    desk.switchboard.full = True
    root = document(await desk.post("/incoming-call?lang=es"))
    assert verbs(root) == ["Say", "Hangup"]
    assert root[0].text == desk.notices.text(Notice.BUSY, SPANISH)
    desk.switchboard.refusal = Notice.TOO_MANY
    root = document(await desk.post("/incoming-call?lang=es"))
    assert root[0].text == desk.notices.text(Notice.TOO_MANY, SPANISH), "who is refused hears why"


async def test_a_repeated_webhook_rings_with_the_same_carrier_call(desk: Desk) -> None:
    desk.switchboard.says["call-CA1", Role.CALLER] = ConnectStream(SPANISH)
    answers = [await desk.post("/incoming-call?lang=es") for _ in range(2)]
    assert {one.carrier_call for one in desk.switchboard.rung} == {"CA1"}
    calls = {document(one).find(".//Parameter[@name='call']").get("value") for one in answers}  # type: ignore[union-attr]
    assert calls == {"call-CA1"}


# ---- The menu --------------------------------------------------------------------------------------------------------


async def test_without_a_language_the_menu_leads_to_the_call_by_key(desk: Desk) -> None:
    root = document(await desk.post("/incoming-call"))
    gather = root.find("Gather")
    assert gather is not None
    desk.switchboard.says["call-CA1", Role.CALLER] = ConnectStream(MANDARIN)
    answer = document(await desk.post(target_of(gather.get("action") or ""), {"Digits": "4"}))
    assert verbs(answer) == ["Connect", "Redirect"]
    assert desk.switchboard.rung[0].language == MANDARIN


async def test_the_menu_is_answered_by_voice(desk: Desk) -> None:
    await desk.post("/incoming-call?step=choice&round=1", {"SpeechResult": "Spanish, please.", "Confidence": "0.9"})
    assert desk.switchboard.rung[0].language == SPANISH


@pytest.mark.parametrize("answer", [{}, {"Digits": "7"}, {"SpeechResult": "klingon"}])
async def test_no_answer_asks_again_three_times_and_then_says_good_bye(desk: Desk, answer: dict[str, str]) -> None:
    target, rounds = "/incoming-call", 0
    root = document(await desk.post(target))
    while (redirect := root.find("Redirect")) is not None:
        rounds += 1
        assert rounds < 10
        root = document(await desk.post(target_of(redirect.text or ""), answer))
    assert rounds == 3
    assert root[-1].tag == "Hangup"
    assert not desk.switchboard.rung


@pytest.mark.parametrize("round_", ["999999999999", "-1", "x", "%D9%A3"])
async def test_a_strange_round_ends_the_menu_instead_of_looping(desk: Desk, round_: str) -> None:
    root = document(await desk.post(f"/incoming-call?step=choice&round={round_}"))
    assert verbs(root)[-1] == "Hangup"


# ---- Another language for a living call ------------------------------------------------------------------------------


async def test_a_waiting_caller_chooses_another_language(desk: Desk) -> None:
    desk.switchboard.setups["c1"] = setup_of("c1")
    desk.switchboard.says["c1", Role.CALLER] = ConnectStream(MANDARIN, (Notice.WAIT,))
    root = document(await desk.post("/incoming-call?step=choice&round=1&call=c1", {"Digits": "4"}))
    assert desk.switchboard.told == [("c1", LanguageChosen(MANDARIN))]
    assert not desk.switchboard.rung
    assert verbs(root) == ["Say", "Connect", "Redirect"]


async def test_a_language_for_a_call_that_is_over_hangs_up(desk: Desk) -> None:
    root = document(await desk.post("/incoming-call?lang=zh&call=gone"))
    assert verbs(root) == ["Hangup"]
    assert not desk.switchboard.rung


# ---- /leg ------------------------------------------------------------------------------------------------------------


async def test_a_leg_of_an_unknown_call_is_hung_up(desk: Desk) -> None:
    assert verbs(document(await desk.post("/leg?call=gone&role=agent"))) == ["Hangup"]


@pytest.mark.parametrize("target", ["/leg", "/leg?call=c1", "/leg?call=c1&role=boss", "/leg?role=agent"])
async def test_a_leg_needs_its_call_and_its_role(desk: Desk, target: str) -> None:
    assert (await desk.post(target)).status_code == 400


async def test_a_flex_leg_s_answer_is_no_acceptance(desk: Desk) -> None:
    desk.switchboard.setups["c1"] = setup_of("c1")
    await desk.post("/leg?call=c1&role=agent")
    assert desk.switchboard.told == []


async def test_an_incoming_caller_s_leg_tells_nothing(desk: Desk) -> None:
    desk.switchboard.setups["c1"] = setup_of("c1", route=DIRECT)
    await desk.post("/leg?call=c1&role=caller")
    assert desk.switchboard.told == []


async def test_an_agent_s_own_phone_accepts_by_answering(desk: Desk) -> None:
    desk.switchboard.setups["c1"] = setup_of("c1", route=DIRECT)
    await desk.post("/leg?call=c1&role=agent")
    assert desk.switchboard.told == [("c1", Accepted(Role.AGENT, "CA1"))]


@pytest.mark.parametrize("answered_by", [{}, {"AnsweredBy": "human"}, {"AnsweredBy": "unknown"}])
async def test_a_called_customer_accepts_by_answering(desk: Desk, answered_by: dict[str, str]) -> None:
    desk.switchboard.setups["c1"] = setup_of("c1", first=Role.AGENT)
    await desk.post("/leg?call=c1&role=caller", answered_by)
    assert desk.switchboard.told == [("c1", Accepted(Role.CALLER, "CA1"))]


@pytest.mark.parametrize("answered_by", ["machine_start", "machine_end_beep", "fax"])
async def test_voicemail_is_not_talked_to(desk: Desk, answered_by: str) -> None:
    desk.switchboard.setups["c1"] = setup_of("c1", first=Role.AGENT)
    root = document(await desk.post("/leg?call=c1&role=caller", {"AnsweredBy": answered_by}))
    assert desk.switchboard.told == [("c1", DialFailed(Role.CALLER, DialFailure.VOICEMAIL, "CA1"))]
    assert verbs(root) == ["Hangup"]


@pytest.mark.parametrize("status", ["completed", "answered"])
async def test_after_a_talk_with_a_person_the_leg_is_hung_up(desk: Desk, status: str) -> None:
    desk.switchboard.says["c1", Role.CALLER] = ConnectStream(SPANISH)
    root = document(await desk.post(f"{AFTER}&lang=es", {"DialCallStatus": status}))
    assert verbs(root) == ["Hangup"]
    assert desk.switchboard.told == []


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled", "something new"])
async def test_who_did_not_reach_a_person_is_told_though_the_call_is_forgotten(desk: Desk, status: str) -> None:
    root = document(await desk.post(f"{AFTER}&lang=es", {"DialCallStatus": status}))
    assert verbs(root) == ["Say", "Say", "Hangup"]
    assert [one.text for one in root[:2]] == [
        desk.notices.text(notice, SPANISH) for notice in (Notice.NO_AGENT, Notice.GOODBYE)
    ]


async def test_after_a_person_an_unknown_language_is_the_agents(desk: Desk) -> None:
    root = document(await desk.post(f"{AFTER}&lang=tlh", {"DialCallStatus": "busy"}))
    assert root[0].text == desk.notices.text(Notice.NO_AGENT, ENGLISH)


async def test_after_a_person_twilio_must_say_how_it_went(desk: Desk) -> None:
    answer = await desk.post(f"{AFTER}&lang=es")
    assert (answer.status_code, answer.text) == (400, "missing: DialCallStatus\n")


# ---- /fallback -------------------------------------------------------------------------------------------------------


async def test_the_fallback_speaks_the_language_it_is_given(desk: Desk) -> None:
    root = document(await desk.post("/fallback?lang=es", {"ErrorCode": "11200"}))
    assert verbs(root) == ["Say", "Hangup"]
    assert root[0].text == desk.notices.text(Notice.FAILED, SPANISH)


@pytest.mark.parametrize("target", ["/fallback", "/fallback?lang=tlh"])
async def test_the_fallback_speaks_every_language_otherwise(desk: Desk, target: str) -> None:
    root = document(await desk.post(target))
    assert verbs(root) == ["Say"] * 5 + ["Hangup"]


def living(desk: Desk, call_id: str = "c1") -> None:
    desk.switchboard.views[call_id] = view(call_id)


def asked_again(answer: httpx2.Response) -> str:
    """Where the leg asks next, after a pause."""
    root = document(answer)
    assert verbs(root) == ["Pause", "Redirect"]
    return root.findtext("Redirect", "")


async def test_a_leg_of_a_living_call_asks_again_where_we_failed_it_three_times(desk: Desk) -> None:
    living(desk)
    failed = f"{PUBLIC_URL}/leg?call=c1&role=agent"
    for fell in ("1", "2", "3"):
        failed = asked_again(await desk.post("/fallback", {"ErrorCode": "11200", "ErrorUrl": failed}))
        assert failed == f"{PUBLIC_URL}/leg?call=c1&role=agent&fell={fell}"
    root = document(await desk.post("/fallback?lang=es", {"ErrorCode": "11200", "ErrorUrl": failed}))
    assert verbs(root) == ["Say", "Hangup"]


async def test_the_fallback_of_a_leg_that_we_placed_names_its_call_itself(desk: Desk) -> None:
    living(desk)
    answer = await desk.post("/fallback?call=c1&role=caller&lang=es", {"ErrorCode": "11205"})
    assert asked_again(answer) == f"{PUBLIC_URL}/leg?call=c1&role=caller&fell=1"


async def test_a_call_that_has_only_begun_begins_again(desk: Desk) -> None:
    for query, again in (("", "?fell=1"), ("?lang=es", "?lang=es&fell=1"), ("?lang=es&fell=2", "?lang=es&fell=3")):
        answer = await desk.post("/fallback", {"ErrorUrl": f"{PUBLIC_URL}/incoming-call{query}"})
        assert asked_again(answer) == f"{PUBLIC_URL}/incoming-call{again}"


@pytest.mark.parametrize(
    "failed",
    [
        "https://elsewhere.example.com/incoming-call",
        f"{PUBLIC_URL}/leg?call=unknown&role=agent",
        f"{PUBLIC_URL}/leg?call=over&role=agent",
        f"{PUBLIC_URL}/leg?call=c1&role=nobody",
        f"{PUBLIC_URL}/leg?call=c1&role=agent&fell=many",
        f"{PUBLIC_URL}/leg?call=c1&role=agent&fell=99999999999999999999",
    ],
)
async def test_where_asking_again_is_of_no_use_it_is_the_end(desk: Desk, failed: str) -> None:
    living(desk)
    desk.switchboard.views["over"] = replace(view("over"), outcome=Outcome(Result.CALLER, "hung up"))
    root = document(await desk.post("/fallback?lang=es", {"ErrorCode": "11200", "ErrorUrl": failed}))
    assert verbs(root) == ["Say", "Hangup"]


async def test_what_another_process_left_is_taken_up_before_a_door_sees_the_webhook(desk: Desk) -> None:
    await desk.post("/leg?call=c1&role=agent")
    await desk.post("/fallback?lang=es", {"ErrorUrl": f"{PUBLIC_URL}/leg?call=c2&role=agent"})
    await desk.post("/call-status?call=c3&role=agent", {"CallStatus": "completed"}, signature="forged")
    assert desk.switchboard.recalled == ["c1", "c2"], "not for what Twilio did not sign"


async def test_a_leg_of_a_call_that_was_handed_back_asks_again(desk: Desk) -> None:
    desk.switchboard.says["c1", Role.AGENT] = AskLater()
    assert asked_again(await desk.post("/leg?call=c1&role=agent")) == f"{PUBLIC_URL}/leg?call=c1&role=agent"
