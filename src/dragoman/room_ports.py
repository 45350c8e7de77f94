"""The seam between the browser's doors and what is behind them: rooms, and the phone calls that agents answer."""

from __future__ import annotations

from typing import Protocol

from dragoman.domain.language import Language
from dragoman.domain.room import PageEvent, RoomView, RoomWanted, SeatEvent, SeatId, TranscriptForm
from dragoman.ports import Leg


class Page(Protocol):
    """One browser's screen, beside its sound (`ports.Leg`)."""

    def show(self, event: PageEvent) -> None:
        """Never blocks, never raises. `Joined` comes first and `Ended` last; with the leg closed it does nothing."""
        ...

    def call_back(self) -> None:
        """Close its connection so that it comes back at once, to whoever answers then."""
        ...


class Seats(Protocol):
    """Where pages sit down: the seats of rooms, or agents' legs of calls (then `room` is the call, `seat` the leg)."""

    def join(self, room: str, seat: str, leg: Leg, page: Page, *, take_over: bool = False) -> None:
        """As `Rooms.join`."""
        ...

    def tell(self, room: str, seat: str, event: SeatEvent) -> None:
        """As `Rooms.tell`."""
        ...


class Rooms(Protocol):
    """The living rooms of this node. Everything here answers at once; all that is refused raises `RoomRefused`.

    A room or seat that is not there is `NO_ROOM`, `NO_SEAT`. Who may do what is the doors' part: keys, tokens and
    their expiry are not known here.
    """

    def open(self, wanted: RoomWanted) -> RoomView:
        """Make a room. Refused: TOO_MANY, LANGUAGE, SPENT, STOPPING."""
        ...

    def seat(self, room: str, name: str, language: Language | None = None, *, host: bool = False) -> SeatId:
        """A seat in the lobby, for a page to join. A shared device has one, of which `name` and `language` are
        ignored. `name` is cut to 60 characters and freed of control characters. Refused: FULL, LANGUAGE, OVER.
        """
        ...

    def join(self, room: str, seat: str, leg: Leg, page: Page, *, take_over: bool = False) -> None:
        """A page is here, with sound in PCM16 24 kHz both ways; `page` is shown `Joined`, then all captions so far.

        Within `RESUME_S` of the loss of an earlier connection, what that one had not heard plays on. Refused: OVER, and
        SEAT_TAKEN where a living page has the seat; with `take_over` that one is shown `Ended` and closed instead.
        """
        ...

    def tell(self, room: str, seat: str, event: SeatEvent) -> None:
        """A page said something. Refused: LANGUAGE, NOT_HERE, NOT_HOST, OVER; nothing changes then."""
        ...

    def view(self, room: str) -> RoomView | None:
        """The room as it is; for some minutes after its end too. None: no such room."""
        ...

    def close(self, room: str) -> None:
        """End it; pages are shown `Ended`. One that is over already is not an error."""
        ...

    def transcript(self, room: str, seat: str, form: TranscriptForm) -> str:
        """All that was said so far, in the seat's language and in those in which it was said."""
        ...

    @property
    def draining(self) -> bool:
        """Nothing new is accepted."""
        ...
