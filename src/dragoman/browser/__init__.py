"""Browsers as legs: rooms and single devices, over one WebSocket each."""
