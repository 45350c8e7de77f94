"""Thousands of short calls, and whether the server is afterwards as it was before."""
