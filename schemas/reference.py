"""Reference topics: who the practice, provider and patient are, and how a patient is insured.

Compacted and restricted. Each service keeps its own copy of what it needs, and only of that.
"""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from schemas.event import Event
from schemas.phi import Phi
from schemas.values import Address, Id, Npi, Sex, ShortText, Value

Programme = Literal[
    "commercial", "medicare", "medicaid", "medigap", "workers_compensation", "other"
]
Relationship = Literal["self", "spouse", "child", "other"]
Phone = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
Taxonomy = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{10}$")]


class PracticeRegistered(Event):
    """The billing organisation: who bills, under which NPI and tax id (837 loop 2010AA)."""

    TOPIC: ClassVar[str] = "ehr.practice-registered.v1"
    KEY_FIELD: ClassVar[str] = "practice_id"

    name: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    npi: Npi
    tax_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{9}$")]
    taxonomy: Taxonomy
    address: Address
    phone: Phone


class ProviderRegistered(Event):
    """A clinician who renders, refers or supervises (837 loops 2310)."""

    TOPIC: ClassVar[str] = "ehr.provider-registered.v1"
    KEY_FIELD: ClassVar[str] = "provider_id"

    provider_id: Id
    npi: Npi
    taxonomy: Taxonomy
    family_name: ShortText
    given_name: ShortText = ""
    credential: ShortText = ""


class ChannelConsent(Value):
    """By which channels the patient agreed to be reached; paper needs no consent."""

    email: bool = False
    sms: bool = False


class Guarantor(Value):
    """Who is financially responsible when it is not the patient."""

    family_name: Annotated[ShortText, Phi("identity")]
    given_name: Annotated[ShortText, Phi("identity")]
    address: Annotated[Address, Phi("identity")]


class PatientRegistered(Event):
    """Demographics, guarantor and channel consent of one patient of one practice."""

    TOPIC: ClassVar[str] = "ehr.patient-registered.v1"
    KEY_FIELD: ClassVar[str] = "patient_id"

    patient_id: Id
    account_id: Id = Field(description="the guarantor's account that statements are sent for")
    family_name: Annotated[str, StringConstraints(min_length=1, max_length=60), Phi("identity")]
    given_name: Annotated[str, StringConstraints(max_length=35), Phi("identity")] = ""
    birth_date: Annotated[date, Phi("identity")]
    sex: Sex
    address: Annotated[Address, Phi("identity")]
    phone: Annotated[Phone | None, Phi("identity")] = None
    email: Annotated[Annotated[str, StringConstraints(max_length=254)] | None, Phi("identity")] = (
        None
    )
    guarantor: Guarantor | None = None
    consent: ChannelConsent = ChannelConsent()
    deceased: bool = False
    billing_hold: Literal["bankruptcy", "legal", "courtesy"] | None = None


class Subscriber(Value):
    """The policy holder, when it is not the patient (837 loop 2010BA)."""

    family_name: Annotated[ShortText, Phi("identity")]
    given_name: Annotated[ShortText, Phi("identity")]
    birth_date: Annotated[date, Phi("identity")]
    sex: Sex
    address: Annotated[Address, Phi("identity")]


class Policy(Value):
    """One payer's promise to pay for this patient, in its place in the order of payers."""

    coverage_id: Id
    payer_id: Id
    payer_name: ShortText
    programme: Programme
    rank: Annotated[int, Field(ge=1, le=3, description="1 primary, 2 secondary, 3 tertiary")]
    member_id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{2,40}$"), Phi("identity")]
    group_number: Annotated[ShortText, Phi("identity")] = ""
    relationship: Relationship = "self"
    subscriber: Subscriber | None = None
    effective_from: date
    effective_to: date | None = None


class CoverageRegistered(Event):
    """Every policy of a patient, in order; none means self-pay."""

    TOPIC: ClassVar[str] = "ehr.coverage-registered.v1"
    KEY_FIELD: ClassVar[str] = "patient_id"

    patient_id: Id
    policies: tuple[Policy, ...] = ()
    qualified_medicare_beneficiary: bool = Field(
        default=False, description="SSA 1902(n)(3)(B): no Medicare cost sharing to the patient"
    )
