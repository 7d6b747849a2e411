"""Pages as PDF: for pre-printed forms, as previews with boxes of our own, and a batch's cover list.

For the printer each character stands in its cell of the grid, 7.2 by 12 points; ``Margins`` move
the whole to where a printer needs it. The words travel as JSON beside the template and are never
parsed as markup. The same pages give the same bytes.
"""

import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock

import typst

from services.payer_gateway.paper.form import Page, place_of
from services.payer_gateway.paper.reading import items, service_lines

_TEMPLATES = Path(__file__).parent / "templates"
_MADE = datetime(2012, 2, 1, tzinfo=UTC)
"""The form's own date: a PDF of the same claims is the same, whenever it is made."""

_lock = Lock()


@dataclass(frozen=True, slots=True)
class Margins:
    """Thousandths of an inch from the paper's edge to the first column and the first line."""

    left_mils: int = 250
    top_mils: int = 167


_USUAL = Margins()


@dataclass(frozen=True, slots=True)
class Listed:
    """One claim on a cover list; amounts in cents. ``attach``: what is mailed with its forms."""

    claim_id: str
    payer: str
    pages: int
    charge_cents: int
    cuts: int
    attach: str = ""


def printed(pages: Sequence[Page], margins: Margins = _USUAL) -> bytes:
    """The pages for pre-printed forms: characters at their places and nothing else."""
    content = {
        "left": margins.left_mils,
        "top": margins.top_mils,
        "pages": [_placed(page) for page in pages],
    }
    return _compiled("print.typ", content)


def preview(pages: Sequence[Page]) -> bytes:
    """The pages to be read: every filled item under its number and name, the lines as a table."""
    content = {
        "pages": [
            {
                "number": page.number,
                "items": items(page),
                "lines": [astuple(line) for line in service_lines(page)],
                "cuts": [cut.message for cut in page.cuts],
            }
            for page in pages
        ]
    }
    return _compiled("preview.typ", content)


def cover(claims: Sequence[Listed], day: str) -> bytes:
    """The list that goes on top of a batch: claims, forms and charges, counted."""
    content = {
        "day": day,
        "rows": [
            [
                each.claim_id,
                each.payer,
                str(each.pages),
                _dollars(each.charge_cents),
                each.cuts,
                each.attach,
            ]
            for each in claims
        ],
        "claims": len(claims),
        "forms": sum(each.pages for each in claims),
        "charge": _dollars(sum(each.charge_cents for each in claims)),
    }
    return _compiled("cover.typ", content)


def _placed(page: Page) -> dict[str, object]:
    fields = []
    for name, text in page.fields.items():
        place = place_of(name)
        shown = text.rjust(place.width) if place.right else text
        fields.append(
            {
                "line": place.line,
                "column": place.column,
                "text": shown,
            }
        )
    return {"fields": fields}


def _dollars(cents: int) -> str:
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}${whole:,}.{rest:02d}"


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(
        font_paths=typst.Fonts(include_system_fonts=False), ignore_system_fonts=True
    )


def _compiled(template: str, content: object) -> bytes:
    with _lock:
        pdf = _compiler().compile(
            input=(_TEMPLATES / template).read_bytes(),
            format="pdf",
            sys_inputs={"content": json.dumps(content)},
            timestamp=_MADE,
        )
    if not isinstance(pdf, bytes):
        raise TypeError("the PDF is not one document")
    return pdf
