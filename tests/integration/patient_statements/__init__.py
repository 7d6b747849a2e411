"""The patient statements service on a real database."""
