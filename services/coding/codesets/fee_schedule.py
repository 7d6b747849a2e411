"""The physician fee schedule: CMS's relative value file, and its compiled table of indicators.

CMS layout ``PPRRVU...`` (CSV or xlsx under a notice; the last line of a wrapped header begins
HCPCS, MOD, DESCRIPTION): columns by position, descriptions passed over, since they are CPT(R)'s.
Or two CSV files with one line of headings each, indicators and amounts. (42 CFR 414.22)
"""

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

from services.coding.codesets.artefact import Manifest, connect
from services.coding.codesets.database import DatabaseWriter, Kept
from services.coding.codesets.published_file import (
    LayoutError,
    Watch,
    code_of,
    plain,
    positions,
    rows,
)
from services.coding.domain.edits.tables import FeeIndicators

TABLES = """
CREATE TABLE fee(code TEXT, modifier TEXT, status TEXT, pc_tc TEXT, global_days TEXT,
  multiple_procedure TEXT, bilateral TEXT, assistant TEXT, facility INTEGER, elsewhere INTEGER,
  co_surgeon TEXT, team_surgeon TEXT,
  PRIMARY KEY (code, modifier)) WITHOUT ROWID;
"""
_PPRRVU = {
    "code": 0,
    "modifier": 1,
    "status": 3,
    "elsewhere": 11,
    "facility": 12,
    "pc_tc": 13,
    "global_days": 14,
    "multiple_procedure": 18,
    "bilateral": 19,
    "assistant": 20,
    "co_surgeon": 21,
    "team_surgeon": 22,
}
_INDICATORS = {
    "code": ("hcpcs_code", "hcpcs"),
    "modifier": ("mod",),
    "status": ("status",),
    "pc_tc": ("pctc", "pc_tc", "pctc_ind"),
    "global_days": ("glob", "glob_days", "global_days"),
    "multiple_procedure": ("mult_proc",),
    "bilateral": ("bilat_surg",),
    "assistant": ("asst_surg",),
}
_MORE_INDICATORS = {"co_surgeon": ("co_surg",), "team_surgeon": ("team_surg",)}
_AMOUNTS = {
    "code": ("hcpcs_code", "hcpcs"),
    "modifier": ("mod",),
    "elsewhere": ("rvu_non_sum",),
    "facility": ("rvu_fac_sum",),
}
_GLOBAL_DAYS = frozenset({"000", "010", "090", "XXX", "YYY", "ZZZ", "MMM", ""})
_SPLIT = frozenset({"26", "TC", "53"})
_HEADER_WITHIN = 80
_AS_PUBLISHED = "give the relative value file as CMS publishes it (PPRRVU, CSV)"


class Fee(NamedTuple):
    """Indicators of a code, alone or with modifier 26, TC or 53; values in hundredths."""

    code: str
    modifier: str
    status: str
    pc_tc: str
    global_days: str
    multiple_procedure: str
    bilateral: str
    assistant: str
    facility: int
    elsewhere: int
    co_surgeon: str = ""
    team_surgeon: str = ""


def read_fees(paths: Sequence[Path], watch: Watch) -> list[Fee]:
    """Rows in order, indicators and amounts of separate files joined. Raises ``LayoutError``."""
    indicators: dict[tuple[str, str], dict[str, str]] = {}
    amounts: dict[tuple[str, str], tuple[int, int]] = {}
    for path in paths:
        for line, row in _read(path, watch):
            key = (code_of(path, line, row["code"]), row["modifier"].upper())
            if "elsewhere" in row:
                amounts[key] = (
                    _hundredths(path, line, row["facility"]),
                    _hundredths(path, line, row["elsewhere"]),
                )
            if "status" in row:
                _check(path, line, row)
                indicators[key] = row
    if not indicators:
        raise LayoutError(paths[0], 0, "amounts without indicators", _AS_PUBLISHED)
    return [
        Fee(
            code,
            modifier,
            row["status"].upper(),
            _digit(row["pc_tc"]),
            row["global_days"].upper(),
            _digit(row["multiple_procedure"]),
            _digit(row["bilateral"]),
            _digit(row["assistant"]),
            *amounts.get((code, modifier), (0, 0)),
            _digit(row.get("co_surgeon", "")),
            _digit(row.get("team_surgeon", "")),
        )
        for (code, modifier), row in sorted(indicators.items())
    ]


def _read(path: Path, watch: Watch) -> Iterator[tuple[int, dict[str, str]]]:
    at: dict[str, int] | None = None
    for count, (line, cells) in enumerate(rows(path, watch)):
        if at is None:
            at = _header(cells)
            if at is None and count > _HEADER_WITHIN:
                break
            continue
        if max(at.values()) >= len(cells):
            raise LayoutError(path, line, "fewer columns than the header", _AS_PUBLISHED)
        yield line, {name: cells[number].strip() for name, number in at.items()}
    if at is None:
        raise LayoutError(path, 0, "no line heads a relative value file", _AS_PUBLISHED)


def _header(cells: Sequence[str]) -> dict[str, int] | None:
    if [plain(cell) for cell in cells[:3]] == ["hcpcs", "mod", "description"]:
        return dict(_PPRRVU) if len(cells) > max(_PPRRVU.values()) else None
    for wanted in ({**_INDICATORS, **_AMOUNTS}, _INDICATORS, _AMOUNTS):
        at = positions(cells, wanted)
        if at.keys() == wanted.keys():
            return at if wanted is _AMOUNTS else {**at, **positions(cells, _MORE_INDICATORS)}
    return None


def _check(path: Path, line: int, row: dict[str, str]) -> None:
    if len(row["status"]) != 1 or not row["status"].isalpha():
        raise LayoutError(path, line, "no status of one letter", _AS_PUBLISHED)
    if row["global_days"].upper() not in _GLOBAL_DAYS:
        raise LayoutError(path, line, "no global period such as 010 or XXX", _AS_PUBLISHED)


def _digit(text: str) -> str:
    return text.removesuffix(".0")


def _hundredths(path: Path, line: int, text: str) -> int:
    try:
        value = Decimal(text or "0") * 100
        return int(value.quantize(Decimal(1), ROUND_HALF_UP))
    except (InvalidOperation, ValueError):
        raise LayoutError(path, line, "no relative value", _AS_PUBLISHED) from None


def write_fees(found: Sequence[Fee], out: Path) -> int:
    """Compile the rows into ``out``; returns how many."""
    writer = DatabaseWriter(out, TABLES)
    writer.rows("fee", len(Fee._fields), found)
    writer.close()
    return len(found)


class FeeRelease:
    """One release of the fee schedule's indicators."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.release = manifest.release
        self._connection = connect(path)
        columns = self._connection.execute("SELECT name FROM pragma_table_info('fee')")
        known = "team_surgeon" in {name for (name,) in columns}
        self._surgeons = "co_surgeon, team_surgeon" if known else "'', ''"
        self._fee = Kept(self._row)

    def indicators(self, code: str, modifier: str = "") -> FeeIndicators | None:
        """The row of the code; a modifier that the schedule never splits by has the code's own."""
        return self._fee((code, modifier if modifier in _SPLIT else ""))

    def _row(self, key: tuple[str, str]) -> FeeIndicators | None:
        row: tuple[Any, ...] | None = self._connection.execute(
            "SELECT code, status, pc_tc, global_days, multiple_procedure, bilateral, assistant, "
            f"facility, elsewhere, {self._surgeons} FROM fee WHERE code = ? AND modifier = ?",
            key,
        ).fetchone()
        if row is None:
            return None
        return FeeIndicators(*(*row[:-2], self.release, *row[-2:]))

    def rows(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Every row in order: for comparing releases."""
        for code, modifier, *values in self._connection.execute(
            "SELECT * FROM fee ORDER BY code, modifier"
        ):
            yield (
                f"{code} {modifier}".strip(),
                dict(zip(Fee._fields[2:], map(str, values), strict=False)),
            )
