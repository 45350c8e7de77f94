"""Rooms over HTTP: open one, look in, sit down, read what was said, end it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from dragoman.browser.shown import parties, shown_languages
from dragoman.domain.language import Language
from dragoman.domain.room import CloseRoom, RoomView, RoomWanted, Shut, TranscriptForm
from dragoman.errors import Refused, RoomRefused
from dragoman.room_ports import Rooms
from dragoman.web import room_operations as table
from dragoman.web.answers import answer
from dragoman.web.budgets import Budget
from dragoman.web.doorstep import Answering, Turned, bearer, turned
from dragoman.web.logins import Kind, Visitor
from dragoman.web.porch import Porch

READ_LATER_S: Final = 3600.0
"""So long after its room may have ended a seat's token reads the transcript, if the room is not forgotten."""

INVITES_KEPT: Final = 10_000
READS_PER_MINUTE: Final = 10
"""Of one seat: the transcript of hours takes 60 ms to write."""

SEATS_PER_MINUTE: Final = 4
"""For each seat that a room may have: people come and go, and pages are loaded again."""

_MEDIA: Final = {
    TranscriptForm.TEXT: "text/plain; charset=utf-8",
    TranscriptForm.JSON: "application/json",
    TranscriptForm.SRT: "application/x-subrip",
    TranscriptForm.VTT: "text/vtt; charset=utf-8",
}


class RoomApi:
    """Serves those operations of `room_operations` that are about rooms."""

    def __init__(
        self,
        rooms: Rooms,
        porch: Porch,
        languages: Mapping[str, Language],
        *,
        rooms_per_address: int,
        max_parties: int,
    ) -> None:
        """`languages` by tag: those that are interpreted to some other."""
        self._rooms, self._porch = rooms, porch
        self._tokens = porch.tokens
        self._languages = {tag.lower(): language for tag, language in languages.items()}
        self._by_address = Budget(rooms_per_address, 3600.0)
        self._by_room = Budget(max_parties * SEATS_PER_MINUTE, 60.0)
        self._by_reader = Budget(READS_PER_MINUTE, 60.0)
        self._invites: OrderedDict[str, int] = OrderedDict()

    def routes(self) -> list[BaseRoute]:
        doors: dict[str, Answering] = {
            table.OPEN_ROOM: self._open,
            table.SHOW_ROOM: self._show,
            table.SIT_DOWN: self._sit_down,
            table.TRANSCRIPT: self._transcript,
            table.CLOSE_ROOM: self._close,
        }
        return [
            Route(one.path, self._porch.doorstep.bounded(doors[one.name]), methods=[one.method])
            for one in table.ROOMS
            if one.name in doors
        ]

    async def _open(self, request: Request) -> Response:
        visitor = self._porch.visitor(request)
        asked = msgspec.json.decode(await request.body(), type=table.RoomAsked)
        languages = tuple(dict.fromkeys(self._language(tag) for tag in asked.languages))
        if asked.one_device and len(languages) != 2:
            return turned(400, "language", "a shared device has two languages", "send two tags, side a's first")
        self._still_good(visitor)
        address = self._porch.doorstep.address(request)
        self._porch.doorstep.within(self._by_address, address)
        view = self._rooms.open(RoomWanted(languages, asked.one_device, address))
        self._used(visitor)
        key = self._tokens.room_key(view.room)
        made = table.RoomMade(
            room=view.room,
            key=key,
            host=self._tokens.host(view.room, view.left_s),
            link=f"{self._porch.own_origin(request)}/r/{view.room}#{key}",
            left_s=view.left_s,
        )
        return answer(made, 201)

    async def _show(self, request: Request) -> Response:
        room = request.path_params["room"]
        self._has_key(room, bearer(request))
        view = self._view(room)
        shown = table.RoomShown(
            room=view.room,
            one_device=view.one_device,
            languages=shown_languages(
                self._languages[tag.lower()] for tag in view.languages if tag.lower() in self._languages
            ),
            parties=parties(view.parties),
            left_s=view.left_s,
            over=view.over,
        )
        return answer(shown)

    async def _sit_down(self, request: Request) -> Response:
        room = request.path_params["room"]
        asked = msgspec.json.decode(await request.body(), type=table.SeatAsked)
        self._has_key(room, asked.key)
        self._porch.doorstep.within(self._by_room, room)
        if asked.host is not None:
            self._is_host(room, asked.host)
        view = self._view(room)
        language = self._language(asked.language) if asked.language is not None else None
        if language is None and not view.one_device:
            return turned(400, "language", "a language is missing", "GET /api/rooms/{room} lists those of the room")
        seat = self._rooms.seat(room, asked.name, language, host=asked.host is not None)
        return answer(table.SeatMade(self._tokens.seat(room, seat, view.left_s + READ_LATER_S)), 201)

    async def _transcript(self, request: Request) -> Response:
        room = request.path_params["room"]
        try:
            form = TranscriptForm(request.path_params["form"])
        except ValueError:
            return turned(404, "form", "there is no such form of a transcript", "take txt, json, srt or vtt")
        seat = self._seat_in(room, bearer(request))
        if seat is None:
            return turned(403, "bad-seat", "the token is of no seat in this room", "send the seat's token as bearer")
        self._porch.doorstep.within(self._by_reader, f"{room} {seat}")
        text = self._rooms.transcript(room, seat, form)
        return Response(
            text,
            headers={
                "content-type": _MEDIA[form],
                "content-disposition": f'attachment; filename="transcript.{form.value}"',
            },
        )

    async def _close(self, request: Request) -> Response:
        """By the host's token or seat; else by who runs the server."""
        room, given = request.path_params["room"], bearer(request)
        seat = self._seat_in(room, given)
        if seat is not None:
            self._rooms.tell(room, seat, CloseRoom())
        else:
            if not self._of_host(room, given) and self._porch.visitor(request).kind is not Kind.OPERATOR:
                return turned(403, "not-host", "the room is another's", "send the host's token as bearer")
            self._view(room)
            self._rooms.close(room)
        return answer(table.RoomClosed(room))

    # ---- Who may -----------------------------------------------------------------------------------------------------

    def _has_key(self, room: str, key: str) -> None:
        """Raise Turned. Whether there is such a room learns only who has its key."""
        try:
            self._tokens.check_room_key(room, key)
        except Refused as refused:
            told = turned(403, "key", refused.reason, "use the whole link, with what stands behind its #")
            raise Turned(told) from None

    def _is_host(self, room: str, token: str) -> None:
        if not self._of_host(room, token):
            raise Turned(turned(403, "not-host", "the token is not of this room's host", "leave `host` out"))

    def _of_host(self, room: str, token: str) -> bool:
        try:
            self._tokens.open_host(token, room)
        except Refused:
            return False
        return True

    def _seat_in(self, room: str, token: str) -> str | None:
        try:
            found, seat = self._tokens.open_seat(token)
        except Refused:
            return None
        return seat if found == room else None

    def _still_good(self, visitor: Visitor) -> None:
        if visitor.kind is Kind.GUEST and self._invites.get(visitor.invite, 0) >= visitor.rooms:
            raise Turned(turned(403, "invite", "the invite is used up", "ask for another one"))

    def _used(self, visitor: Visitor) -> None:
        if visitor.kind is Kind.GUEST:
            self._invites[visitor.invite] = self._invites.pop(visitor.invite, 0) + 1
            if len(self._invites) > INVITES_KEPT:
                self._invites.popitem(last=False)

    # ---- What is there -----------------------------------------------------------------------------------------------

    def _view(self, room: str) -> RoomView:
        view = self._rooms.view(room)
        if view is None:
            raise RoomRefused(Shut.NO_ROOM, "there is no such room")
        return view

    def _language(self, tag: str) -> Language:
        found = self._languages.get(tag.lower())
        if found is None:
            raise RoomRefused(Shut.LANGUAGE, "the language is not offered")
        return found
