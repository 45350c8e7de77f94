"""The command line: each sub-command in a file of its own."""
