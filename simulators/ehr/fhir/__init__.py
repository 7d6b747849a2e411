"""FHIR R4 bundles as our own reference and encounter events.

Reading (``bundle_file``) is apart from mapping (everything else, which is pure).
"""
