"""All edits in order: proposed lines and diagnoses in, verdicts and what to report instead out.

Pure. What no loaded table can answer is *no data*; it never passes.
"""

from collections.abc import Sequence
from functools import lru_cache

from services.coding.domain.code_sets import CodeSets
from services.coding.domain.edits import (
    add_ons,
    administration,
    anesthesia,
    critical_care,
    fee_rules,
    frequency,
    global_period,
    line_form,
    necessity,
    pairs,
    panels,
    patient_fit,
    payer_codes,
    psychiatry,
    shared_surgery,
    special_modifiers,
    units,
    visit_complexity,
    visit_modifiers,
    visits,
)
from services.coding.domain.edits.claim import Claim
from services.coding.domain.edits.diagnosis_edits import DiagnosisEdits
from services.coding.domain.edits.fixes import applied
from services.coding.domain.edits.service_line import EditContext, ServiceLine
from services.coding.domain.edits.verdicts import Verdicts

LINE_RULES = (
    panels.check,
    line_form.check_repeats,
    pairs.check,
    units.check,
    administration.check,
    visits.check,
    visit_modifiers.check,
    visit_complexity.check,
    payer_codes.check,
    critical_care.check,
    psychiatry.check,
    anesthesia.check,
    special_modifiers.check,
    shared_surgery.check,
    global_period.check,
    frequency.check,
    fee_rules.check,
    add_ons.check,
)
PATIENT_RULES = (patient_fit.check, necessity.check)


@lru_cache(maxsize=8)
def _diagnosis_edits(sets: CodeSets) -> DiagnosisEdits:
    return DiagnosisEdits(sets)


def edit(
    lines: Sequence[ServiceLine],
    diagnoses: Sequence[str],
    context: EditContext,
    sets: CodeSets,
    *,
    gap: str = "",
) -> Verdicts:
    """Judge the lines and diagnoses (codes with their dots) of one claim.

    ``sets`` are the releases of the date of service, with the edit tables in ``sets.edits``. Where
    they do not cover it, ``gap`` says so: then no diagnosis is found valid.
    """
    claim = Claim(lines, diagnoses, context, sets)
    line_form.check_pointers(claim)
    line_form.check_codes(claim, sets)
    _diagnosis_edits(sets).check(claim, gap)
    for rule in (*LINE_RULES, *PATIENT_RULES):
        rule(claim)
    found = tuple(dict.fromkeys(claim.found))
    fixes = [fix for verdict in found for fix in verdict.fixes]
    return Verdicts(
        found,
        applied(claim.lines, fixes),
        tuple(dict.fromkeys(verdict.release for verdict in found if verdict.release)),
    )
