"""Stretches of voice."""

from __future__ import annotations

import pytest

from dragoman.relay.mouth import KEPT, Mouth

pytestmark = pytest.mark.unit


def spoke(mouth: Mouth, begin: float, end: float) -> None:
    frames = round((end - begin) / 0.02)
    for number in range(1, frames + 1):
        mouth.heard(voiced=True, now=begin + number * 0.02)


def test_silence_is_no_stretch() -> None:
    mouth = Mouth()
    mouth.heard(voiced=False, now=1.0)
    assert mouth.claim() is None


def test_a_short_pause_belongs_to_the_stretch_and_a_long_one_ends_it() -> None:
    mouth = Mouth()
    spoke(mouth, 0.0, 1.0)
    spoke(mouth, 1.4, 2.0)
    spoke(mouth, 2.6, 3.0)
    one, two = mouth.claim(), mouth.claim()
    assert one is not None
    assert two is not None
    assert [one.began, one.ended, two.began, two.ended] == pytest.approx([0.0, 2.0, 2.6, 3.0])


def test_each_stretch_is_handed_out_once() -> None:
    mouth = Mouth()
    spoke(mouth, 0.0, 1.0)
    assert mouth.claim() is not None
    assert mouth.claim() is None


def test_a_claimed_stretch_grows_while_the_party_goes_on() -> None:
    mouth = Mouth()
    spoke(mouth, 0.0, 1.0)
    stretch = mouth.claim()
    spoke(mouth, 1.0, 2.0)
    assert stretch is not None
    assert stretch.ended == pytest.approx(2.0)
    assert mouth.claim() is None, "going on is no new stretch"


def test_what_nobody_claims_is_bounded() -> None:
    mouth = Mouth()
    for number in range(KEPT + 10):
        mouth.heard(voiced=True, now=number * 2.0)
    oldest = mouth.claim()
    assert oldest is not None
    assert oldest.ended == 20.0


def test_what_is_passed_over_is_not_claimed() -> None:
    mouth = Mouth()
    for at in (1.0, 3.0, 5.0):
        mouth.heard(voiced=True, now=at)
    assert mouth.pass_over(1.0) is None
    last = mouth.pass_over(4.0)
    assert last is not None
    assert last.ended == 3.0
    claimed = mouth.claim()
    assert claimed is not None
    assert claimed.ended == 5.0


def test_of_noises_the_newest_stretch_is_kept() -> None:
    mouth = Mouth()
    for at in (1.0, 3.0, 5.0):
        mouth.heard(voiced=True, now=at)
    mouth.pass_noise(9.0)
    claimed = mouth.claim()
    assert claimed is not None
    assert claimed.ended == 5.0
    assert mouth.claim() is None
