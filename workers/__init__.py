"""Door 2, arq."""
