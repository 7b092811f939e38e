"""Puts the parts together from the settings: once a process, for its root."""
