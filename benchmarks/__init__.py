"""Measures Habeas against PostgreSQL itself, as ratios within one run."""
