"""The tables: columns and constraints, no behaviour."""
