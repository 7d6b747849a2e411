"""Checks of X12 files and of values: what breaks a rule, with its place."""
