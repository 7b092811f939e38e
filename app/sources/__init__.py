"""Hands on the LMS: one package a kind of source, behind one Protocol."""
