"""Who may bring a leg's audio."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.domain.call import Role
from dragoman.domain.speech import Heard, LegClosed
from dragoman.errors import Refused
from dragoman.ports import MediaRequest, MediaSocket
from dragoman.telephony.twilio.signature import sign
from dragoman.telephony.twilio.stream_door import EARLY_LIMIT
from dragoman.telephony.twilio.wire import CarrierEnd, MediaFormat
from tests.fakes.scripted_switchboard import setup_of
from tests.fakes.twilio_desk import ACCOUNT, SUBACCOUNT, SUBTOKEN, TOKEN, Desk

pytestmark = pytest.mark.unit

URL = "wss://calls.example.com/intercept"
FRAME = b"\x7f" * 160


def upgrade(signature: str, query: str = "") -> MediaRequest:
    return MediaRequest("/intercept", query, {"x-twilio-signature": signature, "host": "evil.example"}, "203.0.113.9")


class Visit:
    """One socket at the door, signed by the main account."""

    def __init__(self, desk: Desk | None = None, *, account: str = ACCOUNT, token: str = TOKEN) -> None:
        self.desk = desk or Desk()
        self.desk.switchboard.setups.setdefault("c1", setup_of("c1"))
        self.carrier = CarrierEnd("MZ1", "CA1", account)
        self.closes: list[tuple[int, str]] = []
        self.sent: list[bytes] = []
        self.socket: MediaSocket = self.desk.door(upgrade(sign(token, URL)))
        self.socket.connected(self.sent.append, lambda code, why: self.closes.append((code, why)))

    def parameters(self, **more: str) -> dict[str, str]:
        return {"call": "c1", "role": "caller", "token": self.desk.tokens.stream("c1", Role.CALLER)} | more

    def start(self, **more: str) -> None:
        self.socket.received(self.carrier.connected())
        self.socket.received(self.carrier.start(self.parameters(**more)))


@pytest.mark.parametrize("url", [URL, URL + "/"])
def test_a_signed_upgrade_is_let_in(url: str) -> None:
    Desk().door(upgrade(sign(TOKEN, url)))


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "forged",
        sign("other-token", URL),
        sign(TOKEN, URL.replace("wss", "https")),
        sign(TOKEN, "wss://evil.example/x"),
    ],
)
def test_a_forged_upgrade_is_refused(signature: str) -> None:
    desk = Desk()
    with pytest.raises(Refused):
        desk.door(upgrade(signature))
    assert not desk.switchboard.legs


def test_an_upgrade_without_a_signature_is_refused() -> None:
    with pytest.raises(Refused):
        Desk().door(MediaRequest("/intercept", "", {}, "203.0.113.9"))


def test_an_upgrade_with_a_query_is_refused() -> None:
    with pytest.raises(Refused):
        Desk().door(upgrade(sign(TOKEN, URL), query="call=c1"))


def test_a_started_stream_joins_its_call_and_is_heard() -> None:
    visit = Visit()
    visit.start()
    leg = visit.desk.switchboard.legs["c1", Role.CALLER]
    assert (leg.leg_id, leg.carrier_call) == ("MZ1", "CA1")
    visit.socket.received(visit.carrier.media(FRAME, 20))
    visit.socket.received(visit.carrier.stop())
    visit.socket.closed()
    assert visit.desk.switchboard.heard == [Heard(FRAME, 20), LegClosed(clean=True, reason="hung up")]


def test_a_leg_speaks_through_its_socket() -> None:
    visit = Visit()
    visit.start()
    visit.desk.switchboard.legs["c1", Role.CALLER].play(FRAME)
    assert len(visit.sent) == 1
    assert b'"MZ1"' in visit.sent[0]


def refused(visit: Visit) -> str:
    """The reason with which the socket was closed; nothing was joined."""
    assert not visit.desk.switchboard.legs
    [(code, reason)] = visit.closes
    assert code == 1008
    visit.socket.received(visit.carrier.media(FRAME, 20))
    visit.socket.closed()
    assert len(visit.closes) == 1
    assert visit.desk.switchboard.heard == []
    return reason


def test_a_token_of_another_call_is_refused() -> None:
    visit = Visit()
    visit.start(token=visit.desk.tokens.stream("c2", Role.CALLER))
    assert "token" in refused(visit)


def test_a_token_of_the_other_role_is_refused() -> None:
    visit = Visit()
    visit.start(token=visit.desk.tokens.stream("c1", Role.AGENT))
    assert "token" in refused(visit)


@pytest.mark.parametrize("name", ["call", "role", "token"])
def test_each_parameter_is_needed(name: str) -> None:
    visit = Visit()
    visit.start(**{name: ""})
    refused(visit)


def test_a_token_is_good_once() -> None:
    desk = Desk()
    token = desk.tokens.stream("c1", Role.CALLER)
    first, second = Visit(desk), Visit(desk)
    first.start(token=token)
    second.start(token=token)
    assert first.closes == []
    assert second.closes == [(1008, "token was used before")]


def test_an_expired_token_is_refused() -> None:
    visit = Visit()
    token = visit.desk.tokens.stream("c1", Role.CALLER)
    visit.desk.time.now += 100_000
    visit.start(token=token)
    assert "expired" in refused(visit)


def test_a_stream_for_a_call_that_is_over_is_refused() -> None:
    visit = Visit()
    visit.desk.switchboard.setups.clear()
    visit.start()
    assert refused(visit) == "no such call"


def test_a_stream_of_another_account_than_its_signature_is_refused() -> None:
    visit = Visit(account=SUBACCOUNT)
    visit.start()
    assert "account" in refused(visit)


def test_a_subaccount_s_stream_is_let_in_with_its_own_signature() -> None:
    desk = Desk()
    desk.switchboard.setups["c1"] = setup_of("c1", account=SUBACCOUNT)
    visit = Visit(desk, account=SUBACCOUNT, token=SUBTOKEN)
    visit.start()
    assert ("c1", Role.CALLER) in visit.desk.switchboard.legs


def test_a_subaccount_s_stream_joins_no_call_of_another_account() -> None:
    visit = Visit(account=SUBACCOUNT, token=SUBTOKEN)
    visit.start()
    assert "another account" in refused(visit)
    assert not visit.desk.switchboard.nonces


def test_audio_that_is_not_mu_law_is_refused() -> None:
    visit = Visit()
    visit.socket.received(visit.carrier.start(visit.parameters(), MediaFormat("audio/l16", 16000)))
    assert "mu-law" in refused(visit)


def test_two_ids_in_one_start_are_refused() -> None:
    visit = Visit()
    message = visit.carrier.start(visit.parameters()).replace(
        b'"streamSid":"MZ1","accountSid"', b'"streamSid":"MZ2","accountSid"'
    )
    visit.socket.received(message)
    assert "id" in refused(visit)


def test_media_before_start_is_ignored_and_then_the_stream_may_start() -> None:
    visit = Visit()
    for _ in range(EARLY_LIMIT - 1):
        visit.socket.received(visit.carrier.media(FRAME, 0))
    visit.socket.received(b"garbage")
    visit.start()
    assert visit.closes == []
    assert ("c1", Role.CALLER) in visit.desk.switchboard.legs
    assert visit.desk.switchboard.heard == []


@pytest.mark.parametrize("message", [b"garbage", b'{"event":"new"}', CarrierEnd("MZ1", "CA1", ACCOUNT).media(FRAME, 0)])
def test_a_flood_before_start_is_cut_off(message: bytes) -> None:
    visit = Visit()
    for _ in range(EARLY_LIMIT + 1):
        visit.socket.received(message)
    assert refused(visit) == "no start message"


def test_binary_messages_before_and_after_start_are_ignored() -> None:
    visit = Visit()
    visit.socket.received_binary()
    visit.start()
    visit.socket.received_binary()
    assert visit.closes == []
    assert visit.desk.switchboard.heard == []


def test_a_second_start_changes_nothing() -> None:
    visit = Visit()
    visit.start()
    visit.start(role="agent", token=visit.desk.tokens.stream("c1", Role.AGENT))
    assert list(visit.desk.switchboard.legs) == [("c1", Role.CALLER)]
    assert visit.closes == []


def test_a_socket_that_never_started_closes_in_silence() -> None:
    visit = Visit()
    visit.socket.closed()
    assert visit.closes == []


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=100), max_size=5), st.dictionaries(st.text(max_size=8), st.text(max_size=8)))
def test_no_message_crashes_the_socket(messages: list[bytes], parameters: dict[str, str]) -> None:
    visit = Visit()
    for message in messages:
        visit.socket.received(message)
    visit.socket.received(visit.carrier.start(visit.parameters() | parameters))
    for message in messages:
        visit.socket.received(message)
    visit.socket.closed()


# ---- The assistant's door --------------------------------------------------------------------------------------------

ASSISTANT_URL = "wss://calls.example.com/twilio/stream"


class AssistantVisit:
    """One socket at the assistant's door, signed by the main account."""

    def __init__(self, desk: Desk | None = None, *, account: str = ACCOUNT, token: str = TOKEN) -> None:
        self.desk = desk or Desk()
        self.desk.reception.accounts.setdefault("c1", ACCOUNT)
        self.carrier = CarrierEnd("MZ1", "CA1", account)
        self.closes: list[tuple[int, str]] = []
        self.socket = self.desk.assistant_door(assistant_upgrade(sign(token, ASSISTANT_URL)))
        self.socket.connected(lambda _message: None, lambda code, why: self.closes.append((code, why)))

    def start(self, **more: str) -> None:
        self.socket.received(self.carrier.connected())
        parameters = {"call": "c1", "token": self.desk.tokens.assistant_stream("c1")} | more
        self.socket.received(self.carrier.start(parameters))


def assistant_upgrade(signature: str) -> MediaRequest:
    return MediaRequest("/twilio/stream", "", {"x-twilio-signature": signature}, "203.0.113.9")


@pytest.mark.parametrize("url", [ASSISTANT_URL, ASSISTANT_URL + "/"])
def test_the_assistant_s_door_takes_its_own_signature_with_and_without_a_slash(url: str) -> None:
    Desk().assistant_door(assistant_upgrade(sign(TOKEN, url)))


@pytest.mark.parametrize("signature", ["", sign(TOKEN, URL), sign(TOKEN, "https://calls.example.com/twilio/stream")])
def test_the_assistant_s_door_takes_no_other_signature(signature: str) -> None:
    with pytest.raises(Refused):
        Desk().assistant_door(assistant_upgrade(signature))


def test_a_stream_joins_the_assistant_and_is_heard() -> None:
    visit = AssistantVisit()
    visit.start()
    leg = visit.desk.reception.legs["c1"]
    assert (leg.leg_id, leg.carrier_call) == ("MZ1", "CA1")
    visit.socket.received(visit.carrier.media(FRAME, 20))
    visit.socket.received(visit.carrier.stop())
    visit.socket.closed()
    assert visit.desk.reception.heard == [Heard(FRAME, 20), LegClosed(clean=True, reason="hung up")]


def test_the_assistant_s_door_takes_a_token_once_and_of_its_own_kind_and_call_only() -> None:
    desk = Desk()
    token = desk.tokens.assistant_stream("c1")
    AssistantVisit(desk).start(token=token)
    strange = [desk.tokens.stream("c1", Role.CALLER), desk.tokens.panel("c1"), desk.tokens.assistant_stream("c2"), ""]
    reasons = []
    for other in [token, *strange]:
        visit = AssistantVisit(desk)
        visit.start(token=other)
        [(code, reason)] = visit.closes
        assert code == 1008
        reasons.append(reason)
    assert reasons[0] == "token was used before"
    assert all("token" in reason for reason in reasons)
    assert list(desk.reception.legs) == ["c1"]


def test_the_interpreted_calls_door_takes_no_token_of_an_assistant() -> None:
    visit = Visit()
    visit.start(token=visit.desk.tokens.assistant_stream("c1"))
    assert "token" in refused(visit)


def test_a_subaccount_s_stream_joins_no_assistant_of_another_account() -> None:
    visit = AssistantVisit(account=SUBACCOUNT, token=SUBTOKEN)
    visit.start()
    assert visit.closes == [(1008, "the call is another account's")]
    desk = Desk()
    desk.reception.accounts["c1"] = SUBACCOUNT
    own = AssistantVisit(desk, account=SUBACCOUNT, token=SUBTOKEN)
    own.start()
    assert (own.closes, list(desk.reception.legs)) == ([], ["c1"])


def test_a_stream_for_an_assistant_s_call_that_is_over_is_refused() -> None:
    visit = AssistantVisit()
    visit.desk.reception.accounts.clear()
    visit.start()
    assert visit.closes == [(1008, "no such call")]
