"""The page: files of the package, read once, served with their hash so that a browser fetches only what is new."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from dragoman.web.answers import problem

TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
}
"""Files of other kinds are not served."""

_PACKED_ALREADY: Final = frozenset({".png"})
INDEX: Final = "index.html"


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    packed: bytes | None
    media: str
    etag: str


def policy(connect: tuple[str, ...] = ()) -> str:
    """The page's Content-Security-Policy: all from here, nothing inline; `connect`: other origins that it may ask."""
    return "; ".join(
        (
            "default-src 'none'",
            *(f"{kind}-src 'self'" for kind in ("script", "style", "worker", "manifest")),
            "img-src 'self' data:",
            "media-src 'self' blob:",
            " ".join(("connect-src 'self'", *connect)),
            *(f"{what} 'none'" for what in ("base-uri", "form-action", "frame-ancestors")),
        )
    )


class PageFiles:
    """`GET /`, `GET /r/{room}` and `GET /assets/...`."""

    def __init__(self, folder: Traversable | None = None, connect: tuple[str, ...] = ()) -> None:
        root = folder if folder is not None else resources.files("dragoman.browser").joinpath("page")
        self._files = dict(_read(root, ""))
        self._headers = {
            "content-security-policy": policy(connect),
            "permissions-policy": "microphone=(self), display-capture=(self), camera=(), geolocation=()",
            "cache-control": "no-cache",
            "vary": "accept-encoding",
        }

    @property
    def size_bytes(self) -> int:
        """All files together, as they are sent to a browser that takes gzip."""
        return sum(len(file.packed or file.body) for file in self._files.values())

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self._index, methods=["GET"]),
            Route("/r/{room}", self._index, methods=["GET"]),
            Route("/assets/{path:path}", self._asset, methods=["GET"]),
        ]

    async def _index(self, request: Request) -> Response:
        return self._send(request, INDEX)

    async def _asset(self, request: Request) -> Response:
        return self._send(request, request.path_params["path"])

    def _send(self, request: Request, name: str) -> Response:
        file = self._files.get(name)
        if file is None:
            return problem(404, "there is no such file")
        packs = file.packed is not None and _takes_gzip(request.headers.get("accept-encoding", ""))
        etag = f'"{file.etag}-gzip"' if packs else f'"{file.etag}"'
        headers = {**self._headers, "etag": etag}
        if etag in [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]:
            return Response(status_code=304, headers=headers)
        headers["content-type"] = file.media
        if packs:
            headers["content-encoding"] = "gzip"
        return Response(file.packed if packs else file.body, headers=headers)


def _takes_gzip(accepted: str) -> bool:
    """`gzip`, without a weight of nothing."""
    for one in accepted.lower().split(","):
        name, _, weight = one.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _read(folder: Traversable, within: str) -> Iterator[tuple[str, _File]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from _read(entry, f"{within}{entry.name}/")
            continue
        dot = entry.name.rfind(".")
        suffix = entry.name[dot:] if dot > 0 else ""
        if suffix in TYPES:
            body = entry.read_bytes()
            packed = None if suffix in _PACKED_ALREADY else gzip.compress(body, 9, mtime=0)
            yield f"{within}{entry.name}", _File(body, packed, TYPES[suffix], hashlib.sha256(body).hexdigest()[:32])
