"""The scenes with real speech: built, carried by each relay, measured."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from rich.console import Console

from bench.ear import live, speech
from bench.ear.live import Capture
from bench.ear.live_figures import figures, refused
from bench.ear.report import NAIVE, OURS, Row
from bench.ear.speech import Sentences, Talk
from bench.ear.tapped import TappedEngine
from dragoman import providers
from dragoman.domain.call import Role
from dragoman.interpreters.local.process import LocalProcess
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.settings import load

Keep = Callable[[Mapping[Role, bytes], str], None]
"""Takes what both ears heard, and a name for it."""

TALKS: Final[dict[str, Callable[[Sentences, int], Talk]]] = {
    "monologue": speech.monologue,
    "two-sided": speech.two_sided,
}
CARRIED: Final = {OURS: live.ours, NAIVE: live.naive}


def rows(console: Console, names: Sequence[str], relays: Sequence[str], length_ms: int, keep: Keep) -> list[Row]:
    """Each talk through each relay, one after the other: they would take the engine's time from each other."""
    settings = load(LocalSettings)
    with console.status("People think of what to say"):
        sentences = Sentences(speech.voices(settings))
        talks = {name: TALKS[name](sentences, length_ms) for name in names}
    found: list[Row] = []
    for name, talk in talks.items():
        for relay in relays:
            with console.status(f"{talk.name} through {relay}: about {talk.length_ms / 1000:.0f} s and more"):
                capture = asyncio.run(_carried(talk, relay, settings))
            measured = figures(capture)
            about = f"{talk.about}; the engine said nothing of {refused(capture)} utterances"
            found.append(Row(talk.name, about, relay, measured))
            keep(capture.ears, f"{name}-speech-{relay}")
            console.print(
                f"{talk.name}, {relay}: {measured.phrases} utterances to hear, {refused(capture)} unanswered."
            )
    return found


async def _carried(talk: Talk, relay: str, settings: LocalSettings) -> Capture:
    """By an engine that is started for it."""
    process = LocalProcess(settings)
    running = await process.start()
    try:
        return await CARRIED[relay](talk, TappedEngine(providers.local_engine(running, time.monotonic)))
    finally:
        await process.stop()
