"""Habeas: data-subject rights for learning platforms."""
