"""Messages of both protocols, in both roles. No I/O."""
