"""Importers, artefacts and look-ups of the code sets."""
