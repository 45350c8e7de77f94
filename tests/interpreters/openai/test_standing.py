"""Whether a session still stands."""

from __future__ import annotations

import pytest

from dragoman.domain.speech import Trouble, TroubleKind
from dragoman.errors import RemoteWireError
from dragoman.interpreters.openai.broken import FLOOD, TOLD
from dragoman.interpreters.openai.standing import Asked, Standing, answers_setup
from dragoman.interpreters.realtime.wire.envelope import ErrorDetail

pytestmark = pytest.mark.unit


class Ours:
    """A session's standing, and what it told."""

    def __init__(self) -> None:
        self.told: list[Trouble] = []
        self.standing = Standing(5.0, self.told.append)

    @property
    def kinds(self) -> list[tuple[TroubleKind, bool]]:
        return [(one.kind, one.fatal) for one in self.told]


def refusal(event_id: str | None, *, param: str | None = None, code: str = "invalid_value") -> ErrorDetail:
    return ErrorDetail("invalid_request_error", "no", code, param, event_id)


def test_a_server_that_is_not_ready_in_time_is_given_up_once() -> None:
    one = Ours()
    one.standing.wait(100.0)
    assert one.told == []  # it is not even open
    one.standing.opened(100.0)
    one.standing.wait(105.0)
    assert not one.standing.over
    one.standing.wait(105.1)
    one.standing.wait(106.0)
    assert one.standing.over
    assert one.kinds == [(TroubleKind.UPSTREAM, True)]


def test_another_transcription_is_tried_until_there_is_none() -> None:
    one, asked = Ours(), Asked(("a", "b", ""))
    assert (asked.transcription, asked.event_id) == ("a", "setup-3")
    assert one.standing.asks_again(asked, refusal("setup-3", param="session.audio.input.transcription.model"))
    assert (asked.transcription, asked.event_id) == ("b", "setup-2")
    assert not one.standing.asks_again(asked, refusal("setup-3", param="transcription"))  # late, to what is no more
    assert one.told == []
    assert one.standing.asks_again(asked, refusal("setup-2", param="transcription"))
    assert not one.standing.asks_again(asked, refusal("setup-1", param="transcription"))
    assert one.kinds == [(TroubleKind.BAD_REQUEST, True)]


def test_none_is_asked_for_twice() -> None:
    assert Asked(("", "")).event_id == "setup-1"


def test_a_refusal_of_something_else_is_final() -> None:
    one, asked = Ours(), Asked(("a", ""))
    assert not one.standing.asks_again(asked, refusal("setup-2", param="model", code="insufficient_quota"))
    assert one.kinds == [(TroubleKind.QUOTA, True)]
    assert "credit" in one.told[0].message


@pytest.mark.parametrize(("event_id", "answers"), [("setup-1", True), ("r1", False), (None, False)])
def test_whose_answer_an_error_is(event_id: str | None, answers: bool) -> None:
    assert answers_setup(refusal(event_id)) is answers


def test_some_errors_end_a_session_and_others_do_not() -> None:
    one = Ours()
    one.standing.refused(refusal(None, code="rate_limit_exceeded"))
    assert not one.standing.over
    one.standing.refused(refusal(None, code="invalid_api_key"))
    assert one.standing.over
    assert one.kinds == [(TroubleKind.RATE_LIMIT, False), (TroubleKind.AUTH, True)]


def broken(_message: bytes) -> str:
    raise RemoteWireError("no event")


def test_a_message_is_read() -> None:
    assert Ours().standing.read(bytes.decode, b"x", 0.0) == "x"


def test_a_few_broken_messages_are_told_and_a_flood_of_them_ends_it() -> None:
    one = Ours()
    for number in range(FLOOD - 1):
        assert one.standing.read(broken, b"", number * 0.01) is None
    assert one.kinds == [(TroubleKind.UPSTREAM, False)] * TOLD
    assert one.standing.read(broken, b"", 1.0) is None
    assert one.standing.over
    assert one.kinds[-1] == (TroubleKind.UPSTREAM, True)
