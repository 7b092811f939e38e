"""Runs a job step by step so that it may die anywhere. One file a right."""
