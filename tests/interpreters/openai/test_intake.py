"""The party's side of a session: what the server hears of them, what it writes down, what that costs."""

from __future__ import annotations

import binascii
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.audio.convert import Converter
from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Captioned, Side, Spent
from dragoman.interpreters.openai.held import HELD_S
from dragoman.interpreters.openai.intake import FLUSH_MS, Intake, transcriptions, wire_side
from dragoman.interpreters.openai.prices import Prices
from dragoman.interpreters.realtime.wire.conversation import TranscriptionCompleted, TranscriptionDelta
from dragoman.interpreters.realtime.wire.items import DurationUsage

pytestmark = pytest.mark.unit

PRICES = Prices({}, {"gpt-transcribe": 0.125})


class Ours:
    """An intake, what it sent as audio, and what it told."""

    def __init__(
        self,
        fmt: AudioFormat = AudioFormat.PCMU_8K,
        transcription: str = "gpt-transcribe",
        prices: Prices | None = PRICES,
    ) -> None:
        self.sent: list[bytes] = []
        self.told: list[Captioned | Spent] = []
        self.intake = Intake(fmt, transcription, prices, self._sends, self.told.append)

    def _sends(self, message: bytes) -> None:
        event = json.loads(message)
        assert event["type"] == "input_audio_buffer.append"
        self.sent.append(binascii.a2b_base64(event["audio"]))


def completed(text: str, seconds: float | None = None) -> TranscriptionCompleted:
    return TranscriptionCompleted("u1", text, usage=None if seconds is None else DurationUsage(seconds))


def test_audio_waits_until_the_server_is_ready_and_then_goes_in_pieces() -> None:
    ours = Ours()
    pieces = [bytes([number]) * 160 for number in range(120)]
    for piece in pieces:
        ours.intake.hear(piece)
    assert ours.sent == []
    ours.intake.ready = True
    ours.intake.flush()
    assert b"".join(ours.sent) == b"".join(pieces)
    assert [len(one) for one in ours.sent] == [AudioFormat.PCMU_8K.bytes_for(FLUSH_MS)] * 2 + [3200]
    ours.intake.hear(b"\x07" * 160)
    assert ours.sent[-1] == b"\x07" * 160


def test_what_waits_too_long_is_lost_and_belongs_to_the_time() -> None:
    ours = Ours()
    for _second in range(HELD_S + 3):
        ours.intake.hear(b"\xff" * 8000)
    assert ours.intake.lost_ms == 3000


@given(st.sampled_from(list(AudioFormat)), st.integers(0, 40))
def test_the_server_hears_its_own_format(fmt: AudioFormat, frames: int) -> None:
    ours = Ours(fmt)
    ours.intake.ready = True
    frame = bytes(range(fmt.bytes_for(20) % 256)) + fmt.silence(20)[fmt.bytes_for(20) % 256 :]
    for _ in range(frames):
        ours.intake.hear(frame)
    expected = Converter(fmt, ours.intake.wire_format)
    assert b"".join(ours.sent) == b"".join(expected.convert(frame) for _ in range(frames))
    assert all(ours.sent)


@pytest.mark.parametrize("fmt", list(AudioFormat))
def test_the_protocol_carries_mulaw_or_24_khz(fmt: AudioFormat) -> None:
    carried = AudioFormat.PCMU_8K if fmt is AudioFormat.PCMU_8K else AudioFormat.PCM16_24K
    assert wire_side(fmt) is carried
    assert Ours(fmt).intake.wire_format is carried


def test_what_is_written_down_becomes_captions() -> None:
    ours = Ours()
    ours.intake.written(TranscriptionDelta("u1", delta="Bue"))
    ours.intake.written(TranscriptionDelta("u1", delta=""))
    ours.intake.written(completed(" Buenas. "))
    assert ours.told == [
        Captioned(Side.SOURCE, "Bue", "u1"),
        Captioned(Side.SOURCE, "Buenas.", "u1", whole=True, final=True),
    ]


def test_writing_down_is_charged_where_it_has_a_price_of_its_own() -> None:
    ours = Ours()
    ours.intake.charge(completed("x", 30.0))
    assert ours.told == [Spent(0.0625, False)]
    ours.intake.charge(completed("x"))
    assert len(ours.told) == 1
    for unpriced in (Ours(prices=None), Ours(transcription="another")):
        unpriced.intake.charge(completed("x", 30.0))
        assert unpriced.told == []


def test_an_older_model_is_asked_for_after_the_first_and_then_none() -> None:
    assert transcriptions("") == [""]
    assert transcriptions("a") == ["a", "gpt-4o-mini-transcribe", ""]
    assert Ours(transcription="a").intake.asked.transcription == "a"
