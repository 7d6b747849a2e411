"""The operator's list of CPT(R) codes: that they exist, from when to when, and nothing in words.

Layouts: the tab-separated list that the licensor delivers (``LONGULT``: code, description; the
description is passed over), or a CSV with a header: code, and if wanted wording (the operator's
own), from, to.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from services.coding.codesets.artefact import Manifest, connect
from services.coding.codesets.database import DatabaseWriter, Kept
from services.coding.codesets.published_file import (
    LayoutError,
    Watch,
    code_of,
    date_of,
    positions,
    rows,
)

TABLES = """
CREATE TABLE procedure(code TEXT, begins TEXT, ends TEXT, wording TEXT,
  PRIMARY KEY (code, begins)) WITHOUT ROWID;
"""
_NEEDED = {"code": ("code", "cpt_code", "cpt", "hcpcs_code")}
_OPTIONAL = {
    "wording": ("wording",),
    "begins": ("from", "effective_from"),
    "ends": ("to", "effective_to"),
}
_NOTICE_LINES = 60


class ListedProcedure(NamedTuple):
    """A code with its dates (inclusive ISO text, or empty) and the operator's own wording."""

    code: str
    begins: str
    ends: str
    wording: str


def read_procedures(path: Path, watch: Watch) -> list[ListedProcedure]:
    """The codes of a list in order. Raises ``LayoutError``."""
    found: dict[tuple[str, str], ListedProcedure] = {}
    at: dict[str, int] | None = None
    for count, (line, cells) in enumerate(rows(path, watch)):
        if at is None:
            headings = positions(cells, {**_NEEDED, **_OPTIONAL})
            if headings.keys() >= _NEEDED.keys():
                at = headings
                continue
            if not _is_code(cells[0]):
                if count > _NOTICE_LINES:
                    break
                continue
            at = {"code": 0}
        values = {name: cells[number].strip() for name, number in at.items() if number < len(cells)}
        begins, ends = (date_of(path, line, values.get(name, "")) for name in ("begins", "ends"))
        listed = ListedProcedure(
            code_of(path, line, values.get("code", "")),
            "" if begins is None else begins.isoformat(),
            "" if ends is None else ends.isoformat(),
            values.get("wording", ""),
        )
        found[listed.code, listed.begins] = listed
    if not found:
        raise LayoutError(path, 0, "no procedure code", "give one code a line, or a CSV with code")
    return sorted(found.values())


def _is_code(text: str) -> bool:
    bare = text.strip()
    return len(bare) == 5 and bare[:4].isdigit() and (bare[4].isdigit() or bare[4] in "FTUMA")


def write_procedures(found: Sequence[ListedProcedure], out: Path) -> int:
    """Compile the list into ``out``; returns how many."""
    writer = DatabaseWriter(out, TABLES)
    writer.rows("procedure", 4, found)
    writer.close()
    return len(found)


class ProcedureListRelease:
    """One release of the operator's list."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.release = manifest.release
        self._connection = connect(path)
        self._of_code = Kept(self._rows)

    def listed(self, code: str, on: date) -> ListedProcedure | None:
        """The code as listed on the day."""
        day = on.isoformat()
        for each in self._of_code(code):
            if each.begins <= day and (not each.ends or day <= each.ends):
                return each
        return None

    def _rows(self, code: str) -> list[ListedProcedure]:
        found = self._connection.execute(
            "SELECT code, begins, ends, wording FROM procedure WHERE code = ?", (code,)
        )
        return [ListedProcedure(*row) for row in found]

    def rows(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Every code in order: for comparing releases."""
        for code, begins, ends, wording in self._connection.execute(
            "SELECT code, begins, ends, wording FROM procedure ORDER BY code, begins"
        ):
            yield f"{code} {begins}".strip(), {"ends": ends, "wording": wording}
