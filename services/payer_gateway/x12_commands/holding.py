"""What a transaction set, or a TA1, holds: in a few words."""

from typing import Any

from services.payer_gateway.x12.acknowledgement import (
    FunctionalAcknowledgement,
    InterchangeAcknowledgement,
)
from services.payer_gateway.x12.codes import GROUP_ACKNOWLEDGEMENTS
from services.payer_gateway.x12.eligibility_inquiry import EligibilityInquiry
from services.payer_gateway.x12.eligibility_response import EligibilityResponse
from services.payer_gateway.x12.status_inquiry import StatusInquiry
from services.payer_gateway.x12.status_response import StatusResponse


def held(value: Any) -> str:
    """What the values of a set are about, empty where there is nothing to count."""
    match value:
        case FunctionalAcknowledgement():
            verdict = GROUP_ACKNOWLEDGEMENTS.get(value.code, "no verdict")
            return (
                f"group {value.control_number} {verdict}, {value.accepted:,} of "
                f"{value.received:,} transaction sets"
            )
        case StatusInquiry():
            return f"{len(value.claims):,} claims asked about"
        case StatusResponse():
            return f"{len(list(value.claims)):,} claims answered"
        case EligibilityInquiry():
            return f"{len(value.requests):,} members asked about"
        case EligibilityResponse():
            return f"{len(list(value.members)):,} members answered"
        case _:
            return ""


def receipt(ta1: InterchangeAcknowledgement) -> str:
    """What a TA1 says."""
    verdict = GROUP_ACKNOWLEDGEMENTS.get(ta1.code, "no verdict")
    return f"TA1: interchange {ta1.control_number} {verdict}, note {ta1.note}"
