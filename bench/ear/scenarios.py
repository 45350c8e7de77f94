"""The scenes of issue "What the ear hears"."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from bench.ear.scenes import Scene, Turns
from bench.ear.streams import SPAN_MS, Network, Stream, richman, stalled, steady
from dragoman.domain.call import Role

CALLER, AGENT = Role.CALLER, Role.AGENT
AFTER_MS: Final = 12_000
"""What is under way when the last word was said has so long to be heard."""


def _streamed(name: str, about: str, speech_ms: int, network: Network, seed: int) -> Scene:
    """The caller speaks without waiting for anything."""
    rng = random.Random(seed)
    stream = Stream(CALLER, rng)
    at_ms = 1_000
    while at_ms < speech_ms:
        at_ms = stream.say(at_ms, rng.randint(1_800, 4_500)).ends_ms + rng.randint(250, 900)
    said, arrivals = stream.interpreted(network)
    return Scene(name, about, at_ms + AFTER_MS, False, tuple(said), {CALLER: arrivals, AGENT: ()})


def bursts() -> Scene:
    about = "84.0 s of audio in 82.8 s, bursts to 1.6 s, gaps to 1.48 s"
    return _streamed("bursts", about, round(SPAN_MS), richman, 1)


def monologue(speech_ms: int = 300_000) -> Scene:
    return _streamed("monologue", "five minutes without waiting, arriving in these bursts", speech_ms, richman, 2)


def stalls() -> Scene:
    about = "the engine sends nothing for 3 s, then all of it, three times"
    network: Network = _three_stalls
    return _streamed("engine stalls", about, 60_000, network, 3)


def _three_stalls(count: int, rng: random.Random) -> list[float]:
    times = steady(count, rng)
    for from_ms in (8_000.0, 26_000.0, 44_000.0):
        times = [max(own, held) for own, held in zip(times, stalled(from_ms, 3_000.0)(count, rng), strict=True)]
    return times


def _conversation(turns: Turns, rng: random.Random, until_ms: int) -> int:
    """Each answers as soon as (or just before) the last word is heard, and adds to it after a short pause."""
    at_ms, role = 1_000, CALLER
    while at_ms < until_ms:
        heard_ms = 0.0
        for _ in range(rng.randint(1, 3)):
            said = turns.say(role, at_ms, rng.randint(1_400, 3_600))
            assert said.interpreted is not None
            heard_ms = max(heard_ms, said.ready_ms[0]) + said.interpreted.length_ms
            at_ms = said.ends_ms + rng.randint(700, 1_100)
        at_ms = round(heard_ms) + rng.randint(-500, 300)
        role = role.other
    return at_ms


def two_sided() -> Scene:
    rng = random.Random(4)
    turns = Turns(rng)
    end_ms = _conversation(turns, rng, 75_000)
    return turns.scene("two-sided talk", "fast turns of one to three phrases", end_ms + AFTER_MS)


def overlap() -> Scene:
    """They talk over each other, phrase by phrase."""
    rng = random.Random(5)
    turns = Turns(rng)
    at_ms = {CALLER: 1_000, AGENT: 1_700}
    for _ in range(11):
        for role in Role:
            at_ms[role] = turns.say(role, at_ms[role], rng.randint(2_200, 3_400)).ends_ms + rng.randint(900, 1_300)
    return turns.scene("overlap", "both talk at the same time", max(at_ms.values()) + AFTER_MS)


def same_language() -> Scene:
    """A call between people who share a language."""
    rng = random.Random(6)
    turns = Turns(rng)
    at_ms, role = 1_000, CALLER
    while at_ms < 40_000:
        at_ms = turns.say_to_same(role, at_ms, rng.randint(1_500, 4_000)).ends_ms + rng.randint(-300, 600)
        role = role.other
    return turns.scene("same language", "both parties speak the same", at_ms + 4_000, one_language=True)


def changes_language() -> Scene:
    """The caller says every other phrase in the agent's language."""
    rng = random.Random(7)
    stream = Stream(CALLER, rng)
    at_ms = 1_000
    for number in range(12):
        say = stream.say_in_theirs if number % 2 else stream.say
        at_ms = say(at_ms, rng.randint(2_500, 3_800)).ends_ms + rng.randint(3_500, 4_000)
    said, arrivals = stream.interpreted(steady)
    about = "every other phrase is in the listener's language already"
    return Scene("changes language", about, at_ms + AFTER_MS, False, tuple(said), {CALLER: arrivals, AGENT: ()})


def speakerphones() -> Scene:
    rng = random.Random(8)
    turns = Turns(rng)
    end_ms = _conversation(turns, rng, 60_000)
    about = "both microphones hear the ear: 120 ms late, 12 dB quieter"
    return turns.scene("speakerphones", about, end_ms + AFTER_MS, speakerphones=frozenset(Role))


def all_at_once() -> Scene:
    """Ten seconds of audio in one piece, and a listener who says "hm" while hearing it."""
    rng = random.Random(9)
    turns = Turns(rng)
    at_ms = 1_000
    for _ in range(3):
        said = turns.say(CALLER, at_ms, 10_000, at_once=True)
        heard_ms = round(said.ready_ms[0])
        turns.say(AGENT, heard_ms + 3_000, 320)
        at_ms = heard_ms + 12_000
    return turns.scene("ten seconds at once", "in one piece; the listener says “hm”", at_ms + AFTER_MS)


def nothing() -> Scene:
    rng = random.Random(10)
    turns = Turns(rng)
    at_ms = 1_000
    for _ in range(4):
        at_ms = turns.say_unanswered(CALLER, at_ms, 2_500).ends_ms + 2_500
    return turns.scene("engine silent", "the engine never says anything", at_ms + 2_000)


ALL: Final[dict[str, Callable[[], Scene]]] = {
    "bursts": bursts,
    "monologue": monologue,
    "two-sided": two_sided,
    "overlap": overlap,
    "same-language": same_language,
    "changes-language": changes_language,
    "speakerphones": speakerphones,
    "stalls": stalls,
    "at-once": all_at_once,
    "nothing": nothing,
}
"""By the name that the command line takes."""
