"""The resources of a bundle, and following references between them (FHIR R4, 2.3 and 2.36.4.1)."""

import re
from dataclasses import dataclass, field
from hashlib import blake2b

from simulators.ehr.fhir.node import FhirError, Node

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,63}")
_LITERAL = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([A-Za-z0-9.\-]{1,64})(?:/_history/.*)?")


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: its type, its id made fit for the contract, and its node."""

    kind: str
    own_id: str
    node: Node


def contract_id(text: str) -> str:
    """``text`` when it can be an id of the contract; else a hash of it."""
    if _ID.fullmatch(text):
        return text
    return "h" + blake2b(text.encode(), digest_size=12).hexdigest()


@dataclass(slots=True)
class Resources:
    """Resources by kind, findable by every form of reference; ``wider`` is asked next."""

    wider: "Resources | None" = None
    by_kind: dict[str, list[Resource]] = field(default_factory=dict)
    _by_name: dict[str, Resource] = field(default_factory=dict)

    def add(self, entry: Node) -> Resource:
        """Take up one bundle entry. Raises ``FhirError`` when it has no resource type."""
        node = entry.child("resource")
        if not isinstance(node.value, dict):
            raise FhirError(node.path, "missing", "the entry has no resource")
        kind = node.required("resourceType")
        full_url = entry.text("fullUrl")
        own = node.text("id") or full_url.rpartition("/")[2].removeprefix("urn:uuid:")
        if not own:
            raise FhirError(f"{node.path}.id", "missing", "the resource has no id and no fullUrl")
        resource = Resource(kind, contract_id(own), node)
        self.by_kind.setdefault(kind, []).append(resource)
        self._by_name[f"{kind}/{own}"] = resource
        if full_url:
            self._by_name[full_url] = resource
        for identifier in (
            node.items("identifier") if isinstance(node.value.get("identifier"), list) else ()
        ):
            value = identifier.text("value")
            if value:
                self._by_name[f"{kind}?identifier={identifier.text('system')}|{value}"] = resource
        return resource

    def adopt(self, resource: Resource, names: "Resources") -> None:
        """Take up a resource that ``names`` already knows, under the same names."""
        self.by_kind.setdefault(resource.kind, []).append(resource)
        for name, found in names._by_name.items():
            if found is resource:
                self._by_name[name] = resource

    def of(self, kind: str) -> list[Resource]:
        """The resources of ``kind`` in the order of the bundle."""
        return self.by_kind.get(kind, [])

    def find(self, reference: str) -> Resource | None:
        """What ``reference`` names; urn:uuid, relative, absolute or conditional."""
        found = self._by_name.get(reference)
        if found is None and (literal := _LITERAL.fullmatch(reference)):
            found = self._by_name.get(f"{literal[1]}/{literal[2]}")
        if found is None and self.wider is not None:
            return self.wider.find(reference)
        return found

    def follow(self, node: Node, *kinds: str) -> Resource | None:
        """The resource that a Reference element names; None when the element is missing.

        Raises ``FhirError``: ``reference_unknown`` when nothing of that name is at hand,
        ``reference_wrong_type`` when it is not one of ``kinds``.
        """
        reference = node.text("reference") if node else ""
        if not reference:
            return None
        found = self.find(reference)
        if found is None:
            raise FhirError(
                f"{node.path}.reference", "reference_unknown", "the resource named here is not here"
            )
        if found.kind not in kinds:
            raise FhirError(
                f"{node.path}.reference",
                "reference_wrong_type",
                f"a reference to {' or '.join(kinds)} is expected",
            )
        return found
