"""The payer's own books in one SQLite file; whatever was committed survives a kill.

Money is integer cents. Values that only this module reads are JSON of the dataclasses.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec

from simulators.payer.accumulators import Accumulators, Standing
from simulators.payer.claim import Claim, Decision, LineKey
from simulators.payer.remit import Owed, Payable, Practice

_SCHEMA = """
create table if not exists taken (name text primary key);
create table if not exists interchange (
    payer_id text, sender text, control_number text, sha256 text, received_at text,
    primary key (payer_id, sender, control_number)
);
create table if not exists adjudication (
    icn text primary key, payer_id text, claim_id text, member_id text, year integer,
    claim text, decision text, live integer default 1
);
create index if not exists adjudication_claim on adjudication (payer_id, claim_id);
create table if not exists member_year (
    payer_id text, member_id text, year integer,
    deductible_cents integer, out_of_pocket_cents integer,
    primary key (payer_id, member_id, year)
);
create table if not exists service_seen (
    payer_id text, member_id text, service text, icn text,
    primary key (payer_id, member_id, service)
);
create table if not exists payment (
    id integer primary key, payer_id text, login text, sender text, payee_npi text, practice text,
    pay_on text, payable text, trace text
);
create index if not exists payment_due on payment (pay_on) where trace is null;
create table if not exists owed (
    id integer primary key, payer_id text, payee_npi text,
    kind text, reference text, amount_cents integer
);
create table if not exists control_number (
    payer_id text, receiver text, last integer, primary key (payer_id, receiver)
);
create table if not exists answer (
    id integer primary key, login text, payer_id text, kind text, due_at text,
    name text, content blob, written integer default 0
);
create index if not exists answer_due on answer (due_at) where written = 0;
create table if not exists remittance (
    trace text primary key, payer_id text, payee_npi text, paid_on text, payment_cents integer,
    claims text, provider_adjustments text
);
"""


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom answers go: login whose folder they lie in, payer, and the submitter's id."""

    login: str
    payer_id: str
    sender: str


@dataclass(frozen=True, slots=True)
class DuePayment:
    """A payable with the practice it pays and where its remittance goes."""

    id: int
    recipient: Recipient
    practice: Practice
    pay_on: date
    payable: Payable


@dataclass(frozen=True, slots=True)
class ScheduledPayment:
    """A CLP that was or will be paid; the trace is empty until it is."""

    payable: Payable
    pay_on: date
    trace_number: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A file to deliver when it is due."""

    id: int
    login: str
    payer_id: str
    kind: str
    name: str
    content: bytes


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _instant(at: datetime) -> str:
    """Text that sorts as the instants do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


class Books:
    """One connection to the books. Use from one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = full")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is written inside."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def take(self, name: str) -> bool:
        """Note that a file was taken in; False where it was already."""
        return self._db.execute("insert or ignore into taken values (?)", (name,)).rowcount == 1

    def open_interchange(
        self, recipient: Recipient, control_number: str, sha256: str, at: datetime
    ) -> bool:
        """Note an interchange; False where that sender used the number before (TA1 025)."""
        return (
            self._db.execute(
                "insert or ignore into interchange values (?, ?, ?, ?, ?)",
                (recipient.payer_id, recipient.sender, control_number, sha256, _instant(at)),
            ).rowcount
            == 1
        )

    def next_control_number(self, payer_id: str, receiver: str) -> int:
        """The next of the payer's own control numbers towards that receiver."""
        row = self._db.execute(
            "insert into control_number values (?, ?, 1) "
            "on conflict (payer_id, receiver) do update set last = last + 1 returning last",
            (payer_id, receiver),
        ).fetchone()
        return int(row[0])

    def standing(self, payer_id: str, member_id: str, year: int) -> Standing:
        """What the member already used of the year, and the services already decided."""
        row = self._db.execute(
            "select deductible_cents, out_of_pocket_cents from member_year "
            "where payer_id = ? and member_id = ? and year = ?",
            (payer_id, member_id, year),
        ).fetchone()
        seen = self._db.execute(
            "select service from service_seen where payer_id = ? and member_id = ?",
            (payer_id, member_id),
        )
        return Standing(
            Accumulators(*row) if row else Accumulators(),
            seen=frozenset(msgspec.json.decode(s[0], type=LineKey) for s in seen),
        )

    def keep_standing(self, payer_id: str, member_id: str, year: int, used: Accumulators) -> None:
        """The member's accumulators after a decision."""
        self._db.execute(
            "insert or replace into member_year values (?, ?, ?, ?, ?)",
            (payer_id, member_id, year, used.deductible_cents, used.out_of_pocket_cents),
        )

    def keep_adjudication(
        self, payer_id: str, icn: str, claim: Claim, decision: Decision, services: Iterable[LineKey]
    ) -> None:
        """A decided claim and its services."""
        self._db.execute(
            "insert or replace into adjudication values (?, ?, ?, ?, ?, ?, ?, 1)",
            (
                icn,
                payer_id,
                claim.claim_id,
                claim.member_id,
                claim.service_date.year,
                _json(claim),
                _json(decision),
            ),
        )
        self._db.executemany(
            "insert or ignore into service_seen values (?, ?, ?, ?)",
            [(payer_id, claim.member_id, _json(key), icn) for key in services],
        )

    def adjudication(self, payer_id: str, icn: str) -> tuple[Claim, Decision] | None:
        """A decided claim that stands, by the payer's control number."""
        row = self._db.execute(
            "select claim, decision from adjudication where payer_id = ? and icn = ? and live = 1",
            (payer_id, icn),
        ).fetchone()
        if row is None:
            return None
        return (
            msgspec.json.decode(row[0], type=Claim),
            msgspec.json.decode(row[1], type=Decision),
        )

    def void(self, payer_id: str, icn: str) -> date | None:
        """Take a decided claim out: its services may be billed again. Its last payment day."""
        self._db.execute(
            "update adjudication set live = 0 where payer_id = ? and icn = ?", (payer_id, icn)
        )
        self._db.execute("delete from service_seen where payer_id = ? and icn = ?", (payer_id, icn))
        row = self._db.execute(
            "select max(pay_on) from payment where payer_id = ? "
            "and json_extract(payable, '$.icn') = ?",
            (payer_id, icn),
        ).fetchone()
        return date.fromisoformat(row[0]) if row[0] else None

    def schedule_payment(
        self, recipient: Recipient, practice: Practice, pay_on: date, payable: Payable
    ) -> None:
        """One CLP to be paid on that day."""
        self._db.execute(
            "insert into payment (payer_id, login, sender, payee_npi, practice, pay_on, payable) "
            "values (?, ?, ?, ?, ?, ?, ?)",
            (
                recipient.payer_id,
                recipient.login,
                recipient.sender,
                practice.npi,
                _json(practice),
                pay_on.isoformat(),
                _json(payable),
            ),
        )

    def due_payments(self, today: date) -> list[DuePayment]:
        """Everything to be paid by today, grouped by its order: recipient, payee, day, claim."""
        rows = self._db.execute(
            "select id, login, payer_id, sender, practice, pay_on, payable from payment "
            "where trace is null and pay_on <= ? "
            "order by login, payer_id, sender, payee_npi, pay_on, id",
            (today.isoformat(),),
        )
        return [
            DuePayment(
                row[0],
                Recipient(row[1], row[2], row[3]),
                msgspec.json.decode(row[4], type=Practice),
                date.fromisoformat(row[5]),
                msgspec.json.decode(row[6], type=Payable),
            )
            for row in rows
        ]

    def payments_of(self, payer_id: str, claim_id: str) -> list[ScheduledPayment]:
        """Every CLP of a claim, in the order in which they were decided."""
        rows = self._db.execute(
            "select payable, pay_on, trace from payment where payer_id = ? "
            "and json_extract(payable, '$.claim.claim_id') = ? order by id",
            (payer_id, claim_id),
        )
        return [
            ScheduledPayment(
                msgspec.json.decode(row[0], type=Payable), date.fromisoformat(row[1]), row[2] or ""
            )
            for row in rows
        ]

    def owed(self, payer_id: str, payee_npi: str) -> list[Owed]:
        """What that practice still owes the payer, oldest first."""
        rows = self._db.execute(
            "select kind, reference, amount_cents from owed "
            "where payer_id = ? and payee_npi = ? order by id",
            (payer_id, payee_npi),
        )
        return [Owed(*row) for row in rows]

    def keep_owed(self, payer_id: str, payee_npi: str, owed: Sequence[Owed]) -> None:
        """What is owed from now on."""
        self._db.execute(
            "delete from owed where payer_id = ? and payee_npi = ?", (payer_id, payee_npi)
        )
        self._db.executemany(
            "insert into owed (payer_id, payee_npi, kind, reference, amount_cents) "
            "values (?, ?, ?, ?, ?)",
            [(payer_id, payee_npi, o.kind, o.reference, o.amount_cents) for o in owed],
        )

    def keep_remittance(
        self,
        *,
        trace: str,
        payer_id: str,
        payee_npi: str,
        paid_on: date,
        payment_cents: int,
        claims: Sequence[tuple[str, str, int]],
        provider_adjustments: Sequence[tuple[str, str, int]],
        payments: Sequence[int],
    ) -> None:
        """A payment as made: claims are (claim id, status, cents), adjustments PLB pairs."""
        self._db.execute(
            "insert into remittance values (?, ?, ?, ?, ?, ?, ?)",
            (
                trace,
                payer_id,
                payee_npi,
                paid_on.isoformat(),
                payment_cents,
                _json(claims),
                _json(provider_adjustments),
            ),
        )
        self._db.executemany(
            "update payment set trace = ? where id = ?", [(trace, each) for each in payments]
        )

    def answer(
        self, recipient: Recipient, kind: str, due_at: datetime, name: str, content: bytes
    ) -> None:
        """A file to deliver at that time."""
        self._db.execute(
            "insert into answer (login, payer_id, kind, due_at, name, content) "
            "values (?, ?, ?, ?, ?, ?)",
            (recipient.login, recipient.payer_id, kind, _instant(due_at), name, content),
        )

    def undelivered(self) -> list[bytes]:
        """What the 835 files hold that are written and not delivered."""
        rows = self._db.execute("select content from answer where written = 0 and kind = '835'")
        return [row[0] for row in rows]

    def due_answers(self, now: datetime) -> list[Answer]:
        """Files whose time has come and that are not delivered."""
        rows = self._db.execute(
            "select id, login, payer_id, kind, name, content from answer "
            "where written = 0 and due_at <= ? order by due_at, id limit 200",
            (_instant(now),),
        )
        return [Answer(*row) for row in rows]

    def delivered(self, answer_id: int) -> None:
        """The file lies in its folder."""
        self._db.execute("update answer set written = 1 where id = ?", (answer_id,))

    def paid(self) -> list[dict[str, object]]:
        """Every payment as the payer believes it made it, oldest first."""
        rows = self._db.execute(
            "select trace, payer_id, payee_npi, paid_on, payment_cents, claims, "
            "provider_adjustments from remittance order by paid_on, trace"
        )
        return [
            {
                "trace_number": row[0],
                "payer_id": row[1],
                "payee_npi": row[2],
                "paid_on": row[3],
                "payment_cents": row[4],
                "claims": [
                    {"claim_id": c[0], "status": c[1], "paid_cents": c[2]}
                    for c in msgspec.json.decode(row[5])
                ],
                "provider_adjustments": [
                    {"reason": a[0], "reference": a[1], "amount_cents": a[2]}
                    for a in msgspec.json.decode(row[6])
                ],
            }
            for row in rows
        ]

    def open_work(self) -> tuple[int, int, date | None]:
        """Answers not delivered, payments not made, and the day of the last of them."""
        answers = self._db.execute("select count(*) from answer where written = 0").fetchone()[0]
        count, last = self._db.execute(
            "select count(*), max(pay_on) from payment where trace is null"
        ).fetchone()
        return int(answers), int(count), date.fromisoformat(last) if last else None
