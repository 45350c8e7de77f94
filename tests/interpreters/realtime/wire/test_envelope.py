from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.errors import LocalWireError, RemoteWireError
from dragoman.interpreters.realtime.wire import conversation, translation
from dragoman.interpreters.realtime.wire.envelope import (
    Broken,
    Rejection,
    RejectionCode,
    Stamp,
    Unrecognised,
    encode,
    error_for,
    first,
    one_of,
    with_event_id,
    within,
)

pytestmark = pytest.mark.unit

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
CLIENT_TYPES = [*conversation.CLIENT_TYPES.split(", "), *translation.CLIENT_TYPES.split(", ")]
FIELDS = ["session", "audio", "item", "item_id", "response", "event_id", "content_index", "audio_end_ms", "response_id"]


def message(kind: object, members: dict[str, object]) -> bytes:
    return json.dumps({"type": kind, **members}).encode()


@given(st.binary(max_size=200))
def test_no_bytes_break_the_readers(junk: bytes) -> None:
    for reader in (conversation.decode_client, translation.decode_client):
        assert isinstance(reader(junk), Rejection)
    for server in (conversation.decode_server, translation.decode_server):
        try:
            server(junk)
        except RemoteWireError:
            continue


@given(st.sampled_from(CLIENT_TYPES) | st.text(max_size=8), st.dictionaries(st.sampled_from(FIELDS), anything))
def test_no_event_breaks_the_server_role(kind: str, members: dict[str, object]) -> None:
    for reader in (conversation.decode_client, translation.decode_client):
        answer = reader(message(kind, members))
        if isinstance(answer, Rejection):
            assert answer.message
            assert encode(error_for(answer))


@given(anything)
def test_no_server_event_breaks_the_client_role(value: object) -> None:
    for kind in ("session.created", "response.done", "response.output_audio.delta", "session.output_audio.delta"):
        with contextlib.suppress(RemoteWireError):
            conversation.decode_server(message(kind, {"session": value, "response": value, "delta": value}))


def test_deep_nesting_is_refused_and_not_fatal() -> None:
    junk = b'{"type":' + b"[" * 100_000
    assert isinstance(conversation.decode_client(junk), Rejection)
    with pytest.raises(RemoteWireError):
        conversation.decode_server(junk)


@pytest.mark.parametrize(
    ("sent", "code", "param"),
    [
        (b"{", RejectionCode.INVALID_JSON, None),
        (b"[]", RejectionCode.INVALID_EVENT, None),
        (b"7", RejectionCode.INVALID_EVENT, None),
        (b"{}", RejectionCode.MISSING_PARAMETER, "type"),
        (b'{"type":"nonsense"}', RejectionCode.INVALID_VALUE, "type"),
        (b'{"type":5}', RejectionCode.INVALID_VALUE, "type"),
        (b'{"type":"session.update"}', RejectionCode.MISSING_PARAMETER, "session"),
        (b'{"type":"session.update","session":{}}', RejectionCode.MISSING_PARAMETER, "session.type"),
        (b'{"type":"input_audio_buffer.append"}', RejectionCode.MISSING_PARAMETER, "audio"),
        (b'{"type":"input_audio_buffer.append","audio":"%"}', RejectionCode.INVALID_VALUE, "audio"),
        (b'{"type":"input_audio_buffer.append","audio":"","x":1}', RejectionCode.UNKNOWN_PARAMETER, "x"),
        (b'{"type":"input_audio_buffer.commit","x":1}', RejectionCode.UNKNOWN_PARAMETER, "x"),
        (b'{"type":"conversation.item.delete","item_id":5}', RejectionCode.INVALID_VALUE, "item_id"),
        (
            b'{"type":"response.create","response":{"input":[{"type":"item_reference","id":"a","x":1}]}}',
            RejectionCode.UNKNOWN_PARAMETER,
            "response.input[0].x",
        ),
        (
            b'{"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":{"type":"g711_ulaw"}}}}}',
            RejectionCode.INVALID_VALUE,
            "session.audio.input.format.type",
        ),
        (
            b'{"type":"session.update","session":{"type":"realtime","audio":{"input":{"format":"g711_ulaw"}}}}',
            RejectionCode.INVALID_VALUE,
            "session.audio.input.format",
        ),
    ],
)
def test_a_rejection_says_what_and_where(sent: bytes, code: RejectionCode, param: str | None) -> None:
    answer = conversation.decode_client(sent)
    assert isinstance(answer, Rejection)
    assert (answer.code, answer.param) == (code, param)
    assert answer.message


def test_a_rejection_echoes_the_event_id() -> None:
    answer = conversation.decode_client(b'{"type":"nonsense","event_id":"mine"}')
    assert isinstance(answer, Rejection)
    assert error_for(answer).error.event_id == "mine"
    too_long = conversation.decode_client(json.dumps({"type": "x", "event_id": "y" * 513}).encode())
    assert isinstance(too_long, Rejection)
    assert too_long.event_id is None
    assert with_event_id(too_long, "other").event_id == "other"


def test_every_server_event_gets_its_own_id() -> None:
    stamp = Stamp("s1")
    event = conversation.AudioCleared()
    ids = [json.loads(stamp(event))["event_id"] for _ in range(3)]
    assert ids == ["event_s1_1", "event_s1_2", "event_s1_3"]
    assert json.loads(stamp(conversation.AudioCleared(event_id="kept")))["event_id"] == "kept"


def test_a_server_event_that_nobody_knows_is_named() -> None:
    assert conversation.decode_server(b'{"type":"session.brand_new","x":1}') == Unrecognised(
        "session.brand_new", "Invalid value 'session.brand_new' - at `$.type`"
    )


def test_a_known_event_with_a_new_kind_of_item_is_not_fatal() -> None:
    event = b'{"type":"conversation.item.added","item":{"type":"mcp_list_tools","id":"a"}}'
    assert isinstance(conversation.decode_server(event), Unrecognised)


def test_new_members_of_a_server_event_are_skipped() -> None:
    event = conversation.decode_server(
        b'{"type":"response.output_audio.done","response_id":"r","item_id":"i",'
        b'"output_index":0,"content_index":0,"brand_new":[1,2]}'
    )
    assert event == conversation.AudioDone("r", "i", 0, 0)


def test_a_broken_server_event_is_a_remote_error() -> None:
    with pytest.raises(RemoteWireError, match=r"response\.output_audio\.delta"):
        conversation.decode_server(b'{"type":"response.output_audio.delta"}')
    with pytest.raises(RemoteWireError, match="without a type"):
        conversation.decode_server(b"{}")
    with pytest.raises(RemoteWireError, match="not JSON"):
        conversation.decode_server(b"nope")


def test_what_cannot_be_written_is_our_own_fault() -> None:
    with pytest.raises(LocalWireError):
        encode(conversation.DeleteItem(item_id=object()))  # type: ignore[arg-type]


def test_rules() -> None:
    assert within("p", 5, 1, 10) is None
    assert within("p", None, 1, 10) is None
    assert within("p", 11, 1, 10) == Broken("p", "expected a value less than or equal to 10, but got 11 instead.")
    assert within("p", 0.5, 1, 10) is not None
    assert one_of("p", "a", ("a", "b")) is None
    assert one_of("p", None, ("a", "b")) is None
    broken = one_of("p", "c", ("a", "b"))
    assert broken is not None
    assert first([None, broken]) is broken
    assert first([None]) is None
    assert broken.rejection("e").event_id == "e"
