"""`dragoman doctor`: looks inside, then outside, and prints a line for each thing."""

from __future__ import annotations

import asyncio

from cyclopts import App
from rich.console import Console

from dragoman.cli.doctor.findings import Verdict, show
from dragoman.cli.doctor.inside import look_inside
from dragoman.cli.doctor.outside import look_outside
from dragoman.observe import log
from dragoman.settings import environment

doctor_app = App(name="doctor", help="Check that everything is in place, and say what to do where it is not.")


@doctor_app.default
def doctor() -> int:
    """Check settings, weights, PUBLIC_URL, the OpenAI key and the Twilio account; nothing is changed anywhere.

    The exit code is 1 when something is wrong.
    """
    console = Console()
    log.configure(json=False, level="error")
    found, findings = look_inside(environment())
    for finding in findings:
        show(console, finding)
    outside = asyncio.run(look_outside(found))
    for finding in outside:
        show(console, finding)
    bad = sum(1 for one in (*findings, *outside) if one.verdict is Verdict.WRONG)
    ready = "Ready for browsers." if found.browsers_alone else "Ready for calls."
    console.print(f"{bad} things are wrong." if bad else ready, style="bold red" if bad else "bold green")
    return 1 if bad else 0
