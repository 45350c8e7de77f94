"""`dragoman serve`: the production command."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping

import structlog
import uvloop
from cyclopts import App

from dragoman.app import serving
from dragoman.app_settings import LogForm
from dragoman.browser_alone import completed
from dragoman.cli import open_files
from dragoman.observe import log
from dragoman.sections import read_settings
from dragoman.settings import environment

serve_app = App(name="serve", help="Serve calls. Settings come from the environment and .env (docs/configuration.md).")


@serve_app.default
def serve(*, tls: str = "") -> int:
    """Serve until SIGTERM or SIGINT; then take no new calls, and stop when the running ones are over.

    Parameters
    ----------
    tls:
        Serve over HTTPS: `self-signed`, or two PEM files `CERT,KEY` (docs/howto/https.md).
    """
    env = completed(environment(), tls=bool(tls))
    settings = read_settings(env).app
    log.configure(json=settings.log is LogForm.JSON, level=settings.log_level.value, pii=settings.log_pii)
    open_files.take_all()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(env, tls))


async def _serve(env: Mapping[str, str], tls: str) -> int:
    asked = asked_to_stop()
    logger = structlog.get_logger()
    async with serving(env, tls=tls) as app:
        for note in app.notes:
            logger.info(note)
        await asked.wait()
        logger.info("draining", calls=len(app.calls.calls()))
    return 0


def asked_to_stop() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, _stop, asked)
    return asked


def _stop(asked: asyncio.Event) -> None:
    """The first signal drains; the second one ends the process at once."""
    if asked.is_set():
        sys.exit(130)
    asked.set()
