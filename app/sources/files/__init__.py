"""A source that is a store of uploaded files."""
