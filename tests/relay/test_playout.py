"""The playout: paced, whole, in order, nothing lost; and what is said of the ear."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.audio import AudioFormat
from dragoman.domain.effects import Clear, Mark, Play
from dragoman.relay import playout as module
from dragoman.relay.ear_clock import PLAYED_LATE_S
from dragoman.relay.haste import Haste
from dragoman.relay.playout import LEAD_MS, Finished, Playout, Started

pytestmark = pytest.mark.unit

FRAME = 160
LATE_S = PLAYED_LATE_S


def playout() -> Playout:
    return Playout(AudioFormat.PCMU_8K)


def audio_of(effects: list[Play | Mark]) -> bytes:
    return b"".join(effect.audio for effect in effects if isinstance(effect, Play))


def marks_of(effects: list[Play | Mark]) -> list[str]:
    return [effect.name for effect in effects if isinstance(effect, Mark)]


def run_dry(ear: Playout, now: float = 0.0) -> tuple[bytes, list[str]]:
    """Tick until all is sent."""
    out, marks = b"", []
    while not ear.idle:
        effects = ear.due(now)
        out += audio_of(effects)
        marks += marks_of(effects)
        now += 0.02
    return out, marks


class Carrier:
    """Plays 8000 bytes a second from when they come, and remembers the most that it held."""

    def __init__(self) -> None:
        self.until = 0.0
        self.most_ms = 0.0

    def take(self, size_bytes: int, now: float) -> None:
        self.until = max(self.until, now) + size_bytes / 8000
        self.most_ms = max(self.most_ms, (self.until - now) * 1000)


# ---- Pacing ----------------------------------------------------------------------------------------------------------


def test_ten_seconds_at_once_never_lie_at_the_carrier_for_more_than_the_lead() -> None:
    ear, carrier = playout(), Carrier()
    ear.add(bytes(FRAME * 500), "c1")
    now, sent = 0.0, 0
    while not ear.idle:
        audio = audio_of(ear.due(now))
        carrier.take(len(audio), now)
        sent += len(audio)
        now += 0.02
    assert sent == FRAME * 500
    assert carrier.most_ms <= LEAD_MS + 0.001


def test_the_carrier_never_runs_dry_while_something_is_queued() -> None:
    ear, carrier = playout(), Carrier()
    ear.add(bytes(FRAME * 100), "c1")
    now = 0.0
    while not ear.idle:
        assert now == 0.0 or carrier.until > now
        carrier.take(len(audio_of(ear.due(now))), now)
        now += 0.02


def test_audio_goes_out_in_pieces_of_some_frames_not_one_by_one() -> None:
    ear = playout()
    ear.add(bytes(FRAME * 100), "c1")
    messages, now = 0, 0.0
    while not ear.idle:
        messages += bool(ear.due(now))
        now += 0.02
    assert messages <= 100 / 3 + 2


def test_a_late_tick_does_not_make_a_burst_beyond_the_lead() -> None:
    ear = playout()
    ear.add(bytes(FRAME * 100), "c1")
    ear.due(0.0)
    assert len(audio_of(ear.due(5.0))) == LEAD_MS // 20 * FRAME


@given(
    pieces=st.lists(st.tuples(st.binary(max_size=700), st.sampled_from(["c1", "c2", "c3"])), max_size=30),
    steps=st.lists(st.floats(0, 0.4), min_size=1, max_size=30),
)
def test_all_that_is_added_is_sent_once_in_order_and_paced(pieces: list[tuple[bytes, str]], steps: list[float]) -> None:
    ear, carrier = playout(), Carrier()
    now, out = 0.0, b""
    for number, (audio, label) in enumerate(pieces):
        now += steps[number % len(steps)]
        ear.add(audio, label)
        sent = audio_of(ear.due(now))
        carrier.take(len(sent), now)
        out += sent
    ear.end(pieces[-1][1] if pieces else "c1")
    while not ear.idle:
        now += 0.02
        sent = audio_of(ear.due(now))
        carrier.take(len(sent), now)
        out += sent
    assert len(out) % FRAME == 0
    assert carrier.most_ms <= LEAD_MS + 0.001
    assert out == padded_by_label(pieces)


def padded_by_label(pieces: list[tuple[bytes, str]]) -> bytes:
    """What must be sent: consecutive pieces of one label joined, each run's tail padded with mu-law silence."""
    runs: list[tuple[bytes, str]] = []
    for audio, label in pieces:
        if not audio:
            continue
        if runs and runs[-1][1] == label:
            runs[-1] = (runs[-1][0] + audio, label)
        else:
            runs.append((audio, label))
    ended = next((label for _, label in reversed(pieces)), "")
    whole = [audio + b"\xff" * (-len(audio) % FRAME) for audio, _ in runs]
    if runs and runs[-1][1] != ended:
        cut = len(runs[-1][0]) // FRAME * FRAME
        whole[-1] = runs[-1][0][:cut]
    return b"".join(whole)


@given(audio=st.binary(min_size=1, max_size=2000), cuts=st.lists(st.integers(0, 2000), max_size=20))
def test_any_split_of_the_same_audio_gives_the_same_frames(audio: bytes, cuts: list[int]) -> None:
    whole, split = playout(), playout()
    whole.add(audio, "c1")
    edges = [0, *sorted(cut for cut in cuts if cut < len(audio)), len(audio)]
    for begin, end in itertools.pairwise(edges):
        split.add(audio[begin:end], "c1")
    whole.end("c1")
    split.end("c1")
    assert run_dry(whole) == run_dry(split)


def test_the_tail_is_padded_with_silence_and_marked() -> None:
    ear = playout()
    ear.add(b"\x01" * 200, "c1")
    ear.end("c1")
    out, marks = run_dry(ear)
    assert out == b"\x01" * 200 + b"\xff" * 120
    assert len(marks) == 1


def test_an_end_without_audio_marks_nothing() -> None:
    ear = playout()
    ear.end("c1")
    assert run_dry(ear) == (b"", [])


def test_an_end_after_all_was_sent_marks_it_still() -> None:
    ear = playout()
    ear.add(bytes(FRAME), "c1")
    run_dry(ear)
    ear.end("c1")
    assert len(run_dry(ear, now=1.0)[1]) == 1


def test_empty_audio_is_nothing() -> None:
    ear = playout()
    ear.add(b"", "c1")
    assert ear.idle
    assert not ear.notes()


# ---- Marks -----------------------------------------------------------------------------------------------------------


def finished(ear: Playout) -> list[Finished]:
    return [note for note in ear.notes() if isinstance(note, Finished)]


def sent_and_marked(label: str = "c1", frames: int = 2) -> tuple[Playout, str]:
    ear = playout()
    ear.add(bytes(FRAME * frames), label)
    ear.end(label)
    _, marks = run_dry(ear)
    return ear, marks[0]


def test_a_mark_means_heard() -> None:
    ear, mark = sent_and_marked()
    ear.reached(mark, 0.7)
    assert finished(ear) == [Finished("c1", 0.7, 40.0)]


def test_unknown_and_repeated_marks_count_for_nothing() -> None:
    ear, mark = sent_and_marked()
    ear.reached("somebody's", 0.1)
    ear.reached(mark, 0.2)
    ear.reached(mark, 0.3)
    assert [note.at for note in finished(ear)] == [0.2]


def test_a_missing_mark_holds_nothing_up() -> None:
    ear, _ = sent_and_marked()
    ear.add(bytes(FRAME), "c2")
    ear.end("c2")
    out, marks = run_dry(ear, now=1.0)
    ear.reached(marks[0], 1.1)
    assert out == bytes(FRAME)
    assert [note.label for note in finished(ear)] == ["c2"]


def test_marks_that_clear_brought_back_do_not_count_as_heard() -> None:
    ear = playout()
    ear.add(bytes(FRAME * 6), "c1")
    ear.end("c1")
    (mark,) = marks_of(ear.due(0.0))
    assert ear.clear(0.05 + LATE_S) == [Clear()]
    ear.reached(mark, 0.06 + LATE_S)
    (note,) = finished(ear)
    assert note.heard_ms == pytest.approx(50.0)
    assert (note.label, note.at, note.cleared) == ("c1", 0.05 + LATE_S, True)


def test_marks_after_a_clear_have_new_names_and_count() -> None:
    ear, old = sent_and_marked()
    ear.clear(0.0)
    finished(ear)
    ear.add(bytes(FRAME), "c2")
    ear.end("c2")
    _, (new,) = run_dry(ear, now=1.0)
    assert new != old
    ear.reached(new, 1.1)
    assert [note.label for note in finished(ear)] == ["c2"]


def test_clear_tells_what_was_heard_of_each() -> None:
    """60 ms of the first are sent, then 60 ms of the second, and one second more is queued; 90 ms were heard."""
    ear = playout()
    ear.add(bytes(FRAME * 3), "c1")
    ear.add(bytes(FRAME * 50), "c2")
    assert len(audio_of(ear.due(0.0))) == FRAME * 6
    ear.clear(0.09 + LATE_S)
    heard = {note.label: (round(note.heard_ms), note.cleared) for note in finished(ear)}
    assert heard == {"c2": (30, True)}, "the first was heard wholly before, and never marked as ended"
    assert ear.idle
    assert ear.unheard_ms(0.09) == 0


def test_clear_calls_heard_what_was_heard() -> None:
    ear = playout()
    ear.add(bytes(FRAME * 3), "c1")
    ear.end("c1")
    ear.due(0.0)
    ear.clear(0.2)
    assert finished(ear) == [Finished("c1", 0.2, 60.0, cleared=False)]


def test_clear_leaves_a_mixers_own_frames_out() -> None:
    ear = playout()
    ear.add(bytes(FRAME * 2), "c1")
    ear.take_frame(0.0)
    ear.sent_beside(FRAME, 0.0)
    ear.take_frame(0.0)
    ear.clear(0.03 + LATE_S)
    (note,) = finished(ear)
    assert note.heard_ms == pytest.approx(20.0)


def test_clear_drops_what_is_no_whole_frame_yet() -> None:
    ear = playout()
    ear.add(bytes(100), "c1")
    ear.clear(0.0)
    ear.add(bytes(FRAME), "c1")
    assert run_dry(ear)[0] == bytes(FRAME)


# ---- The ear's clock -------------------------------------------------------------------------------------------------


def test_started_tells_when_the_ear_hears_it() -> None:
    ear = playout()
    ear.add(bytes(FRAME * 2), "c1")
    ear.add(bytes(FRAME), "c2")
    ear.due(1.0)
    one, two = ear.notes()
    assert one == Started("c1", 1.0, 1.0 + LATE_S)
    assert two == Started("c2", 1.0, 1.0 + 0.04 + LATE_S)
    assert ear.notes() == []


def test_unheard_counts_what_is_queued_and_what_the_carrier_holds() -> None:
    ear = playout()
    ear.add(bytes(FRAME * 50), "c1")
    ear.add(bytes(80), "c1")
    assert ear.unheard_ms(0.0) == pytest.approx(1010)
    ear.due(0.0)
    assert ear.unheard_ms(0.0) == pytest.approx(1010)
    assert ear.unheard_ms(0.1) == pytest.approx(910)


def test_what_is_dropped_is_not_sent_and_the_others_are() -> None:
    ear = playout()
    ear.add(b"a" * FRAME * 50, "a")
    sent = audio_of(ear.due(0.0))
    ear.end("a")
    ear.add(b"b" * FRAME * 2, "b")
    ear.add(b"a" * 10, "a")
    ear.drop("a")
    out, marks = run_dry(ear, 1.0)
    assert 0 < len(sent) < FRAME * 50
    assert out == b"b" * FRAME * 2
    assert len(marks) == 1, "the end of what was sent is marked"


def test_a_new_stream_gets_the_queue_and_none_of_the_old_marks() -> None:
    ear = playout()
    ear.add(bytes(FRAME * 6), "c1")
    ear.end("c1")
    (old,) = marks_of(ear.due(0.0))
    ear.add(b"\x02" * FRAME, "c2")
    ear.restart()
    ear.reached(old, 0.1)
    assert finished(ear) == []
    assert audio_of(ear.due(0.0)) == b"\x02" * FRAME, "at once: the new stream's buffer is empty"


# ---- Mixing ----------------------------------------------------------------------------------------------------------


def test_a_mixer_takes_frame_by_frame_and_the_marks_behind_them() -> None:
    ear = playout()
    ear.add(b"\x01" * FRAME + b"\x02" * FRAME, "c1")
    ear.end("c1")
    ear.add(b"\x03" * FRAME, "c2")
    assert ear.take_frame(0.0) == (b"\x01" * FRAME, [])
    frame, marks = ear.take_frame(0.02)
    assert frame == b"\x02" * FRAME
    assert len(marks) == 1
    assert ear.take_frame(0.04) == (b"\x03" * FRAME, [])
    assert ear.take_frame(0.06) == (None, [])


@given(st.lists(st.tuples(st.integers(0, 500), st.sampled_from("ab"), st.floats(0, 0.3), st.booleans()), max_size=30))
def test_giving_is_adding_and_what_is_due(steps: list[tuple[int, str, float, bool]]) -> None:
    given_to, added_to = playout(), playout()
    now = 1.0
    for size, label, passed_s, ends in steps:
        now += passed_s
        audio = bytes([size % 256]) * size
        added_to.add(audio, label)
        assert list(given_to.give(audio, label, now)) == added_to.due(now)
        if ends:
            for ear in (given_to, added_to):
                ear.end(label)
        assert given_to.notes() == added_to.notes()
        assert given_to.unheard_ms(now) == added_to.unheard_ms(now)
    assert run_dry(given_to, now) == run_dry(added_to, now)


def test_a_frame_in_real_time_goes_as_it_came() -> None:
    ear, frame = playout(), bytes(FRAME)
    (effect,) = ear.give(frame, "a", 1.0)
    assert isinstance(effect, Play)
    assert effect.audio is frame


# ---- Catching up -----------------------------------------------------------------------------------------------------


def speech(frames: int) -> bytes:
    """Voice without a pause: a pulse every 8 ms, as a throat makes them."""
    return (b"\x10\x30\x90\xb0" + b"\x40\xc0" * 30) * (frames * FRAME // 64)


def hasty(*, turns: bool = False) -> Playout:
    return Playout(AudioFormat.PCMU_8K, haste=Haste(1000), turns=turns)


def spent_s(ear: Playout) -> float:
    """Send all there is at the pace of the ear; how long it took."""
    now, end = 0.0, 0.0
    while not ear.idle:
        size = len(audio_of(ear.due(now)))
        end = max(end, now) + size / 8000
        now += 0.02
    return end


def test_who_is_not_behind_gets_every_byte_as_it_is() -> None:
    ear = hasty()
    ear.add(speech(40), "c1", 0.0)
    assert run_dry(ear)[0] == speech(40)


def test_who_is_behind_hears_shorter_pauses() -> None:
    ear = hasty()
    ear.add((speech(50) + b"\xff" * FRAME * 50) * 3 + speech(50), "c1", 0.0)
    ear.end("c1")
    assert spent_s(ear) < 5.6, "seven seconds were given"
    assert ear.haste is not None
    assert ear.haste.dropped_ms > 1000


def test_what_haste_held_is_sent_and_the_mark_comes_behind_it() -> None:
    ear = hasty()
    ear.add(speech(200), "c1", 0.0)
    ear.end("c1")
    effects: list[Play | Mark] = []
    now = 0.0
    while not ear.idle:
        effects += ear.due(now)
        now += 0.02
    assert isinstance(effects[-1], Mark)
    assert len(audio_of(effects)) % FRAME == 0
    assert ear.haste is not None
    kept_ms = len(audio_of(effects)) / 8 + ear.haste.gained_ms
    assert 0 <= kept_ms - 4000 < 20, "all of it, and a tail padded to a frame"


def test_a_lone_utterance_of_an_engine_with_turns_does_not_hurry() -> None:
    ear = hasty(turns=True)
    ear.add(speech(500), "c1", 0.0)
    assert run_dry(ear)[0] == speech(500)


def test_an_utterance_hurries_for_the_one_that_waits_behind_it_and_the_next_for_its_own_delay() -> None:
    ear = hasty(turns=True)
    ear.add(speech(250), "c1", 0.0)
    ear.add(speech(250), "c2", 0.0)
    ear.end("c2")
    assert spent_s(ear) < 9.0, "ten seconds were given"


def test_far_behind_asks_for_a_cue() -> None:
    ear = hasty()
    ear.add(speech(600), "c1", 0.0)
    ear.due(0.0)
    assert ear.wants_cue


def test_clear_forgets_what_haste_held() -> None:
    ear = hasty()
    ear.add(speech(300), "c1", 0.0)
    ear.due(0.0)
    ear.clear(0.05)
    assert ear.idle
    ear.add(speech(4), "c2", 1.0)
    assert run_dry(ear, 1.0)[0] == speech(4)


def test_a_mixer_takes_what_haste_made_of_it() -> None:
    ear = hasty()
    ear.add((speech(50) + b"\xff" * FRAME * 50) * 3, "c1", 0.0)
    ear.end("c1")
    frames, now = 0, 0.0
    while not ear.idle:
        frame, _ = ear.take_frame(now)
        assert frame is None or len(frame) == FRAME
        frames += frame is not None
        now += 0.02
    assert frames < 250, "three hundred were given"


def test_a_notice_is_never_played_faster_and_comes_behind_what_haste_held() -> None:
    ear = hasty()
    ear.calm("notice")
    ear.add(speech(200), "c1", 0.0)
    ear.add(frame_of(7) * 100, "notice", 0.0)
    ear.end("notice")
    out, _ = run_dry(ear)
    assert out.endswith(frame_of(7) * 100)
    assert len(out) < FRAME * 300


def frame_of(marker: int) -> bytes:
    return bytes([marker]) * FRAME


# ---- The sums --------------------------------------------------------------------------------------------------------


def test_clear_calls_dropped_what_was_never_sent() -> None:
    ear = playout()
    ear.add(bytes(FRAME * 50), "c1")
    ear.due(0.0)
    ear.add(bytes(FRAME * 2), "c2")
    ear.add(bytes(90), "c3")
    ear.clear(0.06 + LATE_S)
    assert [(note.label, round(note.heard_ms), note.cleared) for note in finished(ear)] == [
        ("c1", 60, True),
        ("c2", 0, True),
        ("c3", 0, True),
    ]


def test_what_is_dropped_is_no_longer_counted() -> None:
    ear = playout()
    ear.add(bytes(FRAME * 5), "a")
    ear.add(bytes(FRAME * 3), "b")
    ear.add(bytes(FRAME * 2 + 80), "a")
    ear.drop("a")
    assert ear.unheard_ms(0.0) == pytest.approx(60)
    ear.drop("b")
    assert ear.unheard_ms(0.0) == 0


def test_a_drop_leaves_the_beginnings_of_the_others_alone() -> None:
    ear = playout()
    ear.add(b"a" * 90, "a")
    ear.drop("b")
    ear.end("a")
    assert run_dry(ear)[0] == b"a" * 90 + b"\xff" * 70


def test_the_end_of_another_does_not_tear_a_frame_apart() -> None:
    ear = playout()
    ear.add(b"a" * 90, "a")
    ear.end("b")
    ear.add(b"a" * 70, "a")
    assert run_dry(ear)[0] == b"a" * FRAME


def test_what_was_hurried_has_its_own_name_in_the_notes() -> None:
    ear = hasty()
    ear.add(speech(100), "c1", 0.0)
    ear.add(speech(100), "c2", 0.0)
    ear.end("c1")
    ear.end("c2")
    now, sent = 0.0, 0
    while not ear.idle:
        effects = ear.due(now)
        sent += len(audio_of(effects))
        for name in marks_of(effects):
            ear.reached(name, now)
        now += 0.02
    notes = ear.notes()
    assert [note.label for note in notes if isinstance(note, Started)] == ["c1", "c2"]
    assert {note.label for note in notes} == {"c1", "c2"}
    assert sum(note.heard_ms for note in notes if isinstance(note, Finished)) == pytest.approx(sent / 8)


def test_a_delay_that_stands_is_worn_down_where_the_audio_is_given_too() -> None:
    """Four hundred milliseconds came at once; from then on what is played comes in."""
    ear = hasty()
    assert ear.haste is not None
    ear.give(speech(20), "c1", 0.0)
    for step in range(1, 500):
        spoken = step % 50 < 25
        ear.give(speech(2)[:FRAME] if spoken else b"\xff" * FRAME, "c1", step * 0.02)
    assert ear.haste.dropped_ms > 100
    assert ear.unheard_ms(10.0) < 300


def test_a_clear_tells_nothing_of_what_was_heard_long_ago_and_never_marked() -> None:
    ear = playout()
    for label, at in (("old", 0.0), ("late", 25.0), ("new", 30.0)):
        ear.give(b"\x01" * FRAME, label, at)
        ear.end(label)
        ear.due(at)
    ear.notes()
    ear.clear(30.0)
    ended = [one for one in ear.notes() if isinstance(one, Finished)]
    assert [(one.label, one.at) for one in ended] == [("late", 30.0), ("new", 30.0)]


def test_what_haste_holds_of_a_dropped_label_is_not_heard_either() -> None:
    ear = Playout(AudioFormat.PCMU_8K, haste=Haste(100))
    ear.add(bytes(range(160)) * 200, "caught", 0.0)
    now = 0.0
    while not (ear.haste is not None and ear.haste.held_bytes) and now < 3:
        ear.due(now)
        now += 0.02
    assert ear.haste is not None
    assert ear.haste.held_bytes
    ear.drop("caught")
    assert run_dry(ear, now)[0] == b""


def test_an_engine_that_never_stops_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUEUED_S", 2)
    ear = playout()
    for _ in range(200):
        ear.add(b"v" * FRAME * 5, "endless")
    ear.end("endless")
    sent, marks = run_dry(ear)
    assert (len(sent), len(marks)) == (2 * 8000, 1), "what was taken is heard, and its end is known"
    ear.add(b"v" * FRAME, "next")
    assert run_dry(ear, 10.0)[0] == b"v" * FRAME
