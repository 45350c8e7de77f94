"""What is known of one utterance, and of the response that renders it."""

from __future__ import annotations

from dataclasses import dataclass, field

from dragoman.domain.speech import Verdict


@dataclass(slots=True)
class Turn:
    """One utterance on its way. `heard` is what was said (None until its transcript is there), `said` its rendering."""

    utterance: str
    heard: str | None = None
    transcribed: bool = False
    heard_s: float = 0.0
    asks: int = 0
    lapses: int = 0
    retries: int = 0
    order: str = ""
    said: str = ""
    back: bool = False
    """It is in the language of who listens: to be rendered the other way round."""


@dataclass(slots=True)
class Answer:
    """The response that is running. `verdict` is set when the guard caught it, `stopped` when it was interrupted."""

    event_id: str
    began: float
    response_id: str = ""
    item_id: str = ""
    text: str = ""
    held: list[bytes] = field(default_factory=list)
    released: bool = False
    judged_characters: int = 0
    spoken_bytes: int = 0
    verdict: Verdict | None = None
    stopped: bool = False
    cancelled_at: float | None = None
    apart: set[str] = field(default_factory=set)

    @property
    def muted(self) -> bool:
        return self.stopped or self.verdict is not None

    @property
    def outgrew_its_judgement(self) -> bool:
        """What is being heard already is judged again only when a few words were added: judging takes time."""
        return not self.released or len(self.text) > 1.2 * self.judged_characters + 8
