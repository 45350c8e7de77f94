"""The embedded engine's server, its models played by fakes: any client events in any order, any body of a request."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any, Final, cast

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from dragoman.assistant_settings import AssistantSettings
from dragoman.interpreters.local.endpointing import EndpointRules
from dragoman.interpreters.local.jobs import Jobs
from dragoman.interpreters.local.mind.minds import Minds
from dragoman.interpreters.local.mind.rehearsal import Rehearsal
from dragoman.interpreters.local.parts import Parts
from dragoman.interpreters.local.server.answers import AssistantParts
from dragoman.interpreters.local.server.app import Doors
from dragoman.interpreters.local.server.conversation import ConversationSession
from dragoman.interpreters.local.server.outlet import Outlet
from dragoman.interpreters.local.server.speech import SpeechWanted
from dragoman.interpreters.local.server.translation import TranslationSession
from dragoman.interpreters.realtime.wire import conversation, translation
from dragoman.interpreters.realtime.wire.envelope import Stamp
from dragoman.interpreters.realtime.wire.session import Session
from dragoman.settings import load
from tests.fakes.local_parts import TOKEN, FakeEars, FakeText, FakeVoice, loudness, tone
from tests.fuzz.effort import effort
from tests.fuzz.mutations import mutated, torn
from tests.fuzz.parsers import client_examples
from tests.fuzz.wire_values import Pools, examples, messages

pytestmark = pytest.mark.unit

IDS: Final = st.sampled_from(["a", "b", "root", "item_s_1", "item_s_2", "resp_s_1"])
POOLS: Final[Pools] = {
    "": st.sampled_from(["", "Hola.", "es", "en-US", "marin", "Ω", "x" * 500]),
    **dict.fromkeys(("item_id", "previous_item_id", "response_id", "id"), IDS),
    "type": st.sampled_from(["realtime", "input_text", "near_field"]),
    "role": st.sampled_from(["user", "user", "assistant", "system"]),
    "conversation": st.sampled_from(["none", "auto", None]),
    "output_modalities": st.sampled_from([["audio"], ["text"]]),
    "metadata": st.sampled_from([None, {"target": "en"}, {"target": "", "source": "es_MX"}, {"x": "y"}]),
    "language": st.sampled_from(["es", "en", "eng", "ja"]),
    "speed": st.sampled_from([0.25, 1.0, 1.5]),
    "voice": st.sampled_from(["marin", "cedar"]),
    "rate": st.just(24000),
    "silence_duration_ms": st.sampled_from([0, 200, 10_000]),
    "prefix_padding_ms": st.sampled_from([0, 300, 10_000]),
    "threshold": st.sampled_from([0.0, 0.5, 1.0]),
    "tool_choice": st.just("none"),
    "reasoning": st.none(),
    "include": st.none(),
    "truncation": st.just("auto"),
    "tracing": st.none(),
    "max_output_tokens": st.sampled_from([1, 4096, "inf"]),
    "delay": st.none(),
}
MINDS: Final = Minds(load(AssistantSettings, {}))
LOUD: Final = tone(400, 24_000).astype("<i2").tobytes()
SAID: Final = st.sampled_from([LOUD, bytes(len(LOUD)), b"", b"\1", LOUD[:4801]])


class Client:
    """A client's end of a session's socket: says all it has to say, and is gone."""

    def __init__(self, said: Sequence[bytes]) -> None:
        self.said = list(said)
        self.heard: list[Any] = []

    async def receive(self) -> dict[str, Any]:
        await asyncio.sleep(0)
        if self.said:
            return {"type": "websocket.receive", "bytes": self.said.pop(0)}
        await asyncio.sleep(0.002)
        return {"type": "websocket.disconnect"}

    async def send_text(self, text: str) -> None:
        self.heard.append(json.loads(text))

    async def close(self, code: int, reason: str) -> None:
        pass


async def carried(said: Sequence[bytes], *, talks: bool, minds: Minds | None = None) -> list[Any]:
    """What a session answered. `minds`: an assistant's."""
    client, jobs = Client(said), Jobs()
    socket = cast("WebSocket", client)
    parts = Parts(FakeEars(), FakeText(), FakeVoice(), lambda: loudness)
    outlet = Outlet(socket, Stamp("s"))
    async with asyncio.timeout(15), asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(jobs.serve())
        if talks:
            session = Session(id="sess_s", model="m")
            desk = AssistantParts(minds, Rehearsal(parts.voice, jobs)) if minds is not None else None
            await ConversationSession(socket, outlet, session, parts, jobs, assistant=desk).run()
        else:
            stream = translation.Session(id="s", model="m", expires_at=0)
            await TranslationSession(socket, outlet, stream, parts, jobs, "es").run(EndpointRules())
        serving.cancel()
    return client.heard


TALK: Final = (
    messages(conversation.AnyClientEvent, POOLS)
    | SAID.map(conversation.append)
    | mutated(client_examples(conversation.AnyClientEvent))
    | st.sampled_from(client_examples(conversation.AnyClientEvent)).flatmap(torn)
)
STREAM: Final = (
    messages(translation.AnyClientEvent, POOLS)
    | SAID.map(translation.append)
    | mutated(client_examples(translation.AnyClientEvent))
)


@effort(0.5)
@given(said=st.lists(TALK, max_size=15))
@example(
    said=[
        b'{"type":"conversation.item.create","previous_item_id":"a","item":{"type":"message","role":"user","id":"a",'
        b'"content":[{"type":"input_text","text":"x"}]}}'
    ]
    * 2
)
async def test_a_conversation_outlives_whatever_its_client_says(said: list[bytes]) -> None:
    heard = await carried(said, talks=True)
    assert heard[0]["type"] == "session.created"
    assert all(event["event_id"] for event in heard)


@effort(0.5)
@given(said=st.lists(TALK, max_size=15))
@example(said=[b'{"type":"response.create"}'])
@example(said=[b'{"type":"session.update","session":{"type":"realtime","prompt":{"id":"x"}}}'])
async def test_an_assistants_session_outlives_whatever_its_client_says(said: list[bytes]) -> None:
    heard = await carried(said, talks=True, minds=MINDS)
    assert heard[0]["type"] == "session.created"
    begun = [event["response"]["id"] for event in heard if event["type"] == "response.created"]
    ended = [event["response"]["id"] for event in heard if event["type"] == "response.done"]
    assert set(ended) <= set(begun)
    assert len(ended) == len(set(ended))


@effort(0.3)
@given(said=st.lists(STREAM, max_size=15))
async def test_a_translation_outlives_whatever_its_client_says(said: list[bytes]) -> None:
    heard = await carried(said, talks=False)
    assert heard[0]["type"] == "session.created"


WANTED: Final = (
    mutated(examples(SpeechWanted, {"response_format": "pcm", "speed": 1.0}))
    | st.binary(max_size=80)
    | st.just(b"\x80")
)


def client(app: ASGIApp) -> httpx2.AsyncClient:
    headers = {"authorization": f"Bearer {TOKEN}"}
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://t", headers=headers)


@effort(0.5)
@given(data=st.data())
async def test_no_request_for_speech_is_a_500(data: st.DataObject) -> None:
    body = data.draw(WANTED)
    jobs = Jobs()
    app = Doors(Parts(FakeEars(), FakeText(), FakeVoice(), lambda: loudness), jobs, TOKEN, 500).app()
    async with asyncio.timeout(15), asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(jobs.serve())
        async with client(app) as http:
            answer = await http.post("/v1/audio/speech", content=body)
        serving.cancel()
    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("pieces", [2, 100])
async def test_a_body_without_a_length_is_bounded_too(pieces: int) -> None:
    async def body() -> Any:
        for _ in range(pieces):
            yield b" " * 40_000

    app = Doors(Parts(FakeEars(), FakeText(), FakeVoice(), lambda: loudness), Jobs(), TOKEN, 500).app()
    async with client(app) as http:
        assert (await http.post("/v1/audio/speech", content=body())).status_code == 413
