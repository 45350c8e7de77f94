from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.audio import g711
from dragoman.audio.level import dbfs, voiced
from dragoman.relay.haste import GENTLE, GENTLE_AFTER_MS, Haste
from tests.fakes.recorded import energy, frames, largest_jump, loudest_hz, sentences, tone, words

pytestmark = pytest.mark.unit

SENTENCES = sentences()
FAR_MS = 3000.0
"""Behind the target, and not so far that the speaker is asked to pause."""
SILENT = b"\xff" * 160
VOICE = tone(200, 20)
SECOND_FRAMES = 50


def coded(number: int, peak: int = 20) -> bytes:
    """A frame of silence that can be told from others: its level in each half says its number."""
    high, low = divmod(number, 8)
    sound = np.repeat(np.array([high, low], np.int16) * 8 + peak, 80)
    return g711.encode(sound)


def voice(number: int) -> bytes:
    """A voiced frame that can be told from others."""
    return coded(number, peak=4000)[:80] + tone(100 + number, 10)


def played(haste: Haste, audio: list[bytes], behind_ms: float = FAR_MS) -> bytes:
    return b"".join(haste.take(frame, behind_ms) for frame in audio) + haste.flush()


def hurried(haste: Haste, seconds: float, behind_ms: float = FAR_MS) -> None:
    for _ in range(int(seconds * SECOND_FRAMES)):
        haste.take(VOICE, behind_ms)


# -- Not behind --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("behind_ms", [0.0, 1000.0, 1500.0])
def test_an_ear_that_is_not_behind_gets_the_same_object(behind_ms: float) -> None:
    haste = Haste()
    for frame in (VOICE, SILENT, SILENT, b""):
        assert haste.take(frame, behind_ms) is frame
    assert (haste.held_bytes, haste.dropped_ms, haste.gained_ms, haste.ratio, haste._hurries) == (
        0,
        0.0,
        0.0,
        1.0,
        False,
    )
    assert haste.flush() == b""


@pytest.mark.parametrize("audio", [SILENT * 100, VOICE * 100])
def test_an_ear_that_is_not_behind_hears_every_pause(audio: bytes) -> None:
    assert played(Haste(), frames(audio), 1500.0) == audio


@pytest.mark.parametrize(
    ("target_ms", "cue_after_ms", "fastest"),
    [
        (0, 1, 1.1),
        (-1, 1, 1.1),
        (1, -1, 1.1),
        (1, 1, 0.99),
        (1, 1, 1.26),
        (float("nan"), 1, 1.1),
        (1, float("nan"), 1.1),
    ],
)
def test_limits_that_make_no_sense_are_refused(target_ms: float, cue_after_ms: float, fastest: float) -> None:
    with pytest.raises(ValueError, match="target_ms must be above 0"):
        Haste(target_ms, cue_after_ms=cue_after_ms, fastest=fastest)


def test_the_least_limits_that_make_sense() -> None:
    haste = Haste(0.5, cue_after_ms=0, fastest=1.0)
    assert haste.target_ms == 0.5
    haste.take(VOICE, 0.6)
    assert haste._hurries
    assert haste.wants_cue


# -- Shorter pauses ----------------------------------------------------------------------------------------------------


def test_a_pause_keeps_its_first_100_ms_and_its_last_40() -> None:
    haste = Haste(fastest=1.0)
    pause = [coded(number) for number in range(30)]
    out = frames(played(haste, [VOICE, *pause, VOICE]))
    assert out[:6] == [VOICE, *pause[:5]]
    assert out[7:] == [pause[29], VOICE]
    assert haste.dropped_ms == 23 * 20


def test_the_seam_begins_as_the_gap_began_and_ends_as_it_ended() -> None:
    """Loud for silence, so that the fade is seen: from 60 to 0 in one frame."""
    pause = [g711.encode(np.full(160, 60 - 2 * number, np.int16)) for number in range(31)]
    seam = g711.decode(frames(played(Haste(fastest=1.0), [VOICE, *pause, VOICE]))[6])
    assert seam[0] == g711.decode(pause[5])[0]
    assert seam[-1] == pytest.approx(g711.decode(pause[29])[0], abs=4)
    assert np.abs(np.diff(seam)).max() <= 8


@pytest.mark.parametrize("pause_frames", range(8))
def test_a_short_pause_is_left_alone(pause_frames: int) -> None:
    haste = Haste(fastest=1.0)
    audio = [VOICE, *(coded(number) for number in range(pause_frames)), VOICE]
    assert played(haste, audio) == b"".join(audio)
    assert haste.dropped_ms == 0


def test_the_end_of_a_pause_is_held_until_it_is_known_whether_it_is_one() -> None:
    haste = Haste(fastest=1.0)
    given = [haste.take(coded(number), FAR_MS) for number in range(9)]
    assert [bool(out) for out in given] == [True] * 5 + [False] * 4
    assert haste.held_bytes == 320
    assert haste.held_ms == 40
    assert haste.dropped_ms == 40


@pytest.mark.parametrize("rms", [120.0, 150.0])
def test_a_weak_consonant_is_not_silence(rms: float) -> None:
    """-49 and -47 dBFS: below what counts as voice, above what counts as silence."""
    hiss = g711.encode(np.random.default_rng(5).normal(0, rms, 160 * 30).astype(np.int16))
    assert not any(map(voiced, frames(hiss)))
    assert played(Haste(fastest=1.0), frames(hiss)) == hiss


def test_a_click_of_two_milliseconds_is_not_silence() -> None:
    burst = SILENT[:72] + tone(1000, 2, peak=4000) + SILENT[:72]
    assert not voiced(burst)
    out = played(Haste(fastest=1.0), [*[SILENT] * 20, burst, *[SILENT] * 20])
    assert burst in out
    assert len(out) == 160 * (5 + 2 + 1 + 5 + 2)


def test_silence_without_end_gives_its_first_and_its_last() -> None:
    haste = Haste(fastest=1.0)
    assert played(haste, [SILENT] * 500) == SILENT * 7
    assert haste.dropped_ms == 493 * 20


def test_a_queue_that_runs_dry_in_a_pause_loses_nothing_of_it() -> None:
    haste = Haste(fastest=1.0)
    first = [coded(number) for number in range(7)]
    assert played(haste, first) == b"".join(first)
    assert haste.held_bytes == 0
    assert played(haste, [SILENT, SILENT, VOICE]) == SILENT + SILENT + VOICE
    assert haste.dropped_ms == 0


def test_an_ear_that_has_caught_up_gets_what_was_held_first() -> None:
    haste = Haste(fastest=1.0)
    for number in range(7):
        haste.take(coded(number), FAR_MS)
    assert haste.take(coded(7), 0.0) == coded(5) + coded(6) + coded(7)
    assert not haste._hurries
    assert haste.take(SILENT, 0.0) is SILENT


def test_after_a_reset_nothing_of_before_is_heard() -> None:
    haste = Haste()
    hurried(haste, 3)
    for number in range(20):
        haste.take(coded(number), FAR_MS)
    haste.reset()
    assert (haste.held_bytes, haste._hurries, haste.ratio) == (0, False, 1.0)
    assert haste.take(VOICE, 0.0) is VOICE
    assert played(haste, [*[SILENT] * 7, VOICE]) == SILENT * 7 + VOICE, "no fade from what was dropped before"


@pytest.mark.parametrize("size", [0, 1, 159, 160, 161])
def test_a_frame_of_another_length_is_not_lost(size: int) -> None:
    haste = Haste(fastest=1.0)
    odd = SENTENCES[0][3000 : 3000 + size]
    assert played(haste, [odd]) == odd
    pause = [SILENT[:100]] * 30
    assert len(played(haste, [VOICE, *pause, VOICE])) == 320 + 3000 - haste.dropped_ms * 8


# -- Voice is never left out -------------------------------------------------------------------------------------------

RUNS = st.lists(st.tuples(st.booleans(), st.integers(1, 25)), max_size=12)


@given(RUNS, st.lists(st.sampled_from([0.0, 1400.0, 1600.0, 4000.0, 9000.0]), min_size=1, max_size=6), st.booleans())
@settings(max_examples=150, deadline=None)
def test_without_stretching_every_voiced_frame_and_its_margins_are_sent_as_they_came(
    runs: list[tuple[bool, int]], behinds: list[float], dry: bool
) -> None:
    """Voice, the two frames after it and the one before it come out byte for byte, in order; so does their count."""
    audio = [voice(i % 64) if speaks else coded(i % 64) for speaks, many in runs for i in range(many)]
    haste, out = Haste(fastest=1.0), b""
    for number, frame in enumerate(audio):
        out += haste.take(frame, behinds[number // 17 % len(behinds)])
        if dry and number % 31 == 0:
            out += haste.flush()
    out += haste.flush()
    sent = frames(out)
    assert len(out) == 160 * len(sent) == 160 * len(audio) - haste.dropped_ms * 8
    loud = [voiced(frame) for frame in audio]
    assert [frame for frame in sent if voiced(frame)] == [
        frame for frame, is_loud in zip(audio, loud, strict=True) if is_loud
    ]
    kept = deque(sent)
    for number, frame in enumerate(audio):
        if any(loud[max(number - 2, 0) : number + 2]):
            while kept and kept.popleft() != frame:
                pass
            assert kept or frame == sent[-1]


@given(RUNS, st.sampled_from([1600.0, 3000.0, 9000.0]))
@settings(max_examples=60, deadline=None)
def test_all_that_came_was_sent_or_was_silence_or_was_gained(runs: list[tuple[bool, int]], behind_ms: float) -> None:
    audio = [VOICE if speaks else SILENT for speaks, many in runs for _ in range(many * 4)]
    haste, sent = Haste(), 0
    for number, frame in enumerate(audio):
        sent += len(haste.take(frame, behind_ms))
        assert 160 * (number + 1) == sent + haste.held_bytes + (haste.dropped_ms + haste.gained_ms) * 8
        assert haste.held_ms < 70
    silent_ms = 20 * sum(frame is SILENT for frame in audio)
    assert haste.dropped_ms <= silent_ms
    assert haste.gained_ms <= 0.2 * (20 * len(audio) - haste.dropped_ms) + 35


def test_at_full_haste_voice_lasts_as_long_as_its_ratio_says() -> None:
    """Twelve bursts of a third of a second, each at its own pitch, with half a second of silence between them."""
    pitches = [300.0, 500.0, 800.0, 400.0, 1200.0, 650.0] * 2
    haste = Haste()
    hurried(haste, 4)
    haste.flush()
    assert haste.ratio == 1.25
    out = played(haste, frames(b"".join(tone(hz, 320) + SILENT * 25 for hz in pitches)))
    runs = [out[begins:ends] for begins, ends in words(out) if ends - begins > 320]
    assert [loudest_hz(run) for run in runs] == pytest.approx(pitches, rel=0.02)
    at_full_level = [energy(run) / (8000**2 / 2) for run in runs]
    assert sum(at_full_level) * 1.25 == pytest.approx(12 * 2560, rel=0.05)
    assert min(at_full_level) * 1.25 > 0.85 * 2560


@pytest.mark.parametrize("which", range(len(SENTENCES)))
def test_of_real_speech_all_words_survive_shorter_pauses(which: int) -> None:
    """No stretching: every voiced frame, and all louder than -50 dBFS, is there byte for byte; and no jump is new."""
    audio = frames(b"".join([SENTENCES[which], SILENT * 40, SENTENCES[which - 1]]))
    haste = Haste(fastest=1.0)
    out = played(haste, audio)
    assert haste.dropped_ms >= 500
    spoken = [frame for frame in audio if dbfs(frame) >= -50]
    assert [frame for frame in frames(out) if dbfs(frame) >= -50] == spoken
    assert largest_jump(out) <= largest_jump(b"".join(audio))


@pytest.mark.parametrize("which", range(len(SENTENCES)))
def test_of_real_speech_all_words_survive_full_haste(which: int) -> None:
    audio = frames(SENTENCES[which])
    haste = Haste()
    hurried(haste, 4)
    before_ms = haste.gained_ms
    haste.flush()
    out = played(haste, audio)
    assert len(out) * 1.25 == pytest.approx(len(audio) * 160 - haste.dropped_ms * 8, abs=400)
    assert haste.gained_ms - before_ms > 500
    assert energy(out) * 1.25 == pytest.approx(energy(b"".join(audio)), rel=0.1)
    assert largest_jump(out) <= largest_jump(b"".join(audio))


def test_in_a_hum_no_seam_clicks() -> None:
    """A pause with a hum of 50 Hz at -52 dBFS: cut where it may be, no step is larger than the hum's own."""
    hum = tone(50, 2010, peak=110)
    for shift in range(0, 160, 7):
        pause = frames(hum[shift:])
        out = played(Haste(fastest=1.0), pause)
        assert len(out) == 160 * 7
        assert largest_jump(out) <= largest_jump(hum) + 8, "one step of mu-law more"


# -- Faster speech -----------------------------------------------------------------------------------------------------


def test_speech_is_made_faster_only_when_pauses_had_their_time_and_then_step_by_step() -> None:
    haste = Haste()
    ratios: list[tuple[float, float]] = []
    sent = 0
    for _ in range(200):
        sent += len(haste.take(VOICE, FAR_MS))
        if not ratios or haste.ratio != ratios[-1][1]:
            ratios.append((sent / 8, haste.ratio))
    assert [ratio for _, ratio in ratios] == [1.0, 1.05, 1.1, 1.15, 1.2, 1.25]
    times = [at for at, _ in ratios]
    assert times[1] == pytest.approx(1020, abs=21)
    assert np.diff(times[1:]) == pytest.approx(300, abs=50)


def test_dropped_silence_is_no_time_in_which_pauses_had_their_chance() -> None:
    haste = Haste()
    for _ in range(500):
        haste.take(SILENT, FAR_MS)
    assert haste.ratio == 1.0
    hurried(haste, 0.7)
    assert haste.ratio == 1.0


def test_it_never_becomes_faster_than_allowed() -> None:
    haste = Haste(fastest=1.12)
    hurried(haste, 10)
    assert haste.ratio == 1.12


def test_between_target_and_calm_haste_grows_less_step_by_step_and_silence_is_still_left_out() -> None:
    haste = Haste()
    hurried(haste, 4)
    ratios: list[float] = []
    for _ in range(100):
        haste.take(VOICE, 1200.0)
        if not ratios or haste.ratio != ratios[-1]:
            ratios.append(haste.ratio)
    assert ratios[-5:] == [1.2, 1.15, 1.1, 1.05, 1.0]
    assert haste._hurries
    for _ in range(20):
        haste.take(SILENT, 1200.0)
    assert haste.dropped_ms > 0


def test_an_ear_that_has_caught_up_hears_speech_at_its_own_speed_at_once() -> None:
    haste = Haste()
    hurried(haste, 4)
    held = haste.held_bytes
    assert len(haste.take(VOICE, 999.0)) == held + 160
    assert (haste.ratio, haste._hurries, haste.held_bytes) == (1.0, False, 0)
    assert haste.take(VOICE, 1500.0) is VOICE


def test_an_ear_at_the_edge_of_calm_is_not_calm_yet() -> None:
    haste = Haste(900)
    haste.take(VOICE, 901.0)
    haste.take(VOICE, 600.0)
    assert haste._hurries
    haste.take(VOICE, 599.0)
    assert not haste._hurries


def test_haste_that_comes_again_has_patience_again() -> None:
    haste = Haste()
    hurried(haste, 4)
    haste.take(VOICE, 0.0)
    hurried(haste, 0.9)
    assert haste.ratio == 1.0
    hurried(haste, 0.2)
    assert haste.ratio == 1.05


# -- Asking the speaker to pause ---------------------------------------------------------------------------------------


def cues(haste: Haste, behind_ms: float, many_frames: int) -> list[float]:
    """At which millisecond of sent audio a cue was wanted."""
    sent, found = 0, []
    for _ in range(many_frames):
        before = sent
        sent += len(haste.take(VOICE, behind_ms))
        if haste.wants_cue:
            found.append(before / 8)
    return found


def test_far_behind_the_speaker_is_asked_once_in_fifteen_seconds() -> None:
    assert cues(Haste(), 5501.0, 2000) == pytest.approx([0, 15_000, 30_000], abs=45)


def test_less_far_behind_nobody_is_asked() -> None:
    assert cues(Haste(), 5500.0, 1000) == []


def test_how_far_is_a_setting() -> None:
    assert cues(Haste(500, cue_after_ms=100), 600.0, 10) == []
    assert cues(Haste(500, cue_after_ms=100), 601.0, 10) == [0]


def test_time_spent_calm_counts_for_the_next_cue() -> None:
    haste = Haste()
    assert len(cues(haste, 9000.0, 1)) == 1
    for _ in range(749):
        haste.take(VOICE, 0.0)
    assert not haste.wants_cue
    assert len(cues(haste, 9000.0, 2)) == 1


def test_audio_that_was_held_counts_as_sent() -> None:
    """A queue that runs dry with each frame: all is sent by `flush` or `take`, and 15 s stay 15 s."""
    haste, sent, found = Haste(), 0, []
    for _ in range(1700):
        haste.take(SILENT, 9000.0)
        if haste.wants_cue:
            found.append(sent)
        haste.flush()
        sent += 20
    assert found == [0, 15_000, 30_000]


def test_a_cue_is_wanted_until_the_next_frame_only() -> None:
    haste = Haste()
    haste.take(VOICE, 9000.0)
    assert haste.wants_cue
    haste.take(VOICE, 0.0)
    assert not haste.wants_cue


# -- A whole monologue -------------------------------------------------------------------------------------------------


@dataclass
class Ear:
    """A carrier that plays 20 ms at each step, with a lead of 120 ms, and a queue in front of it."""

    haste: Haste
    queue: deque[bytes] = field(default_factory=deque)
    buffered: float = 0.0
    behind_ms: list[float] = field(default_factory=list)
    cues: int = 0

    def step(self, arrived: list[bytes]) -> None:
        self.queue += arrived
        while self.queue and self.buffered < 960:
            behind_ms = 20 * len(self.queue) + self.buffered / 8
            self.buffered += len(self.haste.take(self.queue.popleft(), behind_ms))
            self.cues += self.haste.wants_cue
        if not self.queue:
            self.buffered += len(self.haste.flush())
        self.behind_ms.append(20 * len(self.queue) + self.buffered / 8)
        self.buffered = max(self.buffered - 160, 0)


def monologue(*, pause_frames: int) -> list[bytes]:
    """About a minute of sentences with so much silence between them."""
    return frames(
        b"".join(sentence[: len(sentence) // 160 * 160] + SILENT * pause_frames for sentence in SENTENCES * 2)
    )


def test_speech_that_comes_a_tenth_too_fast_does_not_leave_the_ear_further_and_further_behind() -> None:
    audio, ear, at = monologue(pause_frames=20), Ear(Haste()), 0.0
    while at < len(audio):
        ear.step(audio[int(at) : int(at + 1.1)])
        at += 1.1
    assert max(ear.behind_ms) < 2500
    assert ear.cues == 0


def test_without_haste_the_same_speech_leaves_it_far_behind() -> None:
    audio, ear, at = monologue(pause_frames=20), Ear(Haste(1e9)), 0.0
    while at < len(audio):
        ear.step(audio[int(at) : int(at + 1.1)])
        at += 1.1
    assert max(ear.behind_ms) > 5000


def test_ten_seconds_at_once_are_caught_up_with_and_the_speaker_is_asked_to_pause() -> None:
    audio, ear = monologue(pause_frames=20), Ear(Haste())
    ear.step(audio[:500])
    for frame in audio[500:]:
        ear.step([frame])
    assert ear.cues == 1
    assert ear.behind_ms[0] > 9000
    assert ear.behind_ms[-1] < 1600
    assert max(ear.behind_ms[len(ear.behind_ms) // 2 :]) < 1700


# ---- A delay that stands ---------------------------------------------------------------------------------------------


def test_a_standing_delay_is_worn_down_by_shorter_pauses_then_by_slightly_faster_speech() -> None:
    haste = Haste()
    haste.trim(True)
    assert not haste.idle
    said, pause = [VOICE] * 50, [SILENT] * 50
    for frame in [*said, *pause]:
        haste.take(frame, 400)
    assert haste.dropped_ms > 700
    assert haste.ratio == 1.0, "pauses do it"
    for frame in said * 3:
        haste.take(frame, 400)
    assert haste.ratio == GENTLE
    haste.trim(False)
    haste.take(said[0], 100)
    assert (haste.ratio, haste.held_bytes, haste.idle) == (1.0, 0, True)


def test_far_behind_is_more_than_a_standing_delay() -> None:
    haste = Haste(1000)
    haste.trim(True)
    for frame in [VOICE] * 200:
        haste.take(frame, 3000)
    assert haste.ratio > GENTLE
    for frame in [VOICE] * 2:
        haste.take(frame, 500)
    assert haste.ratio == GENTLE, "back to what wears the rest down"


def test_the_gentle_haste_begins_two_seconds_after_it_was_asked_for_however_often_it_is() -> None:
    haste = Haste()
    for _ in range(200):
        haste.take(VOICE, 100)
    ratios = []
    for _ in range(150):
        haste.trim(True)
        haste.take(VOICE, 100)
        ratios.append(haste.ratio)
    assert ratios.index(GENTLE) == pytest.approx(GENTLE_AFTER_MS / 20, abs=2)


def test_a_standing_delay_takes_no_speed_away() -> None:
    haste = Haste()
    hurried(haste, 3)
    fast = haste.ratio
    assert fast > GENTLE
    for on in (True, True, False):
        haste.trim(on)
        assert haste.ratio == fast


def test_between_calm_and_the_target_a_standing_delay_is_worn_down_too() -> None:
    haste = Haste()
    haste.trim(True)
    for _ in range(40):
        assert haste.take(VOICE, 1200)
        assert haste.ratio == 1.0
    for _ in range(80):
        haste.take(VOICE, 1200)
    assert haste.ratio == GENTLE


def test_the_seam_ends_as_its_own_frame_did_and_the_last_is_as_it_was() -> None:
    levels = [60] * 28 + [8, 40]
    pause = [g711.encode(np.full(160, level, np.int16)) for level in levels]
    *_, seam, last, _ = frames(played(Haste(fastest=1.0), [VOICE, *pause, VOICE]))
    assert g711.decode(seam)[-1] == pytest.approx(8, abs=4)
    assert last == pause[-1]
