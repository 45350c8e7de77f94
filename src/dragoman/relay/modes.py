"""How lanes are wired for each mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallSetup, Role
from dragoman.domain.control import original_heard_by
from dragoman.domain.language import Glossary, Language
from dragoman.domain.manner import AS_USUAL, Manner
from dragoman.languages import PASSTHROUGH
from dragoman.ports import Engine, Exchange, Rank, Wanted
from dragoman.relay.changes import engine_for
from dragoman.relay.ear_plan import USUAL_EAR, EarPlan
from dragoman.relay.lane_plan import LanePlan
from dragoman.relay.same_speech import SameSpeech
from dragoman.relay.spoken_language import SpokenLanguage


@dataclass(frozen=True, slots=True)
class Wiring:
    """A lane's plan and the engine behind it; no engine where the original goes straight across.

    `below`: how it is wired with each engine that is tried when this one fails, in order.
    """

    plan: LanePlan
    engine: Engine | None
    below: tuple[Wiring, ...] = ()

    @property
    def rungs(self) -> tuple[Wiring, ...]:
        """This one and those below it; none where no engine is needed."""
        return () if self.engine is None else (self, *self.below)


def interpreted_call(
    setup: CallSetup,
    engines: Sequence[Engine],
    manner: Manner = AS_USUAL,
    ear: EarPlan = USUAL_EAR,
    spare: Sequence[Engine] = (),
) -> tuple[Wiring, Wiring] | None:
    """Two lanes, caller to agent and agent to caller; None when the engines do not carry the languages both ways.

    `ear` is how both ears are served, but for the original voice, which `manner` says. `spare` engines are tried only
    when the others fail.
    """
    lanes = [_lane(setup, role, engines, manner, ear, spare) for role in (Role.CALLER, Role.AGENT)]
    if lanes[0] is None or lanes[1] is None:
        return None
    return lanes[0], lanes[1]


def _lane(
    setup: CallSetup, role: Role, engines: Sequence[Engine], manner: Manner, ear: EarPlan, spare: Sequence[Engine]
) -> Wiring | None:
    source, target = setup.party(role).language, setup.party(role.other).language
    if source.primary == target.primary:
        return Wiring(_plan(setup, role, None, manner, ear), None)
    engine = engine_for(engines, manner.engine, source, target)
    if engine is None:
        return None
    others = (
        one
        for one in (*engines, *spare)
        if one is not engine and one.capabilities.carries(source.primary, target.primary)
    )
    below = tuple(Wiring(_plan(setup, role, one, manner, ear), one) for one in others)
    return Wiring(_plan(setup, role, engine, manner, ear), engine, below)


def room_lane(
    source: Language,
    target: Language,
    engines: Sequence[Engine],
    spare: Sequence[Engine] = (),
    *,
    both_ways: bool = False,
) -> Wiring | None:
    """A lane from one party of a room to all who listen in another language; None when no engine carries it.

    Each listener's own ear keeps the time, and waits for its turn: the lane's gives all out at once. `both_ways`: what
    is said in `target` goes back into `source`, by one interpreter.
    """
    every = (*engines, *spare)
    if both_ways:
        every = tuple(engine for engine in every if goes_both_ways(engine, source, target))
    first = engine_for(every, "", source, target)
    if first is None:
        return None
    others = (one for one in every if one is not first and one.capabilities.carries(source.primary, target.primary))
    below = tuple(Wiring(_room_plan(source, target, one), one) for one in others)
    return Wiring(_room_plan(source, target, first), first, below)


def goes_both_ways(engine: Engine | None, one: Language, other: Language) -> bool:
    """Whether one of its interpreters serves two who speak these languages into one microphone."""
    if engine is None or not engine.capabilities.both_ways:
        return False
    carries = engine.capabilities.carries
    return carries(one.primary, other.primary) and carries(other.primary, one.primary)


def _room_plan(source: Language, target: Language, engine: Engine) -> LanePlan:
    return LanePlan(
        source=Role.CALLER,
        source_language=source.tag,
        target_language=target.tag,
        sink_format=AudioFormat.PCM16_24K,
        source_format=AudioFormat.PCM16_24K,
        engine=engine.name,
        names_utterances=engine.capabilities.takes_turns,
        ear=EarPlan(lag_target_ms=0, paced=False),
    )


def _plan(setup: CallSetup, role: Role, engine: Engine | None, manner: Manner, ear: EarPlan) -> LanePlan:
    source, target = setup.party(role).language, setup.party(role.other).language
    return LanePlan(
        source=role,
        source_language=source.tag,
        target_language=target.tag,
        sink_format=setup.format(role.other),
        source_format=setup.format(role),
        engine=PASSTHROUGH if engine is None else engine.name,
        passthrough=engine is None,
        opening_gate=role is Role.AGENT and setup.route.via.queued,
        names_utterances=engine is not None and engine.capabilities.takes_turns,
        barge_in=manner.barge_in,
        ear=replace(ear, original=original_heard_by(role.other, manner)),
    )


def same_speech(plan: LanePlan, rank: Rank | None) -> SameSpeech | None:
    """What finds speech that is in the listener's language already; None where nothing can rank languages.

    And None for an engine that takes turns: it says such speech once more itself.
    """
    source, target = plan.source_language.split("-")[0], plan.target_language.split("-")[0]
    if rank is None or source == target or plan.names_utterances:
        return None
    judge = SpokenLanguage(source, target, rank)
    return SameSpeech(judge, sink_format=plan.sink_format, source_format=plan.source_format)


def wanted(
    setup: CallSetup,
    speaker: Role,
    glossary: Glossary,
    safety_id: Callable[[str], str],
    recent: tuple[Exchange, ...] = (),
) -> Wanted:
    """What the interpreter of `speaker`'s lane is opened for; `recent` is what was said last, oldest first."""
    source, target = setup.party(speaker), setup.party(speaker.other)
    return Wanted(
        call_id=setup.call_id,
        speaker=speaker,
        source=source.language,
        target=target.language,
        source_format=setup.format(speaker),
        sink_format=setup.format(speaker.other),
        glossary=glossary,
        context=(
            f"A phone call. The {speaker.value} speaks {source.language.english}. "
            f"The {speaker.other.value}, who listens, understands {target.language.english} only."
        ),
        safety_id=safety_id(source.address),
        recent=recent,
    )
