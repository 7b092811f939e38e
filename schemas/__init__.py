"""Words and shapes two parties must agree on. Imports nothing of ours."""
