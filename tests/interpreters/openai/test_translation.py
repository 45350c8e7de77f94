from __future__ import annotations

import numpy as np
import pytest

from dragoman.audio.convert import Converter, to_bytes
from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Captioned, Ready, Side, Spent, Spoke, Trouble, TroubleKind, Unclear
from dragoman.interpreters.openai.broken import FLOOD
from dragoman.interpreters.openai.faults import explained
from dragoman.interpreters.openai.machine import READY_S
from dragoman.interpreters.openai.pulse import GONE_S, REGULAR
from dragoman.interpreters.openai.translation import SPURT_GAP_S, Translation, TranslationPlan
from dragoman.interpreters.realtime.wire import translation as wire
from dragoman.interpreters.realtime.wire.envelope import ErrorDetail, ErrorEvent, ServerEvent
from dragoman.ports import Wanted
from tests.fakes.interpreting_desk import Desk, wanted

pytestmark = pytest.mark.script

PLAN = TranslationPlan("gpt-realtime-translate", "gpt-live-transcribe", 0.034)
SESSION = wire.Session("s", PLAN.model, 3600)
PIECE = 9600
VOICE = to_bytes((6000 * np.sin(np.arange(9600) / 9)).astype(np.int16), AudioFormat.PCM16_24K)


class Line:
    """A translation machine with its desk and the server's words."""

    def __init__(self, direction: Wanted | None = None, plan: TranslationPlan = PLAN) -> None:
        self.desk = Desk(wire.decode_client)
        self.machine = Translation(plan, direction or wanted(), self.desk.outlet, unix=lambda: 7200.0)
        self.now = 10.0

    def server(self, event: ServerEvent) -> None:
        self.machine.received(self.desk.stamped(event), self.now)

    def ready(self) -> None:
        self.machine.opened(self.now)
        self.server(wire.SessionUpdated(SESSION))
        self.desk.take_sent()
        self.desk.take_told()

    def sent_audio(self) -> list[bytes]:
        return [event.audio for event in self.desk.take_sent() if isinstance(event, wire.AppendAudio)]

    def speak(self, seconds: float) -> None:
        """The lane gives frames in real time."""
        for _ in range(round(seconds * 50)):
            self.machine.hear(b"\x20" * 160, self.now)
            self.now += 0.02
            self.machine.tick(self.now)


def test_the_configuration_is_wrapped_and_names_only_what_the_endpoint_takes() -> None:
    line = Line()
    line.machine.opened(line.now)
    (event,) = line.desk.take_sent()
    audio = event.session.audio
    assert audio.output.language == "en"
    assert audio.input.transcription == wire.Transcription("gpt-live-transcribe")
    assert audio.input.noise_reduction == wire.NoiseReduction("near_field")


def test_audio_goes_out_in_pieces_of_200_ms_of_24_khz() -> None:
    line = Line()
    line.ready()
    line.speak(1.0)
    pieces = line.sent_audio()
    assert [len(piece) for piece in pieces] == [PIECE] * 5
    whole = Converter(AudioFormat.PCMU_8K, AudioFormat.PCM16_24K).convert(b"\x20" * 8000)
    assert b"".join(pieces) == whole


def test_what_was_heard_before_the_session_is_ready_goes_first() -> None:
    line = Line()
    line.machine.hear(b"\x30" * 1600, line.now)
    line.machine.opened(line.now)
    line.desk.take_sent()
    line.server(wire.SessionCreated(SESSION))
    assert line.sent_audio() == []
    line.server(wire.SessionUpdated(SESSION))
    assert line.desk.take_told() == [Ready()]
    assert len(line.sent_audio()) == 1


def test_silence_keeps_the_clock_when_the_lane_gives_nothing() -> None:
    line = Line()
    line.ready()
    for _ in range(100):
        line.now += 0.05
        line.machine.tick(line.now)
    pieces = line.sent_audio()
    assert len(pieces) == pytest.approx(25, abs=2)
    assert not any(any(piece) for piece in pieces)


def test_the_clock_runs_true_with_and_without_gaps() -> None:
    line = Line()
    line.ready()
    line.speak(2.0)
    for _ in range(40):
        line.now += 0.05
        line.machine.tick(line.now)
    line.speak(1.0)
    given_s = len(line.sent_audio()) * 0.2
    assert given_s == pytest.approx(5.0, abs=0.41)


def test_held_audio_counts_for_the_clock() -> None:
    line = Line()
    line.machine.hear(b"\xff" * 16000, line.now)
    line.ready()
    for _ in range(10):
        line.now += 0.05
        line.machine.tick(line.now)
    assert len(line.sent_audio()) * 0.2 <= 0.6


def test_speech_comes_back_in_the_sinks_format() -> None:
    line = Line()
    line.ready()
    line.server(wire.OutputAudioDelta(VOICE, elapsed_ms=400))
    (event,) = line.desk.take_told()
    assert isinstance(event, Spoke)
    assert (event.elapsed_ms, event.utterance) == (400, "")
    assert len(event.audio) == 3200


def test_a_spurt_is_whole_and_ends_with_its_last_sample() -> None:
    line = Line()
    line.ready()
    for at in range(0, len(VOICE), 1001):
        line.server(wire.OutputAudioDelta(VOICE[at : at + 1001]))
    line.machine.tick(line.now + SPURT_GAP_S / 2)
    before = len(line.desk.told)
    line.now += SPURT_GAP_S + 0.1
    line.machine.tick(line.now)
    assert len(line.desk.told) == before + 1
    out = b"".join(event.audio for event in line.desk.take_told() if isinstance(event, Spoke))
    converter = Converter(AudioFormat.PCM16_24K, AudioFormat.PCMU_8K)
    assert out == converter.convert(VOICE) + converter.flush()


def test_a_heartbeat_of_zeros_is_nothing() -> None:
    line = Line()
    line.ready()
    line.server(wire.OutputAudioDelta(bytes(PIECE)))
    assert line.desk.take_told() == []
    line.server(wire.OutputAudioDelta(VOICE))
    line.server(wire.OutputAudioDelta(bytes(PIECE)))
    told = line.desk.take_told()
    assert [type(event) for event in told] == [Spoke, Spoke]


def test_captions_are_appended_as_they_are() -> None:
    line = Line()
    line.ready()
    line.server(wire.InputTranscriptDelta("Bue", 200))
    line.server(wire.OutputTranscriptDelta(" Good", 400))
    assert line.desk.take_told() == [
        Captioned(Side.SOURCE, "Bue", elapsed_ms=200),
        Captioned(Side.TARGET, " Good", elapsed_ms=400),
    ]


def test_money_is_estimated_by_appended_minutes() -> None:
    line = Line()
    line.ready()
    line.speak(25.0)
    line.machine.ended(line.now)
    spent = [event for event in line.desk.take_told() if isinstance(event, Spent)]
    assert all(event.estimate for event in spent)
    assert sum(event.usd for event in spent) == pytest.approx(25 / 60 * 0.034)
    assert len(spent) == 3


def test_closing_lets_the_server_finish() -> None:
    line = Line()
    line.ready()
    line.machine.close(line.now)
    line.machine.close(line.now)
    assert line.desk.take_sent() == [wire.CloseSession()]
    line.machine.hear(b"\xff" * 3200, line.now)
    line.machine.tick(line.now + 5)
    assert line.desk.take_sent() == []
    line.server(wire.OutputAudioDelta(VOICE))
    assert isinstance(line.desk.take_told()[0], Spoke)
    assert not line.machine.over
    line.server(wire.SessionClosed())
    assert line.machine.over


def test_closing_before_it_was_ready_is_at_once() -> None:
    line = Line()
    line.machine.opened(line.now)
    line.desk.take_sent()
    line.machine.close(line.now)
    assert line.machine.over
    assert line.desk.take_sent() == []


def test_an_unknown_transcription_model_is_left_out() -> None:
    line = Line()
    line.machine.opened(line.now)
    (first,) = line.desk.take_sent()
    line.server(
        ErrorEvent(
            ErrorDetail(
                "invalid_request_error", "x", "invalid_value", "session.audio.input.transcription.model", first.event_id
            )
        )
    )
    (second,) = line.desk.take_sent()
    assert second.session.audio.input.transcription is None
    line.server(
        ErrorEvent(
            ErrorDetail(
                "invalid_request_error",
                "late",
                "invalid_value",
                "session.audio.input.transcription.model",
                first.event_id,
            )
        )
    )
    assert line.desk.take_told() == []
    line.server(wire.SessionUpdated(SESSION))
    assert line.desk.take_told() == [Ready()]


def test_a_refused_language_is_fatal() -> None:
    line = Line()
    line.machine.opened(line.now)
    (first,) = line.desk.take_sent()
    line.server(
        ErrorEvent(
            ErrorDetail(
                "invalid_request_error", "bad", "invalid_value", "session.audio.output.language", first.event_id
            )
        )
    )
    assert line.desk.take_told() == [
        Trouble(TroubleKind.BAD_REQUEST, "the server refused our configuration: bad", fatal=True)
    ]
    assert line.machine.over


def test_errors_are_told_apart() -> None:
    line = Line()
    line.ready()
    line.server(ErrorEvent(ErrorDetail("server_error", "not sure", "speech_unclear")))
    line.server(ErrorEvent(ErrorDetail("server_error", "oops")))
    line.machine.received(b"garbage", line.now)
    line.server(ErrorEvent(ErrorDetail("invalid_request_error", "60 minutes", "session_expired")))
    unclear, oops, garbage, expired = line.desk.take_told()
    assert unclear == Unclear("", "not sure")
    assert oops == Trouble(TroubleKind.UPSTREAM, "oops", fatal=False)
    assert isinstance(garbage, Trouble)
    assert not garbage.fatal
    assert expired == Trouble(TroubleKind.EXPIRED, explained(TroubleKind.EXPIRED, "session_expired"), fatal=True)


def test_a_server_that_never_answers_is_given_up() -> None:
    line = Line()
    line.machine.tick(line.now)
    line.machine.opened(line.now)
    line.machine.tick(line.now + READY_S + 0.1)
    assert line.machine.over


def test_how_long_the_session_may_live_is_told() -> None:
    line = Line()
    line.machine.opened(line.now)
    line.server(wire.SessionUpdated(wire.Session("s", PLAN.model, 7200 + 3600)))
    assert line.desk.take_told() == [Ready(3600.0)]


def test_a_flood_of_broken_messages_ends_the_session() -> None:
    line = Line()
    line.ready()
    for _ in range(FLOOD):
        line.machine.received(b"\xff", line.now)
    assert line.machine.over
    told = line.desk.take_told()
    assert [event.fatal for event in told if isinstance(event, Trouble)] == [False, False, False, True]


def test_an_account_without_credit_is_told_as_such() -> None:
    line = Line()
    line.machine.opened(line.now)
    line.server(ErrorEvent(ErrorDetail("x", "no", "insufficient_quota", None, "setup-2")))
    (trouble,) = line.desk.take_told()
    assert isinstance(trouble, Trouble)
    assert (trouble.kind, trouble.fatal) == (TroubleKind.QUOTA, True)


def beating(line: Line, beats: int) -> None:
    for _ in range(beats):
        line.speak(0.2)
        line.server(wire.OutputAudioDelta(bytes(PIECE)))


def test_a_heartbeat_that_stops_ends_the_session() -> None:
    line = Line()
    line.ready()
    beating(line, REGULAR)
    line.speak(GONE_S - 0.1)
    assert not line.machine.over
    line.speak(0.3)
    assert line.machine.over
    trouble = line.desk.take_told()[-1]
    assert isinstance(trouble, Trouble)
    assert (trouble.kind, trouble.fatal) == (TroubleKind.NETWORK, True)


def test_a_server_that_never_beat_may_be_silent() -> None:
    line = Line()
    line.ready()
    beating(line, REGULAR - 1)
    line.speak(3 * GONE_S)
    assert not line.machine.over


def test_who_says_goodbye_needs_no_heartbeat() -> None:
    line = Line()
    line.ready()
    beating(line, REGULAR)
    line.machine.close(line.now)
    line.now += 2 * GONE_S
    line.machine.tick(line.now)
    assert not any(isinstance(event, Trouble) for event in line.desk.take_told())


def test_an_interruption_sends_nothing() -> None:
    line = Line()
    line.ready()
    line.machine.interrupt(100, line.now)
    assert line.desk.take_sent() == []
