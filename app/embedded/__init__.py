"""Private PostgreSQL and Valkey for one-command use, started from wheels."""
