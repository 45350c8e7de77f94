"""An assistant's call as the carrier sees it: what the caller's leg shall do next, and when it is over. Pure.

Events come in, effects go out; `ask` answers the carrier, which asks when the call rings and each time a verb ends. Of
the talk itself (`conversing`) it knows only what that performs. Times are seconds of the caller's clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from dragoman.domain.assistant_effects import EndWhy
from dragoman.domain.call import CallId
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.persona import BuiltIn, Persona, Phrase
from dragoman.domain.reception import (
    CallerLeft,
    ConnectPerson,
    GoOnInterpreted,
    KeysPressed,
    LeaveCall,
    MessageLeft,
    Next,
    PersonLeft,
    PressKeys,
    Reached,
    RecordMessage,
    TalkOn,
)
from dragoman.domain.tools import HandOver, HangUp, SendDigits, TakeMessage, Transfer
from dragoman.relay.answering_state import (
    AnsweringState,
    Effect,
    EndForced,
    EngineDown,
    Event,
    Finish,
    GoOn,
    Joined,
    LanguageSpoken,
    Left,
    LetGo,
    Performed,
    Step,
    TakeDown,
    TakenOver,
    TakeOver,
    TalkEnded,
    Wait,
    Waited,
    Where,
)
from dragoman.relay.call_state import MAX_HOPS, REJOIN_S, STEADY_S

COMES_S: Final = 30.0
"""A call that rang has its stream within this."""
STREAM_S: Final = 10.0
"""A leg that was told to connect its stream does so within this; one that was let go asks within it."""
HUNG_UP_S: Final = 3.0
"""A stream that the carrier ended, and no word of the leg for so long: the caller hung up."""
LATE_S: Final = 10.0
"""So long after a leg is over, what became of it is told still: a message that its caller ended by hanging up."""
KEY_S: Final = 0.6
"""A key that is pressed, or a wait, takes so long at the most."""
MESSAGE_S: Final = 900.0
TALK_S: Final = 4 * 3600.0 + 600.0
"""No talk with a person is longer: carriers end calls after four hours."""
MOST_RECORDINGS: Final = 2
"""Who says nothing after the tone, twice, has no message."""


def begin(
    call_id: CallId, persona: Persona, language: Language, now: float, languages: Sequence[Language] = ()
) -> AnsweringState:
    """A call that rings, in `language`. `languages` are all that the persona speaks, as the carrier knows them."""
    return AnsweringState(call_id, persona, language, by_tag(language, *languages), Wait(now + COMES_S, _NEVER_CAME))


def by_tag(*languages: Language) -> dict[LanguageTag, Language]:
    """Of two with one tag, the last."""
    return {one.tag: one for one in languages}


def step(state: AnsweringState, event: Event, now: float) -> Step:
    """Take one event; what is late or repeated changes nothing."""
    if isinstance(event, Joined):
        return _joined(state)
    if isinstance(event, Left):
        return _left(state, event, now)
    if state.over:
        return _too_late(state, event), []
    take = _TAKES[type(event)]
    return take(state, event, now)


def _too_late(state: AnsweringState, event: Event) -> AnsweringState:
    """Only what is said to the leg can change still: who did talk with a person is told nothing."""
    match event:
        case CallerLeft():
            return replace(state, gone=True)
        case KeysPressed():
            return _sent(state)
        case PersonLeft(Reached.TALKED):
            return replace(state, farewell="")
        case _:
            return state


# ---- The stream ------------------------------------------------------------------------------------------------------

HUNG_UP: Final = Outcome(Result.CALLER, "hung up")
_LOST: Final = Outcome(Result.UPSTREAM, "the caller's stream was lost")
_NEVER_CAME: Final = Outcome(Result.UNKNOWN, "the caller's stream never came")
_CIRCLES: Final = Outcome(Result.UPSTREAM, "the caller's leg ran in circles")


def _joined(state: AnsweringState) -> Step:
    """Where the call has moved on meanwhile, the stream is let go, and the leg asks."""
    if state.where is not Where.TALKING or state.digits:
        return state, [LetGo()]
    return replace(state, here=True, wait=None), []


def _left(state: AnsweringState, event: Left, now: float) -> Step:
    """A clean end is a hang-up, unless the leg asks; one that just died may come back."""
    if not state.here:
        return state, []
    hops = 0 if event.lived_s >= STEADY_S else state.hops
    state = replace(state, here=False, hops=hops)
    if state.over or state.where is not Where.TALKING or state.digits:
        return state, []  # we let it go, and wait already
    wait = Wait(now + HUNG_UP_S, HUNG_UP) if event.clean else Wait(now + REJOIN_S, _LOST)
    return replace(state, wait=wait), []


def _waited(state: AnsweringState, _event: Waited, now: float) -> Step:
    if state.wait is None or now < state.wait.until:
        return state, []
    return _end(replace(state, gone=True), state.wait.outcome)


# ---- What the talk comes to ------------------------------------------------------------------------------------------


def _performed(state: AnsweringState, event: Performed, now: float) -> Step:
    if state.where is not Where.TALKING:
        return state, []
    match event.action:
        case HangUp():
            return _end(state, Outcome(Result.US, "the assistant said goodbye"))
        case SendDigits(digits):
            time_s = STREAM_S + KEY_S * len(state.digits + digits)
            return _away(replace(state, digits=state.digits + digits), Wait(now + time_s, HUNG_UP))
        case Transfer(to, summary, language):
            to = to or state.persona.transfer
            if not to:
                return state, [GoOn(Phrase.NO_TRANSFER)]
            own = state.languages.get(state.persona.language(language or state.persona.languages[0]), state.language)
            return _connect(state, ConnectPerson(to, summary, own, "", state.language), now)
        case HandOver(to, summary):
            return state, [TakeOver(to, summary)]
        case TakeMessage():
            return state, []


def _talk_ended(state: AnsweringState, event: TalkEnded, _now: float) -> Step:
    if state.where is not Where.TALKING:
        return state, []
    match event.why:
        case EndWhy.TOO_LONG:
            return _end(state, Outcome(Result.US, "length limit of the call"))
        case EndWhy.IDLE:
            return _end(state, Outcome(Result.CALLER, "said nothing"))
        case why:
            return _end(state, Outcome(Result.CALLER, f"not a person: {why.value}"))


def _taken_over(state: AnsweringState, event: TakenOver, _now: float) -> Step:
    if event.call_id is None:
        return state, [GoOn(_missed(state))]
    state = replace(state, where=Where.HANDED_OVER, interpreted=event.call_id)
    return _end(state, Outcome(Result.AGENT, "handed over to an interpreted call"))


def _spoken(state: AnsweringState, event: LanguageSpoken, _now: float) -> Step:
    return replace(state, language=event.language), []


def _connect(state: AnsweringState, person: ConnectPerson, now: float) -> Step:
    state = replace(state, where=Where.PERSON, person=person)
    return _away(state, Wait(now + STREAM_S, HUNG_UP))


def _away(state: AnsweringState, wait: Wait) -> Step:
    """The leg is let go, and asks. Where its stream is lost just now it asks, too, or the caller has hung up."""
    return replace(state, wait=wait), [LetGo()] if state.here else []


def _end(state: AnsweringState, outcome: Outcome, say: str = "") -> Step:
    """Our part of the call is over; the leg asks, and is told goodbye, or where to go on."""
    if state.down:
        outcome = Outcome(Result.UPSTREAM, f"no assistant: {outcome.reason}")
    where = state.where if state.where is Where.HANDED_OVER else Where.OVER
    effects: list[Effect] = [LetGo()] if state.here else []
    ended = replace(state, where=where, outcome=outcome, farewell=say, wait=None)
    return ended, [*effects, Finish(outcome)]


# ---- Without an assistant --------------------------------------------------------------------------------------------


def _engine_down(state: AnsweringState, event: EngineDown, now: float) -> Step:
    """The caller hears why, and gets a person, or may leave a message. Who talks with a person needs no assistant."""
    state = replace(state, down=True)
    if state.where is not Where.TALKING:
        return state, []
    if state.persona.transfer and event.is_open:
        say = f"{_say(state, Phrase.ENGINE_DOWN)} {_say(state, Phrase.TRANSFERRING)}"
        return _connect(state, ConnectPerson(state.persona.transfer, "", state.language, say), now)
    return _record(state, Phrase.ENGINE_DOWN, now)


def _record(state: AnsweringState, why: Phrase, now: float) -> Step:
    say = f"{_say(state, why)} {_say(state, Phrase.MESSAGE_PLEASE)}"
    state = replace(state, where=Where.MESSAGE, message=RecordMessage(say, state.language))
    return _away(state, Wait(now + STREAM_S, HUNG_UP))


def _forced(state: AnsweringState, event: EndForced, _now: float) -> Step:
    """Who is with a person stays there, and that is how our part of the call ended; unless all of it is to end."""
    if event.cut:
        ended, effects = _end(state, event.outcome)
        return ended, [*effects, TakeDown()]
    with_person = state.where is Where.PERSON and not state.down
    outcome = Outcome(Result.AGENT, f"with a person, and {event.outcome.reason}") if with_person else event.outcome
    return _end(state, outcome, event.say)


# ---- What the carrier tells ------------------------------------------------------------------------------------------


def _person_left(state: AnsweringState, event: PersonLeft, now: float) -> Step:
    if state.where is not Where.PERSON:
        return state, []
    if event.reached is Reached.TALKED:
        return _end(state, Outcome(Result.AGENT, "talked with a person"))
    if state.gone:
        return _end(state, HUNG_UP)
    if state.down:
        return _record(state, Phrase.NO_TRANSFER, now)
    state = replace(state, where=Where.TALKING, person=None, hops=0, wait=Wait(now + STREAM_S, HUNG_UP))
    return state, [GoOn(_missed(state))]


def _keys_pressed(state: AnsweringState, _event: KeysPressed, _now: float) -> Step:
    return _sent(state), []


def _sent(state: AnsweringState) -> AnsweringState:
    """What the leg was told to press is; a leg that is sent away for keys runs in no circles."""
    return replace(state, digits=state.digits.removeprefix(state.pressing), pressing="", hops=0)


def _missed(state: AnsweringState) -> Phrase:
    """What the assistant says when nobody was reached."""
    takes_messages = state.persona.built_in(BuiltIn.MESSAGE) is not None
    return Phrase.TRANSFER_CLOSED if takes_messages else Phrase.NO_TRANSFER


def _message_left(state: AnsweringState, event: MessageLeft, now: float) -> Step:
    if state.where is not Where.MESSAGE:
        return state, []
    state = replace(state, recordings=state.recordings + 1)
    if not event.url and not state.gone and state.recordings < MOST_RECORDINGS:
        return replace(state, wait=Wait(now + STREAM_S, HUNG_UP)), []
    left = "left a message" if event.url else "left no message"
    state = replace(state, message_url=event.url)
    return _end(state, Outcome(Result.CALLER, left), _say(state, Phrase.GOODBYE))


def _caller_left(state: AnsweringState, _event: CallerLeft, now: float) -> Step:
    """The carrier's words come in any order: what the caller left, or whether a person was reached, is yet to come."""
    if state.where in (Where.PERSON, Where.MESSAGE):
        return state if state.gone else replace(state, gone=True, wait=Wait(now + LATE_S, HUNG_UP)), []
    return _end(replace(state, gone=True), HUNG_UP)


def _say(state: AnsweringState, phrase: Phrase) -> str:
    return state.persona.say(phrase, state.language.tag)


_TAKES: dict[type, Callable[..., Step]] = {
    Waited: _waited,
    Performed: _performed,
    TalkEnded: _talk_ended,
    EngineDown: _engine_down,
    TakenOver: _taken_over,
    EndForced: _forced,
    LanguageSpoken: _spoken,
    PersonLeft: _person_left,
    KeysPressed: _keys_pressed,
    MessageLeft: _message_left,
    CallerLeft: _caller_left,
}


# ---- What the leg shall do next --------------------------------------------------------------------------------------


def ask(state: AnsweringState, now: float) -> tuple[AnsweringState, Next, list[Effect]]:
    """Asked by the carrier. Asked twice it says the same: an answer may have got lost."""
    if state.digits:
        digits = state.digits
        wait = Wait(now + STREAM_S + KEY_S * len(digits), HUNG_UP)
        return replace(state, pressing=digits, wait=None if state.over else wait), PressKeys(digits), []
    if state.over:
        return replace(state, parted=True), _goodbye(state), []
    match state.where:
        case Where.PERSON if state.person is not None:
            return replace(state, wait=Wait(now + TALK_S, HUNG_UP)), state.person, []
        case Where.MESSAGE if state.message is not None and state.hops < MAX_HOPS:
            wait = Wait(now + MESSAGE_S, HUNG_UP)
            return replace(state, wait=wait, hops=state.hops + 1), state.message, []
        case Where.MESSAGE:
            return _parted(_end(state, Outcome(Result.CALLER, "left no message"), _say(state, Phrase.GOODBYE)))
        case _:
            return _connected(state, now)


def _connected(state: AnsweringState, now: float) -> tuple[AnsweringState, Next, list[Effect]]:
    """To the assistant, unless the leg comes back again and again."""
    if state.hops >= MAX_HOPS:
        return _parted(_end(state, _CIRCLES, _say(state, Phrase.ENGINE_DOWN)))
    wait = state.wait if state.here else Wait(now + STREAM_S, _NEVER_CAME)
    return replace(state, hops=state.hops + 1, wait=wait), TalkOn(state.call_id), []


def _parted(ended: Step) -> tuple[AnsweringState, Next, list[Effect]]:
    state, effects = ended
    return replace(state, parted=True), _goodbye(state), effects


def _goodbye(state: AnsweringState) -> Next:
    if state.interpreted is not None:
        return GoOnInterpreted(state.interpreted)
    return LeaveCall(state.farewell, state.language)
