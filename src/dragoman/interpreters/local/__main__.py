"""The engine's process: `python -m dragoman.interpreters.local --port 0`.

When it can take calls it prints one line of JSON (`{"ready": true, "port": ...}`) on standard output; when it cannot
start, one with `error`. It ends when its standard input ends, so it never outlives the process that started it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import socket
import sys

import structlog
import uvicorn

from dragoman.assistant_settings import AssistantSettings
from dragoman.errors import DragomanError, ModelError
from dragoman.interpreters.local.jobs import Jobs
from dragoman.interpreters.local.loading import load_parts
from dragoman.interpreters.local.mind.minds import Minds
from dragoman.interpreters.local.parts import Parts
from dragoman.interpreters.local.server.app import Doors
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.settings import environment, load

_NICE = 10
_LEVELS = {"debug": logging.DEBUG, "warning": logging.WARNING, "error": logging.ERROR}
_MESSAGE_BYTES = 24 * 1024 * 1024


def say(**line: object) -> None:
    """One line for the process that started us."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def serve(parts: Parts, listening: socket.socket, token: str, endpoint_ms: int, minds: Minds) -> None:
    """Serve until told to stop, or until standard input ends."""
    jobs = Jobs()
    doors = Doors(parts, jobs, token, endpoint_ms, minds)
    app = doors.app()
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", ws="websockets-sansio", ws_max_size=_MESSAGE_BYTES
    )
    server = uvicorn.Server(config)
    async with asyncio.TaskGroup() as tasks:
        working = (jobs.serve(), doors.rehearse(), _watch_parent(server))
        background = [tasks.create_task(one) for one in working]
        port, pairs = listening.getsockname()[1], sorted(parts.text.pairs())
        say(ready=True, port=port, pid=os.getpid(), pairs=pairs, mind=minds.name)
        await server.serve(sockets=[listening])
        for task in background:
            task.cancel()
    await minds.aclose()


async def _watch_parent(server: uvicorn.Server) -> None:
    """Stop when standard input ends: whoever started us is gone."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(4096):
        pass
    server.should_exit = True
    server.force_exit = True


def main() -> int:
    """Exit code 0 = ended as asked, 2 = could not start."""
    options = argparse.ArgumentParser(prog="python -m dragoman.interpreters.local", description=__doc__)
    options.add_argument("--port", type=int, default=0, help="0 = any free port")
    options.add_argument("--host", default="127.0.0.1")
    given = options.parse_args()
    os.nice(_NICE)
    # Standard output is for the process that started us, which reads one line of it.
    level = environment().get("DRAGOMAN_LOG_LEVEL", "info").strip().lower()
    structlog.configure(
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS.get(level, logging.INFO)),
    )
    try:
        settings = load(LocalSettings)
        minds = Minds(load(AssistantSettings))
        token = settings.token.get_secret_value()
        if not token:
            raise ModelError("DRAGOMAN_LOCAL_TOKEN: is missing. Set it to the token that clients shall bring.")
        parts = load_parts(settings)
        listening = socket.create_server((given.host, given.port), backlog=64)
        # Connections inherit it: a piece of speech does not wait for the acknowledgement of the one before.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except (DragomanError, OSError) as error:
        say(ready=False, error=str(error))
        return 2
    try:
        asyncio.run(serve(parts, listening, token, settings.endpoint_ms, minds))
    finally:
        parts.text.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
