"""Where living calls are kept, so that they outlive a process."""
