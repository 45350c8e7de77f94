"""Calls with real speech are carried in real time; here a short word, said back at once."""

from __future__ import annotations

import pytest

from bench.ear.live import Pace, naive, ours
from bench.ear.speech import Talk
from bench.ear.tapped import TappedEngine
from dragoman.audio.level import voiced
from dragoman.cli.demo.turns import shipped
from dragoman.domain.call import Role
from dragoman.interpreters.echo import EchoEngine

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

WORD = shipped()[0].audio[: 8 * 1_200]
TALK = Talk("a word", "", {Role.CALLER: b"\xff" * 1_600 + WORD, Role.AGENT: b"\xff" * (1_600 + len(WORD))})
QUICK = Pace(notices_s=0.5, quiet_s=0.5, settled_s=0.7, patience_s=15.0)


def voiced_ms(audio: bytes) -> int:
    return 20 * sum(voiced(audio[at : at + 160]) for at in range(0, len(audio), 160))


@pytest.mark.parametrize("carry", [ours, naive])
async def test_what_the_ears_heard_and_the_engine_was_given_lie_on_one_clock(carry: type) -> None:
    engine = TappedEngine(EchoEngine())
    capture = await carry(TALK, engine, QUICK)
    assert voiced_ms(capture.ears[Role.AGENT]) == pytest.approx(voiced_ms(WORD), abs=80)
    tap = capture.taps[Role.CALLER]
    begin = next(at for at in range(0, len(tap.given), 160) if voiced(bytes(tap.given[at : at + 160])))
    word = next(at for at in range(0, len(WORD), 160) if voiced(WORD[at : at + 160]))
    assert tap.clock_ms(begin / 8) - capture.origin_ms == pytest.approx(200 + word / 8, abs=120)
