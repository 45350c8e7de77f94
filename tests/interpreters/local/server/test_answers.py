"""Sessions of `dragoman-assistant`, driven by the official SDK: heard, thought about, answered aloud."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from dragoman.assistant_settings import AssistantSettings
from dragoman.domain.tools import ToolResult
from dragoman.interpreters.local.mind.minds import Minds
from dragoman.interpreters.local.recognise import Misheard, Reason
from dragoman.interpreters.local.rendered import Recognised
from dragoman.interpreters.realtime.exactly import METADATA, marked
from dragoman.settings import load
from tests.fakes.local_parts import FakeEngine, serving
from tests.fakes.text_model import KEY, MODEL, Keepalive, Stall, TextModel
from tests.interpreters.local.server.conftest import VAD, Talk, client_of
from tests.interpreters.local.server.test_responses import Held

pytestmark = pytest.mark.pair

HOURS = {"type": "function", "name": "hours", "description": "When the shop is open.", "parameters": {"type": "object"}}
PARKING_EN = "We have no parking of our own. There is a paid car park next to the building."


class Call(Talk):
    """A caller's session with an assistant."""

    def __init__(self, connection: Any, engine: FakeEngine) -> None:
        super().__init__(connection)
        self.engine = engine

    async def open(self, language: str = "en", tools: tuple[Any, ...] = (HOURS,), **session: Any) -> None:
        heard = {
            "format": {"type": "audio/pcmu"},
            "transcription": {"model": "whisper", "language": language},
            "turn_detection": {**VAD, "create_response": True},
        }
        audio = {"input": heard, "output": {"format": {"type": "audio/pcmu"}}}
        whole = {"type": "realtime", "instructions": "Be brief.", "tools": list(tools), "audio": audio, **session}
        await self.connection.session.update(session=whole)  # type: ignore[arg-type]
        await self.until("session.updated")

    def will_say(self, *texts: str, language: str = "en") -> None:
        self.engine.ears.script = [Recognised(text, language) for text in texts]

    async def done(self) -> Any:
        return (await self.until("response.done")).response

    async def asks(self, text: str, language: str = "en") -> Any:
        """Say something; the whole response."""
        self.will_say(text, language=language)
        await self.utter()
        return await self.done()

    async def say(self, text: str) -> Any:
        """Have a text read out."""
        wanted = {"instructions": f"Read this: {marked(text)}", "metadata": METADATA, "tool_choice": "none"}
        await self.connection.response.create(response=wanted)  # type: ignore[arg-type]
        return await self.done()

    async def tell(self, call_id: str, result: ToolResult) -> Any:
        output = {"type": "function_call_output", "call_id": call_id, "output": result.output()}
        await self.connection.conversation.item.create(item=output)  # type: ignore[arg-type]
        await self.connection.response.create()
        return await self.done()


@contextlib.asynccontextmanager
async def calling(minds: Minds) -> AsyncIterator[Call]:
    async with (
        serving(minds=minds) as engine,
        client_of(engine).realtime.connect(model="dragoman-assistant") as connection,
    ):
        call = Call(connection, engine)
        await call.until("session.created")
        yield call
    await minds.aclose()


@pytest.fixture
async def call() -> AsyncIterator[Call]:
    """With the small mind of the shipped persona."""
    async with calling(Minds(load(AssistantSettings, {}))) as found:
        yield found


@pytest.fixture
async def model() -> AsyncIterator[TextModel]:
    async with TextModel().listening() as found:
        yield found


@pytest.fixture
async def thoughtful(model: TextModel) -> AsyncIterator[Call]:
    """With a text model for a mind."""
    env = {"DRAGOMAN_MIND_URL": model.url, "DRAGOMAN_MIND_MODEL": MODEL, "DRAGOMAN_MIND_API_KEY": KEY}
    async with calling(Minds(load(AssistantSettings, env))) as found:
        yield found


def said(response: Any) -> list[str]:
    return [item.content[0].transcript for item in response.output if item.type == "message"]


async def test_a_question_is_answered_aloud_and_kept(call: Call) -> None:
    await call.open()
    response = await call.asks("Do you have parking?")
    assert (response.status, said(response)) == ("completed", [PARKING_EN])
    assert {one[1] for one in call.engine.voice.said} == {"en"}
    assert response.conversation_id.startswith("conv_")
    assert len(call.audio()) > 0
    assert call.kinds()[-13:] == [
        "conversation.item.input_audio_transcription.completed",
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ]


async def test_a_japanese_question_is_answered_in_japanese(call: Call) -> None:
    await call.open("ja")
    response = await call.asks("駐車場はありますか。", "ja")
    assert "駐車場" in said(response)[0]
    assert {one[1] for one in call.engine.voice.said} == {"ja"}


async def test_a_tool_is_called_by_the_client_and_its_result_said(call: Call) -> None:
    await call.open()
    response = await call.asks("Are you open now?")
    (asked,) = response.output
    assert (asked.type, asked.name, json.loads(asked.arguments)) == ("function_call", "hours", {"day": "now"})
    assert [event.arguments for event in call.seen if event.type.endswith("arguments.done")] == [asked.arguments]
    assert said(await call.say("One moment, please.")) == ["One moment, please."]
    response = await call.tell(asked.call_id, ToolResult("We are open.", "We are open now, until six."))
    assert said(response) == ["We are open now, until six."]


async def test_a_text_is_read_out_word_for_word_in_its_own_language(call: Call) -> None:
    await call.open("en")
    assert said(await call.say("お電話ありがとうございます。")) == ["お電話ありがとうございます。"]
    assert said(await call.say("See **us** at https://shop.example.")) == ["See **us** at https://shop.example."]
    assert call.engine.voice.said[0][1] == "ja"
    assert call.engine.voice.said[-1][1] == "en"


async def test_what_it_did_not_understand_it_asks_for_again(call: Call) -> None:
    await call.open()
    call.engine.ears.script = [Misheard(Reason.LOW_CONFIDENCE)]
    await call.utter()
    assert said(await call.done()) == ["I am sorry, I did not understand that. Could you say it again, please?"]


async def test_an_answer_that_is_cut_in_stops_and_ends_incomplete(call: Call) -> None:
    await call.open()
    held = Held(call.engine)
    call.will_say("Do you have parking?")
    await call.utter()
    begun = await call.until("response.created")
    await asyncio.to_thread(held.entered.wait, 10)
    await call.connection.response.cancel(response_id=begun.response.id)
    response = await call.done()
    held.release()
    assert response.status == "cancelled"
    assert [item.status for item in response.output] == ["incomplete"]


async def test_only_one_answer_runs_at_a_time(call: Call) -> None:
    await call.open()
    held = Held(call.engine)
    wanted = {"instructions": marked("A while."), "metadata": METADATA}
    await call.connection.response.create(response=wanted)  # type: ignore[arg-type]
    await asyncio.to_thread(held.entered.wait, 10)
    await call.connection.response.create()
    assert (await call.until("error")).error.code == "conversation_already_has_active_response"
    held.release()
    assert said(await call.done()) == ["A while."]


async def test_only_as_much_as_there_is_can_be_cut(call: Call) -> None:
    await call.open()
    response = await call.asks("Do you have parking?")
    item, whole_ms = response.output[0].id, int(call.fmt.ms(len(call.audio())))
    cut = call.connection.conversation.item.truncate
    await cut(item_id=item, content_index=0, audio_end_ms=whole_ms + 60)
    error = await call.until("error")
    assert "already shorter" in error.error.message
    await cut(item_id=item, content_index=0, audio_end_ms=whole_ms // 2)
    assert (await call.until("conversation.item.truncated")).audio_end_ms == whole_ms // 2


async def test_a_language_without_a_voice_fails_and_says_so(call: Call) -> None:
    call.engine.voice.tongues = frozenset({"ja"})
    await call.open()
    response = await call.asks("Do you have parking?")
    assert (response.status, response.status_details.error.code) == ("failed", "no_voice")


async def test_a_persona_that_is_not_there_fails_and_says_so(call: Call) -> None:
    await call.open(prompt={"id": "nobody"})
    response = await call.asks("Do you have parking?")
    assert (response.status, response.status_details.error.code) == ("failed", "mind_no_persona")
    await call.open(prompt={"id": "reception"})
    assert said(await call.asks("Do you have parking?")) == [PARKING_EN]


async def test_it_may_write_instead(call: Call) -> None:
    await call.open(output_modalities=["text"])
    response = await call.asks("Do you have parking?")
    assert response.output[0].content[0].text == PARKING_EN
    assert call.engine.voice.said == []


async def test_another_model_still_interprets(call: Call) -> None:
    async with client_of(call.engine).realtime.connect(model="dragoman-local") as connection:
        talk = Talk(connection)
        await talk.set_up()
        await talk.utter()
        committed = await talk.until("input_audio_buffer.committed")
        await talk.ask(committed.item_id)
        assert said((await talk.until("response.done")).response) == ["[en] Hola."]


# ---- With a text model -----------------------------------------------------------------------------------------------


async def test_a_model_is_told_the_conversation_and_spoken_sentence_by_sentence(
    thoughtful: Call, model: TextModel
) -> None:
    await thoughtful.open()
    await thoughtful.say("Hello, an AI speaks.")
    model.script = [["We are open. Unt", "il six."], ["Of course."]]
    response = await thoughtful.asks("Are you open?")
    assert said(response) == ["We are open. Until six."]
    assert (response.usage.input_tokens, response.usage.output_tokens, response.usage.total_tokens) == (11, 7, 18)
    await thoughtful.connection.conversation.item.truncate(
        item_id=response.output[0].id, content_index=0, audio_end_ms=130
    )
    await thoughtful.asks("Really?")
    roles = [(one["role"], one["content"]) for one in model.asked[-1]["messages"][1:]]
    assert roles == [
        ("user", "(the call is connected)"),
        ("assistant", "Hello, an AI speaks."),
        ("user", "Are you open?"),
        ("assistant", "We are open."),
        ("user", "Really?"),
    ]
    assert model.asked[0]["messages"][0]["content"].startswith("Be brief.")


async def test_sound_comes_while_the_model_still_writes(thoughtful: Call, model: TextModel) -> None:
    await thoughtful.open()
    model.script = [["We are open. Unt", Stall()]]
    thoughtful.will_say("Are you open?")
    await thoughtful.utter()
    await thoughtful.until("response.output_audio.delta")
    await thoughtful.connection.response.cancel()
    assert (await thoughtful.done()).status == "cancelled"
    async with asyncio.timeout(5):
        await model.left.wait()


async def test_a_model_calls_two_tools_and_goes_on_with_their_results(thoughtful: Call, model: TextModel) -> None:
    await thoughtful.open()
    calls = [
        {"index": at, "id": f"c{at}", "type": "function", "function": {"name": "hours", "arguments": "{}"}}
        for at in range(2)
    ]
    model.script = [["One moment. ", {"tool_calls": calls}], ["Until six."]]
    response = await thoughtful.asks("Are you open?")
    assert [item.type for item in response.output] == ["message", "function_call", "function_call"]
    output = {"type": "function_call_output", "call_id": "c0", "output": "a"}
    await thoughtful.connection.conversation.item.create(item=output)  # type: ignore[arg-type]
    assert said(await thoughtful.tell("c1", ToolResult("b"))) == ["Until six."]
    messages = model.asked[-1]["messages"]
    assert [one["role"] for one in messages[1:]] == ["user", "assistant", "assistant", "tool", "tool"]
    assert messages[-1]["content"] == '{"result": "b"}'


async def test_a_response_may_have_no_tools(thoughtful: Call, model: TextModel) -> None:
    await thoughtful.open()
    await thoughtful.connection.response.create(response={"tool_choice": "none", "instructions": "Say goodbye."})
    assert said(await thoughtful.done()) == ["Hello."]
    assert "tools" not in model.asked[-1]
    assert model.asked[-1]["messages"][0]["content"].startswith("Say goodbye.")


@pytest.mark.parametrize(
    ("status", "code"), [(401, "invalid_api_key"), (429, "rate_limit_exceeded"), (500, "mind_failed")]
)
async def test_a_model_that_refuses_fails_the_response_and_not_the_session(
    thoughtful: Call, model: TextModel, status: int, code: str
) -> None:
    await thoughtful.open()
    model.status = status
    response = await thoughtful.asks("Are you open?")
    assert (response.status, response.status_details.error.code) == ("failed", code)
    assert said(await thoughtful.say("I am sorry.")) == ["I am sorry."]
    model.status = 200
    assert said(await thoughtful.asks("Are you open?")) == ["Hello."]


async def test_a_client_that_leaves_in_mid_thought_leaves_nothing_behind(model: TextModel) -> None:
    env = {"DRAGOMAN_MIND_URL": model.url, "DRAGOMAN_MIND_MODEL": MODEL, "DRAGOMAN_MIND_API_KEY": KEY}
    async with calling(Minds(load(AssistantSettings, env))) as call:
        await call.open()
        model.script = [["We are open. ", Keepalive()]]
        call.will_say("Are you open?")
        await call.utter()
        await call.until("response.output_audio.delta")
        await call.connection.close()
        async with asyncio.timeout(5):
            await model.left.wait()
