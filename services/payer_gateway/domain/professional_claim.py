"""A submitted claim and the references it names, as an 837P claim (005010X222A1)."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from msgspec import Struct

from services.payer_gateway.domain.readings import AnyAdjustment, AnyClaim, AnyLine, AnyPayer
from services.payer_gateway.domain.reference_data import (
    Coverage,
    Person,
    Policy,
    PostalAddress,
    Practice,
    Provider,
)
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.domain.x12_text import x12_text
from services.payer_gateway.x12.adjustment import Adjustment, by_group
from services.payer_gateway.x12.maker import maker
from services.payer_gateway.x12.parties import Address, Contact, Name, Party, Reference
from services.payer_gateway.x12.procedure import Procedure
from services.payer_gateway.x12.professional_claim import (
    BillingProvider,
    Claim,
    Diagnosis,
    Drug,
    LineAdjudication,
    OtherPayer,
    Patient,
    PayerName,
    ServiceLine,
    Subscriber,
)

PAYER_SEQUENCES = "PSTABCDEFGH"
"""SBR01 by place in the order of the claim's payers: first to eleventh (data element 1138)."""

RELATIONSHIP = {"self": "18", "spouse": "01", "child": "19", "other": "G8"}
"""SBR02 and PAT01 (data element 1069)."""

FILING_INDICATOR = {
    "commercial": "CI",
    "medicare": "MB",
    "medicaid": "MC",
    "medigap": "CI",
    "workers_compensation": "WC",
    "other": "ZZ",
}
"""SBR09 by programme (data element 1032), where the partner's profile names none."""

WORKING_AGED = "12"
"""SBR05: required where Medicare is not primary, unless Medicare's profile names another."""

_UNKNOWN_ZIP4 = "9998"
_MOST_LATER_PAYERS = 8

_new_claim = maker(Claim)
_new_address = maker(Address)
_new_subscriber = maker(Subscriber)
_new_line = maker(ServiceLine)
_ANESTHESIA_BY_UNITS = frozenset(("01953", "01996"))
_new_diagnosis = maker(Diagnosis)
_new_party = maker(Party)
_new_other_payer = maker(OtherPayer)
_new_adjustment = maker(Adjustment)
_new_adjudication = maker(LineAdjudication)


class ClaimParties(Struct, frozen=True):
    """Everyone that a submitted claim names."""

    practice: Practice
    patient: Person
    coverage: Coverage
    rendering: Provider
    referring: Provider | None = None


class _Others(Struct, frozen=True):
    """The claim's other payers: the patient, the policies, and who of them is a partner."""

    parties: ClaimParties
    profiles: Mapping[str, TradingPartner]

    def x12_payer_id(self, payer_id: str) -> str:
        """NM109 of 2330B and SVD01: as 2010BB would name the payer, else our own id."""
        profile = self.profiles.get(payer_id)
        return profile.x12_payer_id if profile else payer_id


def policies_after(
    coverage: Coverage, billed: Policy, answered: Container[str], day: date
) -> tuple[Policy, ...]:
    """The policies in force that stand behind the billed one and did not answer yet, in order."""
    place = coverage.policies.index(billed) if billed in coverage.policies else -1
    if place + 1 == len(coverage.policies):
        return ()
    return tuple(
        policy
        for policy in coverage.policies[place + 1 :]
        if policy.coverage_id not in answered and policy.in_force(day)
    )


def without_subscriber(
    submitted: AnyClaim, billed: Policy, coverage: Coverage
) -> tuple[Policy, ...]:
    """The policies the claim would name whose holder, someone else than the patient, is unknown.

    Loops 2010BA and 2330A name the holder: the patient must not stand there in his place.
    """
    if not any(map(_lacks_holder, (billed, *coverage.policies))):
        return ()
    answered = {payer.coverage_id for payer in submitted.prior_payers}
    before = tuple(p for p in coverage.policies if p.coverage_id in answered)
    after = policies_after(coverage, billed, answered, submitted.service_date)
    return tuple(filter(_lacks_holder, (*before, billed, *after)))


def _lacks_holder(policy: Policy) -> bool:
    return policy.subscriber is None and policy.relationship != "self"


def build_claim(
    submitted: AnyClaim,
    policy: Policy,
    parties: ClaimParties,
    partner: TradingPartner,
    profiles: Mapping[str, TradingPartner] = MappingProxyType({}),
) -> Claim:
    """The claim as loops 2000A to 2430 carry it; CLM01 is the claim id, REF*6R the line number.

    ``policy`` is the coverage that is billed, ``partner`` its payer; ``profiles``, by payer id,
    give other payers the ids that X12 knows them by. A policy of someone else needs its
    subscriber: ask ``without_subscriber`` before.
    """
    others = _Others(parties, profiles)
    dependent = policy.subscriber is not None and policy.relationship != "self"
    diagnoses = tuple(
        _new_diagnosis(code.replace(".", ""), "ABF" if index else "ABK")
        for index, code in enumerate(submitted.diagnoses)
    )
    return _new_claim(
        claim_id=submitted.claim_id,
        billing_provider=billing_provider(parties.practice),
        subscriber=_subscriber(submitted, policy, parties.patient, partner, dependent=dependent),
        payer=_payer_name(partner.name, partner.x12_payer_id),
        patient=_patient(policy, parties.patient) if dependent else None,
        total_charge_cents=submitted.total_charge_cents,
        place_of_service=submitted.place_of_service,
        frequency=submitted.frequency_code,
        diagnoses=diagnoses,
        lines=tuple(_line(line, submitted, others) for line in submitted.lines),
        amounts=(("F5", submitted.patient_paid_cents),) if submitted.patient_paid_cents else (),
        references=_references(submitted),
        parties=_providers(parties),
        other_payers=_other_payers(submitted, policy, others),
    )


@lru_cache(maxsize=1024)
def _payer_name(name: str, x12_payer_id: str) -> PayerName:
    return PayerName(x12_text(name, 60), x12_payer_id)


@lru_cache(maxsize=1024)
def billing_provider(practice: Practice) -> BillingProvider:
    """Loop 2010AA. N403 needs nine digits; 9998 stands for an unknown last four."""
    postal_code = practice.address.postal_code
    if len(postal_code) == 5:
        postal_code += _UNKNOWN_ZIP4
    address = _address(practice.address)
    return BillingProvider(
        name=Name.organization(x12_text(practice.name, 60)),
        npi=practice.npi,
        address=Address(
            address.line1, address.city, address.state, postal_code, line2=address.line2
        ),
        tax_id=practice.tax_id,
        taxonomy=practice.taxonomy,
    )


def submitter_contact(practice: Practice) -> Contact:
    """PER*IC of loop 1000A."""
    return Contact("IC", x12_text(practice.name, 60), (("TE", practice.phone),))


def _address(address: PostalAddress) -> Address:
    return _new_address(
        line1=x12_text(address.line1, 55),
        line2=x12_text(address.line2, 55),
        city=x12_text(address.city, 30),
        state=address.state,
        postal_code=address.postal_code,
    )


def _name(person: Person) -> Name:
    return Name.person(x12_text(person.family_name, 60), x12_text(person.given_name, 35))


def _subscriber(
    submitted: AnyClaim,
    policy: Policy,
    patient: Person,
    partner: TradingPartner,
    *,
    dependent: bool,
) -> Subscriber:
    holder = policy.subscriber if dependent and policy.subscriber else patient
    return _new_subscriber(
        payer_sequence=PAYER_SEQUENCES[submitted.payer_level - 1],
        name=_name(holder),
        member_id=policy.member_id,
        filing_indicator=partner.filing_indicator or FILING_INDICATOR[policy.programme],
        group_number=x12_text(policy.group_number, 50),
        insurance_type=_insurance_type(policy, submitted.payer_level, partner),
        address=_address(holder.address),
        birth_date=holder.birth_date,
        sex=holder.sex,
    )


def _patient(policy: Policy, patient: Person) -> Patient:
    return Patient(
        relationship=RELATIONSHIP[policy.relationship],
        name=_name(patient),
        address=_address(patient.address),
        birth_date=patient.birth_date,
        sex=patient.sex,
    )


def _references(submitted: AnyClaim) -> tuple[Reference, ...]:
    """G1 prior authorization and F8 the payer's claim number, which frequency 7 and 8 need."""
    found = []
    if submitted.prior_authorization:
        found.append(Reference("G1", x12_text(submitted.prior_authorization, 50)))
    if submitted.frequency_code != "1" and submitted.payer_control_number:
        found.append(Reference("F8", x12_text(submitted.payer_control_number, 50)))
    return tuple(found)


def _providers(parties: ClaimParties) -> tuple[Party, ...]:
    """Loops 2310A referring and 2310B rendering; the latter only where it is not the practice."""
    found = []
    if parties.referring is not None:
        found.append(_provider("DN", parties.referring, ""))
    if parties.rendering.npi != parties.practice.npi:
        found.append(_provider("82", parties.rendering, parties.rendering.taxonomy))
    return tuple(found)


def _provider(role: str, provider: Provider, taxonomy: str) -> Party:
    name = Name.person(x12_text(provider.family_name, 60), x12_text(provider.given_name, 35))
    return _new_party(role, name, "XX", provider.npi, taxonomy)


def _insurance_type(policy: Policy, place: int, profile: TradingPartner | None) -> str:
    """SBR05: only where Medicare is not primary (837P 2000B and 2320 SBR05)."""
    if policy.programme != "medicare" or place == 1:
        return ""
    return (profile.insurance_type if profile else "") or WORKING_AGED


def _line(line: AnyLine, submitted: AnyClaim, others: _Others) -> ServiceLine:
    procedure = _procedure(line.code, line.modifiers)
    units = _units(line.units)
    return _new_line(
        control_number=str(line.line),
        procedure=procedure,
        charge_cents=line.charge_cents,
        units=units,
        unit="MJ" if _is_by_minutes(line.code) else "UN",
        pointers=line.diagnosis_pointers,
        service_from=submitted.service_date,
        drug=_drug(line),
        adjudications=tuple(
            _new_adjudication(
                payer_id=others.x12_payer_id(payer.payer_id),
                paid_cents=decided.paid_cents,
                procedure=procedure,
                units=units,
                paid_date=payer.adjudicated_on,
                adjustments=_adjustments(decided.adjustments),
                patient_liability_cents=_patient_share(decided.adjustments),
            )
            for payer in submitted.prior_payers
            for decided in payer.lines
            if decided.line == line.line
        )
        if submitted.prior_payers
        else (),
    )


@lru_cache(maxsize=4096)
def _is_by_minutes(code: str) -> bool:
    """Anesthesia is counted in minutes (SV103 MJ), but for further burns and care by the day."""
    return code.isdigit() and "00100" <= code <= "01999" and code not in _ANESTHESIA_BY_UNITS


@lru_cache(maxsize=4096)
def _procedure(code: str, modifiers: tuple[str, ...]) -> Procedure:
    return Procedure(code, modifiers)


@lru_cache(maxsize=1024)
def _units(units: int) -> Decimal:
    return Decimal(units)


def _drug(line: AnyLine) -> Drug | None:
    """Loop 2410, where the quantity of the drug is known: CTP needs it in the drug's own unit.

    The units of SV104 are those of the procedure code (J1885 counts 15 mg) and say nothing of it.
    """
    if not line.ndc or line.ndc_unit is None:
        return None
    quantity = line.ndc_quantity
    return None if quantity is None else Drug(line.ndc, quantity, line.ndc_unit)


def _patient_share(adjustments: Iterable[AnyAdjustment]) -> int:
    """AMT*EAF: what the payer left to the patient, in cents."""
    return sum(a.amount_cents for a in adjustments if a.group == "PR")


def _adjustments(
    adjustments: Iterable[AnyAdjustment],
) -> tuple[Adjustment, ...]:
    return by_group(
        _new_adjustment(
            a.group,
            a.reason,
            a.amount_cents,
            None if a.quantity is None else Decimal(a.quantity),
        )
        for a in adjustments
    )


def _other_payers(submitted: AnyClaim, billed: Policy, others: _Others) -> tuple[OtherPayer, ...]:
    """Loop 2320 of each payer that decided before, then of those that come after (crossover).

    SBR01 counts the claim's own order: earlier payers and the billed one by their level, later
    ones on from there, whatever ranks their policies have.
    """
    found = [_prior(payer, others) for payer in submitted.prior_payers]
    answered = {payer.coverage_id for payer in submitted.prior_payers}
    after = policies_after(others.parties.coverage, billed, answered, submitted.service_date)
    found += [
        _other(policy, place, others)
        for place, policy in enumerate(after[:_MOST_LATER_PAYERS], submitted.payer_level + 1)
    ]
    return tuple(found)


def _prior(payer: AnyPayer, others: _Others) -> OtherPayer:
    policy = others.parties.coverage.policy(payer.coverage_id)
    known = policy or Policy(
        payer.coverage_id,
        payer.payer_id,
        payer.payer_id,
        "other",
        payer.level,
        "",
        "",
        "self",
        None,
        payer.adjudicated_on,
        None,
    )
    share = _patient_share(payer.adjustments)
    return replace(
        _other(known, payer.level, others),
        payer_id=others.x12_payer_id(payer.payer_id),
        adjustments=_adjustments(payer.adjustments),
        paid_cents=payer.paid_cents,
        patient_liability_cents=None if payer.lines or not share else share,
        paid_date=None if payer.lines else payer.adjudicated_on,
        claim_control_number=x12_text(payer.payer_control_number, 50),
    )


def _other(policy: Policy, place: int, others: _Others) -> OtherPayer:
    """``place`` is the payer's in the order of the claim's payers, from 1."""
    holder = policy.subscriber or others.parties.patient
    relationship = "self" if policy.subscriber is None else policy.relationship
    profile = others.profiles.get(policy.payer_id)
    return _new_other_payer(
        payer_sequence=PAYER_SEQUENCES[place - 1],
        relationship=RELATIONSHIP[relationship],
        subscriber_name=_name(holder),
        member_id=policy.member_id,
        payer_name=x12_text(policy.payer_name, 60),
        payer_id=others.x12_payer_id(policy.payer_id),
        filing_indicator=(profile.filing_indicator if profile else "")
        or FILING_INDICATOR[policy.programme],
        group_number=x12_text(policy.group_number, 50),
        insurance_type=_insurance_type(policy, place, profile),
        subscriber_address=_address(holder.address),
    )
