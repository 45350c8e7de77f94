from __future__ import annotations

import dataclasses

import pytest
from msgspec import structs

from dragoman.audio.convert import Converter
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import Role
from dragoman.domain.language import Glossary, GlossaryTerm, Language, LanguageTag
from dragoman.domain.speech import (
    Captioned,
    Ready,
    Side,
    SpeechBegan,
    SpeechStopped,
    Spent,
    Spoke,
    SpokeAll,
    SpokenIn,
    Trouble,
    TroubleKind,
)
from dragoman.interpreters.openai.broken import FLOOD, TOLD
from dragoman.interpreters.openai.conversation import Conversation, ConversationPlan
from dragoman.interpreters.openai.faults import explained
from dragoman.interpreters.openai.machine import READY_S
from dragoman.interpreters.openai.prices import shipped_prices
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.envelope import ErrorDetail, ErrorEvent, ServerEvent
from dragoman.interpreters.realtime.wire.items import (
    DurationUsage,
    MessageItem,
    Response,
    TranscribedLanguage,
    TranscriptionError,
)
from dragoman.interpreters.realtime.wire.session import (
    Audio,
    AudioInput,
    AudioInputUpdate,
    AudioOutput,
    AudioOutputUpdate,
    AudioUpdate,
    Pcm,
    Pcmu,
    ServerVadUpdate,
    Session,
    SessionUpdate,
    Transcription,
    merged,
)
from dragoman.ports import Exchange, Wanted
from tests.fakes.interpreting_desk import Desk, wanted

pytestmark = pytest.mark.script

PLAN = ConversationPlan("gpt-realtime-2.1-mini", "gpt-transcribe", "marin", prices=shipped_prices())
MULAW = Session(id="s", model=PLAN.model, audio=Audio(AudioInput(format=Pcmu()), AudioOutput(format=Pcmu())))


class Line:
    """A conversation machine with its desk and the server's words."""

    def __init__(self, direction: Wanted | None = None, plan: ConversationPlan = PLAN) -> None:
        self.desk = Desk()
        self.machine = Conversation(plan, direction or wanted(), self.desk.outlet, unix=lambda: 1000.0)
        self.now = 50.0

    def open(self) -> SessionUpdate:
        """Connect, and give back what we asked for."""
        self.machine.opened(self.now)
        (event,) = self.desk.take_sent()
        assert isinstance(event, wire.UpdateSession)
        return event.session

    def server(self, event: ServerEvent) -> None:
        self.machine.received(self.desk.stamped(event), self.now)

    def ready(self) -> None:
        self.open()
        self.server(wire.SessionUpdated(MULAW))
        self.desk.take_told()


def parts(update: SessionUpdate) -> tuple[AudioInputUpdate, AudioOutputUpdate]:
    assert isinstance(update.audio, AudioUpdate)
    assert isinstance(update.audio.input, AudioInputUpdate)
    assert isinstance(update.audio.output, AudioOutputUpdate)
    return update.audio.input, update.audio.output


# ---- Setting up ------------------------------------------------------------------------------------------------------


def test_the_configuration_asks_for_mulaw_and_says_every_detection_field() -> None:
    update = Line().open()
    heard, spoken = parts(update)
    assert (heard.format, spoken.format) == (Pcmu(), Pcmu())
    assert heard.turn_detection == ServerVadUpdate(0.5, 300, 500, None, create_response=False, interrupt_response=False)
    assert heard.transcription == Transcription("gpt-transcribe", languages=["es"])
    assert (update.type, update.tools, update.tool_choice, update.output_modalities) == (
        "realtime",
        [],
        "none",
        ["audio"],
    )
    assert isinstance(update.instructions, str)
    assert "Spanish" in update.instructions
    assert merged(Session(id="s", model="m"), update).audio.output.voice == "marin"


def test_older_transcription_models_take_one_language() -> None:
    heard, _ = parts(Line(plan=ConversationPlan("gpt-realtime-1.5", "whisper-1", "marin")).open())
    assert heard.transcription == Transcription("whisper-1", language="es")


def test_a_model_before_2_is_not_told_how_hard_to_think() -> None:
    assert not hasattr(Line(plan=ConversationPlan("gpt-realtime-1.5", "", "marin")).open().reasoning, "effort")


def test_transcription_can_be_off() -> None:
    heard, _ = parts(Line(plan=ConversationPlan("gpt-realtime-2.1", "", "marin")).open())
    assert heard.transcription is None


def test_the_glossary_helps_the_transcriber_and_cannot_break_the_update() -> None:
    terms = (GlossaryTerm("overdraft", {"es": "descubierto"}), GlossaryTerm("<b>Acme</b>\n"))
    heard, _ = parts(Line(wanted(glossary=Glossary(terms))).open())
    assert isinstance(heard.transcription, Transcription)
    assert heard.transcription.keywords == ["descubierto", "bAcme/b"]


def test_the_language_may_name_a_voice() -> None:
    french = Language(LanguageTag("fr"), "Français", "French", "fr-FR", voice="cedar")
    strange = Language(LanguageTag("fr"), "Français", "French", "fr-FR", voice="Polly.Lea")
    assert parts(Line(wanted(target=french)).open())[1].voice == "cedar"
    assert parts(Line(wanted(target=strange)).open())[1].voice == "marin"


def test_what_was_heard_before_the_session_is_ready_is_sent_in_order() -> None:
    line = Line()
    line.machine.hear(b"\x01" * 160, 0)
    line.open()
    line.machine.hear(b"\x02" * 160, 0)
    assert line.desk.take_sent() == []
    line.server(wire.SessionCreated(MULAW))
    assert line.desk.take_sent() == []
    line.server(wire.SessionUpdated(MULAW))
    line.machine.hear(b"\x03" * 160, 0)
    assert b"".join(event.audio for event in line.desk.take_sent()) == b"\x01" * 160 + b"\x02" * 160 + b"\x03" * 160
    assert line.desk.take_told() == [Ready()]


def test_a_frame_is_one_message_with_the_very_same_bytes() -> None:
    line = Line()
    line.ready()
    frame = bytes(range(160))
    line.machine.hear(frame, 0)
    assert line.desk.take_sent() == [wire.AppendAudio(frame)]


def test_other_formats_travel_as_24_khz() -> None:
    line = Line(wanted(source_format=AudioFormat.PCM16_16K, sink_format=AudioFormat.PCM16_24K))
    heard, spoken = parts(line.open())
    assert (heard.format, spoken.format) == (Pcm(), Pcm())
    line.server(wire.SessionUpdated(Session(id="s", model="m")))
    audio = bytes(640)
    line.machine.hear(audio, 0)
    expected = Converter(AudioFormat.PCM16_16K, AudioFormat.PCM16_24K).convert(audio)
    assert line.desk.take_sent() == [wire.AppendAudio(expected)]


def test_a_server_that_takes_other_formats_is_not_listened_to() -> None:
    line = Line()
    line.open()
    line.server(wire.SessionUpdated(Session(id="s", model="m")))
    assert line.machine.over
    (trouble,) = line.desk.take_told()
    assert isinstance(trouble, Trouble)
    assert (trouble.kind, trouble.fatal) == (TroubleKind.BAD_REQUEST, True)


def test_an_unknown_transcription_model_is_replaced_and_then_left_out() -> None:
    line = Line()
    line.open()
    asked: list[object] = []
    for _ in range(2):
        line.server(ErrorEvent(refusal(line, "session.audio.input.transcription.model")))
        (event,) = line.desk.take_sent()
        asked.append(parts(event.session)[0].transcription)
    assert asked == [Transcription("gpt-4o-mini-transcribe", language="es"), None]
    line.server(wire.SessionUpdated(MULAW))
    assert line.desk.take_told() == [Ready()]


def refusal(line: Line, param: str) -> ErrorDetail:
    """The error that answers our latest configuration."""
    number = line.machine._asked.event_id.removeprefix("setup-")
    return ErrorDetail("invalid_request_error", "bad", "invalid_value", param, f"setup-{number}")


def test_a_refused_configuration_is_our_bug_and_fatal() -> None:
    line = Line()
    line.open()
    line.server(ErrorEvent(refusal(line, "session.audio.output.voice")))
    assert line.machine.over
    assert line.desk.take_told() == [
        Trouble(TroubleKind.BAD_REQUEST, "the server refused our configuration: bad", fatal=True)
    ]


def test_a_server_that_never_answers_is_given_up() -> None:
    line = Line()
    line.machine.tick(line.now + 100)
    line.open()
    line.machine.tick(line.now + READY_S - 0.1)
    assert not line.machine.over
    line.machine.tick(line.now + READY_S + 0.1)
    assert line.machine.over
    assert isinstance(line.desk.take_told()[0], Trouble)


def test_how_long_the_session_may_live_is_told() -> None:
    line = Line()
    line.open()
    line.server(wire.SessionUpdated(structs.replace(MULAW, expires_at=4540)))
    assert line.desk.take_told() == [Ready(3540.0)]


@pytest.mark.parametrize(
    ("code", "family", "kind"),
    [
        ("invalid_api_key", "invalid_request_error", TroubleKind.AUTH),
        ("insufficient_quota", "insufficient_quota", TroubleKind.QUOTA),
        ("rate_limit_exceeded", "requests", TroubleKind.RATE_LIMIT),
        ("server_error", "server_error", TroubleKind.UPSTREAM),
        ("brand_new", "brand_new", TroubleKind.BAD_REQUEST),
    ],
)
def test_why_a_configuration_is_refused_is_told_apart(code: str, family: str, kind: TroubleKind) -> None:
    line = Line()
    line.open()
    line.server(ErrorEvent(ErrorDetail(family, "no", code, None, "setup-3")))
    (trouble,) = line.desk.take_told()
    assert isinstance(trouble, Trouble)
    assert (trouble.kind, trouble.fatal) == (kind, True)
    assert line.machine.over


def test_what_was_said_before_goes_into_the_brief_and_is_neither_answered_nor_interpreted() -> None:
    recent = (Exchange(Role.AGENT, "When was it delivered?", "¿Cuándo lo entregaron?"),)
    line = Line(dataclasses.replace(wanted(), recent=recent))
    update = line.open()
    assert isinstance(update.instructions, str)
    assert '- The agent said "When was it delivered?", rendered as "¿Cuándo lo entregaron?".' in update.instructions
    line.server(wire.SessionUpdated(MULAW))
    line.machine.tick(line.now + 1)
    assert line.desk.take_sent() == [], "no item, and nothing to be answered"
    assert line.desk.take_told() == [Ready()]
    line.server(wire.SpeechStarted(200, "u1"))
    line.server(wire.SpeechStopped(1900, "u1"))
    line.server(wire.AudioCommitted("u1"))
    (request,) = line.desk.take_sent()
    assert [one.id for one in request.response.input] == ["u1"]
    assert request.response.instructions == update.instructions


def test_a_flood_of_broken_messages_is_told_a_few_times_and_ends_the_session() -> None:
    line = Line()
    line.ready()
    for _ in range(FLOOD - 1):
        line.machine.received(b'{"type":', line.now)
        line.now += 0.1
    told = line.desk.take_told()
    assert [isinstance(event, Trouble) and event.fatal for event in told] == [False] * TOLD
    assert not line.machine.over
    for _ in range(10):
        line.machine.received(b'{"type":', line.now)
    (trouble,) = line.desk.take_told()
    assert isinstance(trouble, Trouble)
    assert (trouble.kind, trouble.fatal, line.machine.over) == (TroubleKind.UPSTREAM, True, True)


# ---- Listening -------------------------------------------------------------------------------------------------------


def test_an_utterance_from_first_sound_to_last_word() -> None:
    line = Line()
    line.ready()
    line.server(wire.SpeechStarted(200, "u1"))
    line.server(wire.SpeechStopped(1900, "u1"))
    line.server(wire.AudioCommitted("u1"))
    (request,) = line.desk.take_sent()
    assert request.response.input[0].id == "u1"
    line.server(wire.ResponseCreated(Response("r1", "in_progress", metadata=request.response.metadata)))
    line.server(wire.OutputItemAdded("r1", 0, MessageItem("assistant", [], id="a1")))
    line.server(wire.AudioDelta("r1", "a1", 0, 0, b"\x05" * 400))
    line.server(wire.TranscriptDelta("r1", "a1", 0, 0, "Good morn"))
    line.server(wire.TranscriptDone("r1", "a1", 0, 0, "Good morning."))
    line.server(wire.ResponseDone(Response("r1", "completed")))
    line.server(wire.TranscriptionDelta("u1", 0, "Buenos"))
    line.server(wire.TranscriptionCompleted("u1", "Buenos días.\n", 0, DurationUsage(2)))
    told = line.desk.take_told()
    assert told[:2] == [SpeechBegan("u1", 200 + 300), SpeechStopped("u1", 1900 - 500)]  # without padding and silence
    assert Spoke(b"\x05" * 400, "u1") in told
    assert Captioned(Side.TARGET, "Good morning.", "u1", whole=True, final=True) in told
    assert SpokeAll("u1") in told
    assert Captioned(Side.SOURCE, "Buenos", "u1") in told
    assert Captioned(Side.SOURCE, "Buenos días.", "u1", whole=True, final=True) in told
    spent = [event for event in told if isinstance(event, Spent)]
    assert [event.estimate for event in spent] == [True, False]
    assert spent[1].usd == pytest.approx(2 / 60 * 0.0045)


def test_time_lost_before_the_session_was_ready_is_counted() -> None:
    line = Line()
    for _ in range(31):
        line.machine.hear(b"\xff" * 8000, 0)
    line.ready()
    line.server(wire.SpeechStarted(500, "u1"))
    assert line.desk.take_told() == [SpeechBegan("u1", 1000 + 500 + 300)]


def test_a_failed_transcript_is_no_trouble() -> None:
    line = Line()
    line.ready()
    line.server(wire.TranscriptionFailed("u1", TranscriptionError("x")))
    assert line.desk.take_told() == []


# ---- Errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["response_cancel_not_active", "input_audio_buffer_commit_empty"])
def test_harmless_errors_are_ignored(code: str) -> None:
    line = Line()
    line.ready()
    line.server(ErrorEvent(ErrorDetail("invalid_request_error", "x", code)))
    assert line.desk.take_told() == []


def test_an_expired_session_is_over() -> None:
    line = Line()
    line.ready()
    line.server(ErrorEvent(ErrorDetail("invalid_request_error", "60 minutes", "session_expired")))
    assert line.desk.take_told() == [
        Trouble(TroubleKind.EXPIRED, explained(TroubleKind.EXPIRED, "session_expired"), fatal=True)
    ]
    assert line.machine.over


def test_other_errors_are_told_and_survived() -> None:
    line = Line()
    line.ready()
    line.server(ErrorEvent(ErrorDetail("server_error", "oops")))
    assert line.desk.take_told() == [Trouble(TroubleKind.UPSTREAM, "oops", fatal=False)]
    assert not line.machine.over


def test_garbage_and_novelties_are_survived_and_told_a_few_times() -> None:
    line = Line()
    line.ready()
    line.machine.received(b'{"type":"session.brand_new"}', line.now)
    assert line.desk.take_told() == []
    for _ in range(10):
        line.machine.received(b"garbage", line.now)
    assert len(line.desk.take_told()) == 3
    line.machine.hear(b"\xff" * 160, 0)
    assert len(line.desk.take_sent()) == 1


def test_closing_is_at_once() -> None:
    line = Line()
    line.ready()
    line.machine.close(line.now)
    assert line.machine.over
    line.machine.ended(line.now)
    assert line.desk.take_told() == []


def test_an_interruption_reaches_the_running_response() -> None:
    line = Line()
    line.ready()
    line.server(wire.AudioCommitted("u1"))
    line.server(wire.ResponseCreated(Response("r1", "in_progress")))
    line.desk.take_sent()
    line.machine.interrupt(300, line.now)
    assert line.desk.take_sent() == [wire.CancelResponse("r1")]


# ---- Both ways -------------------------------------------------------------------------------------------------------


def asked_for(line: Line) -> list[tuple[str, str]]:
    """What was asked to be rendered since it was looked for last: source and target."""
    sent = [event for event in line.desk.take_sent() if isinstance(event, wire.CreateResponse)]
    metadata = [event.response.metadata or {} for event in sent if event.response is not None]
    return [(one["source"], one["target"]) for one in metadata]


def test_a_session_both_ways_tells_the_server_both_languages() -> None:
    heard, _ = parts(Line(dataclasses.replace(wanted(), both_ways=True)).open())
    assert heard.transcription == Transcription("gpt-transcribe", languages=["es", "en"])


def test_each_utterance_of_a_session_both_ways_goes_from_the_language_that_it_is_in() -> None:
    line = Line(dataclasses.replace(wanted(), both_ways=True))
    line.ready()
    line.desk.take_sent()
    line.server(wire.AudioCommitted(item_id="u1"))
    line.server(wire.AudioCommitted(item_id="u2"))
    assert asked_for(line) == [], "nobody knows yet which way"
    english = [TranscribedLanguage("en")]
    line.server(wire.TranscriptionCompleted(item_id="u1", transcript="Good morning.", languages=english))
    assert line.desk.take_told()[:2] == [
        SpokenIn("u1", "en"),
        Captioned(Side.SOURCE, "Good morning.", "u1", whole=True, final=True),
    ]
    assert asked_for(line) == [("en", "es")]
    line.server(wire.ResponseCreated(Response(id="r1", status="in_progress")))
    line.server(wire.TranscriptionFailed(item_id="u2", error=TranscriptionError(code="speech_unclear")))
    line.server(wire.ResponseDone(Response(id="r1", status="completed", output=[])))
    assert asked_for(line) == [("es", "en")], "the server says why it cannot"


def test_a_session_of_one_direction_says_nothing_of_languages() -> None:
    line = Line()
    line.ready()
    line.server(wire.TranscriptionCompleted(item_id="u1", transcript="Hello.", languages=[TranscribedLanguage("en")]))
    assert not any(isinstance(event, SpokenIn) for event in line.desk.take_told())
