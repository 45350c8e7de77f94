"""Responses of the embedded engine: what they are made of, and how they are stopped."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from dragoman.interpreters.local.rendered import Recognised
from tests.fakes.local_parts import FakeEngine
from tests.interpreters.local.server.conftest import VAD, Talk, interpreted

pytestmark = pytest.mark.pair


async def test_a_text_answer_is_not_spoken(talk: Talk, engine: FakeEngine) -> None:
    await talk.set_up()
    response = await interpreted(talk, output_modalities=["text"])
    assert response.output[0].content[0].text == "[en] Hola."
    assert engine.voice.said == []
    assert "response.output_text.done" in talk.kinds()


async def test_a_typed_item_is_interpreted_too(talk: Talk) -> None:
    await talk.set_up()
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Gracias."}]}
    await talk.connection.conversation.item.create(item=item)  # type: ignore[arg-type]
    added = await talk.until("conversation.item.done")
    await talk.ask(added.item.id)
    done = await talk.until("response.done")
    assert done.response.output[0].content[0].transcript == "[en] Gracias."


async def test_a_long_text_is_spoken_clause_by_clause(talk: Talk, engine: FakeEngine) -> None:
    text = "Buenos días. Quisiera cambiar la dirección de entrega, por favor. Muchas gracias."
    engine.ears.script = [Recognised(text, "es")]
    await talk.set_up()
    await interpreted(talk)
    assert len(engine.voice.said) >= 3


class Held:
    """A voice that is not ready before it is let go."""

    def __init__(self, engine: FakeEngine) -> None:
        self.entered, self._open = threading.Event(), threading.Event()
        engine.voice.hold = self

    def __call__(self) -> None:
        self.entered.set()
        assert self._open.wait(10)

    def release(self) -> None:
        self._open.set()


async def begun(talk: Talk, held: Held, **more: Any) -> str:
    """A response that is waiting for its first sound."""
    await talk.utter()
    committed = await talk.until("input_audio_buffer.committed")
    await talk.ask(committed.item_id, **more)
    created = await talk.until("response.created")
    async with asyncio.timeout(5):
        await asyncio.to_thread(held.entered.wait)
    return str(created.response.id)


async def test_a_response_is_cancelled_by_its_id(talk: Talk, engine: FakeEngine) -> None:
    held = Held(engine)
    await talk.set_up()
    response_id = await begun(talk, held)
    await talk.connection.response.cancel(response_id=response_id)
    done = await talk.until("response.done")
    held.release()
    assert (done.response.status, done.response.status_details.reason) == ("cancelled", "client_cancelled")
    assert talk.audio() == b""
    await talk.connection.response.cancel(response_id=response_id)
    assert (await talk.until("error")).error.code == "response_cancel_not_active"


async def test_one_response_writes_to_the_conversation_at_a_time(talk: Talk, engine: FakeEngine) -> None:
    held = Held(engine)
    await talk.set_up()
    await begun(talk, held, conversation="auto")
    await talk.connection.response.create()
    error = (await talk.until("error")).error
    held.release()
    assert error.code == "conversation_already_has_active_response"
    assert (await talk.until("response.done")).response.status == "completed"


async def test_speech_interrupts_where_the_client_wants_it(talk: Talk, engine: FakeEngine) -> None:
    held = Held(engine)
    await talk.set_up(turn_detection={**VAD, "interrupt_response": True})
    await begun(talk, held, conversation="auto")
    await talk.utter(300, 0)
    done = await talk.until("response.done")
    held.release()
    assert done.response.status_details.reason == "turn_detected"
