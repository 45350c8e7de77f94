"""What recordings of whole calls come to: built by hand, word by word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.chaos import codes
from bench.chaos.codes import read_mulaw
from bench.chaos.figures import USUAL_FRAMES, Call, Figures, Heard, judged
from dragoman.audio import g711
from dragoman.domain.audio import PCMU_FRAME_BYTES
from dragoman.domain.call import Role

pytestmark = pytest.mark.unit

LENGTH_MS = 600
DELAY_MS = 700
FAULT_MS = 3000
END_MS = 9000
CALLER, AGENT = (0, 1, 2), (3, 4, 5)
STRANGER = 9


def track(*sounds: tuple[int, bytes]) -> bytes:
    """Sounds at their milliseconds, in silence."""
    audio = bytearray(bytes([0xFF]) * PCMU_FRAME_BYTES * (END_MS // 20))
    for at_ms, sound in sounds:
        audio[at_ms * 8 : at_ms * 8 + len(sound)] = sound
    return bytes(audio)


def mouth(*said: tuple[int, int]) -> bytes:
    return track(*((at_ms, codes.spoken(code, LENGTH_MS)) for at_ms, code in said))


def ear(*heard: tuple[int, int]) -> bytes:
    return track(*((at_ms, g711.encode(codes.answer(code, LENGTH_MS, 8000))) for at_ms, code in heard))


def call(
    caller: bytes, agents_ear: bytes, agent: bytes, callers_ear: bytes, number: int = 0, *, lives: bool = True
) -> Heard:
    return Heard(
        number,
        lives,
        {Role.CALLER: read_mulaw(caller), Role.AGENT: read_mulaw(agent)},
        {Role.CALLER: read_mulaw(callers_ear), Role.AGENT: read_mulaw(agents_ear)},
        {Role.CALLER: CALLER, Role.AGENT: AGENT},
    )


SAID = {Role.CALLER: ((500, 0), (4000, 1)), Role.AGENT: ((1000, 3), (5000, 4))}


def answered(said: tuple[tuple[int, int], ...], late_ms: int = 0) -> tuple[tuple[int, int], ...]:
    return tuple((at_ms + LENGTH_MS + DELAY_MS + (late_ms if at_ms > FAULT_MS else 0), code) for at_ms, code in said)


def good(*, late_ms: int = 0, lives: bool = True) -> Heard:
    return call(
        mouth(*SAID[Role.CALLER]),
        ear(*answered(SAID[Role.CALLER], late_ms)),
        mouth(*SAID[Role.AGENT]),
        ear(*answered(SAID[Role.AGENT])),
        lives=lives,
    )


def figures(*heard: Heard) -> tuple[Figures, tuple[Call, ...]]:
    calls, usual = judged(heard, FAULT_MS // 20)
    return Figures("conversation", len(heard), calls, usual * 20), calls


def test_a_good_call_costs_nothing() -> None:
    found, (one,) = figures(good())
    assert abs(found.usual_ms - DELAY_MS) <= 40
    assert one.survived
    assert (found.survived, found.lost_ms, found.untranslated_ms, found.crossed_ms, found.repeated_ms) == (
        1,
        0,
        0,
        0,
        0,
    )
    assert found.silence_ms <= 60
    assert found.recoveries_ms == ()


def test_what_comes_late_is_silence_and_recovery() -> None:
    found, (one,) = figures(good(late_ms=1500))
    assert one.survived
    assert abs(found.silence_ms - 1500) <= 60
    (back_ms,) = found.recoveries_ms
    assert abs(back_ms - (4000 - FAULT_MS + 1500)) <= 60


def test_a_call_whose_leg_ended_did_not_survive() -> None:
    found, (one,) = figures(good(lives=False))
    assert not one.survived
    assert (found.started, found.survived) == (1, 0)


def test_a_call_in_which_one_party_is_not_heard_again_did_not_survive() -> None:
    deaf = call(
        mouth(*SAID[Role.CALLER]),
        ear(*answered(SAID[Role.CALLER])),
        mouth(*SAID[Role.AGENT]),
        ear(*answered(SAID[Role.AGENT][:1])),
    )
    found, (one,) = figures(deaf)
    assert not one.survived
    assert [lane.interpreted_after for lane in one.lanes] == [True, False]
    assert found.lost_ms == found.untranslated_ms
    assert abs(found.lost_ms - LENGTH_MS) <= 60


def test_the_original_voice_is_not_lost_and_not_translated() -> None:
    audio = track(*((at_ms + 100, codes.spoken(code, LENGTH_MS)) for at_ms, code in SAID[Role.CALLER]))
    found, _ = figures(
        call(mouth(*SAID[Role.CALLER]), audio, mouth(*SAID[Role.AGENT]), ear(*answered(SAID[Role.AGENT])))
    )
    assert found.lost_ms == 0
    assert abs(found.untranslated_ms - 2 * LENGTH_MS) <= 120
    assert found.survived == 0


@pytest.mark.parametrize("voice", ["interpreter", "original"])
def test_a_strangers_word_is_found_in_either_voice(voice: str) -> None:
    stranger = (
        g711.encode(codes.answer(STRANGER, LENGTH_MS, 8000))
        if voice == "interpreter"
        else codes.spoken(STRANGER, LENGTH_MS)
    )
    sounds = [(at_ms, g711.encode(codes.answer(code, LENGTH_MS, 8000))) for at_ms, code in answered(SAID[Role.CALLER])]
    found, _ = figures(
        call(
            mouth(*SAID[Role.CALLER]),
            track(*sounds, (7500, stranger)),
            mouth(*SAID[Role.AGENT]),
            ear(*answered(SAID[Role.AGENT])),
        )
    )
    assert abs(found.crossed_ms - LENGTH_MS) <= 60


def test_without_anything_heard_before_the_fault_the_delay_is_assumed() -> None:
    silent = call(mouth((4000, 1)), ear(), mouth((5000, 4)), ear())
    assert judged([silent], FAULT_MS // 20)[1] == USUAL_FRAMES


def test_a_call_with_an_assistant_has_one_lane() -> None:
    said = SAID[Role.CALLER]
    alone = Heard(
        0,
        True,
        {Role.CALLER: read_mulaw(mouth(*said))},
        {Role.AGENT: read_mulaw(ear(*answered(said)))},
        {Role.CALLER: CALLER},
    )
    found, (one,) = figures(alone)
    assert len(one.lanes) == 1
    assert (one.survived, found.lost_ms, found.crossed_ms) == (True, 0, 0)
    foreign = ear(*answered(said), (7000, 4))
    _, (crossed,) = figures(replace(alone, ears={Role.AGENT: read_mulaw(foreign)}))
    assert crossed.lanes[0].crossed_ms > 0
