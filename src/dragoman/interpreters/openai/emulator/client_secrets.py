"""`POST …/client_secrets`: ephemeral keys for browsers, of both protocols."""

from __future__ import annotations

import msgspec

from dragoman.interpreters.openai.emulator.auth import (
    DEFAULT_SECRET_S,
    LONGEST_SECRET_S,
    SHORTEST_SECRET_S,
    ClientSecret,
    Doorkeeper,
)
from dragoman.interpreters.openai.emulator.plain_http import Answer, problem
from dragoman.interpreters.openai.emulator.record import Kind
from dragoman.interpreters.realtime.wire import conversation, session, translation
from dragoman.interpreters.realtime.wire.envelope import Rejection

DEFAULT_MODEL = "gpt-realtime-2.1"
UNNAMED = "sess_unused"


class ExpiresAfter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    anchor: str = "created_at"
    seconds: int = DEFAULT_SECRET_S


class SecretWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of either endpoint. `session` is read like the one of a `session.update`, with the model named in it."""

    session: dict[str, object] = msgspec.field(default_factory=lambda: {"type": "realtime"})
    expires_after: ExpiresAfter = ExpiresAfter()


def conversation_secret(body: bytes, door: Doorkeeper) -> Answer:
    wanted = _wanted(body)
    if isinstance(wanted, Answer):
        return wanted
    event = conversation.decode_client(_as_update(wanted.session))
    if not isinstance(event, conversation.UpdateSession):
        return _told(event)
    update = event.session
    model = update.model if isinstance(update.model, str) else DEFAULT_MODEL
    secret = door.mint(Kind.CONVERSATION, model, update, wanted.expires_after.seconds)
    return _minted(secret, session.merged(session.Session(id=UNNAMED, model=model), update))


def translation_secret(body: bytes, door: Doorkeeper) -> Answer:
    wanted = _wanted(body)
    if isinstance(wanted, Answer):
        return wanted
    model = wanted.session.pop("model", None)
    if not isinstance(model, str):
        return problem(400, "missing_required_parameter", "'session.model' is missing.", param="session.model")
    event = translation.decode_client(_as_update(wanted.session))
    if not isinstance(event, translation.UpdateSession):
        return _told(event)
    secret = door.mint(Kind.TRANSLATION, model, event.session, wanted.expires_after.seconds)
    shown = translation.Session(id=UNNAMED, model=model, expires_at=secret.expires_at)
    return _minted(secret, translation.merged(shown, event.session))


def _wanted(body: bytes) -> SecretWanted | Answer:
    """The body, or what is wrong with it."""
    try:
        wanted = msgspec.json.decode(body or b"{}", type=SecretWanted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return problem(400, "invalid_value", str(error))
    return _wrong_time(wanted.expires_after) or wanted


def _as_update(wanted: dict[str, object]) -> bytes:
    return msgspec.json.encode({"type": "session.update", "session": wanted})


def _told(event: object) -> Answer:
    """Why a session is not accepted."""
    if isinstance(event, Rejection):
        return problem(400, event.code.value, event.message, param=event.param)
    return problem(400, "invalid_value", "That is not the configuration of a session.")


def _wrong_time(wanted: ExpiresAfter) -> Answer | None:
    if wanted.anchor != "created_at":
        return problem(400, "invalid_value", "'anchor' is 'created_at'.", param="expires_after.anchor")
    if SHORTEST_SECRET_S <= wanted.seconds <= LONGEST_SECRET_S:
        return None
    return problem(
        400,
        "invalid_value",
        f"'seconds' must lie between {SHORTEST_SECRET_S} and {LONGEST_SECRET_S}.",
        param="expires_after.seconds",
    )


def _minted(secret: ClientSecret, shown: session.Session | translation.Session) -> Answer:
    body = {"value": secret.value, "expires_at": secret.expires_at, "session": shown}
    return Answer(200, msgspec.json.encode(body))
