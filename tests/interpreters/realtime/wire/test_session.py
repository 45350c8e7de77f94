from __future__ import annotations

import msgspec
import pytest
from msgspec import UNSET

from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.realtime.wire.session import (
    Audio,
    AudioInput,
    NoiseReduction,
    Pcm,
    Pcma,
    Pcmu,
    SemanticVad,
    ServerVad,
    Session,
    SessionUpdate,
    Transcription,
    audio_format,
    merged,
    wire_format,
)

pytestmark = pytest.mark.unit

SESSION = Session(id="sess_1", model="gpt-realtime-2.1")


def update(text: str) -> SessionUpdate:
    return msgspec.json.decode(text, type=SessionUpdate)


def test_the_documented_defaults() -> None:
    assert SESSION.audio.input.turn_detection == ServerVad(
        0.5, 300, 500, None, create_response=True, interrupt_response=True
    )
    assert SESSION.audio.input.format == SESSION.audio.output.format == Pcm(24000)
    assert (SESSION.audio.input.transcription, SESSION.audio.input.noise_reduction) == (None, None)
    assert (SESSION.output_modalities, SESSION.max_output_tokens) == (["audio"], "inf")


def test_only_what_is_present_changes() -> None:
    after = merged(SESSION, update('{"type":"realtime","audio":{"output":{"voice":"cedar"}}}'))
    assert after.audio.output.voice == "cedar"
    assert after == msgspec.structs.replace(
        SESSION, audio=Audio(SESSION.audio.input, msgspec.structs.replace(SESSION.audio.output, voice="cedar"))
    )


def test_an_empty_text_clears_and_an_absent_one_stays() -> None:
    told = merged(SESSION, update('{"type":"realtime","instructions":"Interpret."}'))
    assert merged(told, update('{"type":"realtime"}')).instructions == "Interpret."
    assert merged(told, update('{"type":"realtime","instructions":""}')).instructions == ""


def test_null_switches_off() -> None:
    on = msgspec.structs.replace(
        SESSION,
        audio=Audio(
            AudioInput(transcription=Transcription("gpt-transcribe"), noise_reduction=NoiseReduction("near_field"))
        ),
    )
    off = merged(
        on,
        update(
            '{"type":"realtime","audio":{"input":{"transcription":null,"noise_reduction":null,"turn_detection":null}}}'
        ),
    ).audio.input
    assert (off.transcription, off.noise_reduction, off.turn_detection) == (None, None, None)


def test_turn_detection_keeps_its_other_fields_while_its_type_stays() -> None:
    first = merged(
        SESSION,
        update(
            '{"type":"realtime","audio":{"input":{"turn_detection":{"type":"server_vad","threshold":0.7,"idle_timeout_ms":6000}}}}'
        ),
    )
    then = merged(
        first,
        update(
            '{"type":"realtime","audio":{"input":{"turn_detection":{"type":"server_vad","silence_duration_ms":300,"idle_timeout_ms":null}}}}'
        ),
    )
    assert then.audio.input.turn_detection == ServerVad(threshold=0.7, silence_duration_ms=300)


def test_turn_detection_starts_afresh_when_its_type_changes() -> None:
    semantic = merged(
        SESSION,
        update(
            '{"type":"realtime","audio":{"input":{"turn_detection":{"type":"semantic_vad","create_response":false}}}}'
        ),
    )
    assert semantic.audio.input.turn_detection == SemanticVad(create_response=False)
    back = merged(semantic, update('{"type":"realtime","audio":{"input":{"turn_detection":{"type":"server_vad"}}}}'))
    assert back.audio.input.turn_detection == ServerVad()


def test_the_session_it_came_from_is_untouched() -> None:
    before = msgspec.json.encode(SESSION)
    merged(
        SESSION,
        update(
            '{"type":"realtime","audio":{"input":{"format":{"type":"audio/pcmu"}}},"tools":[{"type":"function","name":"f"}]}'
        ),
    )
    assert msgspec.json.encode(SESSION) == before


def test_absent_and_null_are_told_apart() -> None:
    read = update('{"type":"realtime","audio":{"input":{"transcription":null}}}')
    assert read.audio is not UNSET
    assert msgspec.json.encode(read) == b'{"type":"realtime","audio":{"input":{"transcription":null}}}'


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(AudioFormat.PCMU_8K, Pcmu()), (AudioFormat.PCM16_24K, Pcm()), (AudioFormat.PCM16_16K, None)],
)
def test_formats(ours: AudioFormat, theirs: Pcm | Pcmu | None) -> None:
    assert wire_format(ours) == theirs
    if theirs is not None:
        assert audio_format(theirs) is ours
    assert audio_format(Pcma()) is None
    assert msgspec.json.encode(Pcmu()) == b'{"type":"audio/pcmu"}'
