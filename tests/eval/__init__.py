"""Measures the coding service on labelled cases: make eval."""
