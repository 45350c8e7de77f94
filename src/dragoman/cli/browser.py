"""`dragoman browser`: browser mode on this machine, with nothing set."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import socket
from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal

import uvloop
from cyclopts import App, Parameter, validators
from rich.console import Console

from dragoman import start_notes
from dragoman.app import Serving, serving
from dragoman.app_settings import AppSettings
from dragoman.browser_alone import completed, without_telephone
from dragoman.cli import open_files
from dragoman.cli.serve import asked_to_stop
from dragoman.errors import SettingsError
from dragoman.node_settings import NodeSettings
from dragoman.observe import log
from dragoman.settings import environment, variables
from dragoman.web.tls import SELF_SIGNED, own_addresses

PORT: Final = 8080
ROOMS: Final = 1000
"""The invitation is the user's own: it is not to run out."""
INVITED_S: Final = 12 * 3600.0

_OURS: Final = frozenset(
    name
    for section, fields in ((AppSettings, ("public_url", "port")), (NodeSettings, ("listen_fds", "listen_pid")))
    for field in fields
    for name in variables(section)[field]
)
"""Where a server of the user's is reached, which this one is not."""

browser_app = App(name="browser", help="Interpret in browsers, at this machine or in rooms; no account needed.")


@browser_app.default
def browser(
    *,
    port: Annotated[
        int | None,
        Parameter(
            validator=validators.Number(gte=1, lte=65535),
            help=f"the port (default: {PORT}, or a free one when it is taken)",
        ),
    ] = None,
    tls: Annotated[
        Literal["self-signed"] | None,
        Parameter(help="serve over HTTPS to phones and computers in the same network too"),
    ] = None,
) -> int:
    """Serve the page until Ctrl-C, and print a link that opens it; nothing needs to be set.

    The embedded engine interprets, or OpenAI's models where OPENAI_API_KEY is set. There is no telephone in it.
    """
    console = Console(soft_wrap=True, highlight=False, markup=False)
    addresses = own_addresses() if tls else []
    if tls and not addresses:
        raise SettingsError(["--tls: this machine has no address in a network. Leave it out."])
    env = completed(settings(environment(), port, addresses), tls=bool(tls))
    log.configure(json=False, level=env.get("DRAGOMAN_LOG_LEVEL", "warning"))
    open_files.take_all()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(console, env, tls or ""))


def settings(env: Mapping[str, str], port: int | None, addresses: Sequence[str]) -> dict[str, str]:
    """The user's settings but for their telephone and their server's address, and those of this server. `addresses`:
    this machine's, where others in its network may come.
    """
    kept = {name: value for name, value in without_telephone(env).items() if name not in _OURS}
    everywhere = "::" if addresses and ":" in addresses[0] else "0.0.0.0"
    host = kept.get("DRAGOMAN_HOST") or (everywhere if addresses else "127.0.0.1")
    made = {
        "DRAGOMAN_BROWSER_TOKEN": secrets.token_urlsafe(24),
        "DRAGOMAN_ROOMS_PER_ADDRESS": str(ROOMS),
        "DRAGOMAN_CALLS_PER_NUMBER_MINUTE": "0",
        **kept,
        "DRAGOMAN_BROWSER": "true",
        "DRAGOMAN_HOST": host,
        "API_PORT": str(port or usual_port(host)),
    }
    if addresses:
        made["PUBLIC_URL"] = f"https://{_in_url(addresses[0])}:{made['API_PORT']}"
    return made


def usual_port(host: str, usual: int = PORT) -> int:
    """`usual`, or a free one when somebody has it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in (usual, 0):
        try:
            with socket.create_server((host, port), family=family) as found:
                return int(found.getsockname()[1])
        except OSError:
            continue
    return usual  # the server says what is wrong with it


def _in_url(address: str) -> str:
    return f"[{address}]" if ipaddress.ip_address(address).version == 6 else address


async def _serve(console: Console, env: Mapping[str, str], tls: str) -> int:
    asked = asked_to_stop()
    console.print("Starting the server and the speech engine ...")
    async with serving(env, tls=tls, drain_s=0.0) as app:
        for line in told(app, env["PUBLIC_URL"], tls):
            console.print(line)
        await asked.wait()
        console.print("Stopping: rooms are closed.")
    return 0


def told(app: Serving, url: str, tls: str) -> list[str]:
    """How to begin, and what to expect."""
    lines = [
        *start_notes.engine(app.engines.choice),
        f"Languages: {app.browser.doors.spoken}.",
        "",
        "Open this in a browser:",
        f"  {url}{app.browser.invitation(ROOMS, INVITED_S)}",
        "",
    ]
    if tls:
        certificate = [note for note in app.notes if note.startswith("HTTPS with ")]
        lines += [
            "It opens on every device in this network. Browsers warn, for nobody vouches for the certificate: compare",
            "its fingerprint, and go on. A room's link and QR code lead the others here.",
            *certificate,
        ]
    else:
        lines += [
            "On this machine the microphone works at once. For phones in the same network stop this, and start it with",
            f"--tls {SELF_SIGNED} (make browser ARGS='--tls {SELF_SIGNED}').",
        ]
    return [*lines, "Ctrl-C stops it."]
