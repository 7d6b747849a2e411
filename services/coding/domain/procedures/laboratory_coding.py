"""Laboratory tests done in the practice: codes, QW, repeats with 91, panels.

A test of another laboratory is not billed. All tests of a panel are reported as the panel (NCCI
Policy Manual I.N, X.C).
"""

from collections.abc import Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from schemas.encounter import EncounterDocumented, LabTest
from services.coding.domain.code_sets import CodeSets
from services.coding.domain.coding_result import EvidenceAt, Line, Rejected
from services.coding.domain.edits import panels
from services.coding.domain.edits.tables import FeeIndicators
from services.coding.domain.procedures.line_modifiers import notice_modifiers
from services.coding.domain.procedures.procedure_names import find_procedure
from services.coding.domain.procedures.prolonged_time import MEDICARE_PROGRAMMES

_WAIVED_PROGRAMMES = MEDICARE_PROGRAMMES | {"medicaid"}
_LEAST_OF_A_PANEL = 3
_GENERAL_HEALTH = "80050"


class Tests(Struct):
    """Lines in order, what a coder has to look at, what was left out."""

    lines: list[Line] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def code_tests(encounter: EncounterDocumented, sets: CodeSets, programme: str) -> Tests:
    """Lines for the tests of an encounter."""
    found = Tests()
    for test in encounter.lab_tests:
        _test(test, encounter, sets, programme, found)
    if len(found.lines) >= _LEAST_OF_A_PANEL:
        found.lines = _with_panels(found.lines, programme)
    if len(found.lines) > 1:
        found.lines = _without_parts(found.lines, found)
    return found


def _test(
    test: LabTest, encounter: EncounterDocumented, sets: CodeSets, programme: str, found: Tests
) -> None:
    if not test.performed_in_house:
        found.rejected.append(Rejected("laboratory", "done_elsewhere", test.item_id))
        return
    entry, whole = find_procedure(test, sets.procedures)
    modifiers: tuple[str, ...] = ()
    if entry is not None and entry.kind not in ("visit", "included"):
        code = entry.code
        if entry.waived and programme in _WAIVED_PROGRAMMES:
            modifiers = ("QW",)
    else:
        code = _listed(test, encounter, sets)
        if not code:
            found.reasons.append(f"test_not_in_set:{test.item_id}")
            return
    if any(line.code == code for line in found.lines):
        modifiers = (*modifiers, "91")
    modifiers = (*modifiers, *notice_modifiers(test, programme))
    found.lines.append(
        Line(
            code,
            modifiers,
            evidence=(EvidenceAt("structured", test.item_id),),
            confidence=970 if whole or entry is None else 880,
        )
    )


def _listed(test: LabTest, encounter: EncounterDocumented, sets: CodeSets) -> str:
    """The code given, where HCPCS Level II or the operator's own lists have it."""
    if test.code is None or test.code.system not in ("cpt", "hcpcs"):
        return ""
    code, day = test.code.code.upper(), encounter.service_date
    other = sets.hcpcs.code(code)
    if other is not None and other.valid_on(day):
        return code
    fee = sets.edits.fee_indicators(code, day)
    known = isinstance(fee, FeeIndicators) or sets.edits.listed(code, day) is True
    return code if known else ""


def _without_parts(lines: Sequence[Line], found: Tests) -> list[Line]:
    """Tests and panels that another panel of the day holds are part of it (NCCI I.N)."""
    reported = [line.code for line in lines if line.code in panels.CODES]
    kept: list[Line] = []
    for line in lines:
        plain = set(line.modifiers) <= {"QW"}
        if plain and any(panels.holds(panel, line.code) for panel in reported):
            item = line.evidence[0].item_id if line.evidence else None
            found.rejected.append(Rejected(line.code, "within_panel", item))
        else:
            kept.append(line)
    return kept


def _with_panels(lines: Sequence[Line], programme: str) -> list[Line]:
    """Tests that make up a panel become its line, where the first of them stood."""
    plain = {
        line.code: line
        for line in lines
        if line.code in panels.TESTS and set(line.modifiers) <= {"QW"}
    }
    if len(plain) < _LEAST_OF_A_PANEL:
        return list(lines)
    without = {_GENERAL_HEALTH} if programme in MEDICARE_PROGRAMMES else set()
    wanted, _ = panels.arranged(frozenset(plain), frozenset(without))
    if not wanted:
        return list(lines)
    panel_of: dict[str, str] = {}
    for panel in wanted:
        for test in panels.tests_of(panel):
            if test in plain:
                panel_of.setdefault(test, panel)
    made: dict[str, int] = {}
    found: list[Line] = []
    for line in lines:
        panel = panel_of.get(line.code, "") if plain.get(line.code) is line else ""
        if not panel:
            found.append(line)
        elif panel in made:
            before = found[made[panel]]
            found[made[panel]] = replace(before, evidence=before.evidence + line.evidence)
        else:
            made[panel] = len(found)
            parts = [plain[test] for test in panel_of if panel_of[test] == panel]
            waived = all("QW" in part.modifiers for part in parts)
            rule = (f"NCCI I.N all tests of panel {panel}",)
            found.append(replace(line, code=panel, modifiers=("QW",) if waived else (), rules=rule))
    return found
