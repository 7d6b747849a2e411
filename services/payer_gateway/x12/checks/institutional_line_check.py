"""Checks the service lines of an institutional claim (2400)."""

from datetime import date

from services.payer_gateway.x12 import claim_rules as rule
from services.payer_gateway.x12 import institutional_codes as lists
from services.payer_gateway.x12 import institutional_rules as stay
from services.payer_gateway.x12.checks.institutional_codes_check import InstitutionalCodesCheck
from services.payer_gateway.x12.external_codes import PROCEDURE_SETS, problem
from services.payer_gateway.x12.institutional_claim import InstitutionalLine
from services.payer_gateway.x12.procedure import Procedure

_UNITS = ("DA", "UN")
_PROCEDURE_QUALIFIERS = ("ER", "HC", "HP", "IV", "WK")


class InstitutionalLineCheck(InstitutionalCodesCheck):
    """One claim under examination: its lines."""

    def lines(self) -> None:
        """Every line, and the lines beside each other and the claim."""
        lines = self.claim.lines
        if not 1 <= len(lines) <= lists.MOST_LINES:
            self.note(rule.COUNT, "one to 999 service lines", "2300/2400/LX", "LX01")
        for number, line in enumerate(lines, 1):
            self._line(line, f"2300/2400[{number}]")
        self.line_numbers_and_total()

    def _line(self, line: InstitutionalLine, loop: str) -> None:
        path = f"{loop}/SV2"
        self.required(path, SV201=line.revenue_code)
        self.required(f"{loop}/REF[6R]", REF02=line.control_number)
        if len(line.control_number) > 30:
            self.note(rule.LENGTH, "at most 30 characters", f"{loop}/REF[6R]", "REF02")
        self.references(line.references, loop)
        wrong = problem("revenue", line.revenue_code) if line.revenue_code else ""
        if line.revenue_code == lists.TOTAL_LINE:
            message = "the total stands in CLM02: leave the line 0001 out"
            self.note(stay.TOTAL_LINE, message, path, "SV201")
        elif wrong:
            self.note(stay.REVENUE, wrong, path, "SV201", line.revenue_code[:4])
        if line.procedure is not None:
            self._procedure_code(line.procedure, path)
        self._amounts(line, path)
        self.one_of(line.unit, _UNITS, path, "SV204")
        self._dates(line, f"{loop}/DTP[472]")

    def _procedure_code(self, procedure: Procedure, path: str) -> None:
        self.one_of(procedure.qualifier, _PROCEDURE_QUALIFIERS, path, "SV202-1")
        code_set = PROCEDURE_SETS.get(procedure.qualifier)
        wrong = problem(code_set, procedure.code) if code_set else ""
        if wrong:
            self.note(rule.PROCEDURE, wrong, path, "SV202-2", procedure.code[:5])
        if len(procedure.modifiers) > 4:
            self.note(rule.COUNT, "at most four modifiers", path, "SV202")

    def _amounts(self, line: InstitutionalLine, path: str) -> None:
        if line.charge_cents < 0:
            self.note(rule.NEGATIVE, "a line charge is never negative", path, "SV203")
        if line.units <= 0:
            self.note(rule.NEGATIVE, "units are more than zero", path, "SV205")
        if line.non_covered_cents is not None:
            if line.non_covered_cents < 0:
                self.note(rule.NEGATIVE, "a non-covered charge is never negative", path, "SV207")
            elif line.non_covered_cents > line.charge_cents:
                message = "the non-covered charge is a part of the line charge"
                self.note(stay.NON_COVERED, message, path, "SV207")

    def _dates(self, line: InstitutionalLine, path: str) -> None:
        claim = self.claim
        first, last = line.service_from, line.service_to or line.service_from
        begin, end = claim.statement_from, claim.statement_to
        if line.service_from and line.service_to and line.service_to < line.service_from:
            self.note(rule.PERIOD, "the service ends before it begins", path, "DTP03")
        elif first and last and begin and end and not begin <= first <= last <= end:
            message = "the service is outside the statement period: correct one of them"
            self.note(stay.OUTSIDE, message, path, "DTP03")
        is_visit = claim.facility_code in lists.OUTPATIENT and line.procedure is not None
        if is_visit and first is None and begin != end:
            message = "a service of a bill over several days says its own day"
            self.note(stay.LINE_DATE, message, path, "DTP03")
        self._procedure_day(line, first or begin, path.replace("DTP[472]", "SV2"))

    def _procedure_day(self, line: InstitutionalLine, day: date | None, path: str) -> None:
        is_procedure, procedure = self.codes.is_procedure, line.procedure
        if not is_procedure or not day or not procedure or procedure.qualifier != "HC":
            return
        if not is_procedure(procedure.code, day):
            message = "the procedure is not valid on the date of service"
            self.note(rule.PROCEDURE, message, path, "SV202-2", procedure.code[:5])
