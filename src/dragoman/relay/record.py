"""The record of one call: its utterances and figures, as plain values for a JSON file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dragoman.domain.call import Prior
from dragoman.domain.outcome import Outcome
from dragoman.domain.speech import Side
from dragoman.relay.consent import Answered, Told
from dragoman.relay.figures import NO_FIGURES, CallFigures
from dragoman.relay.moves import Move
from dragoman.relay.owed import Retold
from dragoman.relay.transcript import Utterance

NOT_RETOLD = Retold()


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What remains of a call. Speech is personal data: where this is kept is the operator's choice.

    Times are seconds since `began_at` (Unix time). `usd` is what the engines cost, `usd_is_estimate` unless all was
    billed by the vendor's own figures.
    """

    call_id: str
    began_at: float
    duration_s: float
    outcome: Outcome
    caller_language: str
    agent_language: str
    engines: tuple[str, ...]
    usd: float
    usd_is_estimate: bool
    troubles: tuple[str, ...]
    utterances: tuple[Utterance, ...]
    figures: CallFigures = NO_FIGURES
    told: tuple[Told, ...] = ()
    """What the parties were told before the talk."""
    answers: tuple[Answered, ...] = ()
    """What those who were asked to agree did."""
    moves: tuple[Move, ...] = ()
    """Which engine gave its seat to which, and why."""
    retold: Retold = NOT_RETOLD
    """What was interpreted once more because a session was lost over it."""
    keys_sent: int = 0
    """How many keys of an agent's page the caller's line heard; which ones is nobody's business."""
    prior: Prior | None = None
    """What the caller said to an assistant before, in the same phone call."""

    @property
    def file_stem(self) -> str:
        """What its file is called."""
        return self.call_id

    def as_json(self) -> dict[str, Any]:
        """The form of `transcript.json`."""
        return {
            "call": self.call_id,
            "began_at": round(self.began_at, 3),
            "duration_s": round(self.duration_s, 3),
            "outcome": {"result": self.outcome.result.value, "reason": self.outcome.reason},
            "caller_language": self.caller_language,
            "agent_language": self.agent_language,
            "engines": list(self.engines),
            "cost": {"usd": round(self.usd, 6), "estimate": self.usd_is_estimate},
            "troubles": list(self.troubles),
            "told": [one.as_json() for one in self.told],
            "consent": [one.as_json() for one in self.answers],
            "engine_changes": [one.as_json() for one in self.moves],
            "retold": asdict(self.retold),
            "keys_sent": self.keys_sent,
            "figures": _figures(self.figures),
            "utterances": [_utterance(one) for one in self.utterances],
            **_prior(self.prior),
        }


def _figures(figures: CallFigures) -> dict[str, Any]:
    """By listener; seconds."""
    ears = {
        f"{ear.listener.value}_ear": {k: v for k, v in asdict(ear).items() if k != "listener"} for ear in figures.ears
    }
    return {
        **ears,
        "caller_share_of_talk": round(figures.caller_share, 3),
        "overlaps": figures.overlaps,
        "overlap_s": round(figures.overlap_s, 3),
    }


def _prior(prior: Prior | None) -> dict[str, Any]:
    """What an assistant heard and said before; nothing where there was none."""
    if prior is None:
        return {}
    lines = [{"who": "caller" if one.side is Side.SOURCE else "assistant", "text": one.text} for one in prior.lines]
    return {"assistant": {"summary": prior.summary, "lines": lines}}


def _utterance(one: Utterance) -> dict[str, Any]:
    return {
        "utterance": one.utterance,
        "leg": one.role.value,
        "source_language": one.source_language,
        "target_language": one.target_language,
        "source_text": one.source_text.strip(),
        "target_text": one.target_text.strip(),
        "mouth": {"began_s": one.began_s, "stopped_s": one.stopped_s},
        "interpreter": {"first_audio_s": one.first_audio_s, "sent_s": one.sent_s},
        "ear": {"began_s": one.heard_s, "stopped_s": one.heard_end_s},
        "engine": one.engine,
        "flags": list(one.flags),
    }


def in_order(utterances: Sequence[Utterance]) -> tuple[Utterance, ...]:
    """By the time the party began to speak (or the text began to come). What came to nothing, or was said
    while recording was paused, is left out.
    """
    said = [one for one in utterances if one.recorded and not one.empty]
    return tuple(sorted(said, key=lambda one: one.began_s if one.began_s is not None else one.grown_s))
