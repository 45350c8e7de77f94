"""Apertium kept alive: the stages of a language pair as long-lived processes, cut into four chains.

Between the chains the text is in the stream format (`stream`), so that our own rules can choose words and mend
grammar where
the grammar is visible: `analyse` (text to tagged words), `look_up` (their translations), `transfer` (words of the
target
language in its order), `generate` (text). Each chain is fed one request and a NUL, and answers with a NUL ("null
flush").

Traps, all met: a request must end with a newline before its NUL or two stages keep it; text must be escaped; a stage
that died answers nothing, or an empty line, and then end of file. A dead or late chain is started again, once per
request.
"""

from __future__ import annotations

import os
import re
import select
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from dragoman.errors import DragomanError, ModelError
from dragoman.interpreters.local.stream import escape, unescape

MODES = Path("/usr/share/apertium/modes")
DEADLINE_S = 3.0
"""For one chain and one sentence; 1 ms is usual. The first answer, with the dictionaries to load, has four times
as long.
"""
LONGEST_CHARS = 2_000
"""A request must fit the pipes' buffers at every stage."""
_UNSPEAKABLE = re.compile(r"[^\w\s.,;:!?¿¡'\"’()%$€£&/º°-]|_")
"""Not said in speech, and trouble for the tools: a sentence that ends in an escaped `^` is never answered."""
_LOOSE_END = re.compile(r"[^\w.,;:!?)'\"%]+$")


class ApertiumDied(DragomanError):
    """A stage of the pipeline died or did not answer, twice."""


@dataclass(frozen=True, slots=True)
class Stages:
    """The commands of a pair, cut where our rules come in."""

    analyse: tuple[tuple[str, ...], ...]
    look_up: tuple[tuple[str, ...], ...]
    transfer: tuple[tuple[str, ...], ...]
    generate: tuple[tuple[str, ...], ...]


def installed(source: str, target: str, modes: Path = MODES) -> bool:
    """Whether the pair (ISO 639-3 names, "eng", "spa") is installed."""
    return (modes / f"{source}-{target}.mode").is_file()


def read_mode(path: Path) -> Stages:
    """The commands of a `.mode` file with null flush; raise ModelError where it is missing or of an unknown shape."""
    try:
        line = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ModelError(f"Apertium pair {path.stem} is not installed (apt-get install apertium-eng-spa)") from error
    except UnicodeDecodeError as error:
        raise ModelError(f"Apertium pair {path.stem} has a mode file that is not text") from error
    try:
        commands = [_command(stage) for stage in line.split("|")]
    except ValueError as error:
        raise ModelError(f"Apertium pair {path.stem} has a stage that is no command: {error}") from error
    programs = [command[0] for command in commands]
    try:
        analysed = programs.index("apertium-pretransfer") + 1
        looked_up = _after_last(
            programs, "lrx-proc" if "lrx-proc" in programs else "lt-proc", until="apertium-transfer"
        )
        transferred = max(_after_last(programs, one) for one in programs if one.startswith("apertium-"))
    except ValueError as error:
        raise ModelError(f"Apertium pair {path.stem} has an unknown order of stages: {' | '.join(programs)}") from error
    return Stages(
        tuple(commands[:analysed]),
        tuple(commands[analysed:looked_up]),
        tuple(commands[looked_up:transferred]),
        tuple(commands[transferred:]),
    )


def _command(stage: str) -> tuple[str, ...]:
    program, *arguments = shlex.split(stage)
    kept = ["-g" if argument == "$1" else argument for argument in arguments if argument != "$2"]
    return (program, "-z", *kept)


def _after_last(programs: list[str], wanted: str, until: str = "") -> int:
    """The place after the last `wanted` (before the last `until`)."""
    end = len(programs) - programs[::-1].index(until) - 1 if until else len(programs)
    return end - programs[:end][::-1].index(wanted)


class Chain:
    """A few stages in a row, started when first used. One request at a time: the caller sees to it."""

    def __init__(self, commands: Sequence[tuple[str, ...]], deadline_s: float = DEADLINE_S) -> None:
        self._commands = tuple(commands)
        self._deadline_s = deadline_s
        self._stages: list[subprocess.Popen[bytes]] = []

    def ask(self, line: str) -> str:
        """The chain's answer to one line (no newline, no NUL in it); raise ApertiumDied after a second failure."""
        if not self._commands:
            return line
        for _ in range(2):
            answer = self._ask_once(line.encode() + b"\n\0")
            if answer is not None:
                return answer.decode("utf-8", "replace").strip("\n")
            self.close()
        raise ApertiumDied(f"{self._commands[0][0]} and the stages after it did not answer")

    def close(self) -> None:
        """End the processes. They start again with the next request."""
        for stage in self._stages:
            stage.kill()
        for stage in self._stages:
            stage.wait()
            for pipe in (stage.stdin, stage.stdout):
                if pipe is not None:
                    pipe.close()
        self._stages = []

    @property
    def pids(self) -> tuple[int, ...]:
        return tuple(stage.pid for stage in self._stages)

    def _start(self) -> None:
        source: int = subprocess.PIPE
        for command in self._commands:
            try:
                stage = subprocess.Popen(
                    command,
                    stdin=source,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    bufsize=0,
                    env={**os.environ, "LC_ALL": "C.UTF-8"},
                    preexec_fn=_ignore_interrupt,
                )
            except OSError as error:
                self.close()
                raise ModelError(
                    f"{command[0]} cannot be started (apt-get install apertium): {error.strerror}"
                ) from error
            self._stages.append(stage)
            if len(self._stages) > 1:
                _close_ours(self._stages[-2])
            if stage.stdout is not None:
                source = stage.stdout.fileno()

    def _ask_once(self, request: bytes) -> bytes | None:
        """None when a stage is dead or late."""
        fresh = not self._stages
        if fresh:
            self._start()
        if any(stage.poll() is not None for stage in self._stages):
            return None
        write_to, read_from = self._stages[0].stdin, self._stages[-1].stdout
        if write_to is None or read_from is None:
            return None
        try:
            write_to.write(request)
        except OSError:
            return None
        ends_at = time.monotonic() + self._deadline_s * (4 if fresh else 1)
        answer = _read_to_nul(read_from.fileno(), ends_at)
        if answer is not None and not answer.strip() and request.strip(b"\n\0 "):
            return None  # an empty answer to words: a stage was killed
        return answer


def _ignore_interrupt() -> None:
    """In the child: Ctrl-C is for the owner of the chain, which then closes it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _close_ours(stage: subprocess.Popen[bytes]) -> None:
    """Our copy of a pipe between two stages must go, or the next one never sees its end."""
    if stage.stdout is not None:
        stage.stdout.close()


def _read_to_nul(fd: int, ends_at: float) -> bytes | None:
    gathered = bytearray()
    while not gathered.endswith(b"\0"):
        left_s = ends_at - time.monotonic()
        if left_s <= 0 or not select.select([fd], [], [], left_s)[0]:
            return None
        some = os.read(fd, 65_536)
        if not some:
            return None
        gathered += some
    return bytes(gathered[:-1])


class Apertium:
    """One direction, `Apertium("eng", "spa")`. Safe to share between threads; each step takes about a millisecond."""

    def __init__(self, source: str, target: str, *, modes: Path = MODES, deadline_s: float = DEADLINE_S) -> None:
        stages = read_mode(modes / f"{source}-{target}.mode")
        self._analyse = Chain(stages.analyse, deadline_s)
        self._look_up = Chain(stages.look_up, deadline_s)
        self._transfer = Chain(stages.transfer, deadline_s)
        self._generate = Chain(stages.generate, deadline_s)
        self._lock = threading.Lock()

    def __enter__(self) -> Apertium:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def analyse(self, text: str) -> str:
        """Plain text (cut at 2,000 characters) to a stream of tagged words."""
        plain = " ".join(_UNSPEAKABLE.sub(" ", text).split())[:LONGEST_CHARS]
        return self._ask(self._analyse, escape(_LOOSE_END.sub("", plain)))

    def look_up(self, stream: str) -> str:
        return self._ask(self._look_up, stream)

    def transfer(self, stream: str) -> str:
        return self._ask(self._transfer, stream)

    def generate(self, stream: str) -> str:
        """Plain text; words that are unknown or have no form are marked `*word`, `#word`."""
        return " ".join(unescape(self._ask(self._generate, stream)).split())

    def translate(self, text: str) -> str:
        """All steps without rules of ours between them."""
        return self.generate(self.transfer(self.look_up(self.analyse(text))))

    def close(self) -> None:
        with self._lock:
            for chain in self._chains:
                chain.close()

    @property
    def pids(self) -> tuple[int, ...]:
        return tuple(pid for chain in self._chains for pid in chain.pids)

    @property
    def _chains(self) -> tuple[Chain, ...]:
        return (self._analyse, self._look_up, self._transfer, self._generate)

    def _ask(self, chain: Chain, line: str) -> str:
        if not line.strip():
            return ""
        with self._lock:
            return chain.ask(line)
