"""What documentation may lack or leave in conflict: each kind with its source and its question.

A question names what was found and what is open, never a diagnosis, a code or what is paid; it
leaves every answer open, "other" and "unable to determine" among them. (AHIMA/ACDIS Guidelines for
Achieving a Compliant Query Practice)
"""

from typing import Literal

from msgspec import Struct

Blocks = Literal["claim", "visit_level", "diagnosis", "procedure", "drug", "modifier", "nothing"]
Family = Literal[
    "missing_signature",
    "missing_laterality",
    "contradiction",
    "missing_dose",
    "missing_report",
    "missing_diagnosis",
    "missing_time_or_decision_making",
]
"""The kinds that readers of the event know; a finer kind is asked for under one of them."""

OPEN_CHOICES = " Other (please describe), or unable to determine, are answers as well."
_SIGNATURES = "Medicare Program Integrity Manual 3.3.2.4"
_TIME = "MLN006764 total time"
_DECISION = "MLN006764 medical decision making"
_DRUGS = "Medicare Claims Processing Manual 17, 40"
_LOTS = "42 USC 300aa-25(a)"
_REPORTS = "42 CFR 415.120(a)"
_ORDERS = "42 CFR 410.32(a)"
_OPERATIVE = "42 CFR 482.51(b)(6)"
_TELEHEALTH = "42 CFR 410.78"


class Gap(Struct, frozen=True):
    """One kind of gap: what stands still until it is closed, whose rule it is, how it is asked."""

    family: Family
    blocks: Blocks
    source: str
    question: str


def _gap(family: Family, blocks: Blocks, source: str, question: str) -> Gap:
    return Gap(family, blocks, source, question + OPEN_CHOICES)


GAPS: dict[str, Gap] = {
    "missing_signature": _gap(
        "missing_signature", "claim", _SIGNATURES,
        "The documentation of this encounter is not signed by the rendering provider. "
        "Please review it and sign, or say who rendered the service.",
    ),
    "missing_credential": _gap(
        "missing_signature", "claim", _SIGNATURES,
        "The signature of this note stands without the credential of the person who signed. "
        "Please add who signed, and with which credential.",
    ),
    "missing_signature_date": _gap(
        "missing_signature", "claim", _SIGNATURES,
        "The signature of this note stands without a date. Please document when it was signed.",
    ),
    "signed_before_service": _gap(
        "missing_signature", "claim", _SIGNATURES,
        "The documentation was signed before the date of service. "
        "Please clarify the date of the service and the date of the signature.",
    ),
    "late_signature": _gap(
        "missing_signature", "claim", _SIGNATURES,
        "The documentation was signed long after the date of service. "
        "Please attest when the service took place and who documented it.",
    ),
    "missing_service_date": _gap(
        "contradiction", "claim", "42 CFR 424.5(a)(6)",
        "The note names no date of service. Please document the date on which the service took "
        "place.",
    ),
    "service_date_differs": _gap(
        "contradiction", "claim", "42 CFR 424.5(a)(6)",
        "The note and the encounter name different dates of service. "
        "Please clarify on which date the service took place.",
    ),
    "missing_chief_complaint": _gap(
        "missing_diagnosis", "claim", "ICD-10-CM Official Guidelines IV.G",
        "The documentation does not say why the patient was seen. "
        "Please document the reason for the encounter.",
    ),
    "missing_diagnosis": _gap(
        "missing_diagnosis", "claim", "ICD-10-CM Official Guidelines IV.G",
        "The documentation does not state the reason for this service. "
        "Please document the diagnosis, sign or symptom that was addressed.",
    ),
    "missing_laterality": _gap(
        "missing_laterality", "diagnosis", "ICD-10-CM Official Guidelines I.B.13",
        "The documentation does not say which side is affected. Please document the side: left, "
        "right or both.",
    ),
    "missing_site": _gap(
        "missing_laterality", "procedure", _OPERATIVE,
        "The documentation of this procedure does not say where on the body it was done. "
        "Please document the site, and the side where there are two.",
    ),
    "contradiction": _gap(
        "contradiction", "diagnosis", "ICD-10-CM Official Guidelines I.B.14",
        "The problem list and the note say different things about this item. "
        "Please clarify what applies to this encounter.",
    ),
    "side_differs": _gap(
        "contradiction", "diagnosis", "ICD-10-CM Official Guidelines I.B.13",
        "Parts of the note name different sides for the same part of the body. "
        "Please clarify which applies: left, right or both.",
    ),
    "sex_differs": _gap(
        "contradiction", "claim", "Medicare Program Integrity Manual 3.3.2.5",
        "The note describes the patient in a way that differs from the registration. "
        "Please clarify whether the note belongs to this patient.",
    ),
    "missing_time_or_decision_making": _gap(
        "missing_time_or_decision_making", "visit_level", "MLN006764",
        "The documentation records neither total time nor the elements of decision making. "
        "Please document whichever applies, as it took place.",
    ),
    "new_or_established": _gap(
        "missing_time_or_decision_making", "visit_level",
        "Medicare Claims Processing Manual 12, 30.6.7",
        "Neither the documentation nor the records at hand say when the patient was last seen in "
        "this practice. Please document the last visit, or that there was none within three years.",
    ),
    "missing_service_time": _gap(
        "missing_time_or_decision_making", "procedure", "NCCI Policy Manual XI.C; CPT time",
        "The documentation of this service does not say how long it took. "
        "Please document its time as it was spent, or when it began and ended.",
    ),
    "missing_total_time": _gap(
        "missing_time_or_decision_making", "visit_level", _TIME,
        "The visit is recorded by time, and the note does not state the total time of the date of "
        "the encounter. Please document the time as it was spent.",
    ),
    "total_time_differs": _gap(
        "contradiction", "visit_level", _TIME,
        "The note and the encounter record state different total times. "
        "Please clarify the time that was spent on the date of the encounter.",
    ),
    "total_time_unclear": _gap(
        "missing_time_or_decision_making", "visit_level", _TIME,
        "The note states time as a range or an estimate. "
        "Please document the total time as it was spent on the date of the encounter.",
    ),
    "counselling_time_only": _gap(
        "missing_time_or_decision_making", "visit_level", _TIME,
        "The note states a part of the time, and not the total of the date of the encounter. "
        "Please document the total time, or how the visit was otherwise decided.",
    ),
    "decision_making_without_evidence": _gap(
        "missing_time_or_decision_making", "visit_level", _DECISION,
        "The encounter record names elements of decision making that the note does not describe. "
        "Please document what was addressed, reviewed and decided, as it took place.",
    ),
    "missing_dose": _gap(
        "missing_dose", "drug", _DRUGS,
        "The administration record does not say how much was given or discarded, or from what "
        "kind of container. Please complete the record.",
    ),
    "missing_drug_dose": _gap(
        "missing_dose", "drug", _DRUGS,
        "The documentation of this drug does not say how much was given. "
        "Please document the dose and its unit.",
    ),
    "missing_route": _gap(
        "missing_dose", "drug", _DRUGS,
        "The documentation of this drug does not say by which route it was given. "
        "Please document the route, and the site where it was injected.",
    ),
    "missing_lot": _gap(
        "missing_dose", "nothing", _LOTS,
        "The administration record names no lot number. Please add it from the log.",
    ),
    "missing_waste": _gap(
        "missing_dose", "drug", _DRUGS,
        "The record of this single-dose container does not say how much was discarded. "
        "Please document the amount discarded, or that nothing was.",
    ),
    "missing_infusion_times": _gap(
        "missing_dose", "drug", "Medicare Claims Processing Manual 4, 230.2",
        "The record of this infusion does not say when it began and when it ended. "
        "Please document both times.",
    ),
    "missing_report": _gap(
        "missing_report", "procedure", _REPORTS,
        "No procedure note or interpretation was found for this item. "
        "Please add it, or say that it was not done.",
    ),
    "missing_interpretation": _gap(
        "missing_report", "procedure", _REPORTS,
        "The note says that a test was done here and holds no written interpretation of it. "
        "Please add the interpretation, or say who interpreted the test.",
    ),
    "missing_order": _gap(
        "missing_report", "procedure", _ORDERS,
        "No order or reason was found in the note for a test that was done. "
        "Please document who ordered it and for which complaint or finding.",
    ),
    "incomplete_procedure_note": _gap(
        "missing_report", "procedure", _OPERATIVE,
        "The procedure note leaves parts open. Please document, as it took place: reason, site, "
        "anesthesia, what was done, findings, and how the patient tolerated it.",
    ),
    "missing_measure": _gap(
        "missing_report", "procedure", "NCCI Policy Manual III",
        "The documentation of this procedure names no measure. "
        "Please document the length, area or number of what was treated.",
    ),
    "missing_consent": _gap(
        "missing_report", "nothing", "42 CFR 482.24(c)(4)(v)",
        "No consent was found for this procedure. "
        "Please document whether and how the patient consented.",
    ),
    "missing_telehealth_consent": _gap(
        "missing_report", "modifier", _TELEHEALTH,
        "The note of this telehealth visit does not mention consent. "
        "Please document whether the patient agreed to be seen in this way.",
    ),
    "missing_telehealth_location": _gap(
        "missing_report", "modifier", _TELEHEALTH,
        "The note of this telehealth visit does not say where the patient and the provider were. "
        "Please document both locations.",
    ),
    "missing_telehealth_modality": _gap(
        "missing_report", "modifier", _TELEHEALTH,
        "The note of this telehealth visit does not say by which means it was held. "
        "Please document the means: video and sound, or sound alone.",
    ),
    "missing_teaching_attestation": _gap(
        "missing_report", "claim", "42 CFR 415.172(b)",
        "A trainee took part in this service, and no statement of the teaching physician was "
        "found. Please document who was present for which part of the service.",
    ),
    "missing_substantive_portion": _gap(
        "missing_report", "claim", "42 CFR 415.140",
        "The note describes a visit shared by two practitioners. "
        "Please document who performed which part of it, and the time of each.",
    ),
    "cloned_text": _gap(
        "contradiction", "claim", "Medicare Program Integrity Manual 3.3.2.1.1",
        "Much of this note is worded like an earlier note of the same patient. "
        "Please document what was found, done and decided at this encounter.",
    ),
    "entered_in_error": _gap(
        "contradiction", "claim", "Medicare Program Integrity Manual 3.3.2.5",
        "The note says that it, or a part of it, was entered in error or is about another person. "
        "Please clarify what applies to this patient and this encounter.",
    ),
    "unreadable_note": _gap(
        "contradiction", "claim", "Medicare Program Integrity Manual 3.3.2.4",
        "A part of the note could not be read as text. "
        "Please add what it holds in words.",
    ),
    "unfilled_template": _gap(
        "contradiction", "claim", "Medicare Program Integrity Manual 3.3.2.1.1",
        "The note holds fields of a template that were left open. "
        "Please complete them as they apply to this encounter.",
    ),
}  # fmt: skip
