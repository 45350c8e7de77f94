"""A made-up call with an assistant, as the demo has it: a greeting, two questions, the second cuts in, goodbye."""

from __future__ import annotations

from dataclasses import replace

from dragoman.cli.demo.assistant.questions import Question
from dragoman.cli.demo.assistant.report import Asked, Performance, Tracks
from dragoman.domain.audio import AudioFormat
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.persona import Phrase
from dragoman.domain.speech import Side
from dragoman.personas import Personas
from dragoman.relay.assistant_record import AssistantRecord, BargeIn, ToolUse
from dragoman.relay.talk_lines import TalkLine
from dragoman.relay.turn_times import TurnTimes

RECEPTION = Personas.load(None).everyone[0]
SHIFT_S = 2.0
"""The server's clock began 2 s after the recordings'."""
CANNOT = RECEPTION.say(Phrase.CANNOT_MESSAGE, "en")

ASKED = (
    Asked(Question("When do you close?", b""), 10.0, 12.0, (13.0, 15.0), 5000.0),
    Asked(Question("Do you have parking?", b"", cuts_in=True), 15.0, 17.0, (18.0, 20.0), 7000.0, 6900.0),
    Asked(Question("Goodbye.", b""), 21.0, 22.0, (23.0, 24.0), 9000.0),
)


def line(number: int, side: Side, began_s: float, text: str, heard_ms: int | None = None) -> TalkLine:
    """Times as the recordings have them."""
    at_s = began_s - SHIFT_S
    return TalkLine(number, side, at_s, text, at_s + 1.0, final=True, heard_ms=heard_ms)


def turn(number: int, delta_s: float, stopped_s: float | None = None, *, fixed: bool = False) -> TurnTimes:
    """Times as the recordings have them: the engine told of the end of speech half a second after it."""
    told_s = None if stopped_s is None else stopped_s + 0.5 - SHIFT_S
    stopped = None if stopped_s is None else stopped_s - SHIFT_S
    at_s = delta_s - SHIFT_S
    return TurnTimes(number, at_s, stopped, told_s, at_s + 0.01, at_s + 0.05, at_s + 2.0, fixed=fixed)


def record(*answers: str) -> AssistantRecord:
    """With these answers in place of the usual ones."""
    first, second = answers or ("We close at three.", "There is a car park.")
    return AssistantRecord(
        call_id="c",
        persona="reception",
        language="en",
        began_at=1000.0,
        duration_s=25.0,
        outcome=Outcome(Result.US, "the assistant said goodbye"),
        engines=("local",),
        sessions=1,
        usd=0.0,
        usd_is_estimate=False,
        troubles=(),
        lines=(
            line(1, Side.TARGET, 4.0, "Hello, this is an assistant."),
            line(2, Side.SOURCE, 10.0, "When do you close?"),
            line(3, Side.TARGET, 13.0, first, heard_ms=1880),
            line(4, Side.SOURCE, 15.1, "Do you have [parking]?"),
            line(5, Side.TARGET, 18.0, second),
            line(6, Side.SOURCE, 21.0, "Goodbye."),
            line(7, Side.TARGET, 23.0, "Goodbye."),
        ),
        turns=(
            turn(1, 4.0, fixed=True),
            turn(2, 13.0, 12.0),
            turn(3, 18.0, 17.0),
            turn(4, 23.0, 22.0),
        ),
        tools=(ToolUse("hours", 10.5, 10.6), ToolUse("hang_up", 20.6, 20.7)),
        barge_ins=(BargeIn(13.4, (1880,)),),
        prices="2026-11-21",
    )


def performance(*answers: str) -> Performance:
    """The call, with these two answers where they are given."""
    silence = AudioFormat.PCMU_8K.silence(26_000)
    return Performance(
        asked=ASKED,
        greeted_s=4.0,
        record=record(*answers),
        persona=RECEPTION,
        mind="small mind (FAQ and patterns, no language model)",
        tracks=Tracks(silence, silence, 3.8, 25.0),
        clock_shift_s=SHIFT_S,
    )


def unheard() -> Performance:
    """Nobody heard the second answer."""
    whole = performance()
    return replace(whole, asked=(ASKED[0], replace(ASKED[1], heard_s=None), ASKED[2]))
