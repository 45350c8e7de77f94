"""What a store keeps of a living call, so that another process can take it up again."""

from __future__ import annotations

from dataclasses import dataclass

from dragoman.domain.call import CallId


@dataclass(frozen=True, slots=True)
class KeptCall:
    """One living call. `body` is the call's own account of itself (`relay.memory`), in the form `version`; a store
    does not look into it. It is personal data: numbers and speech.

    `node` is whose call it is; "" = handed back, for whoever asks first. `saved_at` is Unix time in seconds, and moves
    on as long as its node lives.
    """

    call_id: CallId
    node: str
    saved_at: float
    version: int
    body: bytes
