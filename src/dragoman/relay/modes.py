"""How lanes are wired for each mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import AgentVia, CallSetup, Role
from dragoman.domain.control import original_heard_by
from dragoman.domain.language import Glossary
from dragoman.domain.manner import AS_USUAL, Manner
from dragoman.languages import PASSTHROUGH
from dragoman.ports import Engine, Rank, Wanted
from dragoman.relay.changes import engine_for
from dragoman.relay.ear_plan import USUAL_EAR, EarPlan
from dragoman.relay.lane_plan import LanePlan
from dragoman.relay.same_speech import SameSpeech
from dragoman.relay.spoken_language import SpokenLanguage


@dataclass(frozen=True, slots=True)
class Wiring:
    """A lane's plan and the engine behind it; no engine where the original goes straight across."""

    plan: LanePlan
    engine: Engine | None


def interpreted_call(
    setup: CallSetup, engines: Sequence[Engine], manner: Manner = AS_USUAL, ear: EarPlan = USUAL_EAR
) -> tuple[Wiring, Wiring] | None:
    """Two lanes, caller to agent and agent to caller; None when the engines do not carry the languages both ways.

    `ear` is how both ears are served, but for the original voice, which `manner` says.
    """
    lanes = [_lane(setup, role, engines, manner, ear) for role in (Role.CALLER, Role.AGENT)]
    if lanes[0] is None or lanes[1] is None:
        return None
    return lanes[0], lanes[1]


def _lane(setup: CallSetup, role: Role, engines: Sequence[Engine], manner: Manner, ear: EarPlan) -> Wiring | None:
    source, target = setup.party(role).language, setup.party(role.other).language
    passthrough = source.primary == target.primary
    engine = None if passthrough else engine_for(engines, manner.engine, source, target)
    if engine is None and not passthrough:
        return None
    plan = LanePlan(
        source=role,
        source_language=source.tag,
        target_language=target.tag,
        sink_format=AudioFormat.PCMU_8K,
        engine=PASSTHROUGH if engine is None else engine.name,
        passthrough=passthrough,
        opening_gate=role is Role.AGENT and setup.route.via is not AgentVia.DIRECT,
        names_utterances=engine is not None and engine.capabilities.takes_turns,
        barge_in=manner.barge_in,
        ear=replace(ear, original=original_heard_by(role.other, manner)),
    )
    return Wiring(plan, engine)


def same_speech(plan: LanePlan, rank: Rank | None) -> SameSpeech | None:
    """What finds speech that is in the listener's language already; None where nothing can rank languages.

    And None for an engine that takes turns: it says such speech once more itself.
    """
    source, target = plan.source_language.split("-")[0], plan.target_language.split("-")[0]
    if rank is None or source == target or plan.names_utterances:
        return None
    return SameSpeech(SpokenLanguage(source, target, rank), sink_format=plan.sink_format)


def wanted(setup: CallSetup, speaker: Role, glossary: Glossary, safety_id: Callable[[str], str]) -> Wanted:
    """What the interpreter of `speaker`'s lane is opened for."""
    source, target = setup.party(speaker), setup.party(speaker.other)
    return Wanted(
        call_id=setup.call_id,
        speaker=speaker,
        source=source.language,
        target=target.language,
        source_format=AudioFormat.PCMU_8K,
        sink_format=AudioFormat.PCMU_8K,
        glossary=glossary,
        context=(
            f"A phone call. The {speaker.value} speaks {source.language.english}. "
            f"The {speaker.other.value}, who listens, understands {target.language.english} only."
        ),
        safety_id=safety_id(source.address),
    )
