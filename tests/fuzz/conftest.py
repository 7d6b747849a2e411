"""The services on databases, as the poison corpus has them."""

from tests.poison.conftest import services

__all__ = ["services"]
