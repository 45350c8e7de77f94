"""What the ear hears: scenes with a simulated interpreter in virtual time, and calls with real speech."""
