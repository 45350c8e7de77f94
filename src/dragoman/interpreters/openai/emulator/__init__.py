"""A server that plays OpenAI's realtime API, strictly: for tests, rigs and the demo."""

from dragoman.interpreters.openai.emulator.faults import Ending, Faults, Pace, Refusal
from dragoman.interpreters.openai.emulator.record import Kind, Record
from dragoman.interpreters.openai.emulator.script import EchoScript, MarkerScript, Phrase, Phrases, Script
from dragoman.interpreters.openai.emulator.server import OpenAIEmulator, serve

__all__ = [
    "EchoScript",
    "Ending",
    "Faults",
    "Kind",
    "MarkerScript",
    "OpenAIEmulator",
    "Pace",
    "Phrase",
    "Phrases",
    "Record",
    "Refusal",
    "Script",
    "serve",
]
