"""Rules: frozen dataclasses and pure functions."""
