"""`dragoman demo --assistant`: sets the stage, shows the captions as they come, prints what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console

from dragoman.cli.demo.assistant import printed, questions, report, stage
from dragoman.cli.demo.assistant.questions import Script
from dragoman.cli.demo.assistant.stage import Stage
from dragoman.cli.demo.turns import on_the_line
from dragoman.domain.audio import AudioFormat
from dragoman.errors import SettingsError, UpstreamError
from dragoman.languages import language_of
from dragoman.observe import log

SHIPPED_QUESTIONS = 3


@dataclass(frozen=True, slots=True)
class AssistantWishes:
    """What the user asked for: `most` of the shipped questions, then those of `say`; `rehearse`: as a server has that
    runs for a while.
    """

    language: str
    say: tuple[str, ...] = ()
    most: int = SHIPPED_QUESTIONS
    output: Path = Path("out/assistant")
    rehearse: bool = True

    def check(self) -> None:
        """Raise SettingsError for what cannot be, before the call and not after it."""
        if not (self.most or self.say):
            raise SettingsError(["--turns 0 leaves nothing to ask: give a question with --say."])
        try:
            self.output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = f"--output {self.output}: {error.strerror}. Name a folder that can be written."
            raise SettingsError([reason]) from None


async def perform(console: Console, env: Mapping[str, str], wishes: AssistantWishes) -> int:
    """The whole demo in one language; the exit code."""
    log.configure(json=False, level=env.get("DRAGOMAN_LOG_LEVEL", "error"))
    wishes.check()
    console.print("Starting the server, the emulated telephone network and the speech engine ...")
    async with stage.opened(env, wishes.language, wishes.output / "messages.jsonl") as opened:
        for line in opened.app.assistants.notes:
            console.print(line, markup=False, highlight=False)
        script = await _script(opened, wishes)
        if wishes.rehearse and opened.app.assistants.embedded:
            console.print("The embedded voices rehearse, once for each start of the server ...")
        await stage.ready(opened, wishes.language, rehearse=wishes.rehearse)
        console.print(f"The caller dials, and speaks {_name(wishes.language)}.\n", highlight=False)
        performance = await stage.perform(opened, script, partial(printed.show_caption, console))
    written = report.write(wishes.output, performance)
    printed.show(console, performance)
    console.print("written: " + ", ".join(str(path) for path in written), markup=False, highlight=False)
    return 0 if performance.good else 1


async def _script(opened: Stage, wishes: AssistantWishes) -> Script:
    """What the caller says, in a voice that is not the assistant's."""
    announcer, language = opened.app.engines.announcer, language_of(wishes.language)

    async def voice(text: str, name: str) -> bytes:
        spoken = None
        if announcer is not None:
            spoken = await announcer.render(text, replace(language, voice=name), AudioFormat.PCM16_24K)
        if spoken is None:
            raise UpstreamError(f"nothing here can speak the caller's {language.english}")
        return on_the_line(np.frombuffer(spoken, np.int16), AudioFormat.PCM16_24K.rate_hz)

    return await questions.script(wishes.language, wishes.most, wishes.say, voice)


def _name(tag: str) -> str:
    return language_of(tag).english
