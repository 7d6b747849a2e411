"""Encounters a second, end to end, against the usual way; statements a batch; memory; CPU."""
