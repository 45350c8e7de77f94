"""How well the embedded engine interprets: `python -m bench.quality`."""
