from __future__ import annotations

import pytest

from dragoman.domain.speech import Ready
from dragoman.interpreters.openai.conversation import Conversation, ConversationPlan
from dragoman.interpreters.openai.machine import Machine, expires_in_s, unix_s
from dragoman.interpreters.openai.translation import Translation, TranslationPlan
from dragoman.interpreters.realtime.wire import conversation, translation
from tests.fakes.interpreting_desk import Desk, wanted

pytestmark = pytest.mark.unit


def machines() -> list[tuple[Machine, Desk]]:
    turns, clock = Desk(conversation.decode_client), Desk(translation.decode_client)
    return [
        (Conversation(ConversationPlan("gpt-realtime-2.1", "", "marin"), wanted(), turns.outlet), turns),
        (Translation(TranslationPlan("gpt-realtime-translate", ""), wanted(), clock.outlet), clock),
    ]


@pytest.mark.parametrize("which", [0, 1])
def test_a_machine_can_be_asked_anything_at_any_time(which: int) -> None:
    machine, desk = machines()[which]
    for _ in range(2):
        machine.tick(1.0)
        machine.interrupt(0, 1.0)
        machine.hear(b"\xff" * 160, 1.0)
        machine.received(b"", 1.0)
        machine.received(b'{"type":"session.created"}', 1.0)
        machine.received(b'{"type":"error","error":{"type":"x","message":"y"}}', 1.0)
    assert desk.sent == []
    assert not machine.over
    machine.opened(2.0)
    assert len(desk.sent) == 1
    assert not [event for event in desk.told if isinstance(event, Ready)]
    machine.close(3.0)
    assert machine.over
    machine.ended(3.0)


@pytest.mark.parametrize(
    ("expires_at", "left_s"), [(None, None), (1060, 60.0), (1000, None), (900, None), (1000 + 90_000, None)]
)
def test_how_long_a_session_may_live(expires_at: int | None, left_s: float | None) -> None:
    assert expires_in_s(expires_at, 1000.0) == left_s


def test_the_time_of_day_is_in_unix_seconds() -> None:
    assert unix_s() > 1.7e9
