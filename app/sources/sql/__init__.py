"""A source that is a PostgreSQL database."""
