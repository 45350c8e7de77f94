"""How the web side answers: JSON by msgspec, problems as `{error, fix}`."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from starlette.responses import Response


class Problem(msgspec.Struct):
    """What went wrong, and what the caller can do about it."""

    error: str
    fix: str = ""


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(value), status, dict(headers or {}), "application/json")


def problem(status: int, error: str, fix: str = "", headers: Mapping[str, str] | None = None) -> Response:
    return answer(Problem(error, fix), status, headers)
