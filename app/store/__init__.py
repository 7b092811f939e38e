"""Habeas's own PostgreSQL."""
