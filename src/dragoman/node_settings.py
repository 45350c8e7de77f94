"""The settings of this process among others: its name, where its calls outlive it, how it stops."""

from __future__ import annotations

import platform
from pathlib import Path

from pydantic import field_validator

from dragoman.settings import Section, named

OFF = "off"


class NodeSettings(Section):
    """How a process starts and stops, and what it leaves to the next one."""

    database: str = named(
        "DRAGOMAN_DATABASE",
        default="",
        help="where living calls are kept so that a restart finds them: a file, a database's URL as SQLAlchemy has "
        "it (sqlite:///..., postgresql+psycopg://...), or off; not set: a file in the user's state folder",
    )
    state_home: Path | None = named("XDG_STATE_HOME", default=None, help="the user's state folder (~/.local/state)")
    node: str = named(
        "DRAGOMAN_NODE",
        default="",
        help="the name of this process among those that share a database; a restart keeps it, and no two that live at "
        "once may have the same; not set: host and port",
    )
    drain_s: float = named(
        "DRAGOMAN_DRAIN_S",
        default=3600.0,
        help="how long running calls may go on after SIGTERM before they are handed back to whoever answers the public "
        "address then, 0 to 86400 seconds",
    )
    listen_fds: int = named(
        "LISTEN_FDS",
        default=0,
        help="set by systemd: 1 when it hands over the socket to listen on (API_PORT is idle then)",
    )
    listen_pid: int = named("LISTEN_PID", default=0, help="set by systemd: the process that LISTEN_FDS is meant for")

    @field_validator("drain_s")
    @classmethod
    def _drain_ends(cls, value: float) -> float:
        if not 0 <= value <= 86400:
            raise ValueError("is not between 0 and 86400")
        return value

    @field_validator("node")
    @classmethod
    def _node_is_short(cls, value: str) -> str:
        if len(value) > 200:
            raise ValueError("is longer than 200 characters")
        return value.strip()

    @property
    def database_url(self) -> str | None:
        """Of the store of living calls; None where there is to be none."""
        given = self.database.strip()
        if given.lower() == OFF:
            return None
        if "://" in given:
            return given
        file = Path(given).expanduser() if given else self.state_folder / "calls.sqlite"
        return f"sqlite:///{file.absolute()}"

    @property
    def state_folder(self) -> Path:
        """Where this process keeps what outlives it."""
        home = self.state_home if self.state_home is not None else Path.home() / ".local" / "state"
        return home.expanduser() / "dragoman"

    def name(self, port: int) -> str:
        """This process's name: that of the one which served this port of this host before."""
        return self.node or f"{platform.node()}:{port}"
