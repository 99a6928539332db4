"""Commands of the terminal that need more than a few lines; cockpit.py is the door."""
