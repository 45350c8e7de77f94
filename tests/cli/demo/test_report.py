"""What came of a made-up demo call, and the files that it leaves."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import pytest

from dragoman.audio import wav
from dragoman.audio.g711 import encode
from dragoman.audio.mixer import mix
from dragoman.cli.demo.ears import Stretch, stretches
from dragoman.cli.demo.report import write
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import Role
from dragoman.relay.consent import Answered, Speaker, Told
from tests.fakes.tracks import AGENT_TURN, CALLER_TURN, LENGTH_S, SHIFT_S, performance, refused, utterance

pytestmark = pytest.mark.unit


def test_turns_find_their_utterances() -> None:
    whole = performance()
    assert [one.source_text for one in whole.utterances_of(AGENT_TURN)] == ["Good morning."]
    assert [one.source_text for one in whole.utterances_of(CALLER_TURN)] == ["Hola."]
    assert whole.interpreted_turns == 2


def test_an_utterance_whose_beginning_is_not_known_counts_from_when_its_text_came() -> None:
    whole = performance()
    late = utterance(Role.CALLER, 13.0, "Hola.", "Hello.")
    late.began_s, late.grown_s = None, 14.5
    whole = replace(whole, record=replace(whole.record, utterances=(late,)))
    assert whole.utterances_of(CALLER_TURN) == [late]


def test_a_turn_that_was_refused_was_not_interpreted() -> None:
    assert refused(performance()).interpreted_turns == 1


def test_a_turn_that_nobody_heard_was_not_interpreted() -> None:
    unheard = replace(CALLER_TURN, heard_s=None, heard_end_s=None)
    assert performance(played=(AGENT_TURN, unheard)).interpreted_turns == 1


def test_a_turn_without_a_translation_was_not_interpreted() -> None:
    whole = performance()
    silent = utterance(Role.CALLER, 13.0, "Hola.", " ")
    assert replace(whole, record=replace(whole.record, utterances=(silent,))).interpreted_turns == 0


def test_four_recordings_on_one_clock_are_written(tmp_path: Path) -> None:
    written = write(tmp_path / "new" / "folder", performance())
    assert [path.name for path in written] == [
        "caller-heard.wav",
        "caller-said.wav",
        "agent-heard.wav",
        "agent-said.wav",
        "timeline.png",
        "transcript.json",
    ]
    sounds: dict[str, list[Stretch]] = {}
    for path in written[:4]:
        recording = wav.read(path.read_bytes())
        assert (recording.rate_hz, recording.duration_s) == (8000, LENGTH_S)
        sounds[path.stem] = stretches(encode(recording.samples))
    assert sounds["agent-said"] == [Stretch(5.0, 7.0)]
    assert sounds["caller-heard"] == [Stretch(8.1, 10.0)]
    assert sounds["caller-said"] == [Stretch(15.0, 17.0)]
    assert sounds["agent-heard"] == [Stretch(18.1, 20.0)]


def test_without_its_extra_there_is_no_picture_and_all_else_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    names = [path.name for path in write(tmp_path, performance())]
    assert "timeline.png" not in names
    assert names[-1] == "transcript.json"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


def test_what_an_ear_heard_of_the_interpreter_is_told_from_the_others_own_voice() -> None:
    """The caller's words go straight across to the agent as well."""
    whole = performance()
    said = whole.tracks.said[Role.CALLER]
    late, words = AudioFormat.PCMU_8K.silence(100), whole.tracks.heard[Role.AGENT]
    both = mix(late + said[: -len(late)], words)
    tracks = replace(whole.tracks, heard={**whole.tracks.heard, Role.AGENT: both}, mixed=frozenset({Role.AGENT}))
    assert tracks.voice_of(Role.CALLER) == [Stretch(15.0, 17.0)]
    assert tracks.interpreted_to(Role.AGENT) == [Stretch(18.1, 20.0)]
    assert len(replace(tracks, mixed=frozenset()).interpreted_to(Role.AGENT)) == 2


def test_the_picture_shows_the_own_voice_where_it_was_heard(tmp_path: Path) -> None:
    whole = performance()
    write(tmp_path / "off", whole)
    write(tmp_path / "duck", replace(whole, tracks=replace(whole.tracks, mixed=frozenset({Role.AGENT}))))
    pictures = [(tmp_path / name / "timeline.png").read_bytes() for name in ("off", "duck")]
    assert pictures[0] != pictures[1]


def test_the_transcripts_times_are_those_of_the_recordings(tmp_path: Path) -> None:
    write(tmp_path, performance())
    content = json.loads((tmp_path / "transcript.json").read_text(encoding="utf-8"))
    assert content["clock"] == "seconds from the start of the WAV files"
    agent, caller = content["utterances"]
    assert agent["mouth"] == {"began_s": 3.0 + SHIFT_S, "stopped_s": 5.0 + SHIFT_S}
    assert agent["interpreter"] == {"first_audio_s": 6.0 + SHIFT_S, "sent_s": 6.0 + SHIFT_S}
    assert agent["ear"] == {"began_s": 6.1 + SHIFT_S, "stopped_s": 8.0 + SHIFT_S}
    assert (agent["leg"], agent["source_language"], agent["target_language"]) == ("agent", "en", "es")
    assert (caller["source_text"], caller["target_text"], caller["flags"]) == ("Hola.", "Hello.", [])


def test_so_are_the_times_of_what_was_told_and_agreed_to(tmp_path: Path) -> None:
    whole = performance()
    told = Told(Role.CALLER, "announce", "Una inteligencia artificial ...", "1", "es", Speaker.US, 0.5, 2.5, whole=True)
    unheard = replace(told, role=Role.AGENT, heard_s=None, whole=False)
    record = replace(whole.record, told=(told, unheard), answers=(Answered(Role.CALLER, True, 2.75),))
    write(tmp_path, replace(whole, record=record))
    content = json.loads((tmp_path / "transcript.json").read_text(encoding="utf-8"))
    assert [(one["began_s"], one["ended_s"]) for one in content["told"]] == [(2.5, 4.5), (2.5, None)]
    assert content["consent"] == [{"leg": "caller", "agreed": True, "at_s": 4.75}]
    assert content["duration_s"] == 24.0, "lengths stay as they are"


def test_what_is_written_twice_is_the_newer(tmp_path: Path) -> None:
    write(tmp_path, performance())
    write(tmp_path, refused(performance()))
    content = json.loads((tmp_path / "transcript.json").read_text(encoding="utf-8"))
    assert content["utterances"][1]["flags"] == ["unclear: low confidence"]
