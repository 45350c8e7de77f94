"""`dragoman doctor`: whether everything is in place for the first call, and what to do where it is not."""
