"""Statements as documents: pure functions from a statement's words to bytes."""
