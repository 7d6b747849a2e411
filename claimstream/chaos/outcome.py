"""What a run came to, without whatever may differ when the same things happen at other times.

Compared: of every encounter its state in coding, its charge, where each cent of it went, its open
work, the standing claims and their states, and whether its patient was told of it; of every
account what is owed and in credit; what was set aside, parked or put in quarantine, and why.
Not compared: ids of claims, files, remittances and statements, dates, times, numbers of versions,
how balances were gathered on statements, and whether a patient was told of what a statement day of
either run met as a small balance, all of which follow from when something arrived.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Protocol, TypeAlias

import asyncpg

from claimstream.lineage.history import Fact
from claimstream.lineage.standing import standing_of
from schemas import claim, coding, encounter, patient_account
from schemas.event import Event, key_of

Stages: TypeAlias = Sequence[Sequence[tuple[str, datetime]]]
"""What the events of one encounter said, stage by stage, and when they were published."""

_CODING = """
select practice_id, encounter_id, state,
       count(*) over (partition by practice_id, patient_id) > 1 as others
from coding.encounter
"""
_ACCOUNTS = """
with standing as materialized (
    select c.practice_id, c.encounter_id,
           string_agg(format('%s %s %s %s %s', c.payer_level, c.payer_id, c.state,
                             c.charge_cents, c.open_cents), '; '
                      order by c.payer_level, c.payer_id, c.state, c.charge_cents) as claims
    from billing.claim c where c.replaced_by = '' group by 1, 2
), work as materialized (
    select w.practice_id, w.encounter_id,
           string_agg(format('%s %s %s', w.kind, w.line, w.amount_cents), '; '
                      order by w.kind, w.line, w.amount_cents) as open
    from billing.work_item w where w.closed_at is null group by 1, 2
)
select e.practice_id, e.encounter_id, e.account_id,
       e.charge_cents, e.insurance_paid_cents, e.contractual_cents,
       e.sequestration_cents, e.other_write_off_cents, e.patient_applied_cents,
       e.open_insurance_cents, e.undecided_cents, e.open_patient_cents, e.unapplied_cents,
       e.not_billable::text as not_billable,
       case when e.not_billable then '' else coalesce(s.claims, '') end as claims,
       coalesce(w.open, '') as work
from billing.encounter_account e
left join standing s using (practice_id, encounter_id)
left join work w using (practice_id, encounter_id)
"""
_WHOLE_TABLES = {"enable_nestloop": "off", "jit": "off"}
"""Tables are read as a whole soon after they grew, when statistics still tell of few rows."""

_OWED = """
select practice_id, account_id, due_cents, credit_cents from account
where due_cents <> 0 or credit_cents <> 0
"""
_TOLD = """
select distinct s.practice_id, e->>'encounter_id' as encounter_id
from statement s, jsonb_array_elements(s.content->'encounters') as e where s.state = 'issued'
"""
_SMALL = """
select distinct d.practice_id, e.encounter_id
from statement_decision d, jsonb_array_elements(d.decision->'blocked') as held,
     jsonb_array_elements_text(held->'encounter_ids') as e (encounter_id)
where held->>'reason' = 'small_balance'
"""
_SET_ASIDE = """
select lane, reason, count(*)::int as records from delivery.dead_letter where status = 'open'
group by 1, 2
"""
_PARKED = "select lane, count(*)::int as records from delivery.parked group by 1"
_QUARANTINE = """
select payer_id, kind, reason, count(*)::int as items from quarantine where state = 'open'
group by 1, 2, 3
"""

_STAGES: tuple[type[Event], ...] = (
    encounter.EncounterDocumented,
    coding.DocumentationQueryOpened,
    encounter.DocumentationQueryAnswered,
    coding.EncounterCoded,
    claim.ClaimSubmitted,
    claim.ClaimAcknowledged,
    claim.ClaimAdjudicated,
    patient_account.PatientBalanceDue,
)
_STAGE_OF = {kind: number for number, kind in enumerate(_STAGES)}
STAGE_COUNT = len(_STAGES)
_STATEMENT = "statement"
_CENTS = (
    "charge_cents",
    "paid_cents",
    "insurance_paid_cents",
    "adjusted_cents",
    "balance_cents",
    "credit_cents",
)


class Told(Protocol):
    """What was told of each encounter, by subject."""

    def get(self, subject: str, default: Stages, /) -> Stages:
        """What its events said; ``default`` where there are none."""


def _nothing_told() -> Told:
    nothing: dict[str, Stages] = {}
    return nothing


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as in the run without faults.

    ``event``: the first event of that encounter that differs, where the events tell; ``at``: when
    it was published, or the last one that was still the same.
    """

    subject: str
    what: str
    expected: str
    found: str
    event: str = ""
    at: datetime | None = None


@dataclass(slots=True)
class Outcome:
    """``states`` by subject (``encounter P:E`` or ``account P:A``); ``told`` by encounter;
    ``with_others``: encounters whose patient has more of them; ``once_small``: those that a
    statement day met with a balance too small for a statement."""

    states: dict[str, dict[str, str | int]] = field(default_factory=dict)
    told: Told = field(default_factory=_nothing_told)
    with_others: set[str] = field(default_factory=set)
    once_small: set[str] = field(default_factory=set)
    account_of: dict[str, str] = field(default_factory=dict)

    def of(self, kind: str, practice_id: str, own_id: str) -> dict[str, str | int]:
        """The state of a subject, to be filled."""
        return self.states.setdefault(f"{kind} {key_of(practice_id, own_id)}", {})


def _said(event: Event, text: str) -> str:
    if isinstance(event, coding.EncounterCoded):
        text += " " + " ".join(f"{line.code}x{line.units}" for line in event.lines)
    amounts = [f"{name} {getattr(event, name)}" for name in _CENTS if hasattr(event, name)]
    level = getattr(event, "payer_id", "")
    return " ".join(part for part in (type(event).__name__, level, text, *amounts) if part)


def saying(facts: Iterable[Fact]) -> Iterator[tuple[str, int, str, datetime]]:
    """Of each event of an encounter: subject, stage, what it says without ids and times, when."""
    for fact in facts:
        event = fact.event
        stage = _STAGE_OF.get(type(event)) if event is not None else None
        if event is None or stage is None:
            continue
        own: str = getattr(event, "encounter_id", "")
        subject = f"encounter {key_of(event.practice_id, own)}"
        yield subject, stage, _said(event, standing_of(fact)[1]), fact.record.recorded_at


async def read_outcome(databases: Mapping[str, str], told: Told) -> Outcome:
    """What the databases say; ``told``: what the topics told on the way there."""
    outcome = Outcome(told=told)
    for row in await _rows(databases["coding"], _CODING):
        outcome.of("encounter", row["practice_id"], row["encounter_id"])["coding"] = row["state"]
        if row["others"]:
            outcome.with_others.add(f"encounter {key_of(row['practice_id'], row['encounter_id'])}")
    for row in await _rows(databases["billing"], _ACCOUNTS):
        values = dict(row)
        practice_id, encounter_id = values.pop("practice_id"), values.pop("encounter_id")
        subject = f"encounter {key_of(practice_id, encounter_id)}"
        outcome.account_of[subject] = f"account {key_of(practice_id, values.pop('account_id'))}"
        outcome.of("encounter", practice_id, encounter_id).update(values)
    for row in await _rows(databases["patient_statements"], _OWED):
        values = dict(row)
        outcome.of("account", values.pop("practice_id"), values.pop("account_id")).update(values)
    for row in await _rows(databases["patient_statements"], _TOLD):
        state = outcome.of("encounter", row["practice_id"], row["encounter_id"])
        if state.get("patient_applied_cents") or state.get("open_patient_cents"):
            state[_STATEMENT] = "sent"
    for row in await _rows(databases["patient_statements"], _SMALL):
        outcome.once_small.add(f"encounter {key_of(row['practice_id'], row['encounter_id'])}")
    for service, url in databases.items():
        for row in await _rows(url, _SET_ASIDE):
            lane = outcome.states.setdefault(f"lane {service} {row['lane']}", {})
            lane[row["reason"]] = row["records"]
        for row in await _rows(url, _PARKED):
            lane = outcome.states.setdefault(f"lane {service} {row['lane']}", {})
            lane["parked"] = row["records"]
    for row in await _rows(databases["payer_gateway"], _QUARANTINE):
        held = outcome.states.setdefault(f"quarantine {row['payer_id']} {row['kind']}", {})
        held[row["reason"]] = row["items"]
    return outcome


async def _rows(url: str, sql: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url, command_timeout=900, server_settings=_WHOLE_TABLES)
    try:
        rows: list[asyncpg.Record] = await connection.fetch(sql)
        return rows
    finally:
        await connection.close()


def differences(
    expected: Outcome, found: Outcome, left_out: Iterable[str] = ()
) -> list[Difference]:
    """Everything that differs, by subject, but for ``left_out`` and those encounters' accounts."""
    differing: list[Difference] = []
    once_small = expected.once_small | found.once_small
    for subject in subjects_compared(expected, found, left_out):
        before, after = expected.states.get(subject, {}), found.states.get(subject, {})
        if before == after:
            continue
        told = first_difference(expected.told.get(subject, ()), found.told.get(subject, ()))
        for what in sorted(before.keys() | after.keys()):
            if what == _STATEMENT and subject in once_small:
                continue
            if before.get(what) != after.get(what):
                was, is_now = (str(each.get(what, "nothing")) for each in (before, after))
                differing.append(Difference(subject, what, was, is_now, *told))
    return differing


def subjects_compared(expected: Outcome, found: Outcome, left_out: Iterable[str] = ()) -> list[str]:
    """What either run knows of, but for ``left_out``, those encounters' accounts and lanes."""
    otherwise = set(left_out)
    otherwise |= {each.account_of.get(one, one) for each in (expected, found) for one in otherwise}
    return [
        subject
        for subject in sorted(expected.states.keys() | found.states.keys())
        if subject not in otherwise and _key_of_lane(subject) not in otherwise
    ]


def _key_of_lane(subject: str) -> str:
    """The encounter that a lane of a service is of, as a subject."""
    kind, _, lane = subject.partition(" ")
    return f"encounter {lane.partition('|')[2]}" if kind == "lane" else subject


def coded_on_another_history(expected: Outcome, found: Outcome) -> set[str]:
    """Encounters of patients with several whose last codes differ between the runs.

    A visit is new or established, initial or subsequent, by what is known of the patient when it is
    coded. Each encounter keeps its order, but those of one patient have none among them, so that a
    backlog may code a later one first. What follows from the codes is then another claim. One that
    waits for a coder in both runs may have been coded before that in one of them: what it waits
    for is a procedure of another visit.
    """
    stage = _STAGES.index(coding.EncounterCoded)

    def last_codes(outcome: Outcome, subject: str) -> str:
        stages = outcome.told.get(subject, ())
        return stages[stage][-1][0] if len(stages) > stage and stages[stage] else ""

    def waits(outcome: Outcome, subject: str) -> bool:
        return outcome.states.get(subject, {}).get("coding") == "coder_queue"

    runs = (expected, found)
    return {
        subject
        for subject in expected.with_others & found.with_others
        if last_codes(expected, subject) != last_codes(found, subject)
        and (
            all(last_codes(each, subject) for each in runs)
            or all(waits(each, subject) for each in runs)
        )
    }


def withdrawn_at_another_time(expected: Outcome, found: Outcome) -> set[str]:
    """Encounters that both runs withdrew, and of whose claims payers were told otherwise.

    A cancellation and the claim that it calls back are under way at once. Where the claim was
    first, a payer may have decided it and passed it on to the next one, whose payment stands
    until it takes it back; where the cancellation was, there is nothing of this.
    """
    told = [_STAGE_OF[claim.ClaimSubmitted], _STAGE_OF[claim.ClaimAdjudicated]]

    def of_payers(outcome: Outcome, subject: str) -> list[list[str]]:
        stages = outcome.told.get(subject, ())
        return [[said for said, _ in stages[one]] if len(stages) > one else [] for one in told]

    return {
        subject
        for subject, state in expected.states.items()
        if state.get("not_billable") == "true"
        and found.states.get(subject, {}).get("not_billable") == "true"
        and of_payers(expected, subject) != of_payers(found, subject)
    }


def first_difference(expected: Stages, found: Stages) -> tuple[str, datetime | None]:
    """The first event, stage by stage, that is not in both, and when it was published in the second
    run, or the last before it; empty where the events agree."""
    last: datetime | None = None
    for before, after in zip_longest(expected, found, fillvalue=()):
        for one, other in zip_longest(before, after):
            said, said_now = one and one[0], other and other[0]
            last = other[1] if other else last
            if said != said_now:
                return f"{said or 'nothing'} / {said_now or 'nothing'}", last
    return "", None
