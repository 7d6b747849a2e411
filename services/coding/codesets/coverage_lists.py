"""Medical necessity lists: local and national coverage determinations, and their compiled table.

Read from the CSV export of CMS's coverage database (a folder: local ones by ``coverage_export``,
national ones by ``national_coverage``), or from a plain CSV with the columns policy, code,
jurisdiction, covered, not_covered, from, to, in which lists are separated by blanks or semicolons
and a range is ``I10-I15``. A policy without jurisdiction, or for ``US``, holds everywhere.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from services.coding.codesets.artefact import Manifest, connect
from services.coding.codesets.coverage_export import read_export
from services.coding.codesets.coverage_policy import AS_PUBLISHED, LISTED, Policy, diagnoses
from services.coding.codesets.database import DatabaseWriter, Kept
from services.coding.codesets.national_coverage import is_national, read_national
from services.coding.codesets.published_file import (
    Columns,
    LayoutError,
    Watch,
    code_of,
    date_of,
    headed,
)
from services.coding.domain.edits.tables import Coverage

TABLES = """
CREATE TABLE policy(id INTEGER PRIMARY KEY, policy TEXT, jurisdictions TEXT, covered TEXT,
  not_covered TEXT, begins TEXT, ends TEXT);
CREATE TABLE policy_code(code TEXT, policy INTEGER, PRIMARY KEY (code, policy)) WITHOUT ROWID;
"""
EVERYWHERE = "US"
_PLAIN: Columns = {"policy": ("policy",), "code": ("code",), "covered": ("covered",)}
_PLAIN_OPTIONAL: Columns = {
    "jurisdiction": ("jurisdiction",),
    "not_covered": ("not_covered",),
    "begins": ("from",),
    "ends": ("to",),
}


def read_policies(paths: Sequence[Path], watch: Watch) -> list[Policy]:
    """Policies of an unpacked export (a folder) or of files in the plain layout.

    Raises ``LayoutError``.
    """
    found: list[Policy] = []
    for path in paths:
        found.extend(_read(path, watch))
    if not found:
        raise LayoutError(paths[0], 0, "no policy with codes", AS_PUBLISHED)
    return sorted(found)


def _read(path: Path, watch: Watch) -> Iterator[Policy]:
    if not path.is_dir():
        return _plain(path, watch)
    return read_national(path, watch) if is_national(path) else read_export(path, watch)


def _jurisdictions(text: str) -> tuple[str, ...]:
    named = sorted({item for item in LISTED.split(text.strip().upper()) if item})
    return () if EVERYWHERE in named else tuple(named)


def _plain(path: Path, watch: Watch) -> Iterator[Policy]:
    for line, row in headed(path, _PLAIN, _PLAIN_OPTIONAL, watch):
        if not row["policy"]:
            raise LayoutError(path, line, "no policy named", AS_PUBLISHED)
        begins, ends = (date_of(path, line, row[name]) for name in ("begins", "ends"))
        yield Policy(
            row["policy"],
            _jurisdictions(row["jurisdiction"]),
            tuple(code_of(path, line, code) for code in LISTED.split(row["code"].strip())),
            diagnoses(path, line, row["covered"]),
            diagnoses(path, line, row["not_covered"]),
            "" if begins is None else begins.isoformat(),
            "" if ends is None else ends.isoformat(),
        )


def write_policies(found: Iterable[Policy], out: Path) -> int:
    """Compile the policies into ``out``; returns how many code rows."""
    writer = DatabaseWriter(out, TABLES)
    count = 0
    for number, policy in enumerate(found):
        writer.rows(
            "policy",
            7,
            [
                (
                    number,
                    policy.policy,
                    " ".join(policy.jurisdictions),
                    " ".join(policy.covered),
                    " ".join(policy.not_covered),
                    policy.begins,
                    policy.ends,
                )
            ],
        )
        codes = dict.fromkeys(policy.codes)
        writer.rows("policy_code", 2, ((code, number) for code in codes))
        count += len(codes)
    writer.close()
    return count


class CoverageRelease:
    """One release of coverage lists."""

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.release = manifest.release
        self._connection = connect(path)
        self._of_code = Kept(self._rows)

    def coverage(self, code: str, on: date, jurisdiction: str) -> list[Coverage]:
        """The lists in force on the day in the jurisdiction."""
        wanted = jurisdiction.strip().upper()
        return [
            each
            for each, jurisdictions in self._of_code(code)
            if each.effective_from <= on
            and (each.effective_to is None or on <= each.effective_to)
            and (not jurisdictions or wanted in jurisdictions)
        ]

    def _rows(self, code: str) -> list[tuple[Coverage, frozenset[str]]]:
        rows = self._connection.execute(
            "SELECT policy.policy, jurisdictions, covered, not_covered, begins, ends "
            "FROM policy_code JOIN policy ON policy.id = policy_code.policy "
            "WHERE policy_code.code = ? ORDER BY policy.id",
            (code,),
        )
        return [
            (
                Coverage(
                    policy,
                    code,
                    jurisdictions or EVERYWHERE,
                    tuple(covered.split()),
                    tuple(not_covered.split()),
                    date.fromisoformat(begins) if begins else date.min,
                    date.fromisoformat(ends) if ends else None,
                    self.release,
                ),
                frozenset(jurisdictions.split()),
            )
            for policy, jurisdictions, covered, not_covered, begins, ends in rows
        ]

    def rows(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Every code of every policy in order: for comparing releases."""
        for (
            code,
            policy,
            jurisdictions,
            covered,
            not_covered,
            begins,
            ends,
        ) in self._connection.execute(
            "SELECT policy_code.code, policy.policy, jurisdictions, covered, not_covered, "
            "begins, ends FROM policy_code JOIN policy ON policy.id = policy_code.policy "
            "ORDER BY policy_code.code, policy.policy, policy.begins, policy.id"
        ):
            yield (
                f"{code} {policy} {begins}".strip(),
                {
                    "jurisdictions": jurisdictions,
                    "covered": covered,
                    "not_covered": not_covered,
                    "ends": ends,
                },
            )
