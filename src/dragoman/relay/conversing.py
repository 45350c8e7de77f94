"""An assistant's call: one lane whose source and sink are the same leg. Events in, effects out, `now` an argument.

`hear`, `digit` and `reached` take what the leg says, `heed` what the assistant says, `tool_done` a tool's result,
`tick` the time, each 20 ms. What they give back is performed at once and in order. The assistant's voice goes out at
the pace at which it is heard, so that it can be stopped and what was heard of it is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from dragoman.assistant_ports import Answering, AssistantEvent, Before
from dragoman.domain.assistant_effects import AssistantEffect, CutOff, EndTalk, GiveKeys, Perform, Say
from dragoman.domain.audio import AudioFormat
from dragoman.domain.effects import Hear, Publish
from dragoman.domain.language import LanguageTag
from dragoman.domain.persona import Persona, Phrase
from dragoman.domain.speech import (
    Captioned,
    Closed,
    Digit,
    Heard,
    Reached,
    Ready,
    Side,
    SpeechBegan,
    SpeechStopped,
    Spoke,
    SpokeAll,
    Trouble,
)
from dragoman.domain.tools import HandOver, HangUp, ToolAsked, ToolResult, Transfer
from dragoman.relay.awaited import Awaited
from dragoman.relay.bearing import Bearing
from dragoman.relay.cutting_in import CuttingIn
from dragoman.relay.ear import Ear
from dragoman.relay.ear_plan import EarPlan
from dragoman.relay.echo_gate import EchoGate
from dragoman.relay.found_out import FoundOut, so_far
from dragoman.relay.idling import Idling
from dragoman.relay.key_gathering import KeyGathering
from dragoman.relay.last_words import LastWords
from dragoman.relay.machine_ear import MachineEar
from dragoman.relay.own_voice import OwnVoice
from dragoman.relay.talk_lines import TalkLines
from dragoman.relay.talk_memory import TalkMemory
from dragoman.relay.tool_turns import ToolTurns
from dragoman.relay.turn_times import Turns

UNHURRIED: Final = EarPlan(lag_target_ms=0)
"""An assistant is never behind anybody: its voice is not made faster."""

Effects = Sequence[AssistantEffect]


class Conversing:
    """One call's talk with the assistant. mu-law both ways. `gate` stands at the caller's microphone.

    `began` is the call's, on the clock of `now`; times in `turns`, `lines` and `found` are seconds since then.
    `greeted`: the greeting was heard, or spoken over. `unsettled`: something is being said, or an answer is owed.
    """

    def __init__(self, persona: Persona, language: LanguageTag, began: float, *, gate: EchoGate | None = None) -> None:
        self.persona = persona
        self.language = persona.language(language)
        self.ear = Ear(AudioFormat.PCMU_8K, UNHURRIED, gate=gate)
        self.lines = TalkLines(self.language)
        self.turns = Turns()
        self.found = FoundOut(began)
        self.unsettled = False
        self._began = began
        self._gate = gate
        self._voice = OwnVoice(self.ear, self.turns, began, gate)
        self._cutting_in = CuttingIn(persona.interrupt)
        self._bearing = Bearing()
        self._keys = KeyGathering()
        self._last_words = LastWords()
        self._tools = ToolTurns(self._filler, self._last_words, self.found)
        self._idling = Idling(persona.idle, persona.max_minutes * 60, began)
        self._machine = MachineEar(began)
        self._awaited = Awaited()
        self._response = self._said = self._stopped = ""
        self._sounded = ""
        self._greets = self.greeted = False
        self._caller_speaks = False
        self._owes = False
        self._over = False

    # -- Wiring --------------------------------------------------------------------------------------------------------

    def open(self, now: float) -> Effects:
        """The session opens: the assistant speaks first. What it says waits for the stream."""
        self._idling.stirred(now, caller=False)
        self._greets = True
        self._awaited.away()
        self._awaited.speaks_first()
        return (Say(self._phrase(Phrase.GREETING)),)

    def joined(self) -> None:
        """The caller's stream is here (again)."""
        self._voice.joined()

    def left(self) -> None:
        self.ear.left()

    def session_began(self, now: float) -> None:
        """Another session takes over, and knows `so_far`: what the last one was about to say or asked for is void."""
        self._voice.items.session_over()
        self._tools.forget()
        self._awaited.away()
        self._caller_speaks = False
        self._response = self._said = self._stopped = ""
        self._bearing.restart()
        self.lines.new_session()
        self._idling.stirred(now, caller=False)

    def resume(self, now: float) -> Effects:
        """After `session_began`: it knows what was said, not what was about to be. Whom an answer was owed is asked to
        say it again, and who was not greeted is.
        """
        owes, self._owes = self._owes, False
        if self._over or self._last_words.wait:
            return ()
        if self._greets and not self.turns.all:
            return self.open(now)
        if not owes:
            return ()
        self._awaited.speaks_first()
        return (Say(self._phrase(Phrase.NOT_UNDERSTOOD)),)

    @property
    def memory(self) -> TalkMemory:
        """The talk as it is, so that it can go on in another process."""
        prompts, warned = self._idling.so_far
        return TalkMemory(
            language=self.language,
            lines=self.lines.all,
            turns=self.turns.all,
            findings=self.found.all,
            greeted=self.greeted,
            unsettled=self.unsettled,
            prompts=prompts,
            warned=warned,
        )

    def take_up(self, before: TalkMemory) -> None:
        """Go on from there, before anything happened here. What was being said is gone; who heard it may not know."""
        self.lines.take_up(before.lines)
        self.turns.all = before.turns
        self.found.all = before.findings
        self._greets = self.greeted = before.greeted
        self.unsettled = before.unsettled
        self._idling.take_up(before.prompts, warned=before.warned)

    def come_back(self, word: str, now: float) -> Effects:
        """The session opens for a talk that was interrupted: `word` says so. Who was not greeted is; whom an answer may
        be owed is asked to say it again.
        """
        if not self.greeted:
            return self.open(now)
        self._idling.stirred(now, caller=False)
        self._awaited.away()
        self._awaited.speaks_first()
        again = f"{word} {self._phrase(Phrase.NOT_UNDERSTOOD)}" if self.unsettled else word
        return (Say(again),)

    def speak_in(self, language: LanguageTag) -> None:
        """The caller speaks another of the persona's languages: our own sentences follow."""
        self.language = self.lines.language = self.persona.language(language)

    def goes_on(self, now: float) -> None:
        """What was performed did not end the talk: nobody answered where the caller was to be connected."""
        self._over = False
        self._idling.stirred(now, caller=False)

    def gives_up(self) -> None:
        """There will be no assistant any more: nothing is said or asked, and nobody is idle."""
        self._over = True
        self.ear.wait(False)

    def so_far(self) -> tuple[Before, ...]:
        """For a new session."""
        return so_far(self.lines.said, self.found.all)

    @property
    def over(self) -> bool:
        """We ended it, or gave the caller to somebody."""
        return self._over

    # -- From the leg --------------------------------------------------------------------------------------------------

    def hear(self, event: Heard, now: float) -> Effects:
        """A frame from the caller's mouth."""
        audio = event.audio if self._gate is None else self._gate.pass_through(event.audio, now)
        audible = self._audible(now)
        judged = self._cutting_in.heard(audio, audible=audible, answering=self._answers, may=self._may_be_stopped)
        effects: list[AssistantEffect] = []
        if judged.stops:
            effects += self._cut_off(now)
            audible = False
        given_s = len(judged.audio) / 8000
        self._bearing.given(given_s, now - given_s)
        effects.append(Hear(judged.audio))
        machine = None if self._over else self._machine.heard(audio, now, listens=audible)
        if machine is not None:
            self._over = True  # there is nobody to say goodbye to
            effects.append(EndTalk(machine))
        return effects

    def digit(self, event: Digit, now: float) -> Effects:
        """The caller pressed a key. It is meant, as speech is: what is being said stops."""
        self._idling.stirred(now, caller=True)
        busy = self._audible(now) or self._answers or self._last_words.revocable
        stops = busy and self.persona.interrupt.allowed and self._may_be_stopped
        effects = self._cut_off(now) if stops else []
        return [*effects, *self._keyed(self._keys.pressed(event.digit, now))]

    def reached(self, event: Reached, now: float) -> Effects:
        """A mark came back."""
        return self.tick(now) if self._voice.reached(event.name, now) else ()

    # -- Stopping ------------------------------------------------------------------------------------------------------

    def _audible(self, now: float) -> bool:
        """What comes late in the midst of an answer is a gap in it, and no end."""
        return self.ear.speech_ms(now) > 0 or (self._answers and self._sounded == self._response)

    @property
    def _answers(self) -> bool:
        """A response runs, and is wanted."""
        return self._response != self._stopped

    @property
    def _may_be_stopped(self) -> bool:
        greets = self._greets and not self.greeted and not self.persona.interrupt.greeting
        last = self._last_words.wait and not self._last_words.revocable
        return not greets and not last and not self._over

    def _cut_off(self, now: float) -> list[AssistantEffect]:
        """The caller means it: silence, and the assistant learns what was heard."""
        silence, heard_ms = self._voice.cut_off(now)
        effects: list[AssistantEffect] = [*silence, CutOff(heard_ms)]
        captions = [self.lines.cut(item, ms, self._s(now)) for item, ms in heard_ms.items()]
        effects += [Publish(caption) for caption in captions if caption is not None]
        self._stopped = self._response
        self._last_words.revoke()
        return effects

    # -- From the assistant --------------------------------------------------------------------------------------------

    def heed(self, event: AssistantEvent, now: float) -> Effects:
        """Something the assistant said, did or noticed."""
        match event:
            case Spoke():
                return self._spoke(event, now)
            case SpokeAll(item):
                self._voice.items.ended(item)
                return self.tick(now)
            case Captioned():
                return self._captioned(event, now)
            case Answering():
                return self._answering(event, now)
            case ToolAsked():
                return () if self._over else self._tools.asked(event, now)
            case SpeechBegan() | SpeechStopped():
                return self._turned(event, now)
            case Closed() | Trouble():
                return self._troubled(event, now)
            case Ready():
                self._awaited.ready()
            case _:
                pass
        return ()

    def _turned(self, event: SpeechBegan | SpeechStopped, now: float) -> Effects:
        """The caller begins to speak, or stops. Who was to be let go for saying nothing is not."""
        said_s = self._s(self._bearing.said_at(event.at_ms, now))
        self._caller_speaks = isinstance(event, SpeechBegan)
        if not self._caller_speaks:
            self._awaited.owed()
            self.turns.stopped(said_s, self._s(now))
            self._idling.stirred(now, caller=True)
            return ()
        self.lines.began(Side.SOURCE, event.utterance, said_s)
        self.turns.began()
        return self._cut_off(now) if self._last_words.revocable else ()

    def _troubled(self, event: Closed | Trouble, now: float) -> Effects:
        if isinstance(event, Closed) or event.fatal:
            return self._broke_off(now)
        self._awaited.failed(now)
        return ()

    def _spoke(self, event: Spoke, now: float) -> Effects:
        label = self._voice.items.label(event.utterance)
        if label is None or (self._response and not self._answers):
            return ()
        self._sounded = self._response
        self._last_words.spoke()
        self._awaited.spoke(fixed=bool(self._said))
        if not self.turns.knows(label):
            at_s = self._s(now)
            self.lines.began(Side.TARGET, event.utterance, at_s)
            self.turns.delta(label, at_s, fixed=bool(self._said))
        return self._voice.out(self.ear.give(event.audio, label, now), now)

    def _captioned(self, event: Captioned, now: float) -> Effects:
        if event.side is Side.SOURCE and event.text.strip():
            self._machine.words()
            self._idling.stirred(now, caller=True)
        return (Publish(self.lines.caption(event, self._s(now))),)

    def _answering(self, event: Answering, now: float) -> Effects:
        self.turns.response()
        if event.on:
            self._response, self._said = event.item, event.said
            self._last_words.response_began(event.said)
            return ()
        return self._answered(now)

    def _answered(self, now: float) -> Effects:
        """The response that ran, if any, is over."""
        self._response = self._said = self._stopped = ""
        return self._last_words.response_ended(now)

    def _broke_off(self, now: float) -> Effects:
        """The session is gone: it says no more, and asks for nothing."""
        asked = bool(self._response and self._answers) or self._tools.running or self.turns.owed
        self._owes = asked and not self._caller_speaks
        self._voice.items.session_over()
        self._caller_speaks = False
        self._tools.forget()
        self._awaited.away()
        return self._answered(now)

    def tool_done(self, asked: ToolAsked, result: ToolResult, now: float) -> Effects:
        """A tool answered, or failed."""
        self._awaited.owed()
        return self._performed(self._tools.done(asked, result, now))

    # -- Time ----------------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> Effects:
        """Every 20 ms: pacing, and whatever falls due."""
        effects: list[AssistantEffect] = [*self._voice.out(self.ear.tick(now), now)]
        if self._over:
            return effects
        speech_ms = self.ear.speech_ms(now)
        heard = self._voice.items.heard(now, speech_ms) and not self._answers
        # A soft sound, where the caller would hear nothing for long.
        quiet = self.ear.here and speech_ms <= 0 and not self._caller_speaks
        self.ear.wait(self._awaited.sounds(now, quiet=quiet, working=self._answers or self._tools.running))
        self.greeted = self.greeted or (heard and bool(self.turns.all))
        self.unsettled = not heard or self._caller_speaks or self._tools.running or self.turns.owed
        if not heard:
            self._idling.stirred(now, caller=False)
        elif self._tools.running:
            self._idling.stirred(now, caller=False)
            effects += self._tools.due(now, heard=not self._caller_speaks)
        effects += self._keyed(self._keys.due(now))
        effects += self._performed(self._last_words.due(now, heard=heard))
        if not self._last_words.wait and not self._over:
            free = heard and not self._caller_speaks and not self._tools.running
            if self._awaited.given_up(now, free=free):
                return [*effects, Say(self._phrase(Phrase.NOT_UNDERSTOOD))]
            effects += self._prompted(now, free=free)
        return effects

    def _prompted(self, now: float, *, free: bool) -> Effects:
        prompt = self._idling.due(now, free=free and not self._keys.gathers)
        if prompt is None:
            return ()
        words = self._phrase(prompt.phrase)
        if prompt.ends is None:
            return (Say(words),)
        return self._last_words.after_ours(words, (EndTalk(prompt.ends),), now)

    def _performed(self, effects: Iterable[AssistantEffect]) -> list[AssistantEffect]:
        """The talk is over with what ends it, or takes the caller elsewhere."""
        done = [*effects]
        ends = [isinstance(one, EndTalk) or _leaves(one) for one in done]
        self._over = self._over or any(ends)
        return done

    def _keyed(self, keys: str) -> Effects:
        return (GiveKeys(keys),) if keys and not self._over else ()

    def _phrase(self, phrase: Phrase) -> str:
        return self.persona.say(phrase, self.language)

    def _filler(self, tool: str) -> str:
        return self.persona.filler(tool, self.language)

    def _s(self, now: float) -> float:
        return round(now - self._began, 3)


def _leaves(effect: AssistantEffect) -> bool:
    return isinstance(effect, Perform) and isinstance(effect.action, HangUp | Transfer | HandOver)
