"""`dragoman demo`: sets the stage, shows the captions as they come, prints what came of it."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import httpx2
import numpy as np
from cyclopts import App, Parameter
from rich.console import Console
from rich.markup import escape

from dragoman.app import Serving
from dragoman.cli.demo import report, stage
from dragoman.cli.demo.turns import Turn, on_the_line, recorded, said, shipped
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import Role
from dragoman.errors import UpstreamError
from dragoman.observe import log
from dragoman.settings import environment

CALLER_LANGUAGE = "es"
LAST_CAPTIONS_S = 0.3
WIDTH = 150
COLOURS = {"caller": "cyan", "agent": "yellow"}


demo_app = App(name="demo", help="Carry a whole interpreted call on this machine, no account needed.")


@demo_app.default
def demo(
    *,
    say: Annotated[Sequence[str], Parameter(help="a sentence of your own, in either language (or `en: ...`)")] = (),
    wav: Annotated[Sequence[Path], Parameter(help="a recording of your own (`agent:FILE` for the agent)")] = (),
    live: Annotated[bool, Parameter(help="keep the call running; Ctrl-C hangs up")] = False,
    output: Annotated[Path, Parameter(help="where the recordings and the transcript go")] = Path("out/demo"),
) -> int:
    """Carry a whole interpreted call on this machine: real speech, an emulated telephone network, no account needed."""
    return asyncio.run(_demo(_console(), environment(), say, wav, live=live, output=output))


def _console() -> Console:
    """Wide enough for the table where the output is no terminal."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH)


async def _demo(
    console: Console, env: Mapping[str, str], say: Sequence[str], wav: Sequence[Path], *, live: bool, output: Path
) -> int:
    log.configure(json=False, level=env.get("DRAGOMAN_LOG_LEVEL", "error"))
    console.print("Starting the server, the emulated telephone network and the speech engine ...")
    async with stage.opened(env, CALLER_LANGUAGE) as opened:
        for line in opened.app.notes:
            console.print(escape(line))
        async with asyncio.TaskGroup() as tasks:
            captions = tasks.create_task(_captions(console, opened.panel_url))
            turns = await _turns(opened.app, say, wav)
            performance = await stage.perform(opened, turns, until=_interrupted() if live else None)
            await asyncio.sleep(LAST_CAPTIONS_S)
            captions.cancel()
    written = report.write(output, performance)
    good = report.show(console, performance)
    console.print("written: " + ", ".join(str(path) for path in written))
    return 0 if good == len(performance.played) else 1


def _interrupted() -> asyncio.Event:
    """Set by Ctrl-C: the caller then hangs up after the turn under way."""
    interrupted = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted.set)
    return interrupted


async def _turns(app: Serving, say: Sequence[str], wav: Sequence[Path]) -> list[Turn]:
    """The shipped turns, with the user's own before the last one."""
    languages = {Role.CALLER: CALLER_LANGUAGE, Role.AGENT: app.book.agent.primary}

    async def voice(text: str, language: str, name: str) -> bytes:
        announcer, speaker = app.engines.announcer, app.book.find(language)
        spoken = None
        if announcer is not None and speaker is not None:
            spoken = await announcer.render(text, replace(speaker, voice=name), AudioFormat.PCM16_24K)
        if spoken is None:
            raise UpstreamError(f"--say: this engine cannot speak {language}. Give a recording with --wav instead.")
        return on_the_line(np.frombuffer(spoken, np.int16), AudioFormat.PCM16_24K.rate_hz)

    own = [await said(text, languages, voice) for text in say]
    own += [recorded(path, languages) for path in wav]
    turns = shipped()
    return [*turns[:-1], *own, turns[-1]]


async def _captions(console: Console, url: str) -> None:
    """Follow the call as an agent's panel does: server-sent events, by token."""
    async with httpx2.AsyncClient(timeout=None, trust_env=False) as client, client.stream("GET", url) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if line.startswith("data:"):
                _print_caption(console, json.loads(line.removeprefix("data:")))


def _print_caption(console: Console, caption: Mapping[str, object]) -> None:
    if not caption.get("final"):
        return
    who = str(caption["role"])
    source = caption["side"] == "source"
    text = escape(str(caption["text"]))
    arrow = f"{who:>7} says " if source else f"{'':>7}    -> "
    style = COLOURS.get(who, "")
    flags = escape(" ".join(f"[{flag}]" for flag in caption.get("flags") or ()))  # type: ignore[attr-defined]
    console.print(f"[{style}]{arrow}[/{style}]({caption['language']}) {text} {flags}", highlight=False)
