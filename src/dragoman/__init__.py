"""Dragoman: a live interpreter for phone calls."""
