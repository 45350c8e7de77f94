"""A tool that is an HTTP endpoint of the operator's: arguments as JSON there, a text or JSON back.

Only the configured host is asked (`outgoing`): arguments stand in the body, the query, or whole segments of the path.
Secrets are headers, read from the environment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import httpx2
import jsonschema_rs
import msgspec

from dragoman.domain.persona import HttpCall, HttpMethod
from dragoman.domain.tools import CallFacts, ToolResult
from dragoman.outgoing import client_of
from dragoman.settings import is_loopback
from dragoman.tools.results import RESULT_MAX_BYTES, ToolError, result_of

NO_PARAMETERS: Mapping[str, object] = {"type": "object", "properties": {}, "additionalProperties": False}

_PLACE = re.compile(r"\{([A-Za-z_]\w*)\}")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SECRET = re.compile(r"(?i)authorization|cookie|token|secret|password|api-?key")
_JSON_TYPES = re.compile(r"application/(?:[\w.-]+\+)?json\b", re.IGNORECASE)


class Misfit(ValueError):
    """A tool's plan that cannot be used: `key` is the setting that is wrong."""

    def __init__(self, key: str, message: str) -> None:
        self.key = key
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A plan that was found good, with its secrets filled in."""

    url: str
    method: HttpMethod
    headers: Mapping[str, str]
    validator: jsonschema_rs.Validator
    places: tuple[str, ...]
    """Arguments that stand in the path."""


def endpoint_of(call: HttpCall, parameters: Mapping[str, object], env: Mapping[str, str]) -> Endpoint:
    """Check `call`; raise Misfit. `parameters` is the JSON schema of its arguments."""
    validator = _validator(parameters)
    parts = urlsplit(call.url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Misfit("url", "is to be like https://shop.example.com/orders")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise Misfit("url", "is to begin with https:// (http:// is for a server on this machine only)")
    if parts.username or parts.password:
        raise Misfit("url", "is not to contain a user or password; set a header from the environment")
    if _PLACE.search(parts.netloc) or _PLACE.search(parts.query) or parts.fragment:
        raise Misfit("url", "may have arguments in braces in its path only, and no fragment")
    places = _places(parts.path)
    properties = parameters.get("properties")
    known = set(properties) if isinstance(properties, Mapping) else set()
    if strange := set(places) - known:
        raise Misfit("url", f"has {{{min(strange)}}} in its path, which is none of the parameters")
    return Endpoint(call.url, call.method, _headers(call.headers, env), validator, places)


def _validator(parameters: Mapping[str, object]) -> jsonschema_rs.Validator:
    if parameters.get("type") != "object":
        raise Misfit("parameters", 'are to be a JSON schema with type = "object"')
    try:
        return jsonschema_rs.validator_for(dict(parameters), offline=True)
    except (ValueError, TypeError) as broken:
        reason = getattr(broken, "message", None) or str(broken).splitlines()[0]
        raise Misfit("parameters", f"are not a JSON schema: {reason}") from None


def _places(path: str) -> tuple[str, ...]:
    places: list[str] = []
    for segment in path.split("/"):
        if found := _PLACE.fullmatch(segment):
            places.append(found[1])
        elif "{" in segment or "}" in segment:
            raise Misfit("url", "is to have an argument as a whole segment of its path, such as /orders/{order}")
    return tuple(places)


def _headers(headers: Mapping[str, str], env: Mapping[str, str]) -> dict[str, str]:
    filled: dict[str, str] = {}
    for name, template in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise Misfit("headers", f"{name!r} is not a header's name")
        if _SECRET.search(name) and not _VARIABLE.search(template):
            raise Misfit("headers", f"{name}: take the secret from the environment, as ${{SHOP_TOKEN}}")
        if missing := [one for one in _VARIABLE.findall(template) if not env.get(one, "").strip()]:
            raise Misfit("headers", f"{name}: {missing[0]} is not set in the environment")
        value = _VARIABLE.sub(lambda found: env[found[1]].strip(), template)
        if not value.isascii() or not value.isprintable():
            raise Misfit("headers", f"{name}: is to have printable ASCII only")
        filled[name] = value
    return filled


class HttpTool:
    """One endpoint. Close it with `aclose`."""

    def __init__(self, endpoint: Endpoint, timeout_s: float) -> None:
        self._endpoint = endpoint
        self._client = client_of(endpoint.url, timeout=timeout_s, headers=endpoint.headers)

    async def call(self, arguments_json: str, facts: CallFacts) -> ToolResult:
        """Ask it; raise ToolError for whatever goes wrong. The caller's number is not told."""
        arguments = self._read(arguments_json)
        request = self._request(arguments, facts)
        try:
            answer = await self._client.send(request, stream=True)
            try:
                return _result(answer, await _content(answer))
            finally:
                await answer.aclose()
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as broken:
            raise ToolError(f"the tool's server did not answer: {type(broken).__name__}") from None

    async def aclose(self) -> None:
        await self._client.aclose()

    def _read(self, text: str) -> dict[str, object]:
        try:
            arguments = msgspec.json.decode(text.strip() or "{}")
            self._endpoint.validator.validate(arguments)
        except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as broken:
            raise ToolError(f"the arguments are not JSON: {broken}") from None
        except jsonschema_rs.ValidationError as broken:
            where = "".join(f" in {step}" for step in broken.instance_path)
            raise ToolError(f"the arguments do not fit: {broken.message}{where}") from None
        assert isinstance(arguments, dict)
        return arguments

    def _request(self, arguments: Mapping[str, object], facts: CallFacts) -> httpx2.Request:
        places = {name: _segment(name, arguments.get(name)) for name in self._endpoint.places}
        url = _PLACE.sub(lambda found: places[found[1]], self._endpoint.url)
        rest = {name: value for name, value in arguments.items() if name not in places}
        headers = {"Accept-Language": facts.language, "Dragoman-Call": facts.call_id, "Accept-Encoding": "identity"}
        if self._endpoint.method is HttpMethod.POST:
            return self._client.build_request("POST", url, json=rest, headers=headers)
        query = httpx2.QueryParams([(name, _plain(name, value)) for name, value in rest.items()])
        whole = httpx2.URL(url).copy_merge_params(query)
        return self._client.build_request("GET", whole, headers=headers)


def _plain(name: str, value: object) -> str:
    """A value that fits into an address."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() | int() | float():
            return str(value)
        case _:
            raise ToolError(f"the arguments do not fit: {name} cannot stand in an address")


def _segment(name: str, value: object) -> str:
    text = _plain(name, value)
    if text in ("", ".", ".."):
        raise ToolError(f"the arguments do not fit: {name} is empty or names a folder")
    return quote(text, safe="", errors="replace")


async def _content(answer: httpx2.Response) -> bytes:
    """The body, read no further than it may be long: not unpacked either, for a little may unpack to much."""
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise ToolError("the tool's server sent a compressed answer")
    content = bytearray()
    async for piece in answer.aiter_raw():
        content += piece
        if len(content) > RESULT_MAX_BYTES:
            raise ToolError(f"the tool's server sent more than {RESULT_MAX_BYTES} bytes")
    return bytes(content)


def _result(answer: httpx2.Response, content: bytes) -> ToolResult:
    if not answer.is_success:
        raise ToolError(f"the tool's server answered with status {answer.status_code}")
    if not content.strip():
        return result_of(None)
    if _JSON_TYPES.match(answer.headers.get("content-type", "")):
        try:
            return result_of(msgspec.json.decode(content))
        except (msgspec.MsgspecError, RecursionError):
            raise ToolError("the tool's server sent broken JSON") from None
    try:
        return result_of(content.decode())
    except UnicodeDecodeError:
        raise ToolError("the tool's server sent what is not text") from None
