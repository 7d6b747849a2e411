"""Which guide a transaction set follows: by its id (ST01) and version (ST03, or GS08)."""

from services.payer_gateway.x12.guides.acknowledgement import ACKNOWLEDGEMENT
from services.payer_gateway.x12.guides.claim_acknowledgement import CLAIM_ACKNOWLEDGEMENT
from services.payer_gateway.x12.guides.claim_status_request import CLAIM_STATUS_REQUEST
from services.payer_gateway.x12.guides.claim_status_response import CLAIM_STATUS_RESPONSE
from services.payer_gateway.x12.guides.eligibility_inquiry import ELIGIBILITY_INQUIRY
from services.payer_gateway.x12.guides.eligibility_response import ELIGIBILITY_RESPONSE
from services.payer_gateway.x12.guides.institutional_claim import INSTITUTIONAL_CLAIM
from services.payer_gateway.x12.guides.notation import Guide
from services.payer_gateway.x12.guides.professional_claim import PROFESSIONAL_CLAIM
from services.payer_gateway.x12.guides.remittance import REMITTANCE

GUIDES = (
    PROFESSIONAL_CLAIM,
    INSTITUTIONAL_CLAIM,
    REMITTANCE,
    ACKNOWLEDGEMENT,
    CLAIM_ACKNOWLEDGEMENT,
    CLAIM_STATUS_REQUEST,
    CLAIM_STATUS_RESPONSE,
    ELIGIBILITY_INQUIRY,
    ELIGIBILITY_RESPONSE,
)

SET_IDS = frozenset({"270", "271", "276", "277", "278", "835", "837", "999"})
"""Transaction sets of the claim life cycle, whether or not a guide of theirs is here."""

_BY_VERSION = {(guide.set_id, version): guide for guide in GUIDES for version in guide.versions}
_BY_SET: dict[str, list[Guide]] = {}
for _guide in GUIDES:
    _BY_SET.setdefault(_guide.set_id, []).append(_guide)


def guide_of(set_id: str, version: str) -> Guide | None:
    """The guide of that set and version; None where it is not here."""
    return _BY_VERSION.get((set_id, version))


def guides_of(set_id: str) -> tuple[Guide, ...]:
    """The guides of a set's id, of which a version that says nothing leaves one to be found."""
    return tuple(_BY_SET.get(set_id, ()))
