"""Stamped frames, and when a party of the load speaks."""

from __future__ import annotations

import pytest

from bench.stamps import MAGIC, STAMP, Kind, Script, Side, frame
from dragoman.audio.level import voiced
from dragoman.audio.tone import is_tone
from dragoman.domain.audio import PCMU_FRAME_BYTES

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("kind", Kind)
def test_a_frame_says_whose_it_is(kind: Kind) -> None:
    stamped = frame(99, Side.AGENT, kind, 123_456)
    assert len(stamped) == PCMU_FRAME_BYTES
    assert STAMP.unpack_from(stamped) == (MAGIC, 99, Side.AGENT, kind, 123_456)


def test_the_product_takes_speech_for_a_voice_and_pauses_for_none() -> None:
    speech, pause = (frame(1, Side.CALLER, kind, 1) for kind in (Kind.SPEECH, Kind.PAUSE))
    assert voiced(speech)
    assert not is_tone(speech)
    assert not voiced(pause)


def test_speech_and_pauses_take_turns() -> None:
    script = Script(speech=3, pause=2, offset=1)
    kinds = [script.kind(number) for number in range(7)]
    assert kinds == [Kind.SPEECH] * 2 + [Kind.PAUSE] * 2 + [Kind.SPEECH] * 3
