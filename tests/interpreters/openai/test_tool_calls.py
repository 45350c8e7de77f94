from __future__ import annotations

import pytest

from dragoman.domain.tools import ToolAsked
from dragoman.interpreters.openai.tool_calls import ToolCalls
from dragoman.interpreters.realtime.wire.items import FunctionCallItem, MessageItem

pytestmark = pytest.mark.unit


def item(call_id: str = "c1", status: str = "completed") -> FunctionCallItem:
    return FunctionCallItem(name="order", arguments="{}", call_id=call_id, id=f"i-{call_id}", status=status)


def test_a_call_is_asked_for_once_whoever_tells_of_it() -> None:
    calls = ToolCalls()
    calls.argued("r", "i-c1", "c1", "order", "{}")
    calls.finished("r", item())
    assert calls.ask("r") == [ToolAsked("c1", "order", "{}")]
    calls.finished("r", item())
    assert calls.ask("r") == []


def test_older_servers_name_the_function_in_its_item_only() -> None:
    calls = ToolCalls()
    calls.argued("r", "i-c1", "c1", "", "{}")
    assert calls.ask("r") == []
    calls.named(item())
    calls.argued("r", "i-c1", "c1", "", '{"a":1}')
    assert calls.ask("r") == [ToolAsked("c1", "order", '{"a":1}')]


def test_the_last_answer_of_a_response_is_known() -> None:
    calls = ToolCalls()
    calls.finished("r", item("c1"))
    calls.finished("r", item("c2"))
    calls.ask("r")
    calls.finished("s", item("c3"))
    calls.ask("s")
    assert [calls.told(one) for one in ("c2", "c3", "c2", "c1", "c9")] == [
        (True, False),
        (True, True),
        (False, False),
        (True, True),
        (False, False),
    ]
    assert not calls.waiting


def test_a_dropped_call_is_never_asked_for() -> None:
    calls = ToolCalls()
    calls.finished("r", item())
    assert [one.call_id for one in calls.drop("r")] == ["c1"]
    calls.finished("r", item())
    assert calls.ask("r") == []
    assert not calls.waiting


def test_what_was_broken_off_or_said_is_no_call() -> None:
    calls = ToolCalls()
    calls.finished("r", item(status="incomplete"))
    calls.finished("r", MessageItem(role="assistant", content=[]))
    calls.named(MessageItem(role="assistant", content=[]))
    assert calls.ask("r") == []
