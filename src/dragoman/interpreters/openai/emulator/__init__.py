"""A server that plays OpenAI's realtime API, strictly: for tests, rigs and the demo."""

from dragoman.interpreters.openai.emulator.faults import Ending, Faults, Pace, Refusal
from dragoman.interpreters.openai.emulator.record import Kind, Record
from dragoman.interpreters.openai.emulator.script import (
    Answer,
    AssistantScript,
    Call,
    EchoScript,
    MarkerScript,
    Message,
    Phrase,
    Phrases,
    Script,
)
from dragoman.interpreters.openai.emulator.server import OpenAIEmulator, serve

__all__ = [
    "Answer",
    "AssistantScript",
    "Call",
    "EchoScript",
    "Ending",
    "Faults",
    "Kind",
    "MarkerScript",
    "Message",
    "OpenAIEmulator",
    "Pace",
    "Phrase",
    "Phrases",
    "Record",
    "Refusal",
    "Script",
    "serve",
]
