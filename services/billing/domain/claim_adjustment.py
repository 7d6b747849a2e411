"""What each claim adjustment (835 CAS) means for the receivable: the rule table.

A reason code alone is not enough: a rule is keyed by group, reason, remark code and payer, and the
most specific rule wins. A reason without a rule is a person's to decide, and stays receivable.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from services.billing.domain.filing_limit import FilingKind
from services.billing.domain.kept import Kept

Meaning = Literal["write_off", "patient_share", "denial", "informational", "unknown"]
PatientRule = Literal["yes", "if_pr", "after_check", "no", "never"]
DenialAction = Literal[
    "correct",
    "appeal",
    "other_payer",
    "eligibility",
    "check_original",
    "attach_documents",
    "modifier_review",
    "resubmit",
    "decide",
]
ANY = "*"
_MOST_ANSWERS = 4096


class LineAdjustment(Kept, frozen=True):
    """One CAS triplet; the amount is what lowers the payment, in cents, and may be negative."""

    group: str
    reason: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class AdjustmentRule:
    """What to do with a reason.

    account: the write-off account, for ``write_off``. action and deadline: the denial work.
    patient: whether the amount may reach the patient, ever.
    """

    meaning: Meaning
    account: str = ""
    action: DenialAction = "decide"
    deadline: FilingKind | None = None
    patient: PatientRule = "no"


UNKNOWN = AdjustmentRule("unknown")
PATIENT_SHARE = AdjustmentRule("patient_share", patient="yes")


@dataclass(frozen=True, slots=True)
class AdjustmentRules:
    """Rules by (group, reason, remark, payer); ``*`` stands for any.

    What was asked before is answered from memory: payers give the same few reasons.
    """

    rules: Mapping[tuple[str, str, str, str], AdjustmentRule]
    _answers: dict[tuple[str, str, tuple[str, ...], str], AdjustmentRule] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def find(
        self, group: str, reason: str, remarks: Sequence[str] = (), payer_id: str = ""
    ) -> AdjustmentRule:
        """The most specific rule: by remark and payer, by remark, by payer, then by reason.

        The group decides who is liable (835 CAS01): what is not PR never becomes a patient share,
        and a PR amount becomes one only where the rule's ``patient`` allows it.
        """
        asked = (group, reason, tuple(remarks), payer_id)
        rule = self._answers.get(asked)
        if rule is None:
            if len(self._answers) >= _MOST_ANSWERS:
                self._answers.clear()
            rule = self._answers[asked] = self._find(group, reason, remarks, payer_id)
        return rule

    def _find(
        self, group: str, reason: str, remarks: Sequence[str], payer_id: str
    ) -> AdjustmentRule:
        rule = self._lookup(group, reason, remarks, payer_id)
        if group == "PR":
            if rule.patient in {"yes", "if_pr"}:
                return PATIENT_SHARE
            return UNKNOWN if rule.meaning in {"write_off", "patient_share"} else rule
        return UNKNOWN if rule.meaning == "patient_share" else rule

    def _lookup(
        self, group: str, reason: str, remarks: Sequence[str], payer_id: str
    ) -> AdjustmentRule:
        for remark in (*remarks, ANY):
            for payer in (payer_id, ANY):
                for any_group in (group, ANY):
                    rule = self.rules.get((any_group, reason, remark, payer))
                    if rule is not None:
                        return rule
        return UNKNOWN
