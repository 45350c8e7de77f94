"""The fault lab: whole calls through emulators and a real server while things go wrong (docs/howto/fault-lab.md)."""
