"""How lanes are wired for each mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import AgentVia, CallSetup, Role
from dragoman.domain.language import Glossary
from dragoman.languages import PASSTHROUGH, choose
from dragoman.ports import Engine, Wanted
from dragoman.relay.lane import LanePlan


@dataclass(frozen=True, slots=True)
class Wiring:
    """A lane's plan and the engine behind it; no engine where the original goes straight across."""

    plan: LanePlan
    engine: Engine | None


def interpreted_call(
    setup: CallSetup, engines: Sequence[Engine], *, forward_original: bool = False
) -> tuple[Wiring, Wiring] | None:
    """Two lanes, caller to agent and agent to caller; None when the engines do not carry the languages both ways."""
    lanes = [_lane(setup, role, engines, forward_original=forward_original) for role in (Role.CALLER, Role.AGENT)]
    if lanes[0] is None or lanes[1] is None:
        return None
    return lanes[0], lanes[1]


def _lane(setup: CallSetup, role: Role, engines: Sequence[Engine], *, forward_original: bool) -> Wiring | None:
    source, target = setup.party(role).language, setup.party(role.other).language
    passthrough = source.primary == target.primary
    engine = None if passthrough else choose(engines, source, target)
    if engine is None and not passthrough:
        return None
    plan = LanePlan(
        source=role,
        source_language=source.tag,
        target_language=target.tag,
        sink_format=AudioFormat.PCMU_8K,
        engine=PASSTHROUGH if engine is None else engine.name,
        passthrough=passthrough,
        original=forward_original,
        opening_gate=role is Role.AGENT and setup.route.via is not AgentVia.DIRECT,
        names_utterances=engine is not None and engine.capabilities.takes_turns,
    )
    return Wiring(plan, engine)


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
