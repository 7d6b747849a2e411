"""One release of HCPCS Level II and places of service, held in memory from its artefact."""

from collections.abc import Iterator
from pathlib import Path

from services.coding.codesets.artefact import Manifest, connect, refuse_other_words
from services.coding.domain.code_sets import HcpcsCode


class HcpcsRelease:
    """Implements ``HcpcsCodes``."""

    def __init__(self, unpacked: Path, manifest: Manifest) -> None:
        self.release = manifest.release
        if manifest.code_set == "hcpcs":
            refuse_other_words(manifest)
        self._places_only = manifest.code_set == "pos"
        self._connection = connect(unpacked)
        self._drugs: dict[str, str] = {}
        for key, code in self._connection.execute(
            "SELECT drug_key, code FROM item WHERE drug_key <> '' AND terminated = '' ORDER BY code"
        ):
            self._drugs.setdefault(key, code)
        self._kept: dict[str, HcpcsCode | None] = {}

    def code(self, code: str) -> HcpcsCode | None:
        """The code with its dates and descriptor dose, or None."""
        if code not in self._kept:
            row = self._connection.execute(
                "SELECT code, added, terminated, dose, dose_unit FROM item WHERE code = ?", (code,)
            ).fetchone()
            if len(self._kept) > 4_000:
                self._kept.clear()
            self._kept[code] = None if row is None else HcpcsCode(*row)
        return self._kept[code]

    def title(self, code: str) -> str:
        """The long description; empty when there is no such code."""
        row = self._connection.execute("SELECT title FROM item WHERE code = ?", (code,)).fetchone()
        return "" if row is None else str(row[0])

    def place(self, code: str) -> tuple[str, bool] | None:
        """Name of a place of service, and whether it is a facility."""
        row = self._connection.execute(
            "SELECT name, facility FROM place WHERE code = ?", (code,)
        ).fetchone()
        return None if row is None else (str(row[0]), bool(row[1]))

    def rows(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Every code in order, of places alone every place: for comparing releases."""
        if self._places_only:
            for code, name, facility in self._connection.execute(
                "SELECT code, name, facility FROM place ORDER BY code"
            ):
                yield code, {"name": name, "facility": str(bool(facility)).lower()}
            return
        names = ("title", "added", "terminated", "dose", "dose_unit")
        for code, *values in self._connection.execute(
            f"SELECT code, {', '.join(names)} FROM item ORDER BY code"
        ):
            yield code, dict(zip(names, values, strict=True))

    def drug_by_name(self, key: str) -> str | None:
        """The code whose descriptor names just these words before its dose."""
        return self._drugs.get(key)
