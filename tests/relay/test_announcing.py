"""What is announced to an ear, and whether it was heard to its end."""

from __future__ import annotations

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.domain.effects import Announced
from dragoman.relay.announcing import Announcing
from dragoman.relay.playout import Finished, Playout
from tests.fakes.relay_parts import frame

pytestmark = pytest.mark.unit

T = 10.0


def playing(*labels: str) -> tuple[Announcing, Playout]:
    playout = Playout(AudioFormat.PCMU_8K)
    announcing = Announcing(playout)
    for label in labels:
        announcing.begin(label)
        playout.give(frame(1) * 50, label, T)
        playout.end(label)
    return announcing, playout


def test_the_end_of_what_is_announced_is_told_once_and_of_nothing_else() -> None:
    announcing, _ = playing("wait.1")
    assert announcing
    assert announcing.finished(Finished("u1", T + 1, 1000.0, cleared=False)) is None
    assert announcing.finished(Finished("wait.1", T + 1, 1000.0, cleared=False)) == Announced("wait.1", whole=True)
    assert announcing.finished(Finished("wait.1", T + 1, 1000.0, cleared=False)) is None
    assert not announcing


def test_what_was_cut_off_was_not_heard_whole() -> None:
    announcing, _ = playing("wait.1")
    assert announcing.finished(Finished("wait.1", T, 20.0, cleared=True)) == Announced("wait.1", whole=False)


def test_what_lay_in_a_stream_that_died_was_not_heard_whole() -> None:
    announcing, _ = playing("wait.1")
    announcing.begin("wait.2")
    announcing.sink_joined()
    assert announcing.finished(Finished("wait.1", T, 1000.0, cleared=False)) == Announced("wait.1", whole=False)
    assert announcing.finished(Finished("wait.2", T, 1000.0, cleared=False)) == Announced("wait.2", whole=True)


def test_it_goes_on_until_it_was_heard() -> None:
    announcing, _ = playing("wait.1")
    assert announcing.goes_on(T)
    assert not Announcing(Playout(AudioFormat.PCMU_8K)).goes_on(T)


def test_nobody_waits_for_ever_for_a_mark() -> None:
    announcing, playout = playing("wait.1")
    now = T
    while playout.unheard_ms(now) > 0:
        now += 0.02
        playout.due(now)
    told = announcing.overdue(now + 60)
    assert told == [Announced("wait.1", whole=False)]
    assert not announcing
