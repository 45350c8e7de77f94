"""The doors of calls that an assistant answers."""

from __future__ import annotations

import pytest

from dragoman.domain.call import AskLater, CallId, ConnectStream, LegEnded, Notice, Role
from dragoman.domain.reception import (
    CallerLeft,
    ConnectPerson,
    KeysPressed,
    LeaveCall,
    MessageLeft,
    PersonLeft,
    PressKeys,
    Reached,
    ReceptionEvent,
    TalkOn,
)
from dragoman.telephony.twilio.assistant_doors import ANEW
from dragoman.telephony.twilio.became import URL_LIMIT
from dragoman.telephony.twilio.signature import sign
from tests.fakes.scripted_switchboard import ENGLISH, SPANISH, setup_of
from tests.fakes.twilio_desk import (
    ACCOUNT,
    EVERYDAY,
    PUBLIC_URL,
    SUBACCOUNT,
    SUBTOKEN,
    TOKEN,
    Desk,
    document,
    target_of,
    verbs,
)

pytestmark = pytest.mark.unit

CALL = CallId("call-CA1")
NEXT = f"/twilio/voice/next?call={CALL}"
RECORDING = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Recordings/RE{'1' * 32}"


@pytest.fixture
def desk() -> Desk:
    """A call is living, and the assistant talks."""
    desk = Desk()
    desk.reception.accounts[CALL] = ACCOUNT
    desk.reception.says[CALL] = TalkOn(CALL)
    return desk


# ---- A call rings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["post", "get"])
async def test_a_call_is_rung_and_connected(how: str) -> None:
    desk = Desk()
    desk.reception.says[CALL] = TalkOn(CALL)
    asked = desk.post if how == "post" else desk.get
    assert verbs(document(await asked("/twilio/voice"))) == ["Connect", "Redirect"]
    [(ringing, persona)] = desk.reception.rung
    assert (ringing.carrier_call, ringing.caller_address, ringing.called_address) == (
        "CA1",
        "+34600000001",
        EVERYDAY["To"],
    )
    assert (ringing.language, ringing.account, persona) == (SPANISH, ACCOUNT, "")


async def test_the_number_s_url_names_the_persona_and_the_language_and_they_stay(desk: Desk) -> None:
    root = document(await desk.post("/twilio/voice?persona=night&lang=en"))
    [(ringing, persona)] = desk.reception.rung
    assert (ringing.language, persona) == (ENGLISH, "night")
    assert root.findtext("Redirect", "").endswith("&persona=night&lang=en")
    again = document(await desk.post(target_of(root.findtext("Redirect", ""))))
    assert again.findtext("Redirect") == root.findtext("Redirect")


@pytest.mark.parametrize("field", ["CallSid", "From", "To", "AccountSid"])
async def test_a_missing_field_is_named(field: str) -> None:
    desk = Desk()
    form = {name: value for name, value in EVERYDAY.items() if name != field}
    answer = await desk.raw("/twilio/voice", form, sign(TOKEN, f"{PUBLIC_URL}/twilio/voice", form.items()))
    assert (answer.status_code, field in answer.text) == (400, True)
    assert not desk.reception.rung


async def test_a_withheld_number_is_a_caller_like_any_other(desk: Desk) -> None:
    await desk.post("/twilio/voice", {"From": "+266696687"})
    assert desk.reception.rung[0][0].caller_address == ""


@pytest.mark.parametrize(
    ("notice", "said"), [(None, Notice.FAILED), (Notice.BUSY, Notice.BUSY), (Notice.TOO_MANY, Notice.TOO_MANY)]
)
async def test_who_is_refused_hears_why_in_the_assistant_s_language(notice: Notice | None, said: Notice) -> None:
    desk = Desk()
    desk.reception.refuses, desk.reception.refusal = "no such persona", notice
    for target, language in (("/twilio/voice", SPANISH), ("/twilio/voice?lang=en", ENGLISH)):
        root = document(await desk.post(target))
        assert verbs(root) == ["Say", "Hangup"]
        assert root[0].text == desk.notices.text(said, language)


async def test_a_repeated_webhook_rings_with_the_same_leg(desk: Desk) -> None:
    answers = [document(await desk.post("/twilio/voice")) for _ in range(2)]
    assert {ringing.carrier_call for ringing, _persona in desk.reception.rung} == {"CA1"}
    assert len({root.findtext("Redirect") for root in answers}) == 1


# ---- What comes next -------------------------------------------------------------------------------------------------


async def test_a_leg_asks_what_comes_next(desk: Desk) -> None:
    assert verbs(document(await desk.post(NEXT))) == ["Connect", "Redirect"]
    desk.reception.says[CALL] = LeaveCall("Adiós.", SPANISH)
    assert verbs(document(await desk.post(NEXT))) == ["Say", "Hangup"]
    assert (desk.reception.told, desk.reception.rung) == ([], [])


@pytest.mark.parametrize(
    ("fields", "reached"),
    [
        ({"DialCallStatus": "completed"}, Reached.TALKED),
        ({"DialCallStatus": "completed", "DialBridged": "true"}, Reached.TALKED),
        ({"DialCallStatus": "completed", "DialBridged": "false"}, Reached.NO_ANSWER),
        ({"DialCallStatus": "answered"}, Reached.TALKED),
        ({"DialCallStatus": "busy"}, Reached.BUSY),
        ({"DialCallStatus": "no-answer"}, Reached.NO_ANSWER),
        ({"DialCallStatus": "failed"}, Reached.FAILED),
        ({"DialCallStatus": "canceled"}, Reached.FAILED),
        ({"DialCallStatus": "something new"}, Reached.FAILED),
    ],
)
async def test_what_became_of_a_person_is_told_first(desk: Desk, fields: dict[str, str], reached: Reached) -> None:
    root = document(await desk.post(f"{NEXT}&step=person", fields))
    assert desk.reception.told == [(CALL, PersonLeft(reached))]
    assert verbs(root) == ["Connect", "Redirect"], "the assistant goes on as the reception says"


async def test_a_summary_is_forgotten_once_the_person_was_dialled(desk: Desk) -> None:
    desk.reception.says[CALL] = ConnectPerson("client:alice", "Wants a refund.", ENGLISH)
    await desk.post(NEXT)
    desk.reception.says[CALL] = TalkOn(CALL)
    await desk.post(f"{NEXT}&step=person", {"DialCallStatus": "busy"})
    assert desk.twilio.kept()["whispers"]() == 0


@pytest.mark.parametrize(
    ("fields", "left"),
    [
        ({"RecordingUrl": RECORDING, "RecordingDuration": "12"}, MessageLeft(RECORDING, 12.0)),
        ({"RecordingUrl": RECORDING}, MessageLeft(RECORDING)),
        ({"RecordingUrl": RECORDING, "RecordingDuration": "nan"}, MessageLeft(RECORDING)),
        ({"RecordingUrl": RECORDING, "RecordingDuration": "-3"}, MessageLeft(RECORDING)),
        ({"RecordingUrl": RECORDING, "RecordingDuration": "long"}, MessageLeft(RECORDING)),
        ({}, MessageLeft("")),
        ({"RecordingDuration": "7"}, MessageLeft("")),
    ],
)
async def test_a_message_is_told_first(desk: Desk, fields: dict[str, str], left: MessageLeft) -> None:
    await desk.post(f"{NEXT}&step=message", fields)
    assert desk.reception.told == [(CALL, left)]


async def test_a_message_that_its_caller_ended_by_hanging_up_is_told_and_then_the_end(desk: Desk) -> None:
    fields = {"RecordingUrl": RECORDING, "RecordingDuration": "4", "Digits": "hangup", "CallStatus": "completed"}
    root = document(await desk.post(f"{NEXT}&step=message", fields))
    assert desk.reception.told == [(CALL, CallerLeft()), (CALL, MessageLeft(RECORDING, 4.0))]
    assert verbs(root) == ["Hangup"]


@pytest.mark.parametrize(
    ("target", "fields", "why"),
    [
        ("/twilio/voice/next", {}, "missing: call"),
        (f"{NEXT}&step=other", {}, "step is none of person, message, keys"),
        (f"{NEXT}&step=person", {}, "missing: DialCallStatus"),
        (f"{NEXT}&step=message", {"RecordingUrl": "x" * (URL_LIMIT + 1)}, "RecordingUrl is too long"),
        ("/twilio/voice/whisper", {}, "missing: call"),
    ],
)
async def test_what_is_not_whole_is_refused_with_its_reason(
    desk: Desk, target: str, fields: dict[str, str], why: str
) -> None:
    answer = await desk.post(target, fields)
    assert (answer.status_code, answer.text) == (400, f"{why}\n")
    assert desk.reception.told == []


async def test_another_account_learns_and_tells_nothing(desk: Desk) -> None:
    desk.reception.says[CALL] = ConnectPerson("client:alice", "Wants a refund.", ENGLISH)
    await desk.post(NEXT)
    for target in (
        NEXT,
        f"{NEXT}&step=person",
        f"/twilio/voice/whisper?call={CALL}",
        f"/twilio/voice/status?call={CALL}",
    ):
        fields = {"AccountSid": SUBACCOUNT, "DialCallStatus": "busy", "CallStatus": "completed"}
        answer = await desk.post(target, fields, token=SUBTOKEN)
        assert (answer.status_code, answer.text) == (403, "the call is another account's\n")
    assert desk.reception.told == []


async def test_nor_does_it_end_one_whose_leg_it_names(desk: Desk) -> None:
    desk.switchboard.callers["CA1"] = CallId("c9")
    desk.switchboard.setups["c9"] = setup_of("c9", account=ACCOUNT)
    fields = {"AccountSid": SUBACCOUNT, "CallStatus": "completed"}
    for target in ("/twilio/voice/status", "/call-status"):
        assert (await desk.post(target, fields, token=SUBTOKEN)).status_code == 204
    assert (desk.reception.told, desk.switchboard.told) == ([], [])


async def test_a_whisper_for_nobody_is_silence(desk: Desk) -> None:
    assert verbs(document(await desk.post("/twilio/voice/whisper?call=gone"))) == []


# ---- A call that a restart forgot ------------------------------------------------------------------------------------


async def test_a_leg_whose_call_is_not_known_is_answered_anew() -> None:
    desk = Desk()
    desk.reception.says[CALL] = TalkOn(CALL)
    root = document(await desk.post("/twilio/voice/next?call=gone&persona=night&lang=en"))
    assert verbs(root) == ["Connect", "Redirect"]
    [(ringing, persona)] = desk.reception.rung
    assert (ringing.carrier_call, ringing.language, persona) == ("CA1", ENGLISH, "night")
    assert root.findtext("Redirect", "").endswith(f"next?call={CALL}&persona=night&lang=en&anew=1")


async def test_a_leg_is_answered_anew_a_few_times_only() -> None:
    desk = Desk()
    desk.reception.says[CALL] = TalkOn(CALL)
    target = "/twilio/voice/next?call=gone"
    for _ in range(ANEW):
        root = document(await desk.post(target))
        desk.reception.accounts.clear()
        target = target_of(root.findtext("Redirect", ""))
    root = document(await desk.post(target))
    assert verbs(root) == ["Say", "Hangup"]
    assert root[0].text == desk.notices.text(Notice.FAILED, SPANISH)
    assert len(desk.reception.rung) == ANEW


@pytest.mark.parametrize("anew", ["x", "-1", "99", "100", "%D9%A3"])
async def test_a_strange_count_is_the_last(anew: str) -> None:
    root = document(await Desk().post(f"/twilio/voice/next?call=gone&anew={anew}"))
    assert verbs(root) == ["Say", "Hangup"]


async def test_after_a_talk_with_a_person_a_forgotten_call_is_over() -> None:
    desk = Desk()
    root = document(await desk.post("/twilio/voice/next?call=gone&step=person", {"DialCallStatus": "completed"}))
    assert (verbs(root), desk.reception.rung) == (["Hangup"], [])


async def test_who_did_not_reach_a_person_is_answered_anew() -> None:
    desk = Desk()
    desk.reception.says[CALL] = TalkOn(CALL)
    root = document(await desk.post("/twilio/voice/next?call=gone&step=person", {"DialCallStatus": "busy"}))
    assert verbs(root) == ["Connect", "Redirect"]


@pytest.mark.parametrize("fields", [{}, {"RecordingUrl": RECORDING}])
async def test_after_a_message_a_forgotten_call_ends_with_a_word(fields: dict[str, str]) -> None:
    desk = Desk()
    root = document(await desk.post("/twilio/voice/next?call=gone&step=message", fields))
    assert verbs(root) == ["Say", "Hangup"]
    assert root[0].text == desk.notices.text(Notice.GOODBYE, SPANISH)
    assert desk.reception.rung == []


async def test_every_door_looks_where_another_process_left_the_call(desk: Desk) -> None:
    for path in ("next", "whisper", "status"):
        await desk.post(f"/twilio/voice/{path}?call={CALL}", {"CallStatus": "in-progress"})
    assert desk.reception.recalled == [CALL] * 3
    await desk.post("/twilio/voice", {})
    assert len(desk.reception.recalled) == 3, "a new call is nowhere"


async def test_a_leg_whose_call_may_be_somewhere_asks_again() -> None:
    desk = Desk()
    desk.reception.says["perhaps"] = AskLater()
    root = document(await desk.post("/twilio/voice/next?call=perhaps&persona=night&lang=en"))
    assert verbs(root) == ["Pause", "Redirect"]
    assert root.findtext("Redirect", "").endswith("/twilio/voice/next?call=perhaps&persona=night&lang=en")
    assert desk.reception.rung == []


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    ("step", "fields", "told"),
    [
        ("person", {"DialCallStatus": "completed"}, PersonLeft(Reached.TALKED)),
        ("person", {"DialCallStatus": "busy"}, PersonLeft(Reached.BUSY)),
        ("message", {"RecordingUrl": RECORDING, "RecordingDuration": "12"}, MessageLeft(RECORDING, 12.0)),
        ("message", {}, MessageLeft("")),
        ("keys", {}, KeysPressed()),
    ],
)
async def test_what_became_of_it_is_told_again_where_the_call_goes_on(
    known: bool, step: str, fields: dict[str, str], told: ReceptionEvent
) -> None:
    """Handed back just now, or in a store that does not answer: else the person would be rung again."""
    before, after = Desk(), Desk()
    if known:
        before.reception.accounts[CALL] = ACCOUNT
    before.reception.says[CALL] = AskLater()
    root = document(await before.post(f"{NEXT}&step={step}", fields))
    assert verbs(root) == ["Pause", "Redirect"]
    after.reception.accounts[CALL] = ACCOUNT
    await after.post(target_of(root.findtext("Redirect", "")))
    assert after.reception.told == [(CALL, told)]


async def test_and_still_so_after_a_fall() -> None:
    desk = Desk()
    failed = f"{PUBLIC_URL}{NEXT}&step=message&left=https%3A%2F%2Fexample%2FRE1&lasted=3"
    root = document(await desk.post("/twilio/voice/fallback", {"ErrorUrl": failed}))
    await desk.post(target_of(root.findtext("Redirect", "")))
    assert desk.reception.told == [(CALL, MessageLeft("https://example/RE1", 3.0))]


async def test_a_leg_that_was_handed_over_just_before_goes_on_there() -> None:
    desk = Desk()
    desk.switchboard.callers["CA1"] = CallId("c9")
    desk.switchboard.setups["c9"] = setup_of("c9", account=ACCOUNT)
    desk.switchboard.says["c9", Role.CALLER] = ConnectStream(SPANISH)
    root = document(await desk.post("/twilio/voice/next?call=gone"))
    assert verbs(root) == ["Connect", "Redirect"]
    assert "call=c9" in root.findtext("Redirect", "")
    assert desk.reception.rung == []


async def test_but_not_a_leg_of_another_account() -> None:
    desk = Desk()
    desk.switchboard.callers["CA1"] = CallId("c9")
    desk.switchboard.setups["c9"] = setup_of("c9", account=SUBACCOUNT)
    await desk.post("/twilio/voice/next?call=gone")
    assert len(desk.reception.rung) == 1


async def test_a_forgotten_call_that_is_over_stays_so() -> None:
    desk = Desk()
    root = document(await desk.post("/twilio/voice/next?call=gone", {"CallStatus": "completed"}))
    assert (verbs(root), desk.reception.rung) == (["Hangup"], [])


# ---- On the side -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["completed", "busy", "failed", "no-answer", "canceled"])
async def test_a_leg_that_is_over_is_told(desk: Desk, status: str) -> None:
    answer = await desk.post("/twilio/voice/status", {"CallStatus": status})
    assert answer.status_code == 204
    assert desk.reception.told == [(CALL, CallerLeft())]


async def test_a_leg_that_lives_or_is_nobody_s_tells_nothing(desk: Desk) -> None:
    await desk.post("/twilio/voice/status", {"CallStatus": "in-progress"})
    await desk.post("/twilio/voice/status", {"CallStatus": "completed", "CallSid": "CAother"})
    assert desk.reception.told == []


async def test_a_leg_that_was_handed_over_is_over_for_its_interpreted_call_too(desk: Desk) -> None:
    desk.switchboard.callers["CA1"] = CallId("c9")
    await desk.post("/twilio/voice/status", {"CallStatus": "completed"})
    assert desk.switchboard.told == [("c9", LegEnded(Role.CALLER, carrier_call="CA1"))]


async def test_so_is_one_that_is_gone_before_it_could_go_on_there(desk: Desk) -> None:
    desk.switchboard.callers["CA1"] = CallId("c9")
    root = document(await desk.post(NEXT, {"CallStatus": "completed"}))
    assert verbs(root) == ["Hangup"]
    assert desk.reception.told == [(CALL, CallerLeft())]
    assert desk.switchboard.told == [("c9", LegEnded(Role.CALLER, carrier_call="CA1"))]


async def test_keys_are_told_to_have_been_pressed_and_not_before(desk: Desk) -> None:
    desk.reception.says[CALL] = PressKeys("12")
    pages = [document(await desk.post(NEXT)) for _ in range(2)]
    assert [verbs(page) for page in pages] == [["Play", "Redirect"]] * 2, "the first answer may be lost"
    assert desk.reception.told == []
    await desk.post(target_of(pages[0].findtext("Redirect", "")))
    assert desk.reception.told == [(CALL, KeysPressed())]


async def test_a_stream_s_events_are_for_the_log(desk: Desk) -> None:
    fields = {"StreamEvent": "stream-stopped", "StreamSid": "MZ1", "CallStatus": "completed"}
    assert (await desk.post(f"/twilio/voice/status?call={CALL}", fields)).status_code == 204
    assert desk.reception.told == []


# ---- When all fails --------------------------------------------------------------------------------------------------


async def test_a_leg_that_we_failed_asks_again_three_times_and_then_hears_why(desk: Desk) -> None:
    failed = f"{PUBLIC_URL}{NEXT}&step=person&persona=night&lang=en&anew=1"
    for fell in ("1", "2", "3"):
        root = document(await desk.post("/twilio/voice/fallback", {"ErrorCode": "11200", "ErrorUrl": failed}))
        assert verbs(root) == ["Pause", "Redirect"]
        failed = root.findtext("Redirect", "")
        assert failed == f"{PUBLIC_URL}{NEXT}&step=person&persona=night&lang=en&anew=1&fell={fell}"
    root = document(await desk.post("/twilio/voice/fallback", {"ErrorCode": "11200", "ErrorUrl": failed}))
    assert verbs(root) == ["Say", "Hangup"]
    assert root[0].text == desk.notices.text(Notice.FAILED, ENGLISH)


async def test_asked_again_without_a_word_on_the_person_the_caller_is_not_left(desk: Desk) -> None:
    root = document(await desk.post(f"{NEXT}&step=person&fell=1"))
    assert desk.reception.told == [(CALL, PersonLeft(Reached.FAILED))]
    assert verbs(root) == ["Connect", "Redirect"]


async def test_a_call_that_has_only_begun_asks_again(desk: Desk) -> None:
    failed = f"{PUBLIC_URL}/twilio/voice?persona=night"
    root = document(await desk.post("/twilio/voice/fallback", {"ErrorUrl": failed}))
    assert root.findtext("Redirect") == f"{PUBLIC_URL}/twilio/voice?persona=night&fell=1"


@pytest.mark.parametrize(
    "failed", ["", "https://evil.example/twilio/voice", f"{PUBLIC_URL}/leg?call=c1", "::", "/twilio/voice"]
)
async def test_what_is_not_ours_is_not_asked_again(desk: Desk, failed: str) -> None:
    root = document(await desk.post("/twilio/voice/fallback?lang=en", {"ErrorUrl": failed}))
    assert verbs(root) == ["Say", "Hangup"]
    assert root[0].text == desk.notices.text(Notice.FAILED, ENGLISH)
