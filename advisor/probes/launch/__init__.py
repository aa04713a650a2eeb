"""Processes of other interpreters: starting them, talking to them, ending them with all their children."""
