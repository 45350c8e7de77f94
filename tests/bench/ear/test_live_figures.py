"""Figures of made-up calls with real speech: what is late, lost, cancelled or withheld is seen."""

from __future__ import annotations

import pytest

from bench.ear.figures import Figures
from bench.ear.live import Capture
from bench.ear.live_figures import figures, refused
from bench.ear.locating import pieces
from bench.ear.speech import Sentences, Talk, monologue, two_sided
from bench.ear.tapped import Spoken, Tap
from dragoman.cli.demo.turns import shipped
from dragoman.domain.call import Role

pytestmark = pytest.mark.unit

ORIGIN_MS = 5_000.0
CALLER, AGENT = Role.CALLER, Role.AGENT
TARGETS = [turn.audio for turn in shipped() if turn.role is AGENT]
RECORDED = [turn.audio for turn in shipped() if turn.role is CALLER]


def no_voice(_role: Role, _text: str) -> bytes:
    raise AssertionError("recordings suffice here")


@pytest.fixture(scope="module")
def talk() -> Talk:
    return monologue(Sentences(no_voice), 10_000)


def captured(talk: Talk, *, late_ms: int = 0, without: int | None = None, cancelled: bool = False) -> Capture:
    """Each sentence is interpreted 1.5 s after it ended, in one piece, and heard so much later."""
    tap, at, ear = Tap(), 8 * 1_000, bytearray()
    tap.given += b"\xff" * int(ORIGIN_MS) * 8 + talk.mouths[CALLER]
    tap.marks = [(size, size / 8) for size in range(160, len(tap.given) + 1, 160)]
    for number, (source, target) in enumerate(zip(RECORDED, TARGETS, strict=False)):
        if at >= len(talk.mouths[CALLER]):
            break
        ended = at + len(source) + -len(source) % 160
        one = Spoken(f"u{number}", ORIGIN_MS + at / 8, ORIGIN_MS + ended / 8)
        one.audio += target
        one.arrived.append((len(target), one.stopped_ms + 1_500 if one.stopped_ms else 0.0))
        one.cancelled = cancelled and number == without
        tap.utterances[one.key] = one
        if number != without:
            begin = max(len(ear), (ended + 8 * (1_500 + late_ms)) // 160 * 160)
            ear += b"\xff" * (begin - len(ear)) + target + b"\xff" * (-len(target) % 160)
        at = ended + 8 * 700
    tap.utterances["noise"] = Spoken("noise", ORIGIN_MS, ORIGIN_MS, refused=True)
    size = max(len(ear), len(talk.mouths[CALLER])) + 8_000
    ears = {AGENT: bytes(ear).ljust(size, b"\xff"), CALLER: b"\xff" * size}
    quiet = Tap()
    quiet.given += tap.given[: int(ORIGIN_MS) * 8] + talk.mouths[AGENT]
    quiet.marks = list(tap.marks)
    return Capture(talk, ears, {CALLER: tap, AGENT: quiet}, ORIGIN_MS)


def test_a_good_relay_loses_nothing(talk: Talk) -> None:
    capture = captured(talk)
    found = figures(capture)
    assert found.phrases == found.completed >= 2
    assert (found.lost, found.withheld, found.echo) == (0, 0, 0)
    assert refused(capture) == 1
    assert found.tail is not None
    assert found.tail > 1_500


def delays(found: Figures) -> list[float]:
    values = [found.first_heard, found.span_p50, found.behind_engine, found.tail, found.lag_at_end]
    return [value for value in values if value is not None]


def test_delay_is_seen_in_every_figure_of_delay(talk: Talk) -> None:
    before, after = delays(figures(captured(talk))), delays(figures(captured(talk, late_ms=800)))
    assert len(before) == len(after) == 5
    for one, other in zip(before, after, strict=True):
        assert other - one == pytest.approx(800, abs=100)


def test_what_is_not_heard_is_lost_and_waited_for(talk: Talk) -> None:
    good, bad = figures(captured(talk)), figures(captured(talk, without=0))
    assert bad.phrases - bad.completed == 1
    assert bad.lost == pytest.approx(len(TARGETS[0]) / 8, rel=0.5)
    assert bad.longest_silence > good.longest_silence


def test_of_a_piece_that_is_heard_in_part_only_the_rest_is_lost_but_the_phrase_is_not_whole(talk: Talk) -> None:
    good = captured(talk)
    ear = bytearray(good.ears[AGENT])
    piece = pieces(TARGETS[0])[3]
    begin = ear.find(TARGETS[0]) + 8 * (piece.begins_ms + piece.length_ms // 2)
    ear[begin : begin + 4 * piece.length_ms] = b"\xff" * (4 * piece.length_ms)
    good.ears[AGENT] = bytes(ear)
    found = figures(good)
    assert found.phrases - found.completed == 1
    assert 0.2 * piece.voiced_ms <= found.lost <= 0.6 * piece.voiced_ms


def test_what_was_cancelled_is_not_whole_even_if_all_that_came_of_it_was_heard(talk: Talk) -> None:
    found = figures(captured(talk, without=1, cancelled=True))
    assert found.phrases - found.completed == 1


def test_what_was_cancelled_before_it_had_a_sound_is_a_phrase_all_the_same(talk: Talk) -> None:
    capture = captured(talk, without=0, cancelled=True)
    first = next(iter(capture.taps[CALLER].utterances.values()))
    first.audio.clear()
    first.arrived.clear()
    found = figures(capture)
    assert (found.phrases - found.completed, found.lost) == (1, 0)
    assert found.longest_silence > figures(captured(talk)).longest_silence
    assert refused(capture) == 1


def test_speech_kept_from_the_engine_is_counted(talk: Talk) -> None:
    capture = captured(talk)
    given = capture.taps[CALLER].given
    begin = int(ORIGIN_MS) * 8
    given[begin : begin + 8 * 3_000] = b"\xff" * 8 * 3_000
    assert figures(capture).withheld > 500


def test_in_two_sided_talk_nobody_talks_at_once_for_long_and_both_mouths_are_equally_long() -> None:
    talk = two_sided(Sentences(lambda role, text: RECORDED[0] if role is CALLER else TARGETS[0]), 40_000)
    assert len(talk.mouths[CALLER]) == len(talk.mouths[AGENT])
    assert talk.length_ms >= 40_000 - 8_000
    both = [a != 0xFF and b != 0xFF for a, b in zip(talk.mouths[CALLER], talk.mouths[AGENT], strict=True)]
    assert sum(both) == 0, "the other answers what is heard, and that comes after the last word"
