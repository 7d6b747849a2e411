"""A statement in words: every string that its HTML and its PDF show, in the order they show it.

Patient-friendly billing (HFMA): what happened, what it cost, what insurance paid, what nobody has
to pay, what you owe and why in plain words, when, how to pay, where to get help, how to dispute.
Sentences read at grade 8 or below; ``sentences`` gives them to the check.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from services.patient_statements.domain.cycle import Notice
from services.patient_statements.domain.service_wording import service_wording
from services.patient_statements.domain.statement import OwedKind, Statement, StatementEncounter
from services.patient_statements.domain.us_format import dollars, long_date, telephone

LANGUAGE = "en"
REGION = "US"

_TITLES: dict[Notice, str] = {
    "first": "Your bill",
    "second": "Reminder: your bill",
    "final": "Final notice: your bill",
    "past_due": "Past due: your bill",
}
_OPENINGS: dict[Notice, str] = {
    "first": "This bill is for care you got from us. It shows what you owe and why.",
    "second": "We sent you a bill before. Part of it is still open. Please pay it or call us.",
    "final": (
        "This is the last bill we will send for the oldest visit on it. Please pay it or call us. "
        "We want to help you find a way that works for you."
    ),
    "past_due": "This bill is past due. Please pay it or call us. We want to help you.",
}
KIND_LABELS: dict[OwedKind, str] = {
    "deductible": "Deductible",
    "coinsurance": "Coinsurance",
    "copay": "Copay",
    "self_pay": "Not billed to insurance",
    "other": "Other amount that is yours to pay",
}
KIND_MEANINGS: dict[OwedKind, str] = {
    "deductible": "What you pay each year before your plan starts to pay.",
    "coinsurance": "Your part of the cost after the deductible. It is a set percent.",
    "copay": "A set amount that you pay for a visit or a service.",
    "self_pay": "We sent no bill to a health plan for this. The price is yours to pay.",
    "other": "Your plan says that this part is yours. Your plan can tell you why.",
}
_ADJUSTMENTS = "Discounts and other cuts in price. You do not pay this."
_IN_PROGRESS = "Still being worked on with your insurance. You do not pay this now."
GOOD_FAITH_DISPUTE_DAYS = 120


@dataclass(frozen=True, slots=True)
class Row:
    """A label and its value, with a plain meaning where the label needs one."""

    label: str
    value: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class EncounterText:
    """One visit in words: the services with prices, the sum from charge to balance, the share."""

    heading: str
    about: tuple[Row, ...]
    services: tuple[Row, ...]
    sums: tuple[Row, ...]
    shares: tuple[Row, ...]
    balance: Row


@dataclass(frozen=True, slots=True)
class HelpText:
    """A headed part of running text."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StatementText:
    """The whole statement in words."""

    language: str
    region: str
    title: str
    opening: str
    sender: tuple[str, ...]
    recipient: tuple[str, ...]
    facts: tuple[Row, ...]
    total: Row
    due: Row
    encounters: tuple[EncounterText, ...]
    help: tuple[HelpText, ...]

    def sentences(self) -> Iterator[str]:
        """The running text, for the readability check: all but names, labels and amounts."""
        yield self.opening
        seen: set[str] = set()
        for encounter in self.encounters:
            for row in (*encounter.sums, *encounter.shares):
                if row.meaning and row.meaning not in seen:
                    seen.add(row.meaning)
                    yield row.meaning
        for part in self.help:
            yield from part.paragraphs


def _encounter(encounter: StatementEncounter) -> EncounterText:
    about = [Row("Patient", encounter.patient_name)]
    if encounter.payer_names:
        about.append(Row("Insurance", ", ".join(encounter.payer_names)))
    if encounter.notice == "final":
        about.append(Row("Notice", "Last notice for this visit"))
    elif encounter.notice == "past_due":
        about.append(Row("Notice", "Past due"))
    sums = [Row("Price of your care", dollars(encounter.charge_cents))]
    if encounter.payer_names or encounter.insurance_paid_cents:
        sums.append(Row("Your insurance paid", dollars(-encounter.insurance_paid_cents)))
    if encounter.adjusted_cents:
        sums.append(Row("Adjustments", dollars(-encounter.adjusted_cents), _ADJUSTMENTS))
    if encounter.in_progress_cents:
        sums.append(Row("Not settled yet", dollars(-encounter.in_progress_cents), _IN_PROGRESS))
    if encounter.paid_cents:
        sums.append(Row("You paid", dollars(-encounter.paid_cents)))
    return EncounterText(
        heading=f"Visit on {long_date(encounter.service_date)}",
        about=tuple(about),
        services=tuple(
            Row(service_wording(service.code), dollars(service.charge_cents))
            for service in encounter.services
        ),
        sums=tuple(sums),
        shares=tuple(
            Row(KIND_LABELS[part.kind], dollars(part.amount_cents), KIND_MEANINGS[part.kind])
            for part in encounter.owed
        ),
        balance=Row("You owe for this visit", dollars(encounter.balance_cents)),
    )


def _dispute_deadline(issued_on: date) -> date:
    """45 CFR 149.620(c)(1): 120 calendar days from the first bill."""
    return issued_on + timedelta(days=GOOD_FAITH_DISPUTE_DAYS)


def _help(statement: Statement) -> tuple[HelpText, ...]:
    phone = telephone(statement.phone)
    name = statement.practice.name
    pay = [
        f"By phone: call {phone}. We take cards.",
        f"By mail: send a check to {name}, {', '.join(statement.practice.lines)}. "
        f"Write {statement.statement_id} on the check.",
    ]
    if statement.payment_address:
        pay.insert(0, f"Online: go to {statement.payment_address}.")
    if statement.unapplied_cents:
        pay.append(
            f"We also hold {dollars(statement.unapplied_cents)} that you paid us. It is not used "
            "yet. Call us and we will use it for this bill or send it back."
        )
    wrong = [
        f"Call us at {phone} if you think this bill is wrong. We will look into it. You do not "
        "have to pay the part in question while we do.",
        "You can ask for a list of each service with its code and price. It is free.",
    ]
    if any(owed.kind == "self_pay" for each in statement.encounters for owed in each.owed):
        wrong.append(
            "Did we give you a good faith estimate? You can dispute this bill if it is at least "
            "$400 more than the estimate. You must start by "
            f"{long_date(_dispute_deadline(statement.issued_on))}."
        )
    return (
        HelpText("How to pay", tuple(pay)),
        HelpText(
            "If you cannot pay it all now",
            (
                f"Call us at {phone}. Ask if you can pay in parts. Ask if you can get help with "
                "the cost, such as a lower price because your income is low.",
                "You can ask at any time. It costs you nothing to ask.",
            ),
        ),
        HelpText("If something looks wrong", tuple(wrong)),
        HelpText("Questions", (f"Call {name} at {phone}. We are glad to help.",)),
    )


def worded(statement: Statement) -> StatementText:
    """The statement in words; the same statement always gives the same words."""
    return StatementText(
        language=LANGUAGE,
        region=REGION,
        title=f"{_TITLES[statement.notice]} from {statement.practice.name}",
        opening=_OPENINGS[statement.notice],
        sender=(
            statement.practice.name,
            *statement.practice.lines,
            telephone(statement.phone),
        ),
        recipient=(statement.addressee.name, *statement.addressee.lines),
        facts=(
            Row("Statement number", statement.statement_id),
            Row("Account number", statement.account_id),
            Row("Date of this bill", long_date(statement.issued_on)),
        ),
        total=Row("You owe", dollars(statement.total_cents)),
        due=Row("Please pay by", long_date(statement.due_on)),
        encounters=tuple(map(_encounter, statement.encounters)),
        help=_help(statement),
    )
