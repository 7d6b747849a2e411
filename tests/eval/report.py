"""What was measured, as tables."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.coding_speed import coding_speed_table

Figures = Mapping[str, Any]
GOALS = {"inclusion": (750, 900), "common_names": (880, 970)}
_MOST_TOLD = 12


def show(found: Figures, console: Console) -> None:
    """Print a table for each part that was measured, and what was left out."""
    for part, write in _PARTS.items():
        if found.get(part):
            for table in write(found[part]):
                console.print(table)
    if found.get("speed"):
        console.print(coding_speed_table(found["speed"]))
    for part, reason in found.get("left_out", {}).items():
        console.print(f"left out: {part} ({reason})", highlight=False)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    return table


def _percent(permille: int) -> str:
    whole, tenth = divmod(permille, 10)
    return f"{whole}.{tenth}%"


def _phrases(found: Figures) -> list[Table]:
    table = _table("One phrase to one code", "phrases", "n", "top 1", "top 5", "wanted", "a second")
    for name, figures in found.items():
        goals = GOALS.get(name)
        table.add_row(
            name,
            str(figures["n"]),
            _percent(figures["top1_permille"]),
            _percent(figures["top5_permille"]),
            "" if goals is None else " / ".join(map(_percent, goals)),
            str(figures["phrases_per_second"]),
        )
    return [table]


def _cases(found: Figures) -> list[Table]:
    table = _table("Own cases by guideline, whole engine", "", "")
    table.add_row("cases", str(found["cases"]))
    table.add_row("of them from a note", str(found["from_a_note"]))
    table.add_row("right", str(found["right"]))
    table.add_row(
        "first-listed right", f"{found['first_listed_right']} of {found['with_first_listed']}"
    )
    for name in found["wrong"][:_MOST_TOLD]:
        table.add_row(f"wrong: {name}", "")
    return [table]


def _services(found: Figures) -> list[Table]:
    table = _table("Own cases of services, whole engine", "", "")
    for name in ("cases", "from_a_note", "right", "automatic"):
        table.add_row(name.replace("_", " "), str(found[name]))
    for name in found["wrong"][:_MOST_TOLD]:
        table.add_row(f"wrong: {name}", "")
    return [table]


def _documentation(title: str) -> Any:
    def write(found: Figures) -> list[Table]:
        table = _table(title, "", "")
        for name, value in found.items():
            if isinstance(value, dict):
                listed = ", ".join(f"{each} {count}" for each, count in list(value.items())[:6])
                table.add_row(name.replace("_", " "), listed or "none")
            else:
                table.add_row(name.replace("_", " "), str(value))
        return [table]

    return write


def _calibration(found: Figures, kind: str = "phrases") -> list[Table]:
    tables: list[Table] = []
    for source, figures in found.items():
        table = _table(
            f"Reliability, {source}: {figures['cases']} {kind} that no curve was fitted on, "
            f"{_percent(figures['error_permille'])} off on average",
            "confidence",
            "codes",
            "promised",
            "right",
        )
        for band in figures["bands"]:
            table.add_row(
                f"{band['from']} to {band['below'] - 1}",
                str(band["cases"]),
                _percent(band["promised_permille"]),
                _percent(band["right_permille"]),
            )
        tables.append(table)
    return tables


def _composed(found: Figures) -> list[Table]:
    claims = {name: each for name, each in found.items() if name != "reliability"}
    limits = _table(
        "Composed notes: the limit that one half of the wordings sets, on the other half",
        "rare wordings",
        "limit",
        "automatic",
        "right of them",
    )
    for name, figures in claims.items():
        if "by_the_other_half" in figures:
            passing = figures["by_the_other_half"]
            limits.add_row(
                name.replace("_", " "),
                str(passing["from_confidence"]),
                _percent(passing["automatic_permille"]),
                _percent(passing["right_permille"]),
            )
    return [*_calibration(found["reliability"], "of composed notes"), *_claims(claims), limits]


def _facts(found: Figures) -> list[Table]:
    table = _table("Facts told elsewhere in a note, and what rules add for them", "", "")
    for name, value in found.items():
        if name != "wrong":
            table.add_row(name.replace("_", " "), str(value))
    for each in found["wrong"][:_MOST_TOLD]:
        table.add_row(f"wrong: {each}", "")
    return [table]


def _claims(found: Figures) -> list[Table]:
    table = _table(
        "Whole claims from words alone: coded without a person",
        "claims",
        "n",
        "all right",
        "automatic at 95% right",
        "from",
        "as configured",
        "right of them",
    )
    for name, figures in found.items():
        best, configured = figures["at_95"], figures["as_configured"]
        table.add_row(
            name.replace("_", " "),
            str(figures["claims"]),
            _percent(figures["right_permille"]),
            _percent(best["automatic_permille"]),
            str(best["from_confidence"]),
            f"{_percent(configured['automatic_permille'])} from {configured['from_confidence']}",
            _percent(configured["right_permille"]),
        )
    return [table]


_PARTS: Mapping[str, Any] = {
    "phrases": _phrases,
    "cases": _cases,
    "notes": _documentation("Public visit notes"),
    "bundles": _documentation("Public FHIR bundles"),
    "calibration": _calibration,
    "claims": _claims,
    "composed": _composed,
    "facts": _facts,
    "services": _services,
}
