"""Who a statement is for: patients, their guarantor, how they may be reached, what blocks them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.reference import PatientRegistered, PracticeRegistered
from schemas.values import Address
from services.patient_statements.domain.printable import printable

Channel = Literal["paper", "email", "sms"]
BillingHold = Literal["", "bankruptcy", "legal", "courtesy"]


@dataclass(frozen=True, slots=True)
class Party:
    """A name and a postal address, line by line. PHI when it is a patient's or guarantor's."""

    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Patient:
    """What this service keeps of a patient; the statement is the only reader of ``party``."""

    practice_id: str
    patient_id: str
    account_id: str
    party: Party
    guarantor: Party | None = None
    channel: Channel = "paper"
    deceased: bool = False
    billing_hold: BillingHold = ""


@dataclass(frozen=True, slots=True)
class Practice:
    """The billing organisation as a statement shows it; ``phone`` is ten digits."""

    practice_id: str
    party: Party
    phone: str


@dataclass(frozen=True, slots=True)
class Blocks:
    """What blocks an account because of its people.

    Bankruptcy and a hold concern whoever is responsible, hence the whole account (11 USC 362(a)(6)
    stays every act to collect); a death concerns the encounters of the person who died.
    """

    bankruptcy: bool = False
    hold: bool = False
    deceased: frozenset[str] = frozenset()


def _lines(address: Address) -> tuple[str, ...]:
    postal_code = address.postal_code
    if len(postal_code) > 5:
        postal_code = f"{postal_code[:5]}-{postal_code[5:]}"
    lines = (
        printable(address.line1),
        printable(address.line2),
        f"{printable(address.city)}, {address.state} {postal_code}",
    )
    return tuple(line for line in lines if line)


def _name(given: str, family: str) -> str:
    return printable(f"{given} {family}")


def patient_of(event: PatientRegistered) -> Patient:
    """What this service keeps of a registered patient.

    The channel follows consent: e-mail, else text message, else paper, which needs none. A
    guarantor's consent is not known, so that a guarantor is written to on paper.
    """
    channel: Channel = "paper"
    if event.guarantor is None:
        if event.consent.email and event.email:
            channel = "email"
        elif event.consent.sms and event.phone:
            channel = "sms"
    guarantor = event.guarantor
    return Patient(
        practice_id=event.practice_id,
        patient_id=event.patient_id,
        account_id=event.account_id,
        party=Party(_name(event.given_name, event.family_name), _lines(event.address)),
        guarantor=None
        if guarantor is None
        else Party(_name(guarantor.given_name, guarantor.family_name), _lines(guarantor.address)),
        channel=channel,
        deceased=event.deceased,
        billing_hold=event.billing_hold or "",
    )


def practice_of(event: PracticeRegistered) -> Practice:
    """What this service keeps of a registered practice."""
    return Practice(
        event.practice_id, Party(printable(event.name), _lines(event.address)), event.phone
    )


def blocks_of(patients: Iterable[Patient]) -> Blocks:
    """What the people of an account block."""
    people = tuple(patients)
    return Blocks(
        bankruptcy=any(each.billing_hold == "bankruptcy" for each in people),
        hold=any(each.billing_hold in {"legal", "courtesy"} for each in people),
        deceased=frozenset(each.patient_id for each in people if each.deceased),
    )


def addressee(patients: Sequence[Patient]) -> tuple[Party, Channel]:
    """Whom the statement is sent to, and how: the guarantor where one is named, else the patient.

    ``patients`` are those whose encounters are on the statement, at least one. The choice depends
    on their ids only, never on their order.
    """
    living = [each for each in patients if not each.deceased] or list(patients)
    ordered = sorted(living, key=lambda each: (each.guarantor is None, each.patient_id))
    chosen = ordered[0]
    return chosen.guarantor or chosen.party, chosen.channel
