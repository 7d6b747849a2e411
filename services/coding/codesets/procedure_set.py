"""The procedure set of the practice, from a TOML file such as ``data/procedures.toml``."""

import tomllib
from pathlib import Path
from typing import Any

from services.coding.codesets.artefact import ArtefactError
from services.coding.domain.code_sets import ProcedureEntry
from services.coding.domain.reading import wording

_CROSSWALKS = ("loinc", "snomed", "cvx", "rxnorm")


class ProcedureSet:
    """Implements ``ProcedureCodes``; small enough to be held in memory."""

    def __init__(self, path: Path) -> None:
        try:
            document: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
            self.release: str = document["release"]
            self._entries: dict[str, ProcedureEntry] = {}
            self._crosswalk: dict[tuple[str, str], ProcedureEntry] = {}
            self._names: dict[str, ProcedureEntry] = {}
            for row in document["procedure"]:
                self._add(row)
            for code in document.get("included", {}).get("snomed", ()):
                self._crosswalk["snomed", code] = ProcedureEntry("", "", "included")
            for code, units in document.get("anesthesia", {}).items():
                entry = ProcedureEntry(code, "anesthesia", "anesthesia", base_units=int(units))
                self._entries.setdefault(code, entry)
            for kind, codes in document["visits"].items():
                for code in codes:
                    self._entries.setdefault(code, ProcedureEntry(code, kind, "visit"))
        except (OSError, KeyError, ValueError) as error:
            raise ArtefactError(f"{path.name} is not a procedure set") from error

    def _add(self, row: dict[str, Any]) -> None:
        entry = ProcedureEntry(
            row["code"],
            row["wording"],
            row["kind"],
            row.get("global", "XXX"),
            row.get("visit25", False),
            row.get("sided", False),
            row.get("waived", False),
            row.get("report", False),
            row.get("family", ""),
            tuple(row.get("supports", ())),
            row.get("split", row["kind"] == "imaging"),
            row.get("professional", ""),
            row.get("technical", ""),
            row.get("both", ""),
            row.get("digits", False),
            row.get("components", 1),
            row.get("oldest"),
            row.get("older", ""),
        )
        self._entries[entry.code] = entry
        for system in _CROSSWALKS:
            for code in row.get(system, ()):
                self._crosswalk[system, code] = entry
        for name in (entry.wording, *row.get("names", ())):
            self._names.setdefault(wording.key(wording.read(name).tokens), entry)

    def entry(self, code: str) -> ProcedureEntry | None:
        """The procedure with this code."""
        return self._entries.get(code)

    def by_system(self, system: str, code: str) -> ProcedureEntry | None:
        """The procedure that a code of another system means."""
        if system in ("cpt", "hcpcs"):
            return self._entries.get(code)
        return self._crosswalk.get((system, code))

    def by_name(self, key: str) -> ProcedureEntry | None:
        """The procedure that clinics call by just these words."""
        return self._names.get(key)
