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

_AGAIN = re.compile(r"try again in (\d+(?:\.\d+)?)\s*(ms|s)\b")
LONGEST_WAIT_S: Final = 5.0


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
