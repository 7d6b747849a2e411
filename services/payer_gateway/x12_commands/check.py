"""``claimstream x12 check``: what is wrong with files, where, and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from services.payer_gateway.x12.checks.file_check import CheckedSet, PlacedFinding, check_file
from services.payer_gateway.x12.finding import Scope
from services.payer_gateway.x12_commands.shared import USAGE, fail, files_of, pieces

_MOST_SHOWN = 200
_OF_INTERCHANGES = frozenset({Scope.FILE, Scope.INTERCHANGE})


@dataclass(slots=True)
class _Checked:
    file: str
    findings: list[PlacedFinding] = field(default_factory=list)
    sets: int = 0
    claims: int = 0
    of_sets: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """Claims that no error takes out, neither one of theirs nor one of what they stand in."""
        errors = [each for each in self.findings if each.finding.is_error]
        whole = {e.interchange for e in errors if e.finding.scope in _OF_INTERCHANGES}
        groups = {(e.interchange, e.group) for e in errors if e.finding.scope is Scope.GROUP}
        return sum(
            count
            for interchange, group, count in self.of_sets
            if interchange not in whole and (interchange, group) not in groups
        )

    @property
    def errors(self) -> int:
        return sum(each.finding.is_error for each in self.findings)


def check(
    files: Annotated[
        list[Path], typer.Argument(help="X12 files, or folders of them; - for standard input")
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help=f"list more than the first {_MOST_SHOWN} of a file")
    ] = False,
) -> None:
    """Check files at SNIP levels 1 to 5: syntax, guide, balances, levels, dates and codes.

    One file for people, and many for programs:
        claimstream x12 check claims.837
        claimstream x12 check outbox/ --json

    With --json:
        {"findings": [{"file": "claims.837", "rule": "structure.missing-segment",
          "snip_level": 2, "severity": "error", "path": "2000A/2010AA/N3", "segment": 9,
          "element": "", "message": "N3 is required here: add it", ...}],
         "files": [{"file": "claims.837", "errors": 1, "warnings": 0, "sets": 1, "claims": 2,
          "accepted": 1}]}

    Exit 0: no error was found; 1: at least one; 2: wrong usage or a file that cannot be read.
    """
    found, missing = files_of(files)
    checked = [_check(each) for each in found]
    if not checked and not missing:
        raise fail("there is no file in it")
    if as_json and checked:
        typer.echo(orjson.dumps(_document(checked), option=orjson.OPT_INDENT_2).decode())
    else:
        _show(checked, most=None if everything else _MOST_SHOWN)
    for path in missing:
        typer.echo(f"{path}: there is no such file", err=True)
    if missing:
        raise typer.Exit(USAGE)
    if any(each.errors for each in checked):
        raise typer.Exit(1)


def _check(path: Path) -> _Checked:
    checked = _Checked(str(path))
    with pieces(path) as source:
        for each in check_file(source):
            if isinstance(each, PlacedFinding):
                checked.findings.append(each)
            elif isinstance(each, CheckedSet):
                checked.sets += 1
                checked.claims += len(each.report.claims)
                if not each.report.is_refused:
                    count = sum(claim.is_accepted for claim in each.report.claims)
                    checked.of_sets.append((each.interchange, each.group, count))
    return checked


def _document(checked: Iterable[_Checked]) -> dict[str, Any]:
    found = list(checked)
    return {
        "findings": [_finding(each.file, placed) for each in found for placed in each.findings],
        "files": [
            {
                "file": each.file,
                "errors": each.errors,
                "warnings": len(each.findings) - each.errors,
                "sets": each.sets,
                "claims": each.claims,
                "accepted": each.accepted,
            }
            for each in found
        ],
    }


def _finding(file: str, placed: PlacedFinding) -> dict[str, Any]:
    finding = placed.finding
    return {
        "file": file,
        "rule": finding.rule,
        "snip_level": finding.snip_level,
        "severity": finding.severity.value,
        "scope": finding.scope.value,
        "path": finding.path,
        "segment": finding.segment,
        "element": finding.element,
        "message": finding.message,
        "interchange": placed.interchange,
        "group": placed.group,
        "transaction": placed.transaction,
        "claim": finding.claim,
        "claim_index": finding.claim_index,
        "value": finding.value,
        "expected_cents": finding.expected_cents,
        "found_cents": finding.found_cents,
    }


def _show(checked: Iterable[_Checked], *, most: int | None) -> None:
    for each in checked:
        errors, warnings = each.errors, len(each.findings) - each.errors
        typer.echo(
            f"{each.file}: {each.sets:,} transaction sets, {each.accepted:,} of {each.claims:,} "
            f"claims accepted, {errors:,} errors, {warnings:,} warnings"
        )
        for placed in each.findings[:most]:
            typer.echo(_said(placed))
        if most is not None and len(each.findings) > most:
            typer.echo(f"  ... and {len(each.findings) - most:,} more (--all lists them)")


def _said(placed: PlacedFinding) -> str:
    finding = placed.finding
    place = [
        f"set {placed.transaction}" if placed.transaction else "",
        f"segment {finding.segment}" if finding.segment else "",
        finding.path,
        finding.element,
    ]
    where = ", ".join(each for each in place if each) or "the file"
    return (
        f"  {finding.severity.value} {finding.rule} (level {finding.snip_level}) at {where}:\n"
        f"      {finding.message}"
    )
