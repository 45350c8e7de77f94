"""Media Streams messages, both roles against each other. One test per rule of Twilio's message pages."""

from __future__ import annotations

import base64
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.audio import AudioFormat
from dragoman.errors import LocalWireError, RemoteWireError
from dragoman.telephony.twilio.wire import (
    AppClear,
    AppEnd,
    AppMark,
    AppMedia,
    Breach,
    CarrierEnd,
    Connected,
    Dtmf,
    Marked,
    Media,
    MediaFormat,
    Sequence,
    Started,
    Stopped,
    Unrecognised,
    decode,
)

pytestmark = pytest.mark.unit

STREAM, CALL, ACCOUNT = "MZ" + "1" * 32, "CA" + "2" * 32, "AC" + "3" * 32
FRAME = bytes(range(160))


@pytest.fixture
def carrier() -> CarrierEnd:
    return CarrierEnd(STREAM, CALL, ACCOUNT)


@pytest.fixture
def app() -> AppEnd:
    return AppEnd(STREAM)


# ---- From Twilio: samples as the documentation prints them (read 2026-11) --------------------------------------------

DOC_START = f"""{{"event":"start","sequenceNumber":"1","streamSid":"{STREAM}","start":{{"streamSid":"{STREAM}",
 "accountSid":"{ACCOUNT}","callSid":"{CALL}","tracks":["inbound"],
 "mediaFormat":{{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}},
 "customParameters":{{"FirstName":"Jane","LastName":"Doe"}}}}}}""".encode()
DOC_MEDIA = f"""{{"event":"media","sequenceNumber":"3","streamSid":"{STREAM}",
 "media":{{"track":"inbound","chunk":"1","timestamp":"5","payload":"//8="}}}}""".encode()
DOC_DTMF = f"""{{"event":"dtmf","streamSid":"{STREAM}","sequenceNumber":"5",
 "dtmf":{{"track":"inbound_track","digit":"1"}}}}""".encode()
DOC_MARK = f'{{"event":"mark","sequenceNumber":"4","streamSid":"{STREAM}","mark":{{"name":"my label"}}}}'.encode()
DOC_STOP = f"""{{"event":"stop","sequenceNumber":"5","streamSid":"{STREAM}",
 "stop":{{"accountSid":"{ACCOUNT}","callSid":"{CALL}"}}}}""".encode()


def test_connected_has_no_stream_and_no_number(carrier: CarrierEnd) -> None:
    written = json.loads(carrier.connected())
    assert written == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
    assert decode(carrier.connected()) == Connected(protocol="Call", version="1.0.0")


def test_start_tells_ids_format_and_parameters() -> None:
    started = decode(DOC_START)
    assert isinstance(started, Started)
    assert (started.stream_sid, started.start.call_sid, started.start.account_sid) == (STREAM, CALL, ACCOUNT)
    assert started.start.media_format.audio_format is AudioFormat.PCMU_8K
    assert started.start.custom_parameters == {"FirstName": "Jane", "LastName": "Doe"}
    assert started.start.tracks == ("inbound",)


@pytest.mark.parametrize("strange", [MediaFormat("audio/l16"), MediaFormat(sample_rate=16000), MediaFormat(channels=2)])
def test_the_format_is_read_and_not_assumed(carrier: CarrierEnd, strange: MediaFormat) -> None:
    started = decode(carrier.start({}, strange))
    assert isinstance(started, Started)
    assert started.start.media_format == strange
    assert started.start.media_format.audio_format is None


def test_media_s_counters_are_strings_on_the_wire_and_numbers_here() -> None:
    media = decode(DOC_MEDIA)
    assert isinstance(media, Media)
    assert (media.sequence_number, media.media.chunk, media.media.timestamp) == (3, 1, 5)
    assert media.media.payload == b"\xff\xff"


def test_dtmf_s_track_has_a_suffix(carrier: CarrierEnd) -> None:
    read = decode(DOC_DTMF)
    assert isinstance(read, Dtmf)
    assert (read.dtmf.digit, read.dtmf.track) == ("1", "inbound_track")
    assert json.loads(carrier.dtmf("1"))["dtmf"] == {"track": "inbound_track", "digit": "1"}


def test_a_mark_comes_back_with_its_name() -> None:
    read = decode(DOC_MARK)
    assert isinstance(read, Marked)
    assert read.mark.name == "my label"


def test_stop_names_the_call() -> None:
    read = decode(DOC_STOP)
    assert isinstance(read, Stopped)
    assert read.stop.call_sid == CALL


def test_twilio_s_messages_have_exactly_the_documented_fields(carrier: CarrierEnd) -> None:
    written = [carrier.start({"FirstName": "Jane", "LastName": "Doe"}), carrier.media(b"\xff\xff", 5)]
    written += [carrier.dtmf("1"), carrier.mark("my label"), carrier.stop()]
    documented = [DOC_START, DOC_MEDIA, DOC_DTMF, DOC_MARK, DOC_STOP]
    for ours, theirs in zip(written, documented, strict=True):
        left, right = json.loads(ours), json.loads(theirs)
        assert left.pop("sequenceNumber").isdigit()
        right.pop("sequenceNumber")
        assert left == right


def test_numbers_count_every_message_after_connected_from_one(carrier: CarrierEnd) -> None:
    carrier.connected()
    messages = [carrier.start({}), carrier.media(FRAME, 0), carrier.dtmf("5"), carrier.media(FRAME, 20), carrier.stop()]
    read = [json.loads(message) for message in messages]
    assert [one["sequenceNumber"] for one in read] == ["1", "2", "3", "4", "5"]
    assert [one["media"]["chunk"] for one in read if one["event"] == "media"] == ["1", "2"]


def test_a_frame_is_216_characters_of_base64(carrier: CarrierEnd) -> None:
    payload = json.loads(carrier.media(FRAME, 0))["media"]["payload"]
    assert len(payload) == 216
    assert base64.b64decode(payload) == FRAME


def test_fields_that_we_do_not_know_are_no_error() -> None:
    message = DOC_MEDIA[:-1] + b',"new":{"deep":[1]}}'
    assert decode(message) == decode(DOC_MEDIA)


def test_an_event_that_we_do_not_know_is_named() -> None:
    assert decode(b'{"event":"bouquet","streamSid":"MZ","bouquet":{}}') == Unrecognised("bouquet")


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"hello",
        b"[]",
        b"null",
        b"{}",
        b'{"event":7}',
        b'{"event":"media"}',
        b"\xff\xfe",
        b'{"event":"\xff"}',
        b"[" * 60_000,
        b'{"event":"media","x":' + b"[" * 60_000,
        DOC_MEDIA.replace(b"//8=", b"***"),
        DOC_MEDIA.replace(b'"5"', b'"five"'),
        DOC_MEDIA.replace(b'"5"', b'"-5"'),
        DOC_MEDIA.replace(b'"5"', b'"99999999999999999999999"'),
        DOC_MARK.replace(b'"my label"', b"7"),
        DOC_START.replace(b'"Jane"', b"{}"),
    ],
)
def test_broken_messages_are_refused_by_one_kind_of_error(message: bytes) -> None:
    with pytest.raises(RemoteWireError):
        decode(message)


def test_reasons_stay_short_whatever_arrives() -> None:
    with pytest.raises(RemoteWireError) as refused:
        decode(b'{"event":"' + b"x" * 60_000)
    assert len(str(refused.value)) < 200


@given(st.binary(max_size=300))
def test_no_bytes_crash_decode(noise: bytes) -> None:
    for message in (noise, DOC_START[:40] + noise, b'{"event":"media","media":' + noise + b"}"):
        try:
            decode(message)
        except RemoteWireError:
            continue


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
events = st.sampled_from(["connected", "start", "media", "dtmf", "mark", "stop", "clear", "new"])


@given(events, json_values, st.dictionaries(st.text(max_size=8), json_values, max_size=3))
def test_no_json_crashes_either_role(event: str, body: object, more: dict[str, object]) -> None:
    message = json.dumps({**more, "event": event, "streamSid": STREAM, "sequenceNumber": "1", event: body}).encode()
    with contextlib.suppress(RemoteWireError):
        decode(message)
    assert isinstance(CarrierEnd(STREAM, CALL, ACCOUNT).read(message), AppMedia | AppMark | AppClear | Breach)


# ---- To Twilio -------------------------------------------------------------------------------------------------------


def test_our_media_message_to_the_letter(app: AppEnd) -> None:
    assert json.loads(app.media(FRAME)) == {
        "event": "media",
        "streamSid": STREAM,
        "media": {"payload": base64.b64encode(FRAME).decode()},
    }


def test_our_mark_message_to_the_letter(app: AppEnd) -> None:
    assert json.loads(app.mark('say "1"')) == {"event": "mark", "streamSid": STREAM, "mark": {"name": 'say "1"'}}


def test_our_clear_message_to_the_letter(app: AppEnd) -> None:
    assert json.loads(app.clear()) == {"event": "clear", "streamSid": STREAM}


def test_nothing_can_be_sent_before_start() -> None:
    with pytest.raises(LocalWireError):
        AppEnd("")


def test_a_message_with_nothing_in_it_is_our_bug(app: AppEnd) -> None:
    with pytest.raises(LocalWireError):
        app.media(b"")
    with pytest.raises(LocalWireError):
        app.mark("")


@given(st.binary(min_size=1, max_size=2000))
def test_any_length_of_audio_arrives_as_it_was(payload: bytes) -> None:
    read = CarrierEnd(STREAM, CALL, ACCOUNT).read(AppEnd(STREAM).media(payload))
    assert isinstance(read, AppMedia)
    assert read.media.payload == payload
    heard = decode(CarrierEnd(STREAM, CALL, ACCOUNT).media(payload, 40))
    assert isinstance(heard, Media)
    assert heard.media.payload == payload


@given(st.text(min_size=1, max_size=50))
def test_any_mark_name_arrives_and_comes_back(name: str) -> None:
    carrier = CarrierEnd(STREAM, CALL, ACCOUNT)
    try:
        sent = AppEnd(STREAM).mark(name)
    except UnicodeEncodeError:  # lone surrogates are no text
        return
    read = carrier.read(sent)
    assert isinstance(read, AppMark)
    back = decode(carrier.mark(read.mark.name))
    assert isinstance(back, Marked)
    assert back.mark.name == name


def test_clear_arrives(carrier: CarrierEnd, app: AppEnd) -> None:
    assert carrier.read(app.clear()) == AppClear(stream_sid=STREAM)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(b"not json", id="not-json"),
        pytest.param(b'"media"', id="no-object"),
        pytest.param(f'{{"event":"dance","streamSid":"{STREAM}"}}'.encode(), id="unknown-event"),
        pytest.param(f'{{"streamSid":"{STREAM}"}}'.encode(), id="no-event"),
        pytest.param(b'{"event":"clear"}', id="missing-streamSid"),
        pytest.param(f'{{"event":"media","streamSid":"{STREAM}"}}'.encode(), id="missing-media"),
        pytest.param(f'{{"event":"media","streamSid":"{STREAM}","media":{{}}}}'.encode(), id="missing-payload"),
        pytest.param(f'{{"event":"mark","streamSid":"{STREAM}","mark":{{}}}}'.encode(), id="missing-name"),
        pytest.param(f'{{"event":"clear","streamSid":"{STREAM}","extra":1}}'.encode(), id="extra-field"),
        pytest.param(
            f'{{"event":"media","streamSid":"{STREAM}","media":{{"payload":"//8=","track":"outbound"}}}}'.encode(),
            id="extra-field-inside",
        ),
        pytest.param(f'{{"event":"mark","streamSid":"{STREAM}","mark":{{"name":7}}}}'.encode(), id="number-typed-name"),
        pytest.param(
            f'{{"event":"media","streamSid":"{STREAM}","media":{{"payload":"***"}}}}'.encode(), id="not-base64"
        ),
        pytest.param(AppEnd("MZother").clear(), id="wrong-streamSid"),
    ],
)
def test_what_twilio_warns_about_is_31951(carrier: CarrierEnd, message: bytes) -> None:
    read = carrier.read(message)
    assert isinstance(read, Breach)
    assert read.code == 31951
    assert read.reason


def test_a_binary_message_is_31950(carrier: CarrierEnd) -> None:
    assert carrier.read_binary().code == 31950


# ---- The order of messages -------------------------------------------------------------------------------------------


def test_an_unbroken_sequence_counts_nothing() -> None:
    sequence = Sequence()
    for number in range(1, 100):
        sequence.note(number)
    assert (sequence.missing, sequence.repeated) == (0, 0)


def test_gaps_and_repeats_are_counted() -> None:
    sequence = Sequence()
    for number in (1, 2, 5, 5, 4, 6):
        sequence.note(number)
    assert (sequence.missing, sequence.repeated) == (2, 2)
