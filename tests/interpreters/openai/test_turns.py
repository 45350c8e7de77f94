from __future__ import annotations

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import (
    Captioned,
    Guarded,
    InterpreterEvent,
    Side,
    Spent,
    Spoke,
    SpokeAll,
    Trouble,
    TroubleKind,
    Unclear,
    Verdict,
)
from dragoman.interpreters.openai.guard import Guard, shipped_phrases
from dragoman.interpreters.openai.prices import Prices, shipped_prices
from dragoman.interpreters.openai.turns import CANCELLED_S, STALLED_S, TRANSCRIPT_S, Turns
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.items import (
    Content,
    InputTokens,
    MessageItem,
    OutputTokens,
    Response,
    StatusDetails,
    StatusError,
    Usage,
)
from dragoman.ports import Rank
from tests.fakes.interpreting_desk import Desk, wanted

pytestmark = pytest.mark.script

FRAME = b"\x11" * 160


def rank(text: str) -> list[tuple[str, float]]:
    """A ranking that knows two words of each language."""
    spanish = sum(word in text for word in ("buenos", "quiero", "hablar", "agente"))
    english = sum(word in text for word in ("good", "want", "talk", "agent"))
    return [("es", 20.0 * spanish), ("en", 20.0 * english)]


class Floor:
    """A turn machine with its desk, and the server's side of a response in short words."""

    def __init__(self, *, guard: bool = True, prices: Prices | None = None) -> None:
        self.desk = Desk()
        ranked: Rank = rank
        judge = Guard("es", "en", shipped_phrases(), ranked) if guard else None
        self.turns = Turns(wanted(), "gpt-realtime-2.1-mini", AudioFormat.PCMU_8K, judge, prices, self.desk.outlet)
        self.turns.expect_transcripts(on=True)
        self.now = 100.0

    def commit(self, utterance: str = "u1") -> None:
        self.turns.committed(utterance, 2.0, self.now)

    def asked(self) -> wire.CreateResponse:
        """The one request that was just sent."""
        (event,) = [one for one in self.desk.take_sent() if isinstance(one, wire.CreateResponse)]
        return event

    def begin(self, response_id: str = "r1", item_id: str = "a1", phase: str | None = None) -> None:
        request = self.asked()
        metadata = request.response.metadata if request.response else None
        self.turns.created(Response(response_id, "in_progress", metadata=metadata), self.now)
        self.item(response_id, item_id, phase)

    def item(self, response_id: str, item_id: str, phase: str | None = None) -> None:
        self.turns.item(response_id, MessageItem("assistant", [], id=item_id, phase=phase))

    def audio(self, audio: bytes = FRAME, response_id: str = "r1", item_id: str = "a1") -> None:
        self.turns.audio(wire.AudioDelta(response_id, item_id, 0, 0, audio), self.now)

    def say(self, text: str, response_id: str = "r1", item_id: str = "a1") -> None:
        self.turns.words(response_id, item_id, text, self.now, whole=False)

    def done(self, response_id: str = "r1", status: str = "completed", error: StatusError | None = None) -> None:
        details = StatusDetails(status, error=error) if error else None
        self.turns.done(Response(response_id, status, status_details=details), self.now)

    def told(self) -> list[InterpreterEvent]:
        return self.desk.take_told()


def spoken(events: list[InterpreterEvent]) -> bytes:
    return b"".join(event.audio for event in events if isinstance(event, Spoke))


# ---- The good way ----------------------------------------------------------------------------------------------------


def test_an_utterance_is_asked_for_out_of_band_with_nothing_else_in_sight() -> None:
    floor = Floor()
    floor.commit("item_7")
    request = floor.asked()
    assert request.response is not None
    assert request.response.conversation == "none"
    assert [item.id for item in request.response.input or []] == ["item_7"]
    assert request.response.instructions is not None
    assert "English" in request.response.instructions
    metadata = request.response.metadata or {}
    assert (metadata["source"], metadata["target"], metadata["utterance"]) == ("es", "en", "item_7")
    assert all(isinstance(value, str) for value in metadata.values())


def test_audio_waits_for_enough_good_words_and_then_flows() -> None:
    floor = Floor()
    floor.commit()
    floor.begin()
    floor.audio(b"\x01" * 160)
    floor.say("I want ")
    floor.audio(b"\x02" * 160)
    assert floor.told() == []
    floor.say("to talk to somebody about ")
    held = floor.told()
    assert spoken(held) == b"\x01" * 160 + b"\x02" * 160
    assert Captioned(Side.TARGET, "I want to talk to somebody about ", "u1", whole=True) in held
    floor.audio(b"\x03" * 160)
    floor.say("my bill.")
    assert spoken(floor.told()) == b"\x03" * 160
    floor.done()
    assert floor.told() == [
        Captioned(Side.TARGET, "I want to talk to somebody about my bill.", "u1", whole=True, final=True),
        SpokeAll("u1"),
    ]


def test_a_short_translation_is_given_out_when_it_is_done() -> None:
    floor = Floor()
    floor.commit()
    floor.begin()
    floor.audio()
    floor.say("Yes.")
    assert floor.told() == []
    floor.done()
    assert spoken(told := floor.told()) == FRAME
    assert told[-1] == SpokeAll("u1")


def test_without_a_guard_nothing_waits() -> None:
    floor = Floor(guard=False)
    floor.commit()
    floor.begin()
    floor.audio()
    assert spoken(floor.told()) == FRAME


def test_utterances_are_rendered_one_at_a_time_and_in_order() -> None:
    floor = Floor()
    floor.commit("u1")
    floor.commit("u2")
    floor.commit("u3")
    for number, utterance in enumerate(("u1", "u2", "u3")):
        request = floor.desk.sent[-1]
        assert request.response.metadata["utterance"] == utterance
        floor.begin(f"r{number}", f"a{number}")
        floor.say("Yes.", f"r{number}", f"a{number}")
        floor.done(f"r{number}")
    assert [event.utterance for event in floor.told() if isinstance(event, SpokeAll)] == ["u1", "u2", "u3"]


def test_the_same_utterance_twice_is_one() -> None:
    floor = Floor()
    floor.commit("u1")
    floor.commit("u1")
    floor.begin()
    floor.done()
    floor.commit("u1")
    assert not [event for event in floor.desk.take_sent() if isinstance(event, wire.CreateResponse)]


def test_text_that_comes_only_with_the_end_is_taken_from_there() -> None:
    floor = Floor()
    floor.commit()
    floor.begin()
    floor.audio()
    item = MessageItem("assistant", [Content("output_audio", transcript="Good morning.")], id="a1")
    floor.turns.done(Response("r1", "completed", output=[item]), floor.now)
    told = floor.told()
    assert spoken(told) == FRAME
    assert Captioned(Side.TARGET, "Good morning.", "u1", whole=True, final=True) in told


def test_a_silent_answer_ends_the_utterance() -> None:
    floor = Floor()
    floor.commit()
    floor.begin()
    floor.done()
    assert floor.told() == [SpokeAll("u1")]


def test_only_the_final_answer_is_spoken() -> None:
    floor = Floor()
    floor.commit()
    floor.begin(item_id="a0", phase="commentary")
    floor.audio(b"\x01" * 160, item_id="a0")
    floor.say("One moment, translating this.", item_id="a0")
    floor.item("r1", "a1", "final_answer")
    floor.audio(b"\x02" * 160)
    floor.say("Yes.")
    floor.done()
    told = floor.told()
    assert spoken(told) == b"\x02" * 160
    assert [event.text for event in told if isinstance(event, Captioned)] == ["Yes."]


def test_a_preamble_that_shows_itself_late_is_dropped_too() -> None:
    floor = Floor()
    floor.commit()
    floor.begin(item_id="a0")
    floor.audio(b"\x01" * 160, item_id="a0")
    floor.say("One moment.", item_id="a0")
    floor.item("r1", "a0", "commentary")
    floor.item("r1", "a1", "final_answer")
    floor.audio(b"\x02" * 160)
    floor.say("Yes.")
    floor.done()
    assert spoken(floor.told()) == b"\x02" * 160


def test_used_utterances_are_deleted_once_their_transcript_is_there() -> None:
    floor = Floor()
    floor.commit()
    floor.begin()
    floor.done()
    floor.turns.tick(floor.now + 1)
    assert floor.desk.take_sent() == []
    floor.turns.transcribed("u1", "Sí.", floor.now + 1)
    floor.turns.tick(floor.now + 1.1)
    assert floor.desk.take_sent() == [wire.DeleteItem("u1")]
    floor.turns.tick(floor.now + 30)
    assert floor.desk.take_sent() == []


def test_a_transcript_that_never_comes_is_not_waited_for() -> None:
    floor = Floor()
    floor.commit()
    floor.begin()
    floor.done()
    floor.turns.tick(floor.now + TRANSCRIPT_S + 0.1)
    assert floor.desk.take_sent() == [wire.DeleteItem("u1")]


# ---- The guard -------------------------------------------------------------------------------------------------------


def test_a_lapse_is_cancelled_dropped_and_asked_for_once_more() -> None:
    floor = Floor()
    floor.commit()
    floor.begin()
    floor.audio(b"\x01" * 160)
    floor.say("Sure, here is the translation: ")
    assert floor.told() == [Guarded("u1", Verdict.COMMENTED, asked_again=True, played=False)]
    assert floor.desk.take_sent() == [wire.CancelResponse("r1")]
    floor.audio(b"\x02" * 160)
    floor.say("good morning.")
    assert floor.told() == []
    floor.done("r1", "cancelled")
    request = floor.desk.sent[-1]
    assert "added remarks" in request.response.instructions
    floor.begin("r2", "a2")
    floor.audio(b"\x03" * 160, "r2", "a2")
    floor.audio(b"\x09" * 160, "r1", "a1")
    floor.say("Good morning.", "r2", "a2")
    floor.done("r2")
    told = floor.told()
    assert spoken(told) == b"\x03" * 160
    assert told[-1] == SpokeAll("u1")


def test_a_second_lapse_is_dropped_and_the_speaker_asked_to_repeat() -> None:
    floor = Floor()
    floor.commit("u1")
    floor.commit("u2")
    for response in ("r1", "r2"):
        floor.begin(response, f"a-{response}")
        floor.audio(response_id=response, item_id=f"a-{response}")
        floor.say("Hello! How can I help you today?", response, f"a-{response}")
        floor.done(response, "cancelled")
    told = floor.told()
    assert [event.asked_again for event in told if isinstance(event, Guarded)] == [True, False]
    assert [event for event in told if isinstance(event, Unclear)] == [Unclear("u1", "guard")]
    assert spoken(told) == b""
    assert floor.desk.sent[-1].response.metadata["utterance"] == "u2"


def test_a_lapse_that_shows_at_the_end_is_caught_there() -> None:
    floor = Floor()
    floor.commit()
    floor.turns.transcribed("u1", "¿Cuánto es dos más dos?", floor.now)
    floor.begin()
    floor.audio()
    floor.say("Four.")
    floor.done()
    told = floor.told()
    assert told == [Guarded("u1", Verdict.ANSWERED, asked_again=True, played=False)]
    assert not [event for event in floor.desk.sent if isinstance(event, wire.CancelResponse)]
    assert floor.asked().response is not None


def test_a_transcript_that_comes_late_can_still_tell() -> None:
    floor = Floor()
    floor.commit()
    floor.begin()
    floor.audio()
    floor.say("The capital of France is the city of Paris.")
    assert spoken(floor.told()) == FRAME
    floor.done()
    floor.told()
    floor.turns.transcribed("u1", "¿Cuál es la capital de Francia?", floor.now)
    assert floor.told() == [Guarded("u1", Verdict.ANSWERED, asked_again=True, played=True)]
    floor.begin("r2", "a2")
    floor.say("What is the capital of France?", "r2", "a2")
    floor.done("r2")
    assert floor.told()[-1] == SpokeAll("u1")
    floor.turns.tick(floor.now + 0.1)
    assert floor.desk.take_sent() == [wire.DeleteItem("u1")]


def test_a_transcript_that_comes_while_it_is_heard_is_judged_by_at_once() -> None:
    floor = Floor()
    floor.commit()
    floor.begin()
    floor.audio()
    floor.say("Well, there are many ways to fix this problem. First you should restart the router, then wait a while.")
    assert spoken(floor.told()) == FRAME
    floor.turns.transcribed("u1", "Hola.", floor.now)
    assert floor.told() == [Guarded("u1", Verdict.ANSWERED, asked_again=True, played=True)]
    assert floor.desk.take_sent() == [wire.CancelResponse("r1")]


def test_a_good_rendering_stands_when_its_transcript_comes_late() -> None:
    floor = Floor()
    floor.commit()
    floor.begin()
    floor.say("What is the capital of France?")
    floor.done()
    floor.told()
    floor.turns.transcribed("u1", "¿Cuál es la capital de Francia?", floor.now)
    assert floor.told() == []


def test_repeating_the_source_is_caught() -> None:
    floor = Floor()
    floor.commit()
    floor.turns.transcribed("u1", "Buenos días, quiero hablar con un agente.", floor.now)
    floor.begin()
    floor.say("Buenos días, quiero hablar con un agente.")
    assert floor.told() == [Guarded("u1", Verdict.REPEATED_SOURCE, asked_again=True, played=False)]


def test_a_cancel_that_nobody_confirms_does_not_hold_the_queue() -> None:
    floor = Floor()
    floor.commit()
    floor.begin()
    floor.say("Sure, here is the translation: ")
    floor.desk.take_sent()
    floor.turns.tick(floor.now + CANCELLED_S + 0.1)
    assert isinstance(floor.desk.sent[-1], wire.CreateResponse)


# ---- Interruption ----------------------------------------------------------------------------------------------------


def test_an_interruption_cancels_by_id_and_drops_what_is_late() -> None:
    floor = Floor(guard=False)
    floor.commit()
    floor.begin()
    floor.audio()
    floor.told()
    floor.turns.interrupt(floor.now)
    assert floor.desk.take_sent() == [wire.CancelResponse("r1")]
    floor.audio()
    floor.say("late")
    assert floor.told() == []
    floor.turns.interrupt(floor.now)
    assert floor.desk.take_sent() == []
    floor.done("r1", "cancelled")
    assert floor.told() == [SpokeAll("u1")]


def test_nothing_is_cancelled_when_nothing_runs() -> None:
    floor = Floor()
    floor.turns.interrupt(floor.now)
    floor.commit()
    floor.begin()
    floor.done()
    floor.desk.take_sent()
    floor.turns.interrupt(floor.now)
    assert floor.desk.take_sent() == []


def test_an_interruption_before_the_response_exists_cancels_it_when_it_does() -> None:
    floor = Floor()
    floor.commit()
    floor.turns.interrupt(floor.now)
    assert not [event for event in floor.desk.sent if isinstance(event, wire.CancelResponse)]
    floor.begin()
    assert floor.desk.take_sent() == [wire.CancelResponse("r1")]


# ---- Failures --------------------------------------------------------------------------------------------------------


def test_unclear_speech_is_said_to_be_unclear() -> None:
    floor = Floor()
    floor.commit()
    floor.begin()
    floor.done(status="failed", error=StatusError("server_error", "speech_unclear", "low confidence"))
    assert floor.told() == [Unclear("u1", "low confidence"), SpokeAll("u1")]


def test_a_rate_limit_is_waited_out_once() -> None:
    floor = Floor()
    floor.commit()
    floor.begin()
    limit = StatusError("tokens", "rate_limit_exceeded", "Please try again in 1.5s.")
    floor.done(status="failed", error=limit)
    assert floor.told() == []
    floor.turns.tick(floor.now + 1.4)
    assert floor.desk.take_sent() == []
    floor.turns.tick(floor.now + 1.6)
    floor.begin("r2", "a2")
    floor.done("r2", "failed", limit)
    assert floor.told() == [
        Trouble(TroubleKind.RATE_LIMIT, "a response failed: rate_limit_exceeded", fatal=False),
        Unclear("u1", "the engine failed"),
        SpokeAll("u1"),
    ]


def test_a_failure_without_details_is_survived() -> None:
    floor = Floor()
    floor.commit()
    floor.begin()
    floor.done(status="failed")
    floor.turns.tick(floor.now + 2)
    floor.begin("r2", "a2")
    floor.done("r2", "failed")
    assert any(isinstance(event, Unclear) for event in floor.told())


def test_no_quota_is_fatal() -> None:
    floor = Floor()
    floor.commit()
    floor.begin()
    floor.done(status="failed", error=StatusError("insufficient_quota", "insufficient_quota", "x"))
    assert floor.turns.fatal
    assert floor.told()[0] == Trouble(TroubleKind.QUOTA, "a response failed: insufficient_quota", fatal=True)
    floor.commit("u2")
    assert not [event for event in floor.desk.take_sent() if isinstance(event, wire.CreateResponse)]


def test_an_error_that_answers_our_request_counts_as_its_failure() -> None:
    floor = Floor()
    floor.commit()
    request = floor.asked()
    error = StatusError("invalid_request_error", "item_reference_not_found", "x")
    assert not floor.turns.refused("somebody-else", error, floor.now)
    assert floor.turns.refused(request.event_id, error, floor.now)
    assert any(isinstance(event, Unclear) for event in floor.told())


def test_a_response_that_stalls_is_given_up() -> None:
    floor = Floor()
    floor.commit("u1")
    floor.commit("u2")
    floor.begin()
    floor.desk.take_sent()
    floor.turns.tick(floor.now + STALLED_S - 1)
    assert floor.told() == []
    floor.turns.tick(floor.now + STALLED_S + 0.1)
    told = floor.told()
    assert isinstance(told[0], Trouble)
    assert told[1:] == [Unclear("u1", "the engine failed"), SpokeAll("u1")]
    assert floor.desk.sent[0] == wire.CancelResponse("r1")
    assert floor.desk.sent[1].response.metadata["utterance"] == "u2"


def test_a_response_cut_short_is_spoken_as_far_as_it_went() -> None:
    floor = Floor()
    floor.commit()
    floor.begin()
    floor.audio()
    floor.say("I want to talk")
    floor.turns.done(
        Response("r1", "incomplete", status_details=StatusDetails("incomplete", "max_output_tokens")), floor.now
    )
    told = floor.told()
    assert spoken(told) == FRAME
    assert [event.fatal for event in told if isinstance(event, Trouble)] == [False]


def test_responses_of_others_are_left_alone() -> None:
    floor = Floor()
    floor.commit()
    floor.turns.created(Response("foreign", "in_progress", metadata={"ask": "other"}), floor.now)
    floor.turns.done(Response("foreign", "completed"), floor.now)
    floor.audio(response_id="foreign")
    assert floor.told() == []
    floor.begin()
    floor.say("Yes.")
    floor.done()
    assert floor.told()[-1] == SpokeAll("u1")


# ---- Money -----------------------------------------------------------------------------------------------------------


def test_usage_is_charged_exactly() -> None:
    floor = Floor(prices=shipped_prices())
    floor.commit()
    floor.begin()
    usage = Usage(input_token_details=InputTokens(100, 20, 0), output_token_details=OutputTokens(10, 40))
    floor.turns.done(Response("r1", "completed", usage=usage), floor.now)
    wanted_usd = (100 * 0.6 + 20 * 10 + 10 * 2.4 + 40 * 20) / 1e6
    event = floor.told()[0]
    assert isinstance(event, Spent)
    assert not event.estimate
    assert event.usd == pytest.approx(wanted_usd)


def test_missing_usage_is_estimated_and_never_free() -> None:
    floor = Floor(prices=shipped_prices())
    floor.commit()
    floor.begin()
    floor.done(status="cancelled")
    event = floor.told()[0]
    assert isinstance(event, Spent)
    assert event.estimate
    assert event.usd == pytest.approx(2.0 * 10 * 10 / 1e6)
