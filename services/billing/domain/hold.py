"""What a person does about a held claim: fix what is wrong, or send it in spite of an edit."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from services.billing.domain import claim_state as states
from services.billing.domain.case import Case
from services.billing.domain.charge_posting import post_charges
from services.billing.domain.claim import Claim
from services.billing.domain.claim_content import coded_service
from services.billing.domain.claim_hold import edits_of
from services.billing.domain.claim_submission import bring_claims_up, resend_rejected
from services.billing.domain.coverage import CoverageSnapshot
from services.billing.domain.scrub import PROVIDERS_LIABILITY, Edit
from services.chassis.effects import Refused


@dataclass(frozen=True, slots=True)
class LineFix:
    """Corrections by line number; empty fields change nothing. Charges are cents a line."""

    charges: Mapping[int, int]
    modifiers: Mapping[int, tuple[str, ...]]
    pointers: Mapping[int, tuple[int, ...]]
    place_of_service: str = ""
    prior_authorization: str = ""
    self_pay: bool = False


def held_claim(case: Case, claim_id: str) -> Claim:
    """The held claim of that number; raises ``Refused("claim_not_held")``."""
    claim = case.claims.get(claim_id)
    if claim is None or claim.state != states.HELD:
        raise Refused("claim_not_held", f"claim {claim_id} is not held")
    return claim


def fix_hold(case: Case, claim_id: str, fix: LineFix) -> None:
    """Apply corrections and scrub again; a claim that was rejected goes out under a new number.

    Raises ``Refused``: ``claim_not_held``, ``line_unknown``, ``charge_invalid``; for self-pay
    ``claim_already_sent``, ``patient_protected``, ``self_pay_not_allowed``.
    """
    claim = held_claim(case, claim_id)
    if fix.self_pay:
        _check_self_pay(case, claim)
    case.claims[claim_id] = replace(claim, touched_by_hand=True)
    coded = coded_service(case)
    numbers = {line.line for line in coded.lines}
    for line in (*fix.charges, *fix.modifiers, *fix.pointers):
        if line not in numbers:
            raise Refused("line_unknown", f"the claim has no line {line}")
    if any(cents < 0 for cents in fix.charges.values()):
        raise Refused("charge_invalid", "a charge is not negative")
    coded = replace(
        coded,
        place_of_service=fix.place_of_service or coded.place_of_service,
        prior_authorization=fix.prior_authorization or coded.prior_authorization,
        lines=tuple(
            replace(
                line,
                charge_cents=fix.charges.get(line.line, line.charge_cents),
                modifiers=tuple(fix.modifiers.get(line.line, line.modifiers)),
                diagnosis_pointers=tuple(fix.pointers.get(line.line, line.diagnosis_pointers)),
            )
            for line in coded.lines
        ),
    )
    case.account = replace(case.account, coded=coded)
    if fix.self_pay:
        case.account = replace(case.account, coverage=CoverageSnapshot(self_pay=True))
    post_charges(case)
    if claim.submitted_at is not None:
        resend_rejected(case, case.claims[claim_id])
    else:
        bring_claims_up(case)


def _check_self_pay(case: Case, claim: Claim) -> None:
    """Whether the patient may be asked to pay alone.

    Never one whom QMB or Medicaid protects (SSA 1902(n)(3)(B), 42 CFR 447.15), and nobody with a
    policy in force for what the provider did late, twice or without authorisation (42 CFR
    424.44(a), payers' contracts: the provider's liability).
    """
    if any(each.submitted_at is not None for each in case.claims.values()):
        raise Refused("claim_already_sent", "a payer may have this encounter's claim")
    coverage = case.account.coverage
    if coverage.protection != "none":
        raise Refused("patient_protected", "the law protects this patient from the bill")
    failed = {edit.code for edit in edits_of(case, claim)}
    failed.update(name.split(":")[0] for name in claim.edits)
    liable = sorted(failed & PROVIDERS_LIABILITY)
    if coverage.payers and liable:
        raise Refused(
            "self_pay_not_allowed", f"an insured patient is not billed for {', '.join(liable)}"
        )


def override_hold(case: Case, claim_id: str, edits: tuple[str, ...]) -> None:
    """Send a held claim in spite of the named edits, or of all that hold it.

    Raises ``Refused``: ``claim_not_held``, ``edit_not_overridable``.
    """
    claim = held_claim(case, claim_id)
    codes = tuple(edit.split(":")[0] for edit in (edits or claim.edits))
    for code in codes:
        if not Edit(code).may_be_overridden:
            raise Refused("edit_not_overridable", f"{code} has to be fixed")
    case.claims[claim_id] = replace(
        claim, overrides=tuple(sorted({*claim.overrides, *codes})), touched_by_hand=True
    )
    bring_claims_up(case)
