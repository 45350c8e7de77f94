"""Logs: the call on every line, nothing personal, nothing secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from pydantic import SecretStr

from dragoman.observe.log import call_log, configure

pytestmark = pytest.mark.unit


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Logging is global: leave it as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_json_lines_carry_the_call_and_the_time() -> None:
    out = io.StringIO()
    configure(json=True, stream=out)
    call_log("call-1").info("leg joined", role="caller")
    (line,) = lines(out)
    assert (line["event"], line["call"], line["role"], line["level"]) == ("leg joined", "call-1", "caller", "info")
    assert str(line["timestamp"]).endswith("Z")


def test_personal_data_is_dropped_unless_wanted() -> None:
    quiet, open_ = io.StringIO(), io.StringIO()
    configure(json=True, stream=quiet)
    structlog.get_logger().info("heard", **{"pii.text": "hola", "words": 1})
    configure(json=True, pii=True, stream=open_)
    structlog.get_logger().info("heard", **{"pii.text": "hola", "words": 1})
    assert "hola" not in quiet.getvalue()
    assert lines(quiet)[0]["words"] == 1
    assert lines(open_)[0]["pii.text"] == "hola"


def test_secrets_are_hidden_whatever_holds_them() -> None:
    out = io.StringIO()
    configure(json=True, pii=True, stream=out)
    headers = {"Authorization": "Bearer hush", "accept": "*/*"}
    structlog.get_logger().info("request", auth_token="hush", key=SecretStr("hush"), headers=headers)
    assert "hush" not in out.getvalue()
    assert headers["Authorization"] == "Bearer hush", "what was passed in is not changed"


def test_the_level_holds() -> None:
    out = io.StringIO()
    configure(json=True, level="warning", stream=out)
    structlog.get_logger().info("small")
    structlog.get_logger().warning("large")
    assert [line["event"] for line in lines(out)] == ["large"]


def test_libraries_speak_through_us_from_warning_on() -> None:
    out = io.StringIO()
    configure(json=True, level="debug", stream=out)
    logging.getLogger("uvicorn.error").info("chatter")
    logging.getLogger("uvicorn.error").warning("port %d", 3)
    assert [line["event"] for line in lines(out)] == ["port 3"]


@pytest.mark.parametrize("as_json", [True, False])
def test_a_traceback_does_not_print_local_variables(as_json: bool) -> None:
    out = io.StringIO()
    configure(json=as_json, stream=out)

    def fail() -> None:
        spoken = str(400_000 + 72_916)
        raise RuntimeError("broken after " + str(len(spoken)))

    try:
        fail()
    except RuntimeError:
        structlog.get_logger().exception("boom")
    assert "broken after" in out.getvalue()
    assert "472916" not in out.getvalue()
