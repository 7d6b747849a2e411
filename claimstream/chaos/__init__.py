"""Trying to break the pipeline: seeded faults under load, then the proof of what is left."""
