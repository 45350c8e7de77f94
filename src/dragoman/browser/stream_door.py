"""The pages' door: our own page only (Origin, subprotocol), then a seat's token in the first message."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from dragoman.browser import wire
from dragoman.browser.leg import BrowserLeg
from dragoman.browser.shown import Shown
from dragoman.browser_ports import PageSocket
from dragoman.domain import room
from dragoman.domain.language import Language
from dragoman.errors import Refused, RoomRefused
from dragoman.ports import MediaRequest
from dragoman.room_ports import Rooms, Seats
from dragoman.tokens import Tokens

PATH: Final = "/browser/stream"
POLICY_CLOSE: Final = 1008

MISTAKES: Final = 20
"""A page that makes more is broken, or none."""

TRANSCRIPTS: Final = tuple(form.value for form in room.TranscriptForm)


def transcript_path(room_id: str, form: str) -> str:
    return f"/api/rooms/{room_id}/transcript.{form}"


class StreamDoor:
    """A `ports.PageDoor`."""

    def __init__(
        self,
        rooms: Rooms,
        tokens: Tokens,
        languages: Mapping[str, Language],
        *,
        ours: Callable[[Mapping[str, str]], bool],
        admit: Callable[[MediaRequest], None] = lambda _request: None,
        calls: Seats | None = None,
    ) -> None:
        """`languages` by tag, as configured. `ours`: whether these headers are sent by our own page. `admit` raises
        Refused for who comes too often. `calls`: the phone calls that agents answer in pages.
        """
        self._rooms, self._calls, self._tokens = rooms, calls, tokens
        self._languages = languages
        self._ours, self._admit = ours, admit

    def __call__(self, request: MediaRequest) -> PageSocket:
        """Raise Refused unless the upgrade is asked for by our own page."""
        if not self._ours(request.headers):
            raise Refused("the Origin is not ours: see DRAGOMAN_BROWSER_ORIGINS")
        offered = [one.strip() for one in request.headers.get("sec-websocket-protocol", "").split(",")]
        if wire.SUBPROTOCOL not in offered:
            raise Refused(f"the subprotocol {wire.SUBPROTOCOL} is not offered: load the page again")
        if request.query:
            raise Refused("the address has a query: the seat's token belongs into the first message")
        self._admit(request)
        return SeatSocket(self._rooms, self._tokens, self._languages, self._calls)


class SeatSocket:
    """One page's socket: waits for `join`, then is a seat's, for as long as it stands."""

    def __init__(
        self, rooms: Rooms, tokens: Tokens, languages: Mapping[str, Language], calls: Seats | None = None
    ) -> None:
        self._seats: Seats = rooms
        self._calls = calls
        self._tokens, self._languages = tokens, languages
        self._by_tag = {tag.lower(): language for tag, language in languages.items()}
        self._send: Callable[[bytes], None] = lambda _message: None
        self._send_binary: Callable[[bytes], None] = lambda _message: None
        self._close: Callable[[int, str], None] = lambda _code, _reason: None
        self._leg: BrowserLeg | None = None
        self._room = self._seat = ""
        self._mistakes = 0
        self._odd = False
        self._shut = False
        self._log = structlog.get_logger()

    def connected(
        self, send: Callable[[bytes], None], send_binary: Callable[[bytes], None], close: Callable[[int, str], None]
    ) -> None:
        self._send, self._send_binary, self._close = send, send_binary, close

    def received_binary(self, message: bytes) -> None:
        if self._shut:
            return
        if self._leg is None:
            self._mistaken(wire.Breach(wire.ErrorCode.NOT_JOINED, "audio came before join"))
            return
        if len(message) % wire.SAMPLE_BYTES and not self._odd:
            self._odd = True
            odd = f"a binary message has {len(message)} bytes: samples have {wire.SAMPLE_BYTES} each"
            self._mistaken(wire.Breach(wire.ErrorCode.ODD_AUDIO, odd))
        self._leg.heard(message)

    def received(self, message: bytes) -> None:
        if self._shut:
            return
        read = wire.decode_page(message)
        if isinstance(read, wire.Breach):
            self._mistaken(read)
        elif isinstance(read, wire.Join):
            self._join(read)
        elif self._leg is None:
            self._mistaken(wire.Breach(wire.ErrorCode.NOT_JOINED, "the first message is join"))
        else:
            self._act(read, self._leg)

    def closed(self) -> None:
        self._shut = True
        if self._leg is not None:
            self._leg.closed()

    # ---- Inside ------------------------------------------------------------------------------------------------------

    def _join(self, join: wire.Join) -> None:
        if self._leg is not None:
            self._mistaken(wire.Breach(wire.ErrorCode.JOINED_ALREADY, "this connection has its seat"))
            return
        try:
            downloads = self._sit_down(join.seat)
        except Refused as refused:
            self._mistaken(wire.Breach(wire.ErrorCode.BAD_SEAT, refused.reason))
            return
        shown = Shown(self._languages, downloads)
        # Set first: what the room does with the leg may close the socket at once.
        leg = self._leg = BrowserLeg(secrets.token_hex(8), self._send, self._send_binary, self._close, shown)
        try:
            self._seats.join(self._room, self._seat, leg, leg, take_over=join.take_over)
        except RoomRefused as refused:
            self._leg = None
            self._refuse(wire.ErrorTold(wire.ErrorCode(refused.why.value), refused.reason, fatal=True))

    def _sit_down(self, token: str) -> dict[str, str]:
        """Find the seat: in a room, or as an agent's leg of a call; what can be downloaded there. Raise Refused."""
        try:
            self._room, self._seat = self._tokens.open_seat(token)
        except Refused:
            if self._calls is None:
                raise
            self._room, self._seat = self._tokens.open_call_seat(token)
            self._seats = self._calls
            return {}
        return {form: transcript_path(self._room, form) for form in TRANSCRIPTS}

    def _act(self, read: wire.FromPage, leg: BrowserLeg) -> None:
        match read:
            case wire.ReachedMark(name):
                leg.reached(name)
            case wire.PressDigit(digit) if self._seats is self._calls:
                leg.pressed(digit)
            case wire.PressDigit():
                self._mistaken(wire.Breach(wire.ErrorCode.NOT_HERE, "there is no phone call here"))
            case wire.SetLanguage(tag):
                self._choose(tag, leg)
            case wire.Leave():
                leg.left()
                self._tell(room.Leave())
            case wire.Join():
                pass  # dealt with in `received`
            case wire.Playback():
                self._tell(_event(read))
            case _:
                leg.cut()  # what was said before belongs to before
                self._tell(_event(read))

    def _choose(self, tag: str, leg: BrowserLeg) -> None:
        language = self._by_tag.get(tag.lower())
        if language is None:
            self._mistaken(wire.Breach(wire.ErrorCode.LANGUAGE, "the language is not offered"))
            return
        leg.cut()
        self._tell(room.ChooseLanguage(language))

    def _tell(self, event: room.SeatEvent) -> None:
        try:
            self._seats.tell(self._room, self._seat, event)
        except RoomRefused as refused:
            self._mistaken(wire.Breach(wire.ErrorCode(refused.why.value), refused.reason))

    def _mistaken(self, breach: wire.Breach) -> None:
        """Tell it; the socket closes when it is one too many, or fatal."""
        told = wire.error(breach)
        if self._leg is None:  # a socket without a seat is kept for nobody
            told = wire.ErrorTold(told.code, told.message, fatal=True)
        self._mistakes += 1
        if self._mistakes == 1:
            self._log.info("a page is told of a mistake", code=breach.code.value, room=self._room[:8])
        if told.fatal:
            self._refuse(told)
            return
        self._send(wire.encode(told))
        if self._mistakes >= MISTAKES:
            self._refuse(wire.error(wire.Breach(wire.ErrorCode.TOO_MANY_ERRORS, "too many mistakes on a connection")))

    def _refuse(self, told: wire.ErrorTold) -> None:
        self._shut = True
        self._send(wire.encode(told))
        self._close(POLICY_CLOSE, told.code.value)


def _event(
    read: wire.Mute
    | wire.Speaks
    | wire.SetOriginal
    | wire.Again
    | wire.SetInterpreting
    | wire.SetRecording
    | wire.Playback
    | wire.CloseRoom,
) -> room.SeatEvent:
    match read:
        case wire.Mute(on):
            return room.Mute(on)
        case wire.Speaks(side):
            return room.Speaks(side)
        case wire.SetOriginal(mode, db):
            return room.ChooseOriginal(mode, db)
        case wire.Again():
            return room.SayAgain()
        case wire.SetInterpreting(on):
            return room.Interpret(on)
        case wire.SetRecording(on):
            return room.KeepRecord(on)
        case wire.CloseRoom():
            return room.CloseRoom()
        case wire.Playback():
            return room.Playback(
                late=read.late,
                early=read.early,
                underruns=read.underruns,
                overlaps=read.overlaps,
                gap_ms=read.gap_ms,
                jitter_ms=read.jitter_ms,
                buffered_ms=read.buffered_ms,
            )
