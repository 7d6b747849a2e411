"""NCCI medically unlikely edits: CMS's files by kind of biller, and their compiled table.

CMS layout (CSV or xlsx under a notice): HCPCS/CPT code, "<who> Services MUE Values", MUE
Adjudication Indicator ("2 Date of Service Edit: Policy"), MUE rationale. Who is the practitioner,
the outpatient hospital or the DME supplier. (NCCI Policy Manual I.V)
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from services.coding.codesets.artefact import Manifest, connect
from services.coding.codesets.database import DatabaseWriter, Kept
from services.coding.codesets.published_file import (
    LayoutError,
    Watch,
    code_of,
    no_header,
    plain,
    positions,
    rows,
)
from services.coding.domain.edits.tables import UnitLimit

TABLES = """
CREATE TABLE unit_limit(code TEXT PRIMARY KEY, units INTEGER, mai INTEGER, rationale TEXT)
  WITHOUT ROWID;
"""
_NEEDED = {
    "code": ("hcpcs_code", "hcpcs_cpt_code", "cpt_code", "code"),
    "mai": ("mue_adjudication_indicator", "mue_mai", "mai"),
}
_VALUES = ("mue_units", "mue_values", "mue_value")
_OPTIONAL = {"rationale": ("mue_rationale", "rationale"), "service": ("mue_service", "service")}
_HEADER_WITHIN = 80
SERVICES = {"practitioner": "practitioner", "outpatient": "facility", "facility": "facility"}
_AS_PUBLISHED = "give the file as CMS publishes it"


class Limit(NamedTuple):
    """A code's most units and its adjudication indicator."""

    code: str
    units: int
    mai: int
    rationale: str


def read_limits(path: Path, watch: Watch) -> tuple[str, list[Limit]]:
    """Who the limits are for (``practitioner``, ``facility``, ``dme``), and they in order.

    Raises ``LayoutError``.
    """
    at: dict[str, int] | None = None
    service = ""
    found: dict[str, Limit] = {}
    for count, (line, cells) in enumerate(rows(path, watch)):
        if at is None:
            at, service = _header(cells)
            if at is None and count > _HEADER_WITHIN:
                break
            continue
        limit = _limit(path, line, cells, at)
        if "service" in at and at["service"] < len(cells):
            named = _service(cells[at["service"]])
            if service and named != service:
                raise LayoutError(
                    path, line, "limits of several kinds of biller", "give one file for each kind"
                )
            service = named
        if found.setdefault(limit.code, limit) != limit:
            raise LayoutError(path, line, f"{limit.code} stands twice", _AS_PUBLISHED)
    if at is None:
        raise no_header(path, [*_NEEDED, "units"])
    if not service:
        raise LayoutError(path, 0, "the header does not say whose limits these are", _AS_PUBLISHED)
    if not found:
        raise LayoutError(path, 0, "a header and no limit", _AS_PUBLISHED)
    return service, sorted(found.values())


def _header(cells: Sequence[str]) -> tuple[dict[str, int] | None, str]:
    at = positions(cells, {**_NEEDED, **_OPTIONAL})
    for number, heading in enumerate(plain(cell) for cell in cells):
        if heading in _VALUES or heading.endswith("_mue_values"):
            at["units"] = number
            service = "" if heading in _VALUES else _service(heading)
            if at.keys() >= _NEEDED.keys():
                return at, service
    return None, ""


def _service(text: str) -> str:
    words = plain(text)
    if "dme" in words:
        return "dme"
    return next((name for word, name in SERVICES.items() if word in words), "")


def _limit(path: Path, line: int, cells: list[str], at: dict[str, int]) -> Limit:
    try:
        units, mai = cells[at["units"]].strip(), cells[at["mai"]].strip()[:1]
        why = cells[at["rationale"]].strip() if at.get("rationale", 99) < len(cells) else ""
        code = cells[at["code"]]
    except IndexError:
        raise LayoutError(path, line, "fewer columns than the header", _AS_PUBLISHED) from None
    if not units.isdigit() or mai not in ("1", "2", "3"):
        raise LayoutError(
            path, line, "no whole units with an adjudication indicator of 1 to 3", _AS_PUBLISHED
        )
    return Limit(code_of(path, line, code), int(units), int(mai), why)


def write_limits(limits: Sequence[Limit], out: Path) -> int:
    """Compile ``limits`` into ``out``; returns how many."""
    writer = DatabaseWriter(out, TABLES)
    writer.rows("unit_limit", 4, limits)
    writer.close()
    return len(limits)


class UnitLimitRelease:
    """One release of one kind of biller's limits."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.release = manifest.release
        self._connection = connect(path)
        self.limit = Kept(self._limit)

    def _limit(self, code: str) -> UnitLimit | None:
        row = self._connection.execute(
            "SELECT code, units, mai, rationale FROM unit_limit WHERE code = ?", (code,)
        ).fetchone()
        if row is None:
            return None
        _, units, mai, rationale = row
        return UnitLimit(code, units, mai, rationale, self.release)

    def rows(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Every limit in order: for comparing releases."""
        for code, units, mai in self._connection.execute(
            "SELECT code, units, mai FROM unit_limit ORDER BY code"
        ):
            yield code, {"units": str(units), "mai": str(mai)}
