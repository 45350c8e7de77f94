from __future__ import annotations

import pytest

from dragoman.assistant_ports import Answering
from dragoman.domain.speech import Spent, Spoke, SpokeAll, Tokens, Trouble, TroubleKind
from dragoman.domain.tools import ToolAsked
from dragoman.interpreters.openai.answers import (
    BUSY_S,
    CANCELLED_S,
    MOST_BUSY,
    NOT_DONE,
    SPEAKING_S,
    STALLED_S,
    TAG,
    UNANSWERED_S,
)
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.envelope import ErrorDetail, ErrorEvent
from dragoman.interpreters.realtime.wire.items import (
    FunctionCallItem,
    FunctionCallOutputItem,
    InputTokens,
    OutputTokens,
    StatusDetails,
    StatusError,
    Usage,
)
from tests.fakes.assistant_line import AssistantLine, assistant_wanted
from tests.fakes.personas import persona

pytestmark = pytest.mark.script

BUSY = "conversation_already_has_active_response"
CALL = FunctionCallItem(name="order", arguments="{}", call_id="c1", id="i1", status="completed")
ASKED = ToolAsked("c1", "order", "{}")


def refuse(line: AssistantLine, order: wire.CreateResponse, code: str, message: str = "no") -> None:
    detail = ErrorDetail(type="invalid_request_error", message=message, code=code, event_id=order.event_id)
    line.server(ErrorEvent(error=detail))


def responses(line: AssistantLine) -> list[wire.CreateResponse]:
    return line.sent(wire.CreateResponse)


# ---- To say a text ---------------------------------------------------------------------------------------------------


def test_a_text_is_said_as_a_response_of_its_own_without_tools() -> None:
    line = AssistantLine()
    line.machine.say("Goodbye.", line.now)
    order = line.asked()
    assert order.response is not None
    assert order.response.tool_choice == "none"
    assert "Goodbye." in (order.response.instructions or "")
    assert order.response.conversation is None  # the model is to know that it said it
    line.creates("r", order)
    line.ends("r")
    assert line.desk.take_told() == [Answering("r", True, "Goodbye."), Answering("r", False, "Goodbye.")]


def test_nothing_is_not_said() -> None:
    line = AssistantLine()
    line.machine.say("  ", line.now)
    assert responses(line) == []


def test_one_at_a_time_in_order() -> None:
    line = AssistantLine()
    for text in ("one", "two"):
        line.machine.say(text, line.now)
    order = line.asked()
    line.creates("r1", order)
    line.machine.say("three", line.now)
    assert responses(line) == []
    line.ends("r1")
    order = line.asked()
    assert "two" in str(order.response)
    line.creates("r2", order)
    line.ends("r2")
    assert "three" in str(line.asked().response)


def test_a_server_that_forgets_our_mark_is_understood() -> None:
    line = AssistantLine()
    line.machine.say("Hello.", line.now)
    line.creates("r")
    assert line.desk.take_told() == [Answering("r", True, "Hello.")]


# ---- The server answers by itself ------------------------------------------------------------------------------------


def test_a_turn_is_left_to_the_server_and_what_we_want_waits() -> None:
    line = AssistantLine()
    line.turn()
    line.machine.say("One moment.", line.now)
    assert responses(line) == []
    line.creates("r")
    assert responses(line) == []
    line.ends("r")
    assert "One moment." in str(line.asked().response)


def test_a_turn_that_the_server_leaves_unanswered_is_answered_all_the_same() -> None:
    line = AssistantLine()
    line.turn()
    line.wait(UNANSWERED_S - 0.1)
    assert responses(line) == []
    line.wait(0.2)
    order = line.asked()
    assert order.response is not None
    assert (order.response.instructions, order.response.tool_choice) == (None, None)
    assert TAG in (order.response.metadata or {})


@pytest.mark.parametrize(("ms", "answered"), [(800, True), (150, False)])
def test_a_turn_over_a_running_response_is_answered_after_it_unless_it_was_a_mere_sign(ms: int, answered: bool) -> None:
    line = AssistantLine()
    line.machine.say("Hello.", line.now)
    line.creates("r", line.asked())
    line.turn(ms)
    assert responses(line) == []
    line.ends("r")
    assert len(responses(line)) == answered


def test_a_turn_that_crosses_our_request_is_answered_once_by_the_server() -> None:
    line = AssistantLine()
    line.machine.digits("1", line.now)
    order = line.asked()
    line.turn()
    line.creates("own")
    refuse(line, order, BUSY)
    line.ends("own")
    line.wait(UNANSWERED_S + 1)
    assert responses(line) == []
    assert [one for one in line.desk.take_told() if isinstance(one, Trouble)] == []


def test_a_turn_that_crosses_our_request_is_answered_after_it_when_ours_came_first() -> None:
    line = AssistantLine()
    line.machine.say("Hello.", line.now)
    order = line.asked()
    line.turn()
    line.creates("r", order)
    line.ends("r")
    assert len(responses(line)) == 1


def test_a_text_that_crossed_the_servers_answer_is_said_after_it() -> None:
    line = AssistantLine()
    line.machine.say("Hello.", line.now)
    order = line.asked()
    line.turn()
    line.creates("own")
    refuse(line, order, BUSY)
    line.ends("own")
    assert "Hello." in str(line.asked().response)


def test_a_server_that_stays_busy_is_given_up() -> None:
    line = AssistantLine()
    line.machine.say("Hello.", line.now)
    for _ in range(MOST_BUSY):
        refuse(line, line.asked(), BUSY)
        assert responses(line) == []
        line.wait(BUSY_S + 0.01)
    refuse(line, line.asked(), BUSY)
    assert [type(one) for one in line.desk.take_told()] == []
    line.wait(10.0)
    refuse(line, line.asked(), BUSY)
    assert [type(one) for one in line.desk.take_told()] == [Trouble]
    line.wait(10.0)
    assert responses(line) == []


def test_a_response_whose_end_was_lost_ends_when_the_next_begins() -> None:
    line = AssistantLine()
    line.turn()
    line.creates("r1")
    line.speaks("r1", "i1")
    line.creates("r2")
    told = [one for one in line.desk.take_told() if isinstance(one, Answering | SpokeAll)]
    assert told == [Answering("r1", True), SpokeAll("i1"), Answering("r1", False), Answering("r2", True)]


# ---- Tools -----------------------------------------------------------------------------------------------------------


def test_a_tool_is_asked_for_when_its_response_is_whole_and_before_it_is_over() -> None:
    line = AssistantLine()
    line.turn()
    line.creates("r")
    done = wire.ArgumentsDone(response_id="r", item_id="i1", output_index=0, call_id="c1", name="order", arguments="{}")
    line.server(done, done)
    line.clear()
    line.ends("r", output=[CALL])
    assert line.desk.take_told()[-2:] == [ASKED, Answering("r", False)]
    line.machine.told(ASKED, "here", line.now)
    given, order = line.desk.take_sent()
    assert given.item == FunctionCallOutputItem(call_id="c1", output="here")
    assert isinstance(order, wire.CreateResponse)


def test_what_a_tool_gave_waits_while_the_caller_speaks_and_their_turns_answer_covers_it() -> None:
    line = AssistantLine()
    line.turn()
    line.creates("r")
    line.ends("r", output=[CALL])
    line.server(wire.SpeechStarted(audio_start_ms=0, item_id="t"))
    line.machine.told(ASKED, "here", line.now)
    assert responses(line) == []
    line.server(wire.ItemAdded(item=FunctionCallOutputItem(call_id="c1", output="here")))
    line.server(wire.AudioCommitted(item_id="t"))
    line.creates("s")
    line.ends("s")
    assert responses(line) == []


def test_what_the_server_may_not_have_had_in_time_is_answered_once_more() -> None:
    line = AssistantLine()
    line.turn()
    line.creates("r")
    line.ends("r", output=[CALL])
    line.server(wire.SpeechStarted(audio_start_ms=0, item_id="t"))
    line.machine.told(ASKED, "here", line.now)
    line.clear()
    line.server(wire.AudioCommitted(item_id="t"))
    line.creates("s")
    line.server(wire.ItemCreated(item=FunctionCallOutputItem(call_id="c1", output="here")))
    line.ends("s")
    assert len(responses(line)) == 1


def test_a_caller_who_does_not_stop_speaking_is_answered_in_the_end() -> None:
    line = AssistantLine()
    line.server(wire.SpeechStarted(audio_start_ms=0, item_id="t"))
    line.machine.digits("1", line.now)
    line.machine.say("One moment.", line.now)
    order = line.asked()
    assert "One moment." in str(order.response)
    line.creates("r", order)
    line.ends("r")
    assert responses(line) == []
    line.wait(SPEAKING_S + 0.1)
    assert len(responses(line)) == 1


def test_a_call_that_was_whole_when_the_caller_interrupted_is_answered_with_not_done() -> None:
    line = AssistantLine()
    line.turn()
    line.creates("r")
    line.machine.barged_in({}, line.now)
    line.ends("r", output=[CALL])
    (given,) = line.sent(wire.CreateItem)
    assert given.item.output == NOT_DONE
    assert ASKED not in line.desk.take_told()


def test_a_response_cut_short_calls_nothing() -> None:
    line = AssistantLine()
    line.turn()
    line.creates("r")
    line.clear()
    line.ends("r", "incomplete", status_details=StatusDetails(reason="max_output_tokens"), output=[CALL])
    _, trouble, answering = line.desk.take_told()
    assert isinstance(trouble, Trouble)
    assert "max_output_tokens" in trouble.message
    assert answering == Answering("r", False)


def test_a_response_that_is_not_the_running_one_calls_nothing() -> None:
    line = AssistantLine()
    line.ends("stray", output=[CALL])
    assert ASKED not in line.desk.take_told()
    (given,) = line.sent(wire.CreateItem)
    assert given.item.output == NOT_DONE


# ---- The caller interrupts -------------------------------------------------------------------------------------------


def test_only_what_is_active_is_cancelled_and_only_once() -> None:
    line = AssistantLine()
    line.machine.barged_in({}, line.now)
    assert line.sent(wire.CancelResponse) == []
    line.turn()
    line.creates("r")
    line.speaks("r", "i")
    line.machine.barged_in({"i": 120}, line.now)
    cancel, cut = line.desk.take_sent()
    assert (cancel.response_id, cut.audio_end_ms) == ("r", 120)
    line.machine.barged_in({"i": 120}, line.now)
    assert line.desk.take_sent() == []
    line.speaks("r", "i")
    line.ends("r", "cancelled")
    line.speaks("r", "i")
    line.machine.barged_in({}, line.now)
    assert line.desk.take_sent() == []
    assert len([one for one in line.desk.take_told() if isinstance(one, Spoke)]) == 1


def test_a_response_that_had_not_begun_is_stopped_as_soon_as_it_does() -> None:
    line = AssistantLine()
    line.machine.say("Hello.", line.now)
    order = line.asked()
    line.machine.barged_in({}, line.now)
    assert line.desk.take_sent() == []
    line.creates("r", order)
    assert [type(one) for one in line.desk.take_sent()] == [wire.CancelResponse]
    refused = AssistantLine()
    refused.machine.say("Hello.", refused.now)
    order = refused.asked()
    refused.machine.barged_in({}, refused.now)
    refuse(refused, order, BUSY)
    refused.wait(10.0)
    assert responses(refused) == []


def test_what_waited_to_be_said_is_dropped() -> None:
    line = AssistantLine()
    line.machine.say("one", line.now)
    line.creates("r", line.asked())
    line.machine.say("two", line.now)
    line.machine.barged_in({}, line.now)
    line.ends("r", "cancelled")
    assert responses(line) == []


def test_even_a_short_turn_is_answered_when_it_stopped_the_assistant() -> None:
    line = AssistantLine()
    line.machine.say("one", line.now)
    line.creates("r", line.asked())
    line.machine.barged_in({}, line.now)
    line.turn(150)
    line.ends("r", "cancelled")
    assert len(responses(line)) == 1


def test_a_cancel_that_nobody_confirms_is_not_waited_for() -> None:
    line = AssistantLine()
    line.turn()
    line.creates("r")
    line.machine.barged_in({}, line.now)
    line.clear()
    line.wait(CANCELLED_S + 0.1)
    assert line.desk.take_told() == [Answering("r", False)]


# ---- Failures --------------------------------------------------------------------------------------------------------


def failed(code: str, message: str = "") -> StatusDetails:
    return StatusDetails(type="failed", error=StatusError("server_error", code, message))


def test_a_failed_response_is_tried_again_after_the_hint_and_then_told() -> None:
    line = AssistantLine()
    line.machine.say("Hello.", line.now)
    line.creates("r1", line.asked())
    line.ends("r1", "failed", status_details=failed("rate_limit_exceeded", "Please try again in 2s."))
    line.wait(1.9)
    assert responses(line) == []
    line.wait(0.2)
    order = line.asked()
    assert "Hello." in str(order.response)
    line.creates("r2", order)
    line.clear()
    line.ends("r2", "failed", status_details=failed("rate_limit_exceeded"))
    _, trouble = line.desk.take_told()
    assert isinstance(trouble, Trouble)
    assert (trouble.kind, trouble.fatal) == (TroubleKind.RATE_LIMIT, False)
    line.wait(10.0)
    assert responses(line) == []


def test_what_was_half_said_is_not_said_again() -> None:
    line = AssistantLine()
    line.turn()
    line.creates("r")
    line.speaks("r", "i")
    line.ends("r", "failed", status_details=failed("server_error"))
    line.wait(10.0)
    assert responses(line) == []
    assert [one.fatal for one in line.desk.take_told() if isinstance(one, Trouble)] == [False]


def test_an_account_without_money_ends_the_session() -> None:
    line = AssistantLine()
    line.turn()
    line.creates("r")
    line.clear()
    line.ends("r", "failed", status_details=failed("insufficient_quota"))
    _, answering, trouble = line.desk.take_told()
    assert answering == Answering("r", False)
    assert isinstance(trouble, Trouble)
    assert (trouble.kind, trouble.fatal, line.machine.over) == (TroubleKind.QUOTA, True, True)


def test_a_request_that_is_refused_for_good_is_told() -> None:
    line = AssistantLine()
    line.machine.say("Hello.", line.now)
    refuse(line, line.asked(), "invalid_value")
    (trouble,) = line.desk.take_told()
    assert isinstance(trouble, Trouble)
    assert (trouble.kind, trouble.fatal) == (TroubleKind.BAD_REQUEST, False)


def test_a_response_of_which_nothing_comes_is_given_up() -> None:
    line = AssistantLine()
    line.turn()
    line.creates("r")
    line.wait(STALLED_S - 1)
    line.speaks("r", "i")
    line.wait(STALLED_S - 1)
    assert line.sent(wire.CancelResponse) == []
    line.clear()
    line.wait(2.0)
    assert [type(one) for one in line.desk.take_sent()] == [wire.CancelResponse]
    assert [type(one) for one in line.desk.take_told()] == [SpokeAll, Answering, Trouble]


def test_a_request_that_nobody_answers_is_given_up() -> None:
    line = AssistantLine()
    line.machine.say("Hello.", line.now)
    line.wait(STALLED_S + 0.1)
    assert [type(one) for one in line.desk.take_told()] == [Trouble]
    line.machine.say("Hello again.", line.now)
    assert len(responses(line)) == 2


# ---- Money -----------------------------------------------------------------------------------------------------------


def test_a_response_costs_what_its_usage_says_and_else_about_its_length() -> None:
    line = AssistantLine()
    line.turn()
    line.creates("r")
    usage = Usage(
        input_token_details=InputTokens(text_tokens=1_000_000),
        output_token_details=OutputTokens(audio_tokens=1_000_000),
    )
    line.clear()
    line.ends("r", usage=usage)
    assert Spent(68.0, False, Tokens(text_in=1_000_000, audio_out=1_000_000)) in line.desk.take_told()
    line.turn(2000)
    line.creates("s")
    line.speaks("s", "i", 1000)
    line.ends("s")
    (spent,) = (one for one in line.desk.take_told() if isinstance(one, Spent))
    assert spent.estimate
    assert spent.usd == pytest.approx((2 * 10 * 32 + 1 * 20 * 64) / 1_000_000)


def test_what_a_model_without_a_price_used_is_told_and_that_its_cost_is_not_known() -> None:
    line = AssistantLine(assistant_wanted(persona=persona(model="gpt-of-tomorrow")))
    line.turn()
    line.creates("r")
    line.clear()
    line.ends("r", usage=Usage(input_token_details=InputTokens(text_tokens=7), output_token_details=OutputTokens()))
    assert Spent(0.0, True, Tokens(text_in=7)) in line.desk.take_told()
