"""Writes, seals, opens and expires bundles."""
