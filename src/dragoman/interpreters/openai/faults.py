"""What the vendor's error codes mean for us."""

from __future__ import annotations

import re
from typing import Final

from dragoman.domain.speech import TroubleKind

UNCLEAR: Final = "speech_unclear"
"""Our embedded engine's code for speech that it would not vouch for."""
HARMLESS: Final = frozenset(
    {
        "response_cancel_not_active",
        "input_audio_buffer_commit_empty",
        "item_delete_invalid_item_id",
        "item_truncate_invalid_item_id",
        "item_retrieve_invalid_item_id",
    }
)
BUSY: Final = "conversation_already_has_active_response"
_KINDS: Final = {
    "rate_limit_exceeded": TroubleKind.RATE_LIMIT,
    "inference_rate_limit_exceeded": TroubleKind.RATE_LIMIT,
    "slow_down": TroubleKind.RATE_LIMIT,
    BUSY: TroubleKind.RATE_LIMIT,
    "insufficient_quota": TroubleKind.QUOTA,
    "billing_hard_limit_reached": TroubleKind.QUOTA,
    "invalid_api_key": TroubleKind.AUTH,
    "account_deactivated": TroubleKind.AUTH,
    "session_expired": TroubleKind.EXPIRED,
    "server_error": TroubleKind.UPSTREAM,
}
FATAL: Final = frozenset({TroubleKind.AUTH, TroubleKind.QUOTA, TroubleKind.EXPIRED})
"""Kinds after which the session is of no use."""

_EXPLAINED: Final = {
    TroubleKind.AUTH: "the key is refused: check OPENAI_API_KEY (OPENAI_FALLBACK_API_KEY for the second server)",
    TroubleKind.QUOTA: "the account has no credit left: add some, or raise its monthly limit",
    TroubleKind.RATE_LIMIT: "too much was asked for in too short a time: if this goes on, raise the account's limits",
    TroubleKind.BAD_REQUEST: "the server refused what we asked for",
    TroubleKind.NETWORK: "the server cannot be reached",
    TroubleKind.EXPIRED: "the session reached the longest time that it may last",
    TroubleKind.UPSTREAM: "the server has a fault of its own",
}


def explained(kind: TroubleKind, what: str) -> str:
    """What a trouble means and what to do about it. `what` is fit for a log: a status or a code, never their text."""
    return f"{_EXPLAINED[kind]} ({what})"


_AGAIN = re.compile(r"try again in (\d+(?:\.\d+)?)\s*(ms|s)\b")
LONGEST_WAIT_S: Final = 5.0


def known(code: str) -> bool:
    """Whether we know what a code means."""
    return code in _KINDS


def kind_of_setup(code: str | None, family: str | None) -> TroubleKind:
    """What an error that answers our configuration means: mostly that we asked for what is not there."""
    kind = kind_of(code, family)
    return TroubleKind.BAD_REQUEST if kind is TroubleKind.UPSTREAM and family != "server_error" else kind


def kind_of(code: str | None, family: str | None = None) -> TroubleKind:
    """What an error's code (or, without one, its family) means."""
    if code in _KINDS:
        return _KINDS[code]
    if family == "server_error":
        return TroubleKind.UPSTREAM
    return TroubleKind.BAD_REQUEST if family == "invalid_request_error" else TroubleKind.UPSTREAM


def wait_s(message: str | None, default_s: float = 1.0) -> float:
    """How long a rate-limited request should wait, from the hint in its message."""
    found = _AGAIN.search(message or "")
    if found is None:
        return default_s
    hint = float(found[1]) / (1000 if found[2] == "ms" else 1)
    return min(max(hint, 0.05), LONGEST_WAIT_S)
