"""Arithmetic on sound. Pure: bytes and numpy arrays in, bytes and numpy arrays out; all state is in objects."""
