"""The API: start, see, change, end calls, and read their captions. JSON in and out; problems as `{error, fix}`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from dragoman.assistant_ports import Answered
from dragoman.dialling import address
from dragoman.domain.call import AgentRoute, AgentVia, Notice
from dragoman.errors import Refused
from dragoman.observe.metrics import CONTENT_TYPE, Metrics
from dragoman.ports import LanguageBook, Origination, Switchboard
from dragoman.tokens import Tokens
from dragoman.web import operations
from dragoman.web.all_calls import AllCalls
from dragoman.web.answers import answer, problem
from dragoman.web.captions import HEARTBEAT_S, CaptionStream, last_event
from dragoman.web.control import FORM, Kind, read_change, view
from dragoman.web.guard import ApiToken
from dragoman.web.openapi import described
from dragoman.web.operations import Calls, HungUp, Started, Wanted

_log = structlog.get_logger()

_NO_SUCH_CALL = ("there is no such living call", "GET /api/calls lists them")

READERS_PER_CALL = 32
"""Captions are read by an agent's panel and a few others; each reader keeps a connection."""

FLEX = "https://flex.twilio.com"


class Api:
    """The routes of the API over one switchboard, and the calls that assistants answer beside it."""

    def __init__(
        self,
        switchboard: Switchboard,
        tokens: Tokens,
        book: LanguageBook,
        metrics: Metrics,
        api_token: str | None,
        *,
        answered: Answered | None = None,
        heartbeat_s: float = HEARTBEAT_S,
        frame_ancestors: str = FLEX,
        described_too: Iterable[operations.Operation] = (),
        serves: Sequence[operations.Operation] = operations.API,
    ) -> None:
        """`frame_ancestors`: the origins whose pages may show captions in a frame. `described_too`: what else this
        server does, for its description. `serves`: all that is served here, or some of it.
        """
        self._switchboard = switchboard
        self._calls = AllCalls(switchboard, answered)
        self._tokens = tokens
        self._book = book
        self._metrics = metrics
        self._guard = ApiToken(api_token)
        self._heartbeat_s = heartbeat_s
        self._description = msgspec.json.encode(described((*serves, *operations.HEALTH, *described_too)))
        self._serves = serves
        self._frame_ancestors = frame_ancestors
        self._readers: Counter[str] = Counter()

    def routes(self) -> list[BaseRoute]:
        doors: dict[str, Callable[[Request], Awaitable[Response]]] = {
            operations.START: self._start,
            operations.LIST: self._list,
            operations.SHOW: self._show,
            operations.CHANGE: self._change,
            operations.HANG_UP: self._hang_up,
            operations.CAPTIONS: self._captions,
            operations.METRICS: self._show_metrics,
            operations.DESCRIBE: self._describe,
        }
        return [Route(one.path, doors[one.name], methods=[one.method]) for one in self._serves]

    async def _start(self, request: Request) -> Response:
        if refusal := self._guard.refuse(request):
            return refusal
        try:
            wanted = msgspec.json.decode(await request.body(), type=Wanted)
            origination = self._origination(wanted)
        except msgspec.MsgspecError as broken:
            return problem(400, str(broken), 'send JSON such as {"to": "+15550100", "language": "es"}')
        except UnicodeDecodeError:
            return problem(400, "the body is not UTF-8", "send JSON in UTF-8")
        except Refused as refused:
            return problem(400, refused.reason, self._languages_offered())
        try:
            call_id = self._switchboard.originate(origination)
        except Refused as refused:
            if refused.notice is None:  # such a call could not be carried later either
                return problem(400, refused.reason, self._languages_offered())
            if refused.notice is Notice.TOO_MANY:
                return problem(429, refused.reason, "try again in a minute", {"retry-after": "60"})
            return problem(503, refused.reason, "try again later", {"retry-after": "10"})
        captions = f"/api/calls/{call_id}/captions?token={self._tokens.panel(call_id)}"
        return answer(Started(call_id, captions), 201, {"location": f"/api/calls/{call_id}"})

    async def _list(self, request: Request) -> Response:
        if refusal := self._guard.refuse(request):
            return refusal
        return answer(Calls(self._calls.living()))

    async def _show(self, request: Request) -> Response:
        if refusal := self._guard.refuse(request):
            return refusal
        call = self._calls.find(request.path_params["call_id"])
        return answer(call) if call else problem(404, *_NO_SUCH_CALL)

    async def _change(self, request: Request) -> Response:
        if refusal := self._guard.refuse(request):
            return refusal
        call_id = request.path_params["call_id"]
        call = self._calls.find(call_id)
        if call is None:
            return problem(404, *_NO_SUCH_CALL)
        if call.kind is Kind.ASSISTANT:
            return problem(409, "an assistant answers this call: there is nothing to change", "change its persona")
        try:
            change = read_change(await request.body(), self._book)
        except Refused as refused:
            return problem(400, refused.reason, f"{FORM}; languages offered are {self._tags()}")
        try:
            return answer(view(self._switchboard.change(call_id, change)))
        except Refused as refused:
            fix = f"nothing was changed; GET /api/calls/{call_id} shows how the call stands"
            return problem(409, refused.reason, fix)

    async def _hang_up(self, request: Request) -> Response:
        if refusal := self._guard.refuse(request):
            return refusal
        call_id = request.path_params["call_id"]
        return answer(HungUp(call_id), 202) if self._calls.hang_up(call_id) else problem(404, *_NO_SUCH_CALL)

    async def _captions(self, request: Request) -> Response:
        call_id = request.path_params["call_id"]
        if not self._guard.opens(request):
            try:
                self._tokens.open_panel(request.query_params.get("token", ""), call_id)
            except Refused as refused:
                fix = "use the address that came with the call, or the API token"
                return problem(403, refused.reason, fix, {"access-control-allow-origin": "*"})
        if self._readers[call_id] >= READERS_PER_CALL:
            fix = f"a call has at most {READERS_PER_CALL} readers: close another"
            return problem(429, "too many readers of this call", fix, {"access-control-allow-origin": "*"})
        captions = self._calls.captions(call_id)
        if captions is None:
            return problem(404, *_NO_SUCH_CALL, headers={"access-control-allow-origin": "*"})
        self._readers[call_id] += 1
        return CaptionStream(
            captions,
            last_event(request),
            self._heartbeat_s,
            frame_ancestors=self._frame_ancestors,
            left=lambda: self._left(call_id),
        )

    def _left(self, call_id: str) -> None:
        self._readers[call_id] -= 1
        if not self._readers[call_id]:
            del self._readers[call_id]

    async def _describe(self, _request: Request) -> Response:
        return Response(self._description, media_type=operations.JSON)

    async def _show_metrics(self, request: Request) -> Response:
        if refusal := self._guard.refuse(request):
            return refusal
        return Response(self._metrics.text(), headers={"content-type": CONTENT_TYPE})

    def _origination(self, wanted: Wanted) -> Origination:
        """Raise Refused when an address or a language is none."""
        language = self._book.find(wanted.language)
        agent_language = self._book.find(wanted.agent_language) if wanted.agent_language else None
        if language is None or (wanted.agent_language and agent_language is None):
            raise Refused("the language is not offered")
        route = AgentRoute(AgentVia.DIRECT, _address(wanted.agent, "agent")) if wanted.agent else None
        return Origination(_address(wanted.to, "to"), language, agent_language, route)

    def _languages_offered(self) -> str:
        return f"addresses are +<country><number>, sip: or client:; languages offered are {self._tags()}"

    def _tags(self) -> str:
        return ", ".join(language.tag for language in self._book.offered)


def _address(text: str, field: str) -> str:
    """A number in E.164, or a sip: or client: address as it is. The text itself is personal: it is not repeated."""
    try:
        return address(text)
    except ValueError:
        raise Refused(f"`{field}` is not a number that can be dialled") from None
