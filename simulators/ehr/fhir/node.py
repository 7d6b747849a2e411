"""Walking through parsed FHIR JSON with the path at hand, so that an error says where it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


class FhirError(Exception):
    """Something in a resource cannot be used. ``path`` is FHIRPath-like; the message has no
    content of the record."""

    def __init__(self, path: str, reason: str, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON value and its path. A missing element is a node whose value is None."""

    value: Any
    path: str

    def __bool__(self) -> bool:
        return self.value is not None

    def child(self, name: str) -> "Node":
        """The element ``name`` of an object; ``wrong_type`` when this is no object."""
        if self.value is None:
            return Node(None, f"{self.path}.{name}")
        if not isinstance(self.value, dict):
            raise FhirError(self.path, "wrong_type", "an object is expected here")
        return Node(self.value.get(name), f"{self.path}.{name}")

    def at(self, dotted: str) -> "Node":
        """The element below by several names."""
        node = self
        for name in dotted.split("."):
            node = node.child(name)
        return node

    def items(self, name: str) -> Iterator["Node"]:
        """The members of the list ``name``; nothing when it is missing."""
        node = self.child(name)
        if node.value is None:
            return
        if not isinstance(node.value, list):
            raise FhirError(node.path, "wrong_type", "a list is expected here")
        for index, member in enumerate(node.value):
            yield Node(member, f"{node.path}[{index}]")

    def first(self, name: str) -> "Node":
        """The first member of the list ``name``, or a missing node."""
        return next(self.items(name), Node(None, f"{self.path}.{name}[0]"))

    def text(self, name: str) -> str:
        """The string ``name`` without surrounding space; empty when it is missing."""
        node = self.child(name)
        if node.value is None:
            return ""
        if not isinstance(node.value, str):
            raise FhirError(node.path, "wrong_type", "a string is expected here")
        return node.value.strip()

    def required(self, name: str) -> str:
        """The string ``name``; ``missing`` when there is none."""
        text = self.text(name)
        if not text:
            raise FhirError(f"{self.path}.{name}", "missing", "this element is needed")
        return text

    def number(self, name: str) -> Decimal | None:
        """The number ``name``, exactly as written."""
        node = self.child(name)
        if node.value is None:
            return None
        if isinstance(node.value, bool) or not isinstance(node.value, int | Decimal):
            raise FhirError(node.path, "wrong_type", "a number is expected here")
        return Decimal(node.value)

    def flag(self, name: str) -> bool | None:
        """The boolean ``name``; None when it is missing."""
        node = self.child(name)
        if node.value is not None and not isinstance(node.value, bool):
            raise FhirError(node.path, "wrong_type", "true or false is expected here")
        return node.value
