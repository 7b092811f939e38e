"""Verbs: one module a noun, one function a use case."""
