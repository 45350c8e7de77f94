"""Media Streams as Twilio plays them: one test for each item of the fact sheet's section 1."""

from __future__ import annotations

import asyncio
import base64
import itertools

import pytest
from twilio.request_validator import RequestValidator

from dragoman.telephony.twilio.emulator import TwilioEmulator
from dragoman.telephony.twilio.emulator.line import CallStatus, Inline
from tests.fakes.twilio_app import AppStream, TwilioApp, twiml

pytestmark = pytest.mark.pair

OURS = "+15550100001"
CALLER = "+34600000001"
FRAME = bytes(range(160))


def connecting(app: TwilioApp, inside: str = "", attributes: str = "", after: str = "") -> str:
    return twiml(f'<Connect><Stream url="{app.ws_url}/intercept" {attributes}>{inside}</Stream></Connect>{after}')


@pytest.fixture
async def stream(app: TwilioApp, twilio: TwilioEmulator) -> AppStream:
    """The stream of one call whose phone is `twilio.exchange`'s only one."""
    app.pages["/voice"] = connecting(app, attributes=f'statusCallback="{app.url}/stream-status" name="leg"')
    await twilio.phone(CALLER).call(OURS)
    return await app.stream()


def call_sid(twilio: TwilioEmulator) -> str:
    return next(iter(twilio.exchange.calls))


# ---- 1.1 to 1.3: what Twilio sends -----------------------------------------------------------------------------------


async def test_audio_goes_both_ways(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = connecting(app)
    phone = await twilio.phone(CALLER).call(OURS)
    stream = await app.stream()
    phone.say(FRAME * 5)
    await phone.said()
    await stream.play(b"\x11" * 320)
    await stream.mark("end")
    await stream.event("mark")
    phone.hang_up()
    await stream.event("stop")
    await phone.ended()
    assert FRAME * 5 in stream.heard()
    assert b"\x11" * 320 in phone.ear
    assert FRAME * 5 in phone.mouth
    assert len(phone.ear) == len(phone.mouth)
    assert twilio.alerts == []


async def test_connected_comes_first_and_start_second(stream: AppStream, twilio: TwilioEmulator) -> None:
    await stream.event("media")
    assert stream.messages[0] == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
    sid = stream.sid
    assert stream.messages[1] == {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": sid,
        "start": {
            "streamSid": sid,
            "accountSid": twilio.account_sid,
            "callSid": call_sid(twilio),
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {},
        },
    }
    assert sid.startswith("MZ")
    assert len(sid) == 34


async def test_counters_are_strings_and_have_no_gap(stream: AppStream) -> None:
    await stream.until(lambda message: message.get("media", {}).get("chunk") == "12")
    numbers = [message["sequenceNumber"] for message in stream.messages[1:]]
    assert numbers == [str(number) for number in range(1, len(numbers) + 1)]
    media = stream.events("media")
    assert [one["media"]["chunk"] for one in media] == [str(number) for number in range(1, len(media) + 1)]
    times = [one["media"]["timestamp"] for one in media]
    assert all(isinstance(time, str) for time in times)
    assert {int(later) - int(earlier) for earlier, later in itertools.pairwise(times)} == {20}


async def test_silence_is_sent_while_nobody_speaks(stream: AppStream) -> None:
    await stream.until(lambda message: message.get("media", {}).get("chunk") == "10")
    payloads = {message["media"]["payload"] for message in stream.events("media")}
    assert payloads == {base64.b64encode(b"\xff" * 160).decode()}
    assert {message["media"]["track"] for message in stream.events("media")} == {"inbound"}


async def test_media_follows_absolute_deadlines(stream: AppStream, twilio: TwilioEmulator) -> None:
    """As many frames as the network's clock has beats, however late single ones are."""
    begun = twilio.ticker.frames
    sent = len(stream.events("media"))
    await twilio.ticker.beats(40)
    await stream.until(lambda message: message.get("media", {}).get("chunk") == str(sent + 40))
    assert len(stream.events("media")) - sent <= twilio.ticker.frames - begun + 2


async def test_keys_arrive_as_dtmf(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = connecting(app)
    phone = await twilio.phone(CALLER).call(OURS)
    stream = await app.stream()
    phone.press("1#")
    await stream.until(lambda message: message.get("dtmf", {}).get("digit") == "#")
    assert [one["dtmf"] for one in stream.events("dtmf")] == [
        {"track": "inbound_track", "digit": "1"},
        {"track": "inbound_track", "digit": "#"},
    ]


async def test_parameters_arrive_as_custom_parameters(app: TwilioApp, twilio: TwilioEmulator) -> None:
    inside = '<Parameter name="call" value="a &amp; b"/><Parameter name="n" value="1"/>'
    inside += f'<Parameter name="long" value="{"x" * 500}"/>'
    app.pages["/voice"] = connecting(app, inside)
    await twilio.phone(CALLER).call(OURS)
    stream = await app.stream()
    assert stream.messages[1]["start"]["customParameters"] == {"call": "a & b", "n": "1"}
    assert twilio.alerts.codes() == [31951]


async def test_a_lost_frame_is_a_jump_in_time_with_unbroken_numbers(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.faults.media_lost_every = 4
    app.pages["/voice"] = connecting(app)
    await twilio.phone(CALLER).call(OURS)
    stream = await app.stream()
    await stream.until(lambda message: message.get("media", {}).get("chunk") == "8")
    media = stream.events("media")[:8]
    assert [one["media"]["chunk"] for one in media] == ["1", "2", "3", "4", "5", "6", "7", "8"]
    assert [one["media"]["timestamp"] for one in media] == ["0", "20", "40", "80", "100", "120", "160", "180"]


# ---- 1.4: what we send: playback, marks, clear, limits --------------------------------------------------------------


async def test_a_mark_with_nothing_queued_is_back_at_once(stream: AppStream) -> None:
    await stream.mark("now")
    message = await stream.event("mark")
    assert message["mark"] == {"name": "now"}
    assert message["streamSid"] == stream.sid


async def test_a_mark_comes_when_the_audio_before_it_was_played(stream: AppStream, twilio: TwilioEmulator) -> None:
    begun = twilio.ticker.frames
    await stream.play(b"\x22" * 160 * 10)
    await stream.mark("first")
    await stream.play(b"\x33" * 160 * 10)
    await stream.mark("second")
    await stream.until(lambda message: message.get("mark", {}).get("name") == "first")
    middle = twilio.ticker.frames
    await stream.until(lambda message: message.get("mark", {}).get("name") == "second")
    assert middle - begun >= 10
    assert twilio.ticker.frames - begun >= 20
    assert stream.marks() == ["first", "second"]


async def test_playback_is_one_queue_in_real_time(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = connecting(app)
    phone = await twilio.phone(CALLER).call(OURS)
    stream = await app.stream()
    for value in range(1, 6):
        await stream.play(bytes([value]) * 100)  # no whole frames: the queue does not care
    await stream.mark("end")
    await stream.event("mark")
    heard = phone.ear
    spoken = b"".join(bytes([value]) * 100 for value in range(1, 6))
    assert spoken in heard
    assert heard.replace(spoken, b"").strip(b"\xff") == b""


async def test_how_much_was_played_at_each_clear_is_known(stream: AppStream, twilio: TwilioEmulator) -> None:
    leg = twilio.leg(call_sid(twilio))
    await stream.play(b"\x11" * 8000)
    await twilio.ticker.beats(5)
    await stream.clear()
    await stream.mark("after")
    await stream.event("mark")
    (cleared_ms,) = leg.cleared_at_ms
    assert 0 < cleared_ms < 1000
    assert leg.streamed_ms is not None
    assert leg.streamed_ms() == cleared_ms, "what was cleared is never played"
    leg.far_gone(CallStatus.COMPLETED)
    await stream.event("stop")
    assert leg.streamed_ms is None


async def test_clear_empties_the_queue_and_returns_all_marks(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = connecting(app)
    phone = await twilio.phone(CALLER).call(OURS)
    stream = await app.stream()
    await stream.play(b"\x44" * 8000 * 30)
    await stream.mark("a")
    await stream.mark("b")
    await stream.clear()
    await stream.mark("after")
    await stream.until(lambda message: message.get("mark", {}).get("name") == "after")
    assert stream.marks() == ["a", "b", "after"]
    assert phone.ear.count(b"\x44") < 8000


async def test_more_than_ten_minutes_are_discarded_with_one_warning(stream: AppStream, twilio: TwilioEmulator) -> None:
    minute = b"\x55" * 8000 * 60
    for _ in range(12):
        await stream.play(minute)
    await stream.clear()
    await stream.mark("done")
    await stream.event("mark")
    assert twilio.alerts.codes() == [31931]


@pytest.mark.parametrize(
    "broken",
    [
        '{"event":"media","streamSid":"SID","media":{"payload":"/w=="},"extra":1}',
        '{"event":"media","streamSid":"SID","media":{"payload":"/w==","track":"outbound"}}',
        '{"event":"media","streamSid":"SID"}',
        '{"event":"media","streamSid":"MZwrong","media":{"payload":"/w=="}}',
        '{"event":"mark","streamSid":"SID","mark":{"name":7}}',
        '{"event":"hangup","streamSid":"SID"}',
        "not JSON",
        "[]",
    ],
)
async def test_what_is_not_to_the_letter_is_ignored_with_31951(
    stream: AppStream, twilio: TwilioEmulator, broken: str
) -> None:
    for _ in range(3):
        await stream.send_raw(broken.replace("SID", stream.sid))
    await stream.mark("alive")
    await stream.event("mark")
    assert stream.marks() == ["alive"]
    assert twilio.alerts.codes() == [31951]


async def test_a_binary_message_is_31950(stream: AppStream, twilio: TwilioEmulator) -> None:
    await stream.send_raw(b"\x00\x01")
    await stream.send_raw(b"\x00\x01")
    await stream.mark("alive")
    await stream.event("mark")
    assert twilio.alerts.codes() == [31950]


# ---- 1.5: closing ----------------------------------------------------------------------------------------------------


async def test_the_app_closes_and_the_next_verb_runs(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = connecting(app, after="<Say>Goodbye</Say>")
    phone = await twilio.phone(CALLER).call(OURS)
    await (await app.stream()).close()
    await phone.ended()
    assert "Goodbye" in [line.text for line in phone.log]


async def test_the_app_closes_and_the_action_is_asked(app: TwilioApp, twilio: TwilioEmulator) -> None:
    stream = f'<Stream url="{app.ws_url}/intercept"/>'
    app.pages["/voice"] = twiml(f'<Connect action="/after">{stream}</Connect><Say>not this</Say>')
    app.pages["/after"] = twiml("<Say>the action</Say>")
    phone = await twilio.phone(CALLER).call(OURS)
    await (await app.stream()).close()
    await phone.ended()
    assert app.at("/after")[0].form["CallStatus"] == "in-progress"
    said = [line.text for line in phone.log]
    assert "the action" in said
    assert "not this" not in said


async def test_nothing_after_connect_is_a_hang_up(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = connecting(app)
    phone = await twilio.phone(CALLER).call(OURS)
    await (await app.stream()).close()
    await phone.ended()
    assert twilio.leg(phone.call_sid).status.value == "completed"


async def test_a_redirect_after_connect_opens_a_new_stream_on_the_same_call(
    app: TwilioApp, twilio: TwilioEmulator
) -> None:
    app.pages["/voice"] = connecting(app, after="<Redirect>/voice</Redirect>")
    await twilio.phone(CALLER).call(OURS)
    first = await app.stream()
    await first.close()
    second = await app.stream()
    assert second.sid != first.sid
    assert second.messages[1]["start"]["callSid"] == first.messages[1]["start"]["callSid"]
    assert second.messages[1]["sequenceNumber"] == "1"


async def test_a_hang_up_is_stop_and_then_a_clean_close(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = connecting(app)
    phone = await twilio.phone(CALLER).call(OURS)
    stream = await app.stream()
    phone.hang_up()
    stop = await stream.event("stop")
    async with asyncio.timeout(5):
        await stream.closed.wait()
    assert stop["stop"] == {"accountSid": twilio.account_sid, "callSid": phone.call_sid}
    assert stream.messages[-1] == stop
    assert stream.close_code == 1000


async def test_a_stream_can_die_without_stop(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.faults.streams_without_stop = 1
    app.pages["/voice"] = connecting(app)
    phone = await twilio.phone(CALLER).call(OURS)
    stream = await app.stream()
    phone.hang_up()
    async with asyncio.timeout(5):
        await stream.closed.wait()
    assert stream.events("stop") == []
    assert stream.close_code is None


async def test_a_dying_network_is_31921_and_the_next_verb(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = connecting(app, after="<Say>still here</Say>")
    phone = await twilio.phone(CALLER).call(OURS)
    stream = await app.stream()
    assert twilio.cut_stream(phone.call_sid)
    await phone.ended()
    assert stream.events("stop") == []
    assert twilio.alerts.codes() == [31921]
    assert "still here" in [line.text for line in phone.log]


async def test_a_slow_reader_leaves_what_the_app_sends_on_the_way(
    stream: AppStream, twilio: TwilioEmulator, app: TwilioApp
) -> None:
    (leg,) = twilio.exchange.living
    assert twilio.slow_stream(leg.sid, 3600.0)
    await stream.mark("read")
    await stream.mark("left lying")
    await stream.event("mark")
    await twilio.ticker.beats(10)
    assert stream.marks() == ["read"]
    leg.end()
    await stream.closed.wait()
    assert not twilio.slow_stream(leg.sid, 0.0)


async def test_the_app_closing_abnormally_is_31921(app: TwilioApp, twilio: TwilioEmulator, stream: AppStream) -> None:
    await stream.close(1011)
    await app.hit("/stream-status", 2)
    assert twilio.alerts.codes() == [31921]
    assert [hit.form["StreamEvent"] for hit in app.at("/stream-status")] == [
        "stream-started",
        "stream-error",
        "stream-stopped",
    ]


async def test_new_twiml_for_a_live_call_ends_its_stream(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = connecting(app, after="<Say>not this</Say>")
    phone = await twilio.phone(CALLER).call(OURS)
    stream = await app.stream()
    twilio.leg(phone.call_sid).replace(Inline(twiml("<Say>elsewhere</Say>")))
    await stream.event("stop")
    await phone.ended()
    said = [line.text for line in phone.log]
    assert "elsewhere" in said
    assert "not this" not in said


# ---- 1.2, 1.6: one stream a call, tracks, status callbacks -----------------------------------------------------------


async def test_a_second_bidirectional_stream_is_refused(app: TwilioApp, twilio: TwilioEmulator) -> None:
    one = f'<Stream url="{app.ws_url}/intercept"/>'
    app.pages["/voice"] = twiml(f"<Connect>{one}{one}</Connect>")
    await twilio.phone(CALLER).call(OURS)
    first = await app.stream()
    await first.until(lambda message: message.get("media", {}).get("chunk") == "5")
    assert app.streams.empty()
    assert twilio.alerts.codes() == [12200]


@pytest.mark.parametrize("track", ["outbound_track", "both_tracks"])
async def test_another_track_is_31941(app: TwilioApp, twilio: TwilioEmulator, track: str) -> None:
    app.pages["/voice"] = connecting(app, attributes=f'track="{track}"')
    phone = await twilio.phone(CALLER).call(OURS)
    await phone.ended()
    assert twilio.alerts.codes() == [31941]
    assert app.streams.empty()


async def test_status_callbacks_tell_of_start_and_stop(
    app: TwilioApp, twilio: TwilioEmulator, stream: AppStream
) -> None:
    await stream.close()
    stopped = await app.hit("/stream-status", 1)
    started = app.at("/stream-status")[0]
    assert started.form["StreamEvent"] == "stream-started"
    assert stopped.form["StreamEvent"] == "stream-stopped"
    assert started.form["StreamSid"] == stream.sid
    assert started.form["StreamName"] == "leg"
    assert started.form["CallSid"] == call_sid(twilio)
    assert started.form["Timestamp"].endswith("Z")
    validator = RequestValidator(twilio.auth_token)
    assert validator.validate(started.url, started.form, started.headers["x-twilio-signature"])


# ---- 1.7, 1.8: the handshake -----------------------------------------------------------------------------------------


async def test_the_handshake_is_signed_over_the_stream_url(
    app: TwilioApp, twilio: TwilioEmulator, stream: AppStream
) -> None:
    url = f"{app.ws_url}/intercept"
    assert RequestValidator(twilio.auth_token).compute_signature(url, {}) == stream.headers["x-twilio-signature"]
    assert "sec-websocket-protocol" not in stream.headers
    assert "authorization" not in stream.headers


async def test_a_query_is_lost(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml(f'<Connect><Stream url="{app.ws_url}/intercept?secret=1"/></Connect>')
    await twilio.phone(CALLER).call(OURS)
    stream = await app.stream()
    assert stream.headers[":path"] == "/intercept"
    assert twilio.alerts.codes() == [31923]


async def test_an_answer_other_than_101_is_31920(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.refuse = 403
    app.pages["/voice"] = connecting(
        app, attributes=f'statusCallback="{app.url}/stream-status"', after="<Say>sorry</Say>"
    )
    phone = await twilio.phone(CALLER).call(OURS)
    await phone.ended()
    assert twilio.alerts.codes() == [31920]
    assert "sorry" in [line.text for line in phone.log]
    assert "31920" in (await app.hit("/stream-status")).form["StreamError"]


async def test_a_closed_port_is_31902(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = twiml('<Connect><Stream url="ws://127.0.0.1:9/x"/></Connect>')
    phone = await twilio.phone(CALLER).call(OURS)
    await phone.ended()
    assert twilio.alerts.codes() == [31902]


async def test_no_answer_to_the_connect_is_31901(app: TwilioApp, twilio: TwilioEmulator) -> None:
    twilio.faults.streams_refused = 1
    app.pages["/voice"] = connecting(app)
    phone = await twilio.phone(CALLER).call(OURS)
    await phone.ended()
    assert twilio.alerts.codes() == [31901]


@pytest.mark.parametrize(("url", "code"), [("ws://example.com/x", 31922), ("http://a/b", 31922), ("wss://", 31923)])
async def test_only_wss_urls_that_are_well_formed(app: TwilioApp, twilio: TwilioEmulator, url: str, code: int) -> None:
    app.pages["/voice"] = twiml(f'<Connect><Stream url="{url}"/></Connect>')
    phone = await twilio.phone(CALLER).call(OURS)
    await phone.ended()
    assert twilio.alerts.codes() == [code]


async def test_frames_against_the_websocket_protocol_are_31924(
    app: TwilioApp, twilio: TwilioEmulator, stream: AppStream
) -> None:
    stream.write_bytes(b"\x09\x00")  # a ping that claims to be a fragment
    await app.hit("/stream-status", 2)
    assert twilio.alerts.codes() == [31924]
