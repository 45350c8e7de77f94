"""What an interpreter makes of what it hears, on its way to the ear: speech, captions, and what it could not do."""

from __future__ import annotations

from collections.abc import Sequence

from dragoman.domain.call import Notice
from dragoman.domain.effects import Ask, Caption, LaneEffect, Publish
from dragoman.domain.speech import (
    Captioned,
    Guarded,
    InterpreterEvent,
    Side,
    SpeechBegan,
    SpeechStopped,
    Spoke,
    SpokeAll,
    SpokenIn,
    Unclear,
    Verdict,
)
from dragoman.relay.again import Again
from dragoman.relay.ear import Ear
from dragoman.relay.lane_plan import LanePlan
from dragoman.relay.times import Times
from dragoman.relay.transcript import LaneTranscript

SPURT_GAP_S = 0.3
"""An engine that does not say when it is done is done with a spurt after this much quiet."""

SAID_AGAIN = "said again"
"""The flag of an utterance whose interpreter was lost over it: the next one says all of it."""

ASK_GAP_S = 4.0
"""A party who was just asked to repeat is not asked again."""


class Rendering:
    """One lane's. `muted`: nobody hears it, only its captions are wanted."""

    def __init__(self, plan: LanePlan, ear: Ear, transcript: LaneTranscript, times: Times) -> None:
        self.plan = plan
        self.ear = ear
        self.transcript = transcript
        self.times = times
        self.muted = False
        self._speaking = ""
        self._spoken_key = ""
        self._spurt_since = 0.0
        self._spurt = ""
        self._asked = float("-inf")
        self._again = Again(fmt=plan.sink_format)
        self._awaited = False

    def interpreter_began(self) -> None:
        """A new interpreter takes over; what the last one left open is ended."""
        if self._speaking:
            self.ear.playout.end(self._speaking)
        self._awaited = self._again.cut_off()
        self._speaking = self._spoken_key = self._spurt = ""

    def torn(self, keys: Sequence[str]) -> None:
        """These will be said once more from their begin, by another interpreter: what is unheard of them is dropped."""
        for key in keys:
            utterance = self.transcript.find(key)
            if utterance is not None:
                self.ear.drop(utterance.utterance)
                self._again.drop(utterance.utterance)
                utterance.flag(SAID_AGAIN)

    def noticed(self, event: InterpreterEvent, now: float) -> Sequence[LaneEffect]:
        """All but speech."""
        match event:
            case Captioned():
                return (Publish(self._caption(event, now)),)
            case SpeechBegan(key, at_ms):
                self.transcript.named(key, self.times.s(now)).began_s = self.times.said_at(at_ms, now)
            case SpeechStopped(key, at_ms):
                self.transcript.named(key, self.times.s(now)).stopped_s = self.times.said_at(at_ms, now)
            case SpokenIn(key, language):
                self.transcript.spoken_in(key, language, self.times.s(now))
            case SpokeAll(key):
                return self._spoke_all(key, now)
            case Unclear(key, reason):
                return self._unclear(key, reason, now)
            case Guarded(key, verdict):
                return (self._guarded(key, verdict, now),)
            case _:
                pass
        return ()

    def spoke(self, event: Spoke, now: float) -> Sequence[LaneEffect]:
        """Interpreted speech."""
        if not event.audio or self.muted:
            return ()
        if event.utterance and event.utterance == self._spoken_key:
            # The hot path: more of what is being said. All that its first piece has to tell was told.
            return self._said(event, self._speaking, now)
        at_s = self.times.s(now)
        utterance = self.transcript.named(event.utterance, at_s)
        if utterance.first_audio_s is None:
            utterance.first_audio_s = at_s
        self.times.place(utterance)
        label = utterance.utterance
        if not event.utterance:
            if self._spurt and self._spurt != label:
                self.ear.playout.end(self._spurt)
            self._spurt = label
            self._spurt_since = now
            self.transcript.touch(at_s)
        self._speaking = label
        self._spoken_key = event.utterance if self.plan.names_utterances else ""
        return self._said(event, label, now)

    def _said(self, event: Spoke, label: str, now: float) -> Sequence[LaneEffect]:
        """A piece of interpreted speech, on its way to the ear."""
        utterance = self.transcript.labelled(label)
        if utterance is not None:
            self.times.spoke(event, utterance, now)
        self.ear.settled()
        self._again.spoke(event.audio, label)
        return self.ear.give(event.audio, label, now)

    def _spoke_all(self, key: str, now: float) -> Sequence[LaneEffect]:
        utterance = self.transcript.find(key)
        if utterance is None:
            return ()
        if self._spurt == utterance.utterance:
            self._spurt = ""
        return self._ended(utterance.utterance, now)

    def _ended(self, label: str, now: float) -> Sequence[LaneEffect]:
        """All of it is in the playout, for now at least."""
        self.ear.playout.end(label)
        return (*self.ear.due(now), *self.ear.give_again(self._again.ended(label, now), now))

    def say_again(self, now: float) -> Sequence[LaneEffect]:
        """The sink wants to hear the last interpreted utterance again: slower, and when it is complete."""
        return self.ear.give_again(self._again.asked(now), now)

    def _caption(self, event: Captioned, now: float) -> Caption:
        caption = self.transcript.caption(event, self.times.s(now))
        self.times.place(self.transcript.named(event.utterance, self.times.s(now)))
        return caption

    def _unclear(self, key: str, reason: str, now: float) -> Sequence[LaneEffect]:
        self.times.lag.settled()
        told = self._flagged(key, "unclear: " + reason, Side.SOURCE, now)
        if now - self._asked < ASK_GAP_S:
            return (told,)
        self._asked = now
        return (told, Ask(Notice.REPEAT))

    def _guarded(self, key: str, verdict: Verdict, now: float) -> Publish:
        """What was caught comes faster than it is heard: the rest of it is not heard."""
        utterance = self.transcript.find(key)
        if utterance is not None:
            self.ear.drop(utterance.utterance)
            self._again.drop(utterance.utterance)
        return self._flagged(key, "guard: " + verdict.value, Side.TARGET, now)

    def _flagged(self, key: str, flag: str, side: Side, now: float) -> Publish:
        utterance = self.transcript.named(key, self.times.s(now))
        utterance.flag(flag)
        return Publish(self.transcript.published(utterance, side, self.times.s(now), final=True))

    # -- Time ----------------------------------------------------------------------------------------------------------

    @property
    def open(self) -> bool:
        """A spurt of speech goes on, for all we know, or somebody waits for what a lost interpreter left."""
        return bool(self._spurt) or self._awaited

    def tick(self, now: float) -> Sequence[LaneEffect]:
        """Ends of spurts, ends of utterances."""
        effects: Sequence[LaneEffect] = ()
        if self._spurt and now - self._spurt_since > SPURT_GAP_S:
            effects = self._ended(self._spurt, now)
            self._spurt = ""
        if self._awaited:
            self._awaited = False
            effects = (*effects, *self.ear.give_again(self._again.taken(now), now))
        return (*effects, *self.settled(now, at_once=False)) if self.transcript.cutting else effects

    def settled(self, now: float, *, at_once: bool) -> list[Publish]:
        """The last captions of an utterance that is over, or (`at_once`) must be."""
        cut = self.transcript.find("")
        captions = self.transcript.settle(self.times.s(now), at_once=at_once)
        if cut is not None and not self.transcript.cutting:
            self.times.place(cut)
        return [Publish(caption) for caption in captions]
