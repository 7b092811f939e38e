"""Restriction and erasure in a PostgreSQL database."""
