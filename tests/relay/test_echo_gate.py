"""The echo gate over real speech: echoes stop, the party's own voice passes, whoever has no echo notices nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.audio.bands import band_levels, band_powers
from dragoman.domain.call import Role
from dragoman.relay import echo_gate
from dragoman.relay.echo_gate import EchoGate
from dragoman.relay.echo_returns import Matrix
from tests.fakes.speakerphone import (
    Room,
    Sound,
    as_mulaw,
    frames,
    levels,
    noise,
    passed,
    set_to,
    speech,
    voiced_frames,
)

pytestmark = pytest.mark.script

SILENCE = b"\xff" * 160
PLAYED_DBFS = -22.0
LEARNT = 100
"""Frames: two seconds of playback."""

ROOMS = {
    "near": Room(60, 6),
    "loud": Room(130, 0),
    "far": Room(300, 10),
    "faint": Room(210, 20),
    "very faint": Room(170, 30),
    "reverberant": Room(130, 6, reverb_s=0.4, seed=8),
    "overdriven": Room(233, 6, reverb_s=0.3, overdriven=True),
    "unsteady": Room(150, 8, reverb_s=0.2, jitter_ms=10),
    "later than expected": Room(500, 6, reverb_s=0.3),
}


@pytest.fixture(scope="module")
def agent() -> Sound:
    return speech(Role.AGENT, PLAYED_DBFS)


@pytest.fixture(scope="module")
def caller() -> Sound:
    return speech(Role.CALLER, PLAYED_DBFS)


def ms(flags: npt.NDArray[np.bool_]) -> int:
    return int(flags.sum()) * 20


def stretches(sound: Sound) -> tuple[Sound, npt.NDArray[np.bool_]]:
    """A sound cut to some stretches, and the frames outside of them."""
    on = np.zeros(sound.size)
    for begin_s, end_s in ((2, 5), (7, 12), (14, 18)):
        on[begin_s * 8000 : end_s * 8000] = 1
    return sound * on, on.reshape(-1, 160).max(axis=1) < 0.5


# ---- Echo alone ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("voice", list(Role))
@pytest.mark.parametrize("room", ROOMS.values(), ids=ROOMS.keys())
def test_no_voice_of_an_echo_passes(room: Room, voice: Role) -> None:
    played = speech(voice, PLAYED_DBFS)
    heard = room.echo(played) + noise(-60, played.size)
    through = passed(EchoGate(), played, heard) & voiced_frames(heard)
    assert ms(through[LEARNT:]) == 0
    assert ms(through[:LEARNT]) <= 20


def test_the_echo_that_was_stopped_was_loud_enough_to_be_translated(agent: Sound) -> None:
    """Keeps the test above honest."""
    assert ms(voiced_frames(ROOMS["near"].echo(agent))) > 8000


@pytest.mark.parametrize(("noise_dbfs", "most_ms"), [(-50.0, 0), (-40.0, 100)])
def test_nor_does_it_pass_in_a_noisy_room(agent: Sound, noise_dbfs: float, most_ms: int) -> None:
    heard = Room(150, 6, reverb_s=0.2).echo(agent) + noise(noise_dbfs, agent.size)
    through = passed(EchoGate(), agent, heard) & voiced_frames(heard)
    assert ms(through[LEARNT:]) <= most_ms


def test_a_faint_echo_in_noise_keeps_the_gate_awake(caller: Sound) -> None:
    """It is below all levels that the gate rests at; that it sounds alike for seconds tells it from noise."""
    heard = Room(130, 26, reverb_s=0.25, jitter_ms=10).echo(caller) + noise(-50, caller.size)
    voices = voiced_frames(heard)
    assert ms((passed(EchoGate(), caller, heard) & voices)[LEARNT:]) == 0
    assert ms(voices) > 1000


def test_the_reverberation_after_the_last_word_stays_out(agent: Sound) -> None:
    played = agent.copy()
    played[8000 * 9 :] = 0
    heard = Room(300, 3, reverb_s=0.5, seed=8).echo(played) + noise(-62, played.size)
    through = passed(EchoGate(), played, heard) & voiced_frames(heard)
    assert ms(through[LEARNT:]) == 0
    assert ms(voiced_frames(heard)[450:470]) > 0


def test_a_phone_put_on_speaker_in_mid_call_is_learnt_within_two_seconds(agent: Sound) -> None:
    echo = Room(170, 6, reverb_s=0.3).echo(agent)
    echo[: 8 * 8000] = 0
    heard = echo + noise(-60, agent.size)
    through = passed(EchoGate(), agent, heard) & voiced_frames(heard)
    assert ms(through[400:500]) <= 1500
    assert ms(through[550:]) == 0


def test_lost_frames_of_the_microphone_are_made_up_for(agent: Sound) -> None:
    """The stream stands still for 60 ms, and goes on without what was said then."""
    gate, heard = EchoGate(), Room(130, 6).echo(agent) + noise(-60, agent.size)
    voices, through = voiced_frames(heard), []
    for i, (own, other) in enumerate(zip(frames(as_mulaw(heard)), frames(as_mulaw(agent)), strict=True)):
        gate.played(other, i * 0.02)
        if i not in range(300, 303):
            through.append(gate.pass_through(own, i * 0.02 + 0.06) == own and bool(voices[i]))
    assert sum(through[LEARNT:]) * 20 <= 100


# ---- Both speak ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "room", [Room(110, 6), Room(190, 10, reverb_s=0.3), Room(280, 15, reverb_s=0.2, overdriven=True)]
)
@pytest.mark.parametrize(("above_db", "share"), [(6, 0.95), (12, 0.97)])
def test_whoever_talks_over_the_echo_is_heard(
    agent: Sound, caller: Sound, room: Room, above_db: int, share: float
) -> None:
    """Of the talker's voiced frames that are at least 6 dB above the echo, after the first stretch."""
    size = min(agent.size, caller.size) // 160 * 160
    echo = room.echo(agent[:size])
    own, apart = stretches(set_to(caller[:size], PLAYED_DBFS - room.loss_db + above_db))
    through = passed(EchoGate(), agent[:size], own + echo + noise(-62, size))
    clear = voiced_frames(own) & (levels(own) >= 2 * levels(echo))
    clear[: 6 * 50] = False
    assert clear.sum() > 200
    assert through[clear].mean() >= share
    leaked = through & apart & voiced_frames(echo)
    assert ms(leaked[LEARNT:]) <= 3 * 280


def test_the_first_frame_of_a_loud_word_passes(agent: Sound, caller: Sound) -> None:
    size = min(agent.size, caller.size) // 160 * 160
    word = set_to(caller[:size], PLAYED_DBFS).copy()
    first = int(np.argmax(levels(word)[400:])) + 400
    word[: first * 160] = 0
    through = passed(EchoGate(), agent[:size], word + Room(150, 15).echo(agent[:size]))
    assert through[first]
    assert not through[first - 1]


# ---- No echo ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("above_db", [-12, -6, 0, 6])
def test_a_party_with_a_handset_talks_over_the_interpreter(agent: Sound, caller: Sound, above_db: int) -> None:
    """The case in which a gate does harm: there is no echo, and he who talks must be heard."""
    size = min(agent.size, caller.size) // 160 * 160
    own = set_to(caller[:size], PLAYED_DBFS + above_db)
    own[: 2 * 8000] = 0
    through = passed(EchoGate(), agent[:size], own + noise(-60, size))
    assert through[voiced_frames(own)].mean() >= 0.99


@pytest.mark.parametrize("above_db", [-6, 0, 6])
def test_even_when_both_talk_from_the_start(agent: Sound, caller: Sound, above_db: int) -> None:
    size = min(agent.size, caller.size) // 160 * 160
    own = set_to(caller[:size], PLAYED_DBFS + above_db)
    through = passed(EchoGate(), agent[:size], own + noise(-60, size))
    voices = voiced_frames(own)
    assert through[50:100][voices[50:100]].mean() >= 0.9
    assert through[100:][voices[100:]].mean() >= 0.99


def test_without_playback_the_very_same_bytes_come_back() -> None:
    gate = EchoGate()
    for i, frame in enumerate(frames(as_mulaw(speech(Role.CALLER, -20)))):
        assert gate.pass_through(frame, i * 0.02) is frame


def test_silence_played_is_no_playback() -> None:
    gate = EchoGate()
    gate.played(SILENCE * 50, 0.0)
    frame = as_mulaw(speech(Role.CALLER, -20))[8000:8160]
    assert gate.pass_through(frame, 0.5) is frame


# ---- What it costs ---------------------------------------------------------------------------------------------------


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many frames of the microphone were judged or learned from, by turns of asking; that is what costs."""
    sizes: list[int] = []

    def counted(measure: Callable[[bytes], Matrix]) -> Callable[[bytes], Matrix]:
        def count(audio: bytes) -> Matrix:
            sizes.append(len(audio) // 160)
            return measure(audio)

        return count

    monkeypatch.setattr(echo_gate, "band_powers", counted(band_powers))
    monkeypatch.setattr(echo_gate, "band_levels", counted(band_levels))
    return sizes


def cost_from(gate: EchoGate, played: Sound, heard: Sound, from_s: float, measured: list[int]) -> float:
    """Times that anything was measured, per frame."""
    split = round(from_s * 50) * 160
    passed(gate, played[:split], heard[:split])
    measured.clear()
    passed(gate, played[split:], heard[split:], began=100.0 + from_s)
    return len(measured) / ((played.size - split) // 160)


def test_a_silent_party_costs_next_to_nothing_once_nothing_came_back(agent: Sound, measured: list[int]) -> None:
    assert cost_from(EchoGate(), agent, noise(-60, agent.size), 5, measured) < 0.01


@pytest.mark.parametrize("noise_dbfs", [-60.0, -48.0])
@pytest.mark.parametrize("above_db", [-6, 0])
def test_a_party_without_echo_is_looked_at_now_and_then(
    agent: Sound, caller: Sound, above_db: int, noise_dbfs: float, measured: list[int]
) -> None:
    size = min(agent.size, caller.size) // 160 * 160
    own = set_to(caller[:size], PLAYED_DBFS + above_db) + noise(noise_dbfs, size)
    assert cost_from(EchoGate(), agent[:size], own, 5, measured) < 0.125


def test_where_there_is_an_echo_every_voice_is_judged(agent: Sound, measured: list[int]) -> None:
    """Keeps the tests above honest."""
    heard = Room(130, 10).echo(agent) + noise(-60, agent.size)
    assert cost_from(EchoGate(), agent, heard, 5, measured) > 0.4


# ---- Edges -----------------------------------------------------------------------------------------------------------


def loud_frame(seed: int = 1) -> bytes:
    return as_mulaw(noise(-20, 160, seed))


def test_the_gate_is_out_of_the_way_after_window_and_tail() -> None:
    gate, frame, quiet = EchoGate(window_ms=400, tail_ms=250), loud_frame(), as_mulaw(noise(-50, 160))
    gate.played(loud_frame(), 10.0)
    assert gate.pass_through(frame, 10.1) == SILENCE
    assert gate.pass_through(quiet, 10.65) == SILENCE
    assert gate.pass_through(quiet, 10.685) == SILENCE
    assert gate.pass_through(quiet, 10.695) is quiet
    assert gate.pass_through(frame, 10.70) is frame


@pytest.mark.parametrize(("words", "most"), [(1, 3), (2, 6), (3, 9), (4, 12), (9, 12)])
def test_each_frame_of_own_voice_keeps_the_gate_open_for_three_more(words: int, most: int) -> None:
    gate, breath = EchoGate(), as_mulaw(noise(-60, 160))
    gate.played(as_mulaw(noise(-50, 160 * 60)), 10.0)
    frames_heard = [breath] * 2 + [loud_frame(i) for i in range(words)] + [breath] * 14 + [loud_frame()] + [breath] * 5
    through = [gate.pass_through(frame, 10.02 + i * 0.02) == frame for i, frame in enumerate(frames_heard)]
    assert through == [False] * 2 + [True] * (words + most) + [False] * (14 - most) + [True] * 4 + [False] * 2


def test_what_comes_at_once_is_judged_by_what_was_played_when_it_was_heard() -> None:
    """Without a window, three frames lie under loud playback and three under faint."""
    heard = b"".join(as_mulaw(noise(-22, 160, seed)) for seed in range(6))
    gate = EchoGate(window_ms=0, tail_ms=0)
    gate.played(b"".join(loud_frame(seed) for seed in range(10, 13)), 10.0)
    gate.played(as_mulaw(noise(-52, 480)), 10.06)
    assert gate.pass_through(heard, 10.12) == SILENCE * 3 + heard[480:]


def test_a_clear_takes_back_what_will_not_be_heard() -> None:
    gate, frame = EchoGate(), loud_frame()
    gate.played(loud_frame() * 100, 10.0)
    gate.cleared(10.0)
    assert gate.pass_through(frame, 10.02) == frame
    assert gate.pass_through(frame, 10.8) is frame


def test_a_clear_does_not_take_back_what_was_heard() -> None:
    gate = EchoGate()
    gate.played(loud_frame() * 100, 10.0)
    gate.cleared(10.4)
    assert gate.pass_through(loud_frame(2), 10.42) == SILENCE


def test_what_is_gated_is_silence_of_the_same_length() -> None:
    gate = EchoGate()
    gate.played(loud_frame() * 20, 0.0)
    assert gate.pass_through(loud_frame() * 2 + loud_frame()[:50], 0.2) == b"\xff" * 370
    assert gate.pass_through(b"", 0.2) == b""


def test_many_frames_at_once_are_judged_as_one_by_one(agent: Sound) -> None:
    heard = as_mulaw(Room(130, 6).echo(agent) + noise(-60, agent.size))
    other = as_mulaw(agent)
    one, many = EchoGate(), EchoGate()
    for at in range(0, 600 * 160, 480):
        for gate in (one, many):
            gate.played(other[at : at + 480], at / 8000)
        pieces = frames(heard[at : at + 480])
        apart = [one.pass_through(piece, (at + (i + 1) * 160) / 8000) for i, piece in enumerate(pieces)]
        assert many.pass_through(heard[at : at + 480], (at + 480) / 8000) == b"".join(apart)


def test_a_wish_for_more_than_is_kept_is_refused() -> None:
    EchoGate(tail_ms=0, window_ms=0)
    EchoGate(tail_ms=1560, window_ms=1000)
    for tail_ms, window_ms in ((1580, 1000), (-20, 400), (250, -20)):
        with pytest.raises(ValueError, match="window and tail must be 0 to 2560 ms together"):
            EchoGate(tail_ms=tail_ms, window_ms=window_ms)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.booleans(), st.binary(max_size=700), st.floats(-1, 8), st.floats(-0.5, 2.0)),
        max_size=40,
    )
)
def test_no_bytes_and_no_times_break_it(script: list[tuple[bool, bytes, float, float]]) -> None:
    gate, now = EchoGate(), 50.0
    for plays, audio, step, ahead in script:
        now += step
        if plays:
            gate.played(audio, now + ahead)
            continue
        given_back = gate.pass_through(audio, now)
        assert len(given_back) == len(audio)
        if len(audio) <= 160:
            assert given_back in (audio, b"\xff" * len(audio))
