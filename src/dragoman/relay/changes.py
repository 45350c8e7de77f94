"""A change of mind in mid-call, weighed as a whole before anything is touched: all of it can be, or none is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dragoman.domain.call import CallSetup, Role
from dragoman.domain.control import Change
from dragoman.domain.language import Language
from dragoman.domain.manner import Interpreting, Manner
from dragoman.errors import Refused
from dragoman.languages import PASSTHROUGH, choose
from dragoman.ports import Engine


@dataclass(frozen=True, slots=True)
class Settled:
    """What the call is to be. `rewired` are the speakers whose lane needs another interpreter than it has; `opens`: new
    sessions with engines may be needed.
    """

    setup: CallSetup
    manner: Manner
    rewired: frozenset[Role] = frozenset()
    opens: bool = False


def settle(setup: CallSetup, manner: Manner, change: Change, engines: Sequence[Engine]) -> Settled:
    """The call as it will be after `change`; raise Refused when it cannot be carried so."""
    wanted = Settled(_setup(setup, change), _manner(manner, change))
    if wanted.manner.engine and all(engine.name != wanted.manner.engine for engine in engines):
        names = ", ".join(engine.name for engine in engines)
        raise Refused(f"there is no engine {wanted.manner.engine!r} here; there is: {names}")
    after = _wires(wanted.setup, wanted.manner.engine, engines)
    missing = [speaker for speaker, wire in after.items() if wire is None]
    if missing:
        raise Refused(_not_carried(wanted, missing))
    before = _wires(setup, manner.engine, engines)
    rewired = frozenset(speaker for speaker in Role if before[speaker] != after[speaker])
    again = wanted.manner.interpreting not in (manner.interpreting, Interpreting.OFF)
    return replace(wanted, rewired=rewired, opens=again or bool(rewired))


def engine_for(engines: Sequence[Engine], wish: str, source: Language, target: Language) -> Engine | None:
    """The engine of one direction: the wished one if it carries it, without a wish the first that does."""
    if not wish:
        return choose(engines, source, target)
    able = (engine for engine in engines if engine.capabilities.carries(source.primary, target.primary))
    return next((engine for engine in able if engine.name == wish), None)


def _setup(setup: CallSetup, change: Change) -> CallSetup:
    caller = replace(setup.caller, language=change.caller_language or setup.caller.language)
    agent = replace(setup.agent, language=change.agent_language or setup.agent.language)
    return replace(setup, caller=caller, agent=agent)


def _manner(manner: Manner, change: Change) -> Manner:
    return Manner(
        original_to_caller=change.original_to_caller or manner.original_to_caller,
        original_to_agent=change.original_to_agent or manner.original_to_agent,
        interpreting=change.interpreting or manner.interpreting,
        barge_in=change.barge_in or manner.barge_in,
        engine=manner.engine if change.engine is None else change.engine,
        recording=manner.recording if change.recording is None else change.recording,
    )


Wire = tuple[str, Language, Language]
"""What an interpreter is opened for: engine, source, target."""


def _wires(setup: CallSetup, wish: str, engines: Sequence[Engine]) -> dict[Role, Wire | None]:
    """Each speaker's wire; None where nothing carries it."""
    wires: dict[Role, Wire | None] = {}
    for speaker in Role:
        source, target = setup.party(speaker).language, setup.party(speaker.other).language
        if source.primary == target.primary:
            wires[speaker] = (PASSTHROUGH, source, target)
            continue
        engine = engine_for(engines, wish, source, target)
        wires[speaker] = None if engine is None else (engine.name, source, target)
    return wires


def _not_carried(wanted: Settled, speakers: Sequence[Role]) -> str:
    pairs = [(wanted.setup.party(one).language, wanted.setup.party(one.other).language) for one in speakers]
    ways = " nor ".join(f"{source.english} to {target.english}" for source, target in pairs)
    wish = wanted.manner.engine
    return f"{wish} does not carry {ways}" if wish else f"no engine here carries {ways}"
