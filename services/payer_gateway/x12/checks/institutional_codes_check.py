"""Checks the codes of an institutional claim: diagnoses, procedures and those of the bill (HI)."""

from collections.abc import Iterable
from datetime import date

from services.payer_gateway.x12 import claim_rules as rule
from services.payer_gateway.x12 import institutional_codes as lists
from services.payer_gateway.x12 import institutional_rules as stay
from services.payer_gateway.x12.checks.institutional_check import InstitutionalCheck
from services.payer_gateway.x12.external_codes import DIAGNOSIS_SETS, problem
from services.payer_gateway.x12.institutional_claim import (
    DIAGNOSIS_KINDS,
    InpatientProcedure,
    InstitutionalDiagnosis,
)

_ICD_9 = frozenset({"BK", "BJ", "PR", "BN", "BF", "BR", "BQ"})
_WITHOUT_PRESENCE = frozenset({"admitting", "visit reason"})


class InstitutionalCodesCheck(InstitutionalCheck):
    """One claim under examination: what its HI segments say."""

    def diagnoses(self) -> None:
        """Kinds and their number, presence on admission, versions, validity on the day."""
        claim = self.claim
        if len(claim.diagnoses_of("principal")) != 1:
            message = "a claim has one principal diagnosis, ABK"
            self.note(rule.PRINCIPAL, message, "2300/HI[ABK]", "HI01-1")
        for kind in DIAGNOSIS_KINDS:
            found = claim.diagnoses_of(kind)
            most = lists.MOST_OF_KIND[kind]
            path = f"2300/HI[{found[0].qualifier}]" if found else "2300/HI"
            if len(found) > most and kind != "principal":
                self.note(rule.COUNT, f"at most {most} diagnoses of this kind", path, "HI01")
            for number, diagnosis in enumerate(found):
                self._diagnosis(diagnosis, path, f"HI{number % 12 + 1:02d}")
        if any(not diagnosis.kind for diagnosis in claim.diagnoses):
            self.note(rule.CODE, "the qualifier is none of the guide's", "2300/HI", "HI01-1")
        used = [d.qualifier for d in claim.diagnoses] + [p.qualifier for p in claim.procedures]
        if len({qualifier in _ICD_9 for qualifier in used if qualifier != "CAH"}) > 1:
            message = "codes of ICD-9 and of ICD-10 stand in one claim: use those of the day"
            self.note(stay.CODE_VERSIONS, message, "2300/HI", "HI01-1")
        self._wanted()

    def _wanted(self) -> None:
        """What a stay, or a visit that nobody planned, needs."""
        claim = self.claim
        if self.is_stay and not claim.diagnoses_of("admitting"):
            message = "the bill of a stay needs the admitting diagnosis, ABJ"
            self.note(stay.ADMISSION, message, "2300/HI[ABJ]", "HI01-1")
        is_unplanned = (
            claim.facility_code in lists.WITH_VISIT_REASON
            and claim.admission_type in lists.UNSCHEDULED_TYPES
            and any(x.revenue_code.startswith(lists.UNSCHEDULED_REVENUE) for x in claim.lines)
        )
        if is_unplanned and not claim.diagnoses_of("visit reason"):
            message = "an unplanned visit says the patient's reason, APR"
            self.note(stay.VISIT_REASON, message, "2300/HI[APR]", "HI01-1")

    def _diagnosis(self, diagnosis: InstitutionalDiagnosis, path: str, element: str) -> None:
        code, present = diagnosis.code, diagnosis.present_on_admission
        self._code(code, DIAGNOSIS_SETS[diagnosis.qualifier], path, f"{element}-2")
        day = self.claim.statement_to or self.claim.statement_from
        is_valid = self.codes.is_diagnosis
        is_icd_10 = diagnosis.qualifier not in _ICD_9
        if is_valid and is_icd_10 and day and code.isalnum() and not is_valid(code, day):
            message = "the diagnosis is not valid and billable on the last day of the statement"
            self.note(rule.DIAGNOSIS, message, path, f"{element}-2", code[:7])
        takes_presence = diagnosis.kind not in _WITHOUT_PRESENCE
        if present and (present not in lists.PRESENCE or not takes_presence):
            message = (
                "presence on admission is Y, N, U or W, and empty for an exempt code"
                if takes_presence
                else "only principal, other and external-cause codes say presence on admission"
            )
            self.note(stay.PRESENCE, message, path, f"{element}-9", present[:1])
        wants_presence = self.claim.facility_code in lists.REPORTS_PRESENCE and takes_presence
        if wants_presence and not present:
            message = "say whether it was present on admission, if the code is not exempt"
            self.note(stay.PRESENCE_WANTED, message, path, f"{element}-9")

    def _code(self, code: str, code_set: str, path: str, element: str) -> None:
        wrong = problem(code_set, code)
        if wrong:
            self.note(rule.DIAGNOSIS, wrong, path, element)

    def procedures(self) -> None:
        """BBR and BBQ: number, order, form and day."""
        procedures = self.claim.procedures
        principal = [each for each in procedures if each.is_principal]
        others = [each for each in procedures if not each.is_principal]
        if len(principal) > 1 or (others and not principal):
            message = "the first procedure is the principal one, BBR, and no other is"
            self.note(stay.PRINCIPAL_PROCEDURE, message, "2300/HI[BBQ]", "HI01-1")
        if len(others) > lists.MOST_CODES:
            self.note(rule.COUNT, "at most 24 other procedures", "2300/HI[BBQ]", "HI01")
        if procedures and self.claim.facility_code in lists.OUTPATIENT:
            message = "a visit carries its procedures on its lines: leave these out"
            self.note(stay.PROCEDURE_SETTING, message, "2300/HI[BBR]", "HI01-1")
        for members in (principal, others):
            for number, procedure in enumerate(members):
                self._procedure(procedure, f"HI{number % 12 + 1:02d}")

    def _procedure(self, procedure: InpatientProcedure, element: str) -> None:
        path = f"2300/HI[{procedure.qualifier}]"
        code_set = DIAGNOSIS_SETS.get(procedure.qualifier)
        wrong = problem(code_set, procedure.code) if code_set else ""
        if wrong:
            self.note(stay.INPATIENT_PROCEDURE, wrong, path, f"{element}-2", procedure.code[:7])
        self.required(path, **{f"{element}-4": procedure.performed})
        last = self.claim.statement_to
        if procedure.performed and last and procedure.performed > last:
            message = "the procedure is after the statement's last day: correct one of them"
            self.note(stay.OUTSIDE, message, path, f"{element}-4")

    def bill_codes(self) -> None:
        """Occurrences, spans, values, conditions and treatments."""
        claim = self.claim
        self._of_bill("BI", (each.code for each in claim.occurrence_spans))
        self._of_bill("BH", (each.code for each in claim.occurrences))
        self._of_bill("BE", (each.code for each in claim.value_amounts))
        self._of_bill("BG", claim.conditions)
        if len(claim.treatments) > lists.MOST_CODES:
            self.note(rule.COUNT, "at most 24 codes of this kind", "2300/HI[TC]", "HI01")
        for number, span in enumerate(claim.occurrence_spans):
            self._span(span.first, span.last, f"HI{number % 12 + 1:02d}-4")
        for number, occurrence in enumerate(claim.occurrences):
            element = f"HI{number % 12 + 1:02d}-4"
            self.required("2300/HI[BH]", **{element: occurrence.day})
        for number, value in enumerate(claim.value_amounts):
            if value.amount_cents < 0:
                element = f"HI{number % 12 + 1:02d}-5"
                message = "a value amount is never negative"
                self.note(rule.NEGATIVE, message, "2300/HI[BE]", element)

    def _of_bill(self, qualifier: str, codes: Iterable[str]) -> None:
        path = f"2300/HI[{qualifier}]"
        for number, code in enumerate(codes):
            if not (len(code) == 2 and code.isascii() and code.isalnum()):
                element = f"HI{number % 12 + 1:02d}-2"
                message = "a code of the bill has two digits or letters"
                self.note(stay.BILLING_CODE, message, path, element)
            if number == lists.MOST_CODES:
                self.note(rule.COUNT, "at most 24 codes of this kind", path, "HI01")

    def _span(self, first: date | None, last: date | None, element: str) -> None:
        path = "2300/HI[BI]"
        self.required(path, **{element: first and last})
        if first and last and last < first:
            message = "the span ends before it begins: exchange the days"
            self.note(stay.SPAN, message, path, element)
