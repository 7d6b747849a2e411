"""Code sets as data with effective dates: importers, the read-only artefact, and its readers."""
