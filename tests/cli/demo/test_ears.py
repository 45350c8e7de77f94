"""What is seen in recordings."""

from __future__ import annotations

import pytest

from dragoman.audio import g711
from dragoman.cli.demo.ears import Stretch, longest_pause_s, longest_silence_s, quiet_for_s, stretches
from dragoman.domain.audio import AudioFormat
from tests.fakes.tracks import track

pytestmark = pytest.mark.unit


def test_stretches_of_voice_are_found() -> None:
    assert stretches(track(6, (1.0, 2.0), (4.0, 4.5))) == [Stretch(1.0, 2.0), Stretch(4.0, 4.5)]
    assert stretches(track(2)) == []
    assert stretches(b"") == []


def test_a_short_pause_belongs_to_the_stretch() -> None:
    assert stretches(track(6, (1.0, 2.0), (2.4, 3.0))) == [Stretch(1.0, 3.0)]
    assert len(stretches(track(6, (1.0, 2.0), (2.5, 3.0)))) == 2


def test_only_the_part_asked_for_is_looked_at() -> None:
    audio = track(6, (1.0, 2.0), (4.0, 5.0))
    assert stretches(audio, from_s=3.0) == [Stretch(4.0, 5.0)]
    assert stretches(audio, from_s=1.5, to_s=4.5) == [Stretch(1.5, 2.0), Stretch(4.0, 4.5)]
    assert stretches(audio, from_s=5.5, to_s=99.0) == []


def test_noise_below_speech_is_no_voice() -> None:
    quiet = g711.encode(g711.decode(track(2, (0.0, 2.0))) // 200)
    assert stretches(quiet) == []


def test_silence_is_where_a_party_neither_hears_nor_speaks() -> None:
    heard, said = track(20, (5.0, 6.0)), track(20, (8.0, 9.0))
    assert longest_silence_s(heard, said, 0.0, 20.0) == pytest.approx(11.0)
    assert longest_silence_s(heard, said, 4.0, 10.0) == pytest.approx(2.0)
    assert longest_silence_s(track(20), track(20), 2.0, 7.0) == pytest.approx(5.0)


def test_one_who_speaks_while_hearing_leaves_no_silence() -> None:
    heard, said = track(10, (0.0, 9.0)), track(10, (2.0, 3.0))
    assert longest_silence_s(heard, said, 0.0, 10.0) == pytest.approx(1.0)


def test_pauses_between_stretches() -> None:
    assert longest_pause_s([Stretch(1.0, 2.0), Stretch(3.0, 4.0), Stretch(6.5, 7.0)]) == pytest.approx(2.5)
    assert longest_pause_s([Stretch(1.0, 2.0)]) == 0.0
    assert longest_pause_s([]) == 0.0


def test_how_long_it_has_been_quiet() -> None:
    audio = track(20, (1.0, 2.0))
    assert quiet_for_s(audio, 5.0) == pytest.approx(3.0)
    assert quiet_for_s(audio, 15.0) == 10.0
    assert quiet_for_s(AudioFormat.PCMU_8K.silence(500), 0.5) == 10.0
