"""How the page plays what comes to it over a network whose delay varies."""
