"""The embedded engine's server: both OpenAI realtime protocols and `/v1/audio/speech` on loopback."""
