"""Why a question (270, 278) was not answered (AAA), with short wording of our own."""

from dataclasses import dataclass

from services.payer_gateway.x12.segments import Element

REJECT_REASONS: dict[str, str] = {
    "04": "more asked at once than is allowed",
    "15": "required data missing",
    "33": "input errors",
    "35": "out of network",
    "41": "not authorized to ask",
    "42": "cannot answer now",
    "43": "provider id missing or invalid",
    "44": "provider name missing or invalid",
    "45": "provider specialty missing or invalid",
    "46": "provider telephone missing or invalid",
    "47": "provider state missing or invalid",
    "48": "referring provider id missing or invalid",
    "49": "provider is not the primary care physician",
    "50": "provider may not ask",
    "51": "provider not on file",
    "52": "service dates outside the provider's enrolment",
    "53": "benefit does not fit the provider type",
    "54": "procedure qualifier does not fit",
    "55": "procedure does not fit",
    "56": "date does not fit",
    "57": "service date missing or invalid",
    "58": "birth date missing or invalid",
    "60": "birth date after the service date",
    "61": "death before the service date",
    "62": "service date outside the time that may be asked about",
    "63": "service date in the future",
    "64": "patient id missing or invalid",
    "65": "patient name missing or invalid",
    "66": "patient sex missing or invalid",
    "67": "patient not found",
    "68": "duplicate patient id",
    "69": "does not fit the patient's age",
    "70": "does not fit the patient's sex",
    "71": "birth date does not match",
    "72": "subscriber id missing or invalid",
    "73": "subscriber name missing or invalid",
    "74": "subscriber sex missing or invalid",
    "75": "subscriber not found",
    "76": "duplicate subscriber id",
    "77": "subscriber found, patient not",
    "78": "subscriber is in no such group or plan",
    "79": "participant id invalid",
    "80": "no answer came from elsewhere",
    "97": "provider address missing or invalid",
    "98": "experimental service",
    "AA": "authorization not found",
    "AE": "needs the primary care provider's authorization",
    "AF": "diagnosis missing or invalid",
    "AG": "procedure missing or invalid",
    "AO": "more about the patient's condition needed",
    "CI": "certification does not match the patient",
    "E8": "needs medical review",
    "IA": "authorization number has the wrong form",
    "MA": "authorization number missing",
    "T4": "payer name or id missing",
}
"""AAA03 (data element 901)."""

FOLLOW_UP_ACTIONS: dict[str, str] = {
    "C": "correct and send again",
    "N": "do not send again",
    "P": "send the original again",
    "R": "may be sent again",
    "S": "do not send again, asked elsewhere",
    "W": "wait 30 days and send again",
    "X": "wait 10 days and send again",
    "Y": "do not send again, an answer will come",
}
"""AAA04 (data element 889)."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """AAA: why a question was not answered (AAA03) and what to do (AAA04).

    ``is_valid`` is AAA01 Y: the question was good, but could not be answered.
    """

    reason: str
    follow_up: str
    is_valid: bool = False

    @property
    def words(self) -> str:
        """The reason and what to do, in words; the bare codes where they are not known."""
        reason = REJECT_REASONS.get(self.reason, f"reason {self.reason}")
        return f"{reason}: {FOLLOW_UP_ACTIONS.get(self.follow_up, self.follow_up)}"


def write_rejection(rejection: Rejection) -> tuple[Element, ...]:
    """An AAA segment."""
    is_valid = "Y" if rejection.is_valid else "N"
    return ("AAA", is_valid, "", rejection.reason, rejection.follow_up)
