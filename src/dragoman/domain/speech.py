"""What a leg or an interpreter tells us. Past tense; frozen; one union per teller."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from dragoman.domain.frame_value import frame_value

# ---- From a leg ------------------------------------------------------------------------------------------------------


@frame_value
class Heard:
    """Audio from a party, in the leg's format, usually one 20 ms frame. `at_ms` is the stream's own presentation
    time.
    """

    audio: bytes
    at_ms: int


@dataclass(frozen=True, slots=True)
class Digit:
    """The party pressed a key: one of `0-9*#ABCD`."""

    digit: str


@dataclass(frozen=True, slots=True)
class Reached:
    """The carrier says that everything before the mark `name` was played (or cleared)."""

    name: str


@dataclass(frozen=True, slots=True)
class LegClosed:
    """The leg's media connection is over. Comes exactly once, last. `clean` = the carrier said `stop` before."""

    clean: bool
    reason: str = ""


LegEvent = Heard | Digit | Reached | LegClosed


# ---- From an interpreter ---------------------------------------------------------------------------------------------


class Side(enum.Enum):
    SOURCE = "source"
    """What the party said, in their language."""
    TARGET = "target"
    """What the interpreter said."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The session is configured; held audio goes out now. `expires_in_s`: how long it may live, if the vendor says."""

    expires_in_s: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """What was said by one side, in words: of an assistant's call by the caller (SOURCE) or the assistant (TARGET)."""

    side: Side
    text: str


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The engine heard speech begin; `at_ms` counts the audio that this interpreter was given."""

    utterance: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    utterance: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class SpokenIn:
    """From an interpreter that goes both ways: which of its two languages (a primary subtag) this utterance is in. Told
    once, before any of its words; it is interpreted into the other one.
    """

    utterance: str
    language: str


@dataclass(frozen=True, slots=True)
class Captioned:
    """Text of an utterance.

    `utterance` is the engine's id, or "" when the engine knows no utterances (then the transcript cuts them). With
    `whole`, `text` replaces what was there; without, it is appended as it is. `final`: nothing more comes for this
    side.
    """

    side: Side
    text: str
    utterance: str = ""
    whole: bool = False
    final: bool = False
    elapsed_ms: int | None = None


@frame_value
class Spoke:
    """Interpreted speech in the sink's format, of any length, as it arrives; whole samples."""

    audio: bytes
    utterance: str = ""
    elapsed_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SpokeAll:
    """The interpreter has given all audio of this utterance."""

    utterance: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """The engine could not understand, or would not vouch for its translation: the speaker is asked to repeat."""

    utterance: str
    reason: str


class Verdict(enum.Enum):
    """What the output guard found wrong."""

    ANSWERED = "answered"
    COMMENTED = "commented"
    REPEATED_SOURCE = "repeated-source"
    WRONG_LANGUAGE = "wrong-language"


@dataclass(frozen=True, slots=True)
class Guarded:
    """The output guard caught the model. `played` = some of it had been given out already; `asked_again` = a retry
    runs.
    """

    utterance: str
    verdict: Verdict
    asked_again: bool
    played: bool


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a vendor counted, by kind; `..._cached` are among those before. All 0 = it told nothing."""

    text_in: int = 0
    text_cached: int = 0
    audio_in: int = 0
    audio_cached: int = 0
    text_out: int = 0
    audio_out: int = 0

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(
            self.text_in + other.text_in,
            self.text_cached + other.text_cached,
            self.audio_in + other.audio_in,
            self.audio_cached + other.audio_cached,
            self.text_out + other.text_out,
            self.audio_out + other.audio_out,
        )


NO_TOKENS = Tokens()


@dataclass(frozen=True, slots=True)
class Spent:
    """Money the session cost since the last such event, in US dollars; an estimate unless the vendor billed tokens.

    `tokens` as far as the vendor told them.
    """

    usd: float
    estimate: bool
    tokens: Tokens = NO_TOKENS


class TroubleKind(enum.Enum):
    AUTH = "auth"
    QUOTA = "quota"
    RATE_LIMIT = "rate-limit"
    BAD_REQUEST = "bad-request"
    """The vendor refused what we sent: our bug or a wrong setting."""
    NETWORK = "network"
    EXPIRED = "expired"
    UPSTREAM = "upstream"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something went wrong at the engine. With `fatal` the interpreter is over and says nothing more but `Spent` and
    `Closed`.

    `retry_after_s`: before that, the vendor says, another attempt is of no use.
    """

    kind: TroubleKind
    message: str
    fatal: bool
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """The interpreter is over. Comes exactly once, last."""


NamesUtterance = SpeechBegan | SpeechStopped | SpokenIn | Captioned | Spoke | SpokeAll | Unclear | Guarded
"""Those with an `utterance`."""

InterpreterEvent = (
    Ready
    | SpeechBegan
    | SpeechStopped
    | SpokenIn
    | Captioned
    | Spoke
    | SpokeAll
    | Unclear
    | Guarded
    | Spent
    | Trouble
    | Closed
)
