"""What answers in an assistant's session of the embedded engine: a text model somewhere, or the small mind."""
