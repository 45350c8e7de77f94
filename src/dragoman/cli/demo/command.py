"""`dragoman demo`: sets the stage, shows the captions as they come, prints what came of it."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import httpx2
import numpy as np
from cyclopts import App, Parameter, validators
from rich.console import Console

from dragoman.app import Serving
from dragoman.cli.demo import printed, report, stage
from dragoman.cli.demo.assistant.run import AssistantWishes
from dragoman.cli.demo.assistant.run import perform as answered
from dragoman.cli.demo.turns import Turn, on_the_line, recorded, said, shipped
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import Role
from dragoman.domain.ear import OriginalMode
from dragoman.errors import SettingsError, UpstreamError
from dragoman.observe import log
from dragoman.settings import environment

CALLER_LANGUAGE = "es"
LAST_CAPTIONS_S = 2.0
WIDTH = 150
SHIPPED_TURNS = 8
OUTPUT = Path("out/demo")


demo_app = App(name="demo", help="Carry a whole interpreted call on this machine, no account needed.")


@demo_app.default
def demo(
    *,
    say: Annotated[
        Sequence[str], Parameter(help="a sentence of your own, in either language (or `es: ...`, `agent: ...`)")
    ] = (),
    wav: Annotated[Sequence[Path], Parameter(help="a recording of your own (`agent:FILE` for the agent)")] = (),
    turns: Annotated[
        int,
        Parameter(validator=validators.Number(gte=0, lte=SHIPPED_TURNS), help="so many of the shipped turns are said"),
    ] = SHIPPED_TURNS,
    original: Annotated[
        OriginalMode | None,
        Parameter(help="the other's own voice beside the interpreter's (default: DRAGOMAN_ORIGINAL, or off)"),
    ] = None,
    live: Annotated[bool, Parameter(negative="", help="keep the call running; Ctrl-C hangs up")] = False,
    output: Annotated[
        Path | None,
        Parameter(help="where recordings and transcript go (default: out/demo, or out/assistant-LANG)"),
    ] = None,
    assistant: Annotated[
        bool, Parameter(negative="", help="an assistant answers the call, and nobody interprets")
    ] = False,
    lang: Annotated[str | None, Parameter(help="with --assistant: what caller and assistant speak, ja or en")] = None,
    rehearse: Annotated[
        bool,
        Parameter(help="with --assistant: the embedded voices first speak what will surely be said (30 s)"),
    ] = True,
) -> int:
    """Carry a whole call on this machine: real speech, an emulated telephone network, no account needed.

    The call is interpreted, or with --assistant answered by an assistant. --say and --wav may be given several times.
    The exit code is 1 when a turn was not interpreted, or a question not answered.
    """
    env = environment()
    console = _console(env)
    if assistant:
        _only_interpreted({"--wav": wav, "--original": original, "--live": live})
        return asyncio.run(answered(console, env, replace(_asked(lang or "en", say, turns, output), rehearse=rehearse)))
    _only_assistants({"--lang": lang})
    wishes = Wishes(tuple(say), tuple(wav), live, output or OUTPUT, turns, original)
    return asyncio.run(perform(console, env, wishes))


def _asked(language: str, say: Sequence[str], turns: int, output: Path | None) -> AssistantWishes:
    return AssistantWishes(language, tuple(say), turns, output or Path(f"out/assistant-{language}"))


def _only_interpreted(given: Mapping[str, object]) -> None:
    """Raise SettingsError for an option that an assistant's call has no use for."""
    for name in (name for name, value in given.items() if value):
        raise SettingsError([f"{name}: is for an interpreted call. Leave it out, or --assistant."])


def _only_assistants(given: Mapping[str, object]) -> None:
    """The same the other way round."""
    for name in (name for name, value in given.items() if value):
        raise SettingsError([f"{name}: is for an assistant's call. Add --assistant, or leave it out."])


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked for."""

    say: tuple[str, ...] = ()
    wav: tuple[Path, ...] = ()
    live: bool = False
    output: Path = OUTPUT
    turns: int = SHIPPED_TURNS
    original: OriginalMode | None = None

    def check(self) -> None:
        """Raise SettingsError for what cannot be, before the call and not after it."""
        if not (self.turns or self.say or self.wav):
            raise SettingsError(
                ["--turns 0 leaves nothing to say: give a sentence with --say, or --wav and a recording."]
            )
        try:
            self.output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                [f"--output {self.output}: {error.strerror}. Name a folder that can be written."]
            ) from None


def _console(env: Mapping[str, str]) -> Console:
    """Wide enough for the table where the output is no terminal and COLUMNS does not say how wide it is."""
    console = Console()
    return console if console.is_terminal or "COLUMNS" in env else Console(width=WIDTH)


async def perform(console: Console, env: Mapping[str, str], wishes: Wishes) -> int:
    """The whole demo; the exit code."""
    log.configure(json=False, level=env.get("DRAGOMAN_LOG_LEVEL", "error"))
    wishes.check()
    if wishes.original is not None:
        env = {**env, "DRAGOMAN_ORIGINAL": wishes.original.value}
    console.print("Starting the server, the emulated telephone network and the speech engine ...")
    async with stage.opened(env, CALLER_LANGUAGE) as opened:
        for line in opened.app.notes:
            console.print(line, markup=False, highlight=False)
        until = _interrupted() if wishes.live else None
        if until is not None:
            console.print("The call goes on until you press Ctrl-C.", style="bold")
        async with asyncio.TaskGroup() as tasks:
            captions = tasks.create_task(_captions(console, opened.panel_url))
            turns = await _turns(opened.app, wishes)
            performance = await stage.perform(opened, turns, until)
            await asyncio.wait({captions}, timeout=LAST_CAPTIONS_S)
            captions.cancel()
    written = report.write(wishes.output, performance)
    printed.show(console, performance)
    console.print("written: " + ", ".join(str(path) for path in written), markup=False, highlight=False)
    return 0 if performance.interpreted_turns == len(performance.played) else 1


def _interrupted() -> asyncio.Event:
    """Set by Ctrl-C: the caller then hangs up."""
    interrupted = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted.set)
    return interrupted


async def _turns(app: Serving, wishes: Wishes) -> list[Turn]:
    """The shipped turns, or the first of them, with the user's own before the last one."""
    languages = {Role.CALLER: CALLER_LANGUAGE, Role.AGENT: app.book.agent.primary}

    async def voice(text: str, language: str, name: str) -> bytes:
        announcer, speaker = app.engines.announcer, app.book.find(language)
        spoken = None
        if announcer is not None and speaker is not None:
            spoken = await announcer.render(text, replace(speaker, voice=name), AudioFormat.PCM16_24K)
        if spoken is None:
            raise UpstreamError(f"--say: this engine cannot speak {language}. Give a recording with --wav instead.")
        return on_the_line(np.frombuffer(spoken, np.int16), AudioFormat.PCM16_24K.rate_hz)

    own = [await said(text, languages, voice) for text in wishes.say]
    own += [recorded(path, languages) for path in wishes.wav]
    turns = shipped()[: wishes.turns]
    return [*turns[:-1], *own, *turns[-1:]]


async def _captions(console: Console, url: str) -> None:
    """Follow the call as an agent's panel does: server-sent events, by token."""
    async with httpx2.AsyncClient(timeout=None, trust_env=False) as client:
        try:
            async with client.stream("GET", url) as answer:
                answer.raise_for_status()
                async for line in answer.aiter_lines():
                    if line.startswith("data:"):
                        printed.show_caption(console, json.loads(line.removeprefix("data:")))
        except httpx2.HTTPError as error:
            console.print(f"The captions broke off ({type(error).__name__}).", style="red", highlight=False)
