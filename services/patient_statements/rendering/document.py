"""A rendered document: its bytes and the digest that the event of its issue carries."""

from dataclasses import dataclass
from hashlib import sha256

from services.patient_statements.domain.statement import Statement
from services.patient_statements.domain.statement_text import worded
from services.patient_statements.rendering.html import html_of
from services.patient_statements.rendering.pdf import pdf_of


@dataclass(frozen=True, slots=True)
class Documents:
    """A statement as HTML and as PDF; the digests are lower-case hexadecimal SHA-256."""

    html: bytes
    pdf: bytes

    @property
    def html_sha256(self) -> str:
        """The HTML's digest."""
        return sha256(self.html).hexdigest()

    @property
    def pdf_sha256(self) -> str:
        """The PDF's digest."""
        return sha256(self.pdf).hexdigest()


def documents_of(statement: Statement) -> Documents:
    """Render a statement; the same statement gives the same bytes on the same machine.

    Raises ``pdf.UnprintableError`` where it cannot be printed. It computes for some 10 ms: call it
    in a thread.
    """
    text = worded(statement)
    return Documents(html=html_of(text), pdf=pdf_of(text, statement.issued_on))
