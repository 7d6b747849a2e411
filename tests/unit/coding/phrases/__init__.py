"""Phrases as notes have them: shorthand, everyday names, causes, histories."""
