"""Walks the call machine through everything that can happen, and prints it: `docs/call-states.md`."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dragoman.domain.call import (
    CONSENT_KEY,
    NO_OPENING,
    Accepted,
    AgentRoute,
    AgentVia,
    CallId,
    CallSetup,
    DialFailed,
    Dialled,
    EndAsked,
    LanguageChosen,
    LegEnded,
    Length,
    Notice,
    Opening,
    Party,
    QueueMoved,
    Role,
    TaskKnown,
)
from dragoman.domain.control import PersonAsked
from dragoman.domain.effects import CallEffect
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.outcome import DialFailure, Outcome, Result
from dragoman.relay.call_machine import (
    LANGUAGE_KEY,
    TABLE,
    CallState,
    Event,
    FellSilent,
    GivenUp,
    Joined,
    LadderEnded,
    Left,
    NoKey,
    NoticeFailed,
    NoticeHeard,
    Pressed,
    State,
    StillAway,
    WaitingLong,
    begin,
    step,
)

_SPANISH = Language(LanguageTag("es"), "Español", "Spanish", "es-MX")
_ENGLISH = Language(LanguageTag("en"), "English", "English", "en-US")

_MEANING = {
    State.RINGING: "The first party is not ready yet.",
    State.CONNECTING: "The first party waits: the other one is being fetched, or somebody has yet to agree.",
    State.CHOOSING: "The caller went back to the language menu while waiting.",
    State.INTERPRETING: "Both accepted, and agreed where they must: the interpreters are open.",
    State.OVER: "The outcome stands; legs that ask are told good-bye.",
}

_CALLER_AGREES = Opening(Length.FULL, Length.SHORT, consent=frozenset({Role.CALLER}))
_TOLD = ((AgentVia.FLEX_SIP, Role.CALLER), (AgentVia.DIRECT, Role.AGENT), (AgentVia.BROWSER, Role.CALLER))
DIAL_TRIES = 2
_PERSON = "client:somebody"
_OPENINGS = (_CALLER_AGREES, replace(_CALLER_AGREES, voiced=frozenset()))


@dataclass(frozen=True, slots=True)
class Walked:
    """One step of the machine from a state that can be reached."""

    before: CallState
    event: Event
    after: CallState
    effects: tuple[CallEffect, ...]


def setups() -> list[CallSetup]:
    """One call of each kind: who is first on the line, how the agent is reached, what is told and asked before.

    Who asks for a person reaches one in the calls of which something is told before.
    """
    browser = _setup(AgentVia.BROWSER, Role.CALLER)
    elsewhere = replace(browser, otherwise=AgentRoute(AgentVia.DIRECT, ""))
    return [elsewhere, *(_setup(via, first) for via in AgentVia for first in Role)] + [
        _setup(via, first, opening, _PERSON) for via, first in _TOLD for opening in _OPENINGS
    ]


def _setup(via: AgentVia, first: Role, opening: Opening = NO_OPENING, person: str = "") -> CallSetup:
    caller, agent = Party(Role.CALLER, _SPANISH), Party(Role.AGENT, _ENGLISH)
    id_of_first = "CA1" if first is Role.CALLER else ""
    route = AgentRoute(via, "")
    return CallSetup(CallId("call"), caller, agent, route, first, id_of_first, opening=opening, person=person)


def alphabet() -> list[Event]:
    """Every event that can happen to a call, with every value that makes a difference."""
    events: list[Event] = [
        LanguageChosen(_SPANISH),
        LadderEnded(),
        QueueMoved(3),
        WaitingLong(),
        TaskKnown("late"),
        Pressed(Role.CALLER, LANGUAGE_KEY),
        Pressed(Role.CALLER, CONSENT_KEY),
    ]
    events.append(Pressed(Role.CALLER, "5"))
    events += [EndAsked(Outcome(Result.US, "asked"), notice) for notice in (None, Notice.LIMIT)]
    for role in Role:
        events += [Joined(role), Left(role, clean=True), Left(role, clean=False), GivenUp(role)]
        events += [FellSilent(role), StillAway(role)]
        events += [Accepted(role, "by"), Dialled(role, "CA2"), LegEnded(role), LegEnded(role, carrier_call="CA-other")]
        events += [DialFailed(role, failure) for failure in DialFailure]
        events += [PersonAsked(role), NoKey(role), NoticeHeard(role, Notice.CONSENT, whole=True)]
        events += [NoticeFailed(role, notice) for notice in (Notice.ANNOUNCE, Notice.CONSENT, Notice.REPEAT)]
    return events


def walk(setup: CallSetup) -> Iterator[Walked]:
    """Every step from every state that `setup` can reach. A contact centre's task is known from the beginning; legs
    are placed again where nobody is asked to agree (the two have nothing to do with each other, and take long).
    """
    first, _ = begin(setup, 1 if setup.opening.consent else DIAL_TRIES)
    if setup.route.via.queued:
        first = replace(first, task="task")
    seen = {_key(first)}
    waiting = deque([first])
    events = alphabet()
    while waiting:
        before = waiting.popleft()
        for event in events:
            after, effects = step(before, event)
            yield Walked(before, event, after, tuple(effects))
            if _key(after) not in seen:
                seen.add(_key(after))
                waiting.append(after)


def _key(state: CallState) -> tuple[object, ...]:
    """States that behave alike have one key: of a call that is over little matters any more, and a place in a queue
    or what was missed changes only what is told.
    """
    if state.state is State.OVER:
        return (state.state, state.joined, frozenset(state.carrier_calls))
    parties = (state.joined, state.accepted, state.away, state.dialled, frozenset(state.carrier_calls))
    words = (state.setup.route, state.farewell, state.cut, state.greeted, state.whispered, state.holding, state.outcome)
    told = (state.announced, frozenset(state.consent.items()), frozenset(state.to_say.items()))
    return (state.state, frozenset(state.tries), *parties, *words, *told)


def as_markdown(of: Sequence[CallSetup]) -> str:
    """The page about these kinds of calls: what each state means, where events lead, and what they do."""
    steps = [walked for setup in of for walked in walk(setup)]
    lines = [
        "# The states of a call",
        "",
        "Printed from `relay/call_machine.py` by walking through all that can happen to every kind of call; do not",
        "edit. `python -m dragoman.relay.call_table > docs/call-states.md` prints it anew.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> ringing",
        *_arrows(steps),
        "    over --> [*]",
        "```",
    ]
    for state in State:
        lines += ["", f"## {state.value}", "", _MEANING[state], "", *_events(state, steps)]
    return "\n".join(lines) + "\n"


def _arrows(steps: list[Walked]) -> list[str]:
    ways: dict[tuple[State, State], set[str]] = {}
    for one in steps:
        if one.before.state is not one.after.state:
            ways.setdefault((one.before.state, one.after.state), set()).add(type(one.event).__name__)
    order = list(State)
    ranked = sorted(ways, key=lambda way: (order.index(way[0]), order.index(way[1])))
    return [f"    {old.value} --> {new.value}: {', '.join(sorted(ways[old, new]))}" for old, new in ranked]


def _events(state: State, steps: list[Walked]) -> list[str]:
    done: dict[type, set[str]] = {}
    for one in steps:
        if one.before.state is state:
            done.setdefault(type(one.event), set()).update(type(effect).__name__ for effect in one.effects)
    lines = ["| Event | What it means | What may have to be done |", "|---|---|---|"]
    for event, take in TABLE[state].items():
        meaning = (take.__doc__ or "").strip().splitlines()[0]
        effects = ", ".join(sorted(done.get(event, set()))) or "nothing"
        lines.append(f"| {event.__name__} | {meaning} | {effects} |")
    return [*lines, "", "Any other event is late or repeated, and changes nothing."]


if __name__ == "__main__":
    sys.stdout.write(as_markdown(setups()))
