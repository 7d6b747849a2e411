"""Codes that are exempt from present-on-admission reporting: CMS's list, and its compiled table.

CMS layout (tab-separated ``POAexemptCodesFY25.txt`` or the xlsx of that name): a number of order,
POAexemptCode, Description, which is passed over. The lists of what a year adds, deletes or revises
are no lists of their own, and are refused. (ICD-10-CM Official Guidelines, Appendix I)
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from services.coding.codesets.artefact import Manifest, connect
from services.coding.codesets.database import DatabaseWriter, Kept
from services.coding.codesets.published_file import LayoutError, Watch, headed

TABLES = """
CREATE TABLE exempt(code TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_NEEDED = {"code": ("poaexemptcode", "poa_exempt_code", "icd_10_cm_code", "code")}
_CODE = re.compile(r"[A-Z][0-9][0-9A-Z]{1,5}")
_CHANGES = re.compile(r"(?:add|delete|revise)", re.IGNORECASE)


def read_exemptions(path: Path, watch: Watch) -> list[str]:
    """The codes in order, with their dots. Raises ``LayoutError``."""
    if _CHANGES.search(path.stem):
        raise LayoutError(path, 0, "a list of changes", "give the whole list of the year")
    found: set[str] = set()
    for line, row in headed(path, _NEEDED, None, watch):
        bare = row["code"].upper().replace(".", "")
        if not _CODE.fullmatch(bare):
            raise LayoutError(
                path,
                line,
                f"{row['code'][:12]!r} is no ICD-10-CM code",
                "give the file as published",
            )
        found.add(f"{bare[:3]}.{bare[3:]}" if len(bare) > 3 else bare)
    if not found:
        raise LayoutError(path, 0, "a header and no code", "give the file as published")
    return sorted(found)


def write_exemptions(found: Sequence[str], out: Path) -> int:
    """Compile the codes into ``out``; returns how many."""
    writer = DatabaseWriter(out, TABLES)
    writer.rows("exempt", 1, ((code,) for code in found))
    writer.close()
    return len(found)


class ExemptionRelease:
    """One year's list."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.release = manifest.release
        self._connection = connect(path)
        self.is_exempt = Kept(self._has)

    def _has(self, code: str) -> bool:
        row = self._connection.execute("SELECT 1 FROM exempt WHERE code = ?", (code,)).fetchone()
        return row is not None

    def rows(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Every code in order: for comparing releases."""
        for (code,) in self._connection.execute("SELECT code FROM exempt ORDER BY code"):
            yield code, {}
