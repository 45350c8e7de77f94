"""The embedded engine: ears, text, voice and a server of its own that speaks OpenAI's protocols."""
