"""`POST …/client_secrets`: ephemeral keys for browsers, of both protocols."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from dragoman.interpreters.openai.emulator.auth import (
    DEFAULT_SECRET_S,
    LONGEST_SECRET_S,
    SHORTEST_SECRET_S,
    ClientSecret,
    Doorkeeper,
)
from dragoman.interpreters.openai.emulator.plain_http import Answer, problem
from dragoman.interpreters.openai.emulator.record import Kind
from dragoman.interpreters.realtime.wire import session, session_rules, translation

DEFAULT_MODEL = "gpt-realtime-2.1"
UNNAMED = "sess_unused"


class ExpiresAfter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    anchor: str = "created_at"
    seconds: int = DEFAULT_SECRET_S


class SecretWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of the conversation endpoint."""

    expires_after: ExpiresAfter = ExpiresAfter()
    session: session.SessionUpdate = session.SessionUpdate(type="realtime")


class TranslationWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The session of a translation's secret: here, unlike in `session.update`, the model is named."""

    model: str
    audio: translation.AudioUpdate | UnsetType = UNSET


class TranslationSecretWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of the translation endpoint."""

    session: TranslationWanted
    expires_after: ExpiresAfter = ExpiresAfter()


def conversation_secret(body: bytes, door: Doorkeeper) -> Answer:
    try:
        wanted = msgspec.json.decode(body, type=SecretWanted)
    except msgspec.DecodeError as error:
        return problem(400, "invalid_value", str(error))
    broken = session_rules.broken_rule(wanted.session)
    if broken is not None:
        return problem(400, "invalid_value", broken.message, param=broken.param)
    if (wrong := _wrong_time(wanted.expires_after)) is not None:
        return wrong
    model = wanted.session.model if isinstance(wanted.session.model, str) else DEFAULT_MODEL
    secret = door.mint(Kind.CONVERSATION, model, wanted.session, wanted.expires_after.seconds)
    shown = session.merged(session.Session(id=UNNAMED, model=model), wanted.session)
    return _minted(secret, shown)


def translation_secret(body: bytes, door: Doorkeeper) -> Answer:
    try:
        wanted = msgspec.json.decode(body, type=TranslationSecretWanted)
    except msgspec.DecodeError as error:
        return problem(400, "invalid_value", str(error))
    update = translation.SessionUpdate(audio=wanted.session.audio)
    broken = translation.broken_rule(update)
    if broken is not None:
        return problem(400, "invalid_value", broken.message, param=broken.param)
    if (wrong := _wrong_time(wanted.expires_after)) is not None:
        return wrong
    secret = door.mint(Kind.TRANSLATION, wanted.session.model, update, wanted.expires_after.seconds)
    expires_at = secret.expires_at
    shown = translation.merged(
        translation.Session(id=UNNAMED, model=wanted.session.model, expires_at=expires_at), update
    )
    return _minted(secret, shown)


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
