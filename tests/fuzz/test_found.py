"""What fuzzing found, in the smallest form that showed it: each was a crash or a hang."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.domain.speech import Verdict
from dragoman.errors import ModelError, RemoteWireError, SettingsError
from dragoman.interpreters.local.apertium import read_mode
from dragoman.interpreters.local.manifest import parse_manifest
from dragoman.interpreters.local.server.items import Items, Kept, spoken_item
from dragoman.interpreters.openai.guard import Guard, likeness, shipped_phrases
from dragoman.interpreters.realtime.wire import conversation
from dragoman.interpreters.realtime.wire.envelope import Rejection
from dragoman.settings import environment
from dragoman.telephony.twilio.signature import Signatures
from dragoman.toml_file import TomlFile

pytestmark = pytest.mark.unit

HUGE = b"9" * 400
"""JSON takes it; no float does."""


@pytest.mark.parametrize("member", [b"max_output_tokens", b'truncation":{"type":"retention_ratio","retention_ratio'])
def test_a_number_of_hundreds_of_digits_is_refused(member: bytes) -> None:
    end = b"}" if b"{" in member else b""
    message = b'{"type":"session.update","session":{"type":"realtime","' + member + b'":' + HUGE + end + b"}}"
    assert isinstance(conversation.decode_client(message), Rejection)


def test_a_time_of_hundreds_of_digits_is_a_broken_message() -> None:
    message = b'{"type":"input_audio_buffer.speech_started","item_id":"i","audio_start_ms":' + HUGE + b"}"
    with pytest.raises(RemoteWireError):
        conversation.decode_server(message)


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 10_000 + "]" * 10_000])
def test_a_number_or_a_nest_that_toml_cannot_hold_is_explained(value: str) -> None:
    with pytest.raises(SettingsError, match="not TOML"):
        TomlFile("f", f"x = {value}")


def test_a_bracket_before_many_blanks_takes_no_time() -> None:
    TomlFile("f", f"x = [\n[{' ' * 30_000}\n1]]\n")


def test_headers_are_found_as_ever() -> None:
    file = TomlFile("f", "[ a . b ] # c\nx = 1\n[[d]]\ny = 2\n[[ 'e f' ]]\n")
    for at, line in ((("a", "b"), 1), (("a", "b", "x"), 2), (("d", 0), 3), (("d", 0, "y"), 4), (("e f", 0), 5)):
        assert f"line {line}:" in str(file.problem("no", at))


def test_words_said_over_and_over_are_compared_at_once() -> None:
    """A model that has lost its way repeats itself for minutes; two thousand characters of it took a minute."""
    assert likeness("ha " * 20_000, "ah " * 20_000) < 1.0
    guard = Guard("es", "en", shipped_phrases(), lambda _text: [("en", -9.0), ("es", 0.0)])
    said = "hola amigo " * 5000
    assert guard.judge(said, said, done=True) is Verdict.REPEATED_SOURCE


def test_a_lone_surrogate_in_an_address_signs_nothing() -> None:
    signatures = Signatures({"AC1": ["t"]})
    assert signatures.of_body("https://a/?bodySHA256=\ud800", b"", "x") is None


@pytest.mark.parametrize("text", ["file = [{name = 1}]", "file = [1]", "voices = 1", "x = " + "[" * 10_000])
def test_a_manifest_of_the_wrong_shape_is_explained(text: str) -> None:
    with pytest.raises(ModelError):
        parse_manifest(text)


@pytest.mark.parametrize("mode", [b"", b"a 'b", b"a | | b", b"\xff"])
def test_a_mode_file_of_the_wrong_shape_is_explained(tmp_path: Path, mode: bytes) -> None:
    path = tmp_path / "eng-spa.mode"
    path.write_bytes(mode)
    with pytest.raises(ModelError):
        read_mode(path)


def test_an_env_file_that_is_no_text_is_explained(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"A=\xff")
    with pytest.raises(SettingsError, match="UTF-8"):
        environment(None, str(path))


def test_an_item_behind_itself_stays_where_it_is() -> None:
    items = Items()
    for name in ("a", "b"):
        items.add(name, Kept(spoken_item(name)))
    items.add("a", Kept(spoken_item("a")), "a")
    assert items.last_id == "b"
