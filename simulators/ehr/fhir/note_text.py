"""Notes in DocumentReference and DiagnosticReport attachments, as headed sections."""

import base64
import binascii
import re

from schemas.encounter import NoteSection
from simulators.ehr.fhir.codings import SHORT_TEXT
from simulators.ehr.fhir.node import FhirError, Node
from simulators.ehr.fhir.resources import Resource, Resources

LARGEST_NOTE = 1_000_000
_HEADING = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+(?P<marked>\S.{0,80}?)[ \t]*#*"
    r"|(?P<capitals>[A-Z][A-Z0-9 /&,()'-]{1,60}):?"
    r"|(?P<colon>[A-Z][A-Za-z /&-]{1,60}):)[ \t]*$",
    re.MULTILINE,
)
_TEXT_TYPES = {"", "text/plain", "text/markdown"}


class NotTextError(Exception):
    """An attachment is of a type that is not plain text; ``path`` says which."""

    def __init__(self, path: str) -> None:
        super().__init__("the attachment is not plain text")
        self.path = path


def sections(text: str, heading: str = "Note") -> tuple[NoteSection, ...]:
    """``text`` in headed sections; what stands before the first heading is under ``heading``.

    The text of a section is exactly what stands between two headings, without the blank lines
    around it.
    """
    found: list[NoteSection] = []
    name, start = heading, 0
    for mark in [*_HEADING.finditer(text), None]:
        body = text[start : mark.start() if mark else len(text)].strip("\r\n \t")
        if body:
            found.append(NoteSection(heading=name[:SHORT_TEXT], text=body))
        if mark:
            name = (mark["marked"] or mark["capitals"] or mark["colon"] or heading).strip()
            start = mark.end()
    return tuple(found)


def _decoded(attachment: Node, data: str, charset: str) -> str:
    path = f"{attachment.path}.data"
    try:
        raw = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        raise FhirError(path, "not_base64", "the attachment is not base64") from None
    try:
        text = raw.decode(charset)
    except (UnicodeDecodeError, LookupError):
        raise FhirError(path, "not_text", f"the attachment is not text in {charset}") from None
    if len(text) > LARGEST_NOTE:
        raise FhirError(path, "too_large", f"a note has at most {LARGEST_NOTE} characters")
    return text


def attachment_text(attachment: Node, resources: Resources) -> str:
    """The text of an Attachment, from its data or from a Binary that its url names.

    Raises ``NotTextError`` for another type than text, ``FhirError`` when it cannot be read.
    """
    media, _, parameters = attachment.text("contentType").partition(";")
    if media.strip().lower() not in _TEXT_TYPES:
        raise NotTextError(attachment.path)
    charset = "utf-8"
    if found := re.search(r"charset=\"?([\w.-]+)", parameters, re.IGNORECASE):
        charset = found[1]
    data = attachment.text("data")
    if not data and (url := attachment.text("url")):
        binary = resources.find(url)
        if binary is None or binary.kind != "Binary":
            raise FhirError(f"{attachment.path}.url", "reference_unknown", "the text is not here")
        data = binary.node.text("data")
    return _decoded(attachment, data, charset) if data else ""


def attachments(resource: Resource) -> list[Node]:
    """The attachments of a DocumentReference or a DiagnosticReport."""
    if resource.kind == "DocumentReference":
        return [content.child("attachment") for content in resource.node.items("content")]
    return list(resource.node.items("presentedForm"))
