"""Logging: structlog for us, the standard library's loggers led into it. No personal data, no secrets."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import TextIO

import structlog
from pydantic import SecretStr
from structlog.typing import EventDict, FilteringBoundLogger, Processor

PII_PREFIX = "pii."
"""Keys of values that are personal (speech, digits, numbers): dropped unless the operator wants them."""

_SECRET_WORDS = ("secret", "token", "password", "authorization", "api_key", "signature")
_HIDDEN = "(hidden)"

_TOO_CHATTY = ("uvicorn", "picows", "websockets", "httpx2", "httpcore2", "asyncio", "dragoman.media")


def configure(*, json: bool, level: str = "info", pii: bool = False, stream: TextIO | None = None) -> None:
    """Set logging up for the whole process; the one piece of global state, as logging is global in Python.

    `pii` lets values under `pii.` keys through. Libraries speak from WARNING on.
    """
    out = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Privacy(pii=pii),
        structlog.processors.StackInfoRenderer(),
    ]
    renderer = _renderer(json=json, colours=out.isatty())
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_bare, *renderer]))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(number)
    for name in _TOO_CHATTY:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))


def call_log(call_id: str) -> FilteringBoundLogger:
    """A logger that names the call on every line."""
    logger: FilteringBoundLogger = structlog.get_logger().bind(call=call_id)
    return logger


def _renderer(*, json: bool, colours: bool) -> list[Processor]:
    if json:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    # Not the rich form: it prints local variables, and with them speech and keys.
    return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)]


def _bare(_logger: object, _method: str, event: EventDict) -> EventDict:
    return structlog.stdlib.ProcessorFormatter.remove_processors_meta(None, "", event)


class _Privacy:
    """Drops what is personal, hides what is secret."""

    def __init__(self, *, pii: bool) -> None:
        self._pii = pii

    def __call__(self, _logger: object, _method: str, event: EventDict) -> EventDict:
        if not self._pii:
            for key in [key for key in event if key.startswith(PII_PREFIX)]:
                del event[key]
        _hide(event)
        return event


def _hide(event: MutableMapping[str, object]) -> None:
    for key, value in event.items():
        if isinstance(value, SecretStr) or any(word in key.lower() for word in _SECRET_WORDS):
            event[key] = _HIDDEN
        elif isinstance(value, dict):
            event[key] = inner = dict(value)
            _hide(inner)
