"""Value types that every contract shares: ids, cents, codes, dates.

Money is integer cents; a float, a decimal string or a boolean is refused, because strict integers
accept nothing but integers. Ids are unique within a practice and never carry PHI.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from schemas.phi import Phi

LARGEST_AMOUNT_CENTS = 10**13

Cents = Annotated[
    int, Field(strict=True, ge=-LARGEST_AMOUNT_CENTS, le=LARGEST_AMOUNT_CENTS, description="cents")
]
ChargeCents = Annotated[int, Field(strict=True, ge=0, le=LARGEST_AMOUNT_CENTS, description="cents")]
PaymentCents = Annotated[
    int, Field(strict=True, ge=1, le=LARGEST_AMOUNT_CENTS, description="cents")
]

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$")]
Npi = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
PlaceOfService = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]
DiagnosisCode = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?$")]
ProcedureCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z][0-9]{3}[0-9A-Z]$")]
Modifier = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{2}$")]
ShortText = Annotated[str, StringConstraints(max_length=400)]
LongText = Annotated[str, StringConstraints(max_length=1_000_000)]
Units = Annotated[int, Field(strict=True, ge=1, le=9_999)]
ServiceDate = Annotated[
    date,
    Field(
        ge=date(1900, 1, 1),
        le=date(2199, 12, 31),
        json_schema_extra={"pattern": "^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$"},
    ),
]


Instant = Annotated[
    AwareDatetime,
    Field(
        ge=datetime(1, 1, 2, tzinfo=UTC),
        le=datetime(9999, 12, 30, tzinfo=UTC),
        description="RFC 3339, with an offset",
    ),
]

CodeSystem = Literal["icd10cm", "cpt", "hcpcs", "snomed", "loinc", "cvx", "rxnorm", "ndc", "local"]
Laterality = Literal["left", "right", "bilateral"]
Sex = Literal["F", "M", "U"]


class Value(BaseModel):
    """A part of an event: frozen, and a stranger to fields it does not know.

    Producers forbid unknown fields; consumers ask for ``extra="ignore"`` when they read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Coding(Value):
    """A code as the EHR recorded it, in the code system it recorded it in."""

    system: CodeSystem
    code: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    display: Annotated[ShortText, Phi("clinical")] = ""


class Address(Value):
    """A postal address. PHI when it is a patient's."""

    line1: ShortText
    line2: ShortText = ""
    city: ShortText
    state: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    postal_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{5}([0-9]{4})?$")]


class Adjustment(Value):
    """One CAS triplet: why an amount charged was not paid (X12 835 CAS01-CAS04)."""

    group: Literal["CO", "PR", "OA", "PI", "CR"]
    reason: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{1,5}$")]
    amount_cents: Cents
    quantity: int | None = None
