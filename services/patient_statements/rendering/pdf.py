"""A statement as a tagged PDF that meets PDF/UA-1 (ISO 14289-1), which Typst checks as it writes.

The words travel as JSON beside the template and are never parsed as markup: a name cannot become
code. The creation date is the statement's own, so that the same statement gives the same bytes.
"""

import json
import re
import unicodedata
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from threading import Lock

import typst

from services.patient_statements.domain.statement_text import StatementText

_TEMPLATE = Path(__file__).parent / "templates" / "statement.typ"
_NO_GLYPH = re.compile(
    r'^(?:PDF/UA-1 error: )?the text `("(?:[^"\\]|\\.)*")` could not be displayed'
)
_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}")
_REPLACEMENT = "?"
_JOINING = frozenset({"Mn", "Mc", "Me", "Sk", "Cf"})
_MOST_REPLACED = 500

_lock = Lock()


class UnprintableError(RuntimeError):
    """Typst could not print the statement; the text says which kind of error, never the content."""


@cache
def _source() -> bytes:
    return _TEMPLATE.read_bytes()


@cache
def _compiler(system_fonts: bool) -> typst.Compiler:
    return typst.Compiler(
        font_paths=typst.Fonts(include_system_fonts=system_fonts),
        ignore_system_fonts=not system_fonts,
    )


def _compile(content: str, created: datetime, *, system_fonts: bool) -> bytes:
    with _lock:
        pdf = _compiler(system_fonts).compile(
            input=_source(),
            format="pdf",
            sys_inputs={"content": content},
            pdf_standards=["ua-1"],
            timestamp=created,
        )
    if not isinstance(pdf, bytes):
        raise UnprintableError("the PDF is not one document")
    return pdf


def _undisplayable(error: typst.TypstError) -> str:
    """The characters that no font has, out of Typst's message; empty for any other error."""
    found = _NO_GLYPH.match(error.message)
    if found is None:
        return ""
    quoted = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), found[1][1:-1])
    return quoted.replace('\\"', '"').replace("\\\\", "\\")


def _without(content: str, missing: str) -> str:
    """``content`` with what no font has replaced; letters, digits and amounts are never touched.

    An ordinary character is reported missing when a mark or modifier that no font joins to it
    follows; then the mark is what is replaced.
    """
    strange = {character for character in missing if not character.isascii()}
    if strange:
        return "".join(_REPLACEMENT if each in strange else each for each in content)
    kept: list[str] = []
    for before, each in zip(" " + content, content, strict=False):
        joined = unicodedata.category(each) in _JOINING
        kept.append(_REPLACEMENT if joined and before in missing else each)
    return "".join(kept)


def pdf_of(text: StatementText, issued_on: date) -> bytes:
    """The PDF's bytes.

    The fonts that come with Typst have Latin, Greek, Cyrillic, Hebrew and Arabic letters. Where a
    name needs others, the machine's own fonts are asked; what no font has is printed as ``?``, and
    the HTML still shows it. Raises ``UnprintableError`` for anything else that Typst refuses.
    """
    content = json.dumps(asdict(text), ensure_ascii=False)
    created = datetime(issued_on.year, issued_on.month, issued_on.day, tzinfo=UTC)
    system_fonts = False
    for _ in range(_MOST_REPLACED):
        try:
            return _compile(content, created, system_fonts=system_fonts)
        except typst.TypstError as error:
            missing = _undisplayable(error)
            if not missing:
                raise UnprintableError("Typst refused the statement") from None
            if not system_fonts:
                system_fonts = True
                continue
            replaced = _without(content, missing)
            if replaced == content:
                raise UnprintableError("a character that no font has cannot be told") from None
            content = replaced
    raise UnprintableError("too many characters that no font has")
