"""What turns heard speech into speech in the other language."""
