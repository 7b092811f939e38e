"""A data map: read, check, draft, explain."""
