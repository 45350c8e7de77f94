"""Twilio: calls, webhooks, Media Streams, TaskRouter."""
