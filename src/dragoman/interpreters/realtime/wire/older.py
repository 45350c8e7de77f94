"""The names that events had in the beta dialect, for servers that still use them. Read, never spoken.

OpenAI switched the dialect off on 2026-05-12; others that speak its protocol (Azure's preview among them) lag behind.
"""

from __future__ import annotations

from typing import Final

import msgspec

from dragoman.errors import RemoteWireError
from dragoman.interpreters.realtime.wire.conversation import AnyServerEvent, decode_server
from dragoman.interpreters.realtime.wire.envelope import Unrecognised

NAMES: Final = {
    "response.audio.delta": "response.output_audio.delta",
    "response.audio.done": "response.output_audio.done",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.audio_transcript.done": "response.output_audio_transcript.done",
    "response.text.delta": "response.output_text.delta",
    "response.text.done": "response.output_text.done",
}
"""Today's name by the older one; their members are the same. (`conversation.item.created` has an event of its own.)"""


def decode_any(message: bytes) -> AnyServerEvent | Unrecognised:
    """As `decode_server`, under older names too; raises RemoteWireError when the event is broken."""
    event = decode_server(message)
    if not isinstance(event, Unrecognised) or event.type not in NAMES:
        return event
    try:
        members = msgspec.json.decode(message, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteWireError(f"a broken {event.type}: {error}") from error
    members["type"] = msgspec.Raw(msgspec.json.encode(NAMES[event.type]))
    return decode_server(msgspec.json.encode(members))
