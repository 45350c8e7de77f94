"""A page on paper: our socket's other end, without a network."""

from __future__ import annotations

from dataclasses import dataclass, field

from dragoman.browser import wire
from dragoman.browser.stream_door import StreamDoor
from dragoman.browser_ports import PageSocket
from dragoman.domain.room import RoomWanted
from dragoman.ports import MediaRequest
from dragoman.tokens import Tokens
from dragoman.web.askers import Origins
from tests.fakes.paper_rooms import ENGLISH, LANGUAGES, PaperRooms

HOST = "rooms.example.com"
ORIGIN = f"https://{HOST}"
SECRET = "s" * 40
NOW = 1_800_000_000.0


def upgrade(origin: str = ORIGIN, protocols: str = wire.SUBPROTOCOL, query: str = "", host: str = HOST) -> MediaRequest:
    headers = {"host": host, "sec-websocket-protocol": protocols}
    return MediaRequest("/browser/stream", query, headers | ({"origin": origin} if origin else {}), "203.0.113.9")


@dataclass
class Lobby:
    """A door over paper rooms, one of which has a seat."""

    rooms: PaperRooms = field(default_factory=PaperRooms)
    tokens: Tokens = field(default_factory=lambda: Tokens(SECRET, lambda: NOW))
    room: str = ""

    def __post_init__(self) -> None:
        self.room = self.rooms.open(RoomWanted()).room
        self.door = StreamDoor(self.rooms, self.tokens, LANGUAGES, ours=Origins([ORIGIN]).ours)

    def seat(self, name: str = "Ana", *, host: bool = False) -> str:
        """A new seat's token."""
        return self.tokens.seat(self.room, self.rooms.seat(self.room, name, ENGLISH, host=host), 600.0)

    def page(self) -> PaperPage:
        return PaperPage(self.door(upgrade()))


class PaperPage:
    """What one page was told."""

    def __init__(self, socket: PageSocket) -> None:
        self.socket = socket
        self.told: list[wire.FromServer] = []
        self.audio: list[bytes] = []
        self.closes: list[tuple[int, str]] = []
        socket.connected(self._tell, self.audio.append, lambda code, why: self.closes.append((code, why)))

    def _tell(self, message: bytes) -> None:
        self.told.append(wire.decode_server(message))

    def say(self, message: wire.FromPage | bytes) -> None:
        self.socket.received(message if isinstance(message, bytes) else wire.encode(message))

    def join(self, seat: str, *, take_over: bool = False) -> None:
        self.say(wire.Join(seat, wire.RATE_HZ, take_over=take_over))

    @property
    def errors(self) -> list[wire.ErrorTold]:
        return [one for one in self.told if isinstance(one, wire.ErrorTold)]
