"""A page of the form: fields filled within their places, and what did not fit said."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.payer_gateway.paper.grid import COLUMNS, LINES, PLACES, Place

_PUNCTUATION = str.maketrans({"’": "'", "–": "-", "—": "-"})


@dataclass(frozen=True, slots=True)
class Cut:
    """What did not go onto the form whole. ``item`` is its number there, ``page`` from 1.

    ``message`` says how much is missing and what to do; it holds nothing of the claim.
    """

    page: int
    item: str
    message: str


@dataclass(slots=True)
class Page:
    """One form. ``fields``: by name in ``PLACES``, for a service line with ``#1`` to ``#6``."""

    number: int
    fields: dict[str, str] = field(default_factory=dict)
    cuts: list[Cut] = field(default_factory=list)

    def put(self, name: str, text: str, service_line: int | None = None) -> None:
        """Fill a field in capitals; what is longer than its place is cut at the end, and said."""
        shown = printable(text)
        if not shown:
            return
        width = PLACES[name].width
        if len(shown) > width:
            item = name.partition(".")[0]
            message = (
                f"item {item} takes {width} characters and was given {len(shown)}: the rest was "
                "left out; shorten it at its source, or attach it"
            )
            self.cuts.append(Cut(self.number, item, message))
            shown = shown[:width].rstrip()
        self.fields[name if service_line is None else f"{name}#{service_line + 1}"] = shown

    def check(self, name: str, *, is_checked: bool = True) -> None:
        """Mark a box."""
        if is_checked:
            self.put(name, "X")


def printable(text: str) -> str:
    """Capitals without accents, as the form is read by machines; what has none is a blank."""
    plain = unicodedata.normalize("NFKD", text.translate(_PUNCTUATION))
    kept = "".join(c if c.isascii() and c.isprintable() else " " for c in plain if not _joins(c))
    return " ".join(kept.upper().split())


def _joins(char: str) -> bool:
    return unicodedata.combining(char) != 0


def place_of(name: str) -> Place:
    """Where a field of a page goes, its service line counted in."""
    base, _, line = name.partition("#")
    return PLACES[base].below(int(line) - 1) if line else PLACES[base]


def text_lines(fields: Mapping[str, str]) -> list[str]:
    """The page as text, ``LINES`` lines of ``COLUMNS`` characters: a print image."""
    rows = [[" "] * COLUMNS for _ in range(LINES)]
    for name, text in fields.items():
        place = place_of(name)
        shown = text.rjust(place.width) if place.right else text
        row = rows[place.line - 1]
        for offset, char in enumerate(shown):
            if char != " ":
                row[place.column - 1 + offset] = char
    return ["".join(row).rstrip() for row in rows]
