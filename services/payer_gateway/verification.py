"""Proof over the whole database: what was sent and loaded, checked against what was submitted."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

import asyncpg

from services.payer_gateway.domain.acknowledgement_match import DUPLICATE_INTERCHANGE
from services.payer_gateway.domain.trading_partner import PAPER
from services.payer_gateway.x12 import interchange_reader
from services.payer_gateway.x12.acknowledgement import read_ta1
from services.payer_gateway.x12.eligibility_inquiry_reader import read_270
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.professional_claim_reader import read_837p
from services.payer_gateway.x12.status_inquiry_reader import read_276

_GAPS = """
select c.sender_id, c.receiver_id, c.last, count(f.file_id) as files,
       coalesce(min(f.interchange_control_number), 0) as lowest,
       coalesce(max(f.interchange_control_number), 0) as highest
from control_number c
left join outbound_file f using (sender_id, receiver_id)
group by c.sender_id, c.receiver_id, c.last
having count(f.file_id) <> c.last or min(f.interchange_control_number) <> 1
    or max(f.interchange_control_number) <> c.last
order by 1, 2
"""
_UNNUMBERED = """
select f.name from outbound_file f
where not exists (select 1 from control_number c
                  where c.sender_id = f.sender_id and c.receiver_id = f.receiver_id)
order by 1
"""
_MISPLACED = """
select practice_id, claim_id, state, file_id is null as loose from claim
where (file_id is null) <> (state in ('waiting', 'refused'))
order by 1, 2
"""
_CLAIMS_OF_FILES = """
select f.name, array_agg(c.claim_id order by c.claim_id) as claims
from outbound_file f left join claim c using (file_id)
where f.kind in ('837', 'paper') group by f.name
union all
select f.name, array_agg(q.trace order by q.trace)
from outbound_file f left join question q using (file_id)
where f.kind not in ('837', 'paper') group by f.name
"""
"""Of a file that asks, its questions by trace."""
_FILES = """
select f.name, f.sha256, f.content, f.claim_count, f.interchange_control_number, f.kind,
       f.claim_ids, p.cover, p.cover_sha256
from outbound_file f left join paper_batch p using (file_id) order by f.created_at, f.name
"""
_UNBALANCED = """
select remittance_id, payment_cents, claims_paid_cents, provider_adjustment_cents
from remittance where payment_cents <> claims_paid_cents - provider_adjustment_cents
order by 1
"""
_NOTED = "select content from inbound_file where kinds like '%TA1%'"
_REPEATED = """
select f.name, f.uploads from unnest($1::text[], $2::text[], $3::bigint[], $4::int[])
    as t (sender_id, receiver_id, number, times)
join outbound_file f on f.sender_id = t.sender_id and f.receiver_id = t.receiver_id
    and f.interchange_control_number = t.number
where t.times >= f.uploads order by 1
"""
_STUCK = """
select name from inbound_file
where state = 'received' and stored_at < now() - interval '1 minute'
order by received_at limit 100
"""


@dataclass(frozen=True, slots=True)
class TransmissionFinding:
    """Something that does not hold. subject: a file, claim or remittance; ids and cents only."""

    rule: str
    subject: str
    message: str


async def transmission_findings(connection: asyncpg.Connection) -> list[TransmissionFinding]:
    """Whatever is wrong with files and payments; an empty list is the proof.

    Each claim version stands in exactly one file, and the file, read back, holds exactly the
    claims that it should, under its own control number, byte for byte as it was made; a file that
    asks holds its questions; forms are as they were printed, under the claims noted for them.
    Control numbers have no gaps and no repeats; no partner has a file more often than it was sent.
    Every payment loaded balances: BPR02 = claims - PLB. A file stored less than a
    minute ago is on its way and need not be read yet.
    """
    found = [
        TransmissionFinding(
            "control_number_gap",
            f"{row['sender_id']} to {row['receiver_id']}",
            f"{row['last']} numbers were given out and {row['files']} files have one, "
            f"{row['lowest']} to {row['highest']}",
        )
        for row in await connection.fetch(_GAPS)
    ]
    found += [
        TransmissionFinding("control_number_unknown", row["name"], "its number was never given out")
        for row in await connection.fetch(_UNNUMBERED)
    ]
    found += [
        TransmissionFinding(
            "claim_in_no_file" if row["loose"] else "claim_in_file_too_early",
            f"{row['practice_id']}:{row['claim_id']}",
            f"the claim is {row['state']}",
        )
        for row in await connection.fetch(_MISPLACED)
    ]
    found += [
        TransmissionFinding(
            "remittance_unbalanced",
            row["remittance_id"],
            f"paid {row['payment_cents']}, claims {row['claims_paid_cents']} less "
            f"{row['provider_adjustment_cents']} cents",
        )
        for row in await connection.fetch(_UNBALANCED)
    ]
    found += [
        TransmissionFinding("file_unread", row["name"], "received and not read")
        for row in await connection.fetch(_STUCK)
    ]
    return found + await _repetitions(connection) + await _file_findings(connection)


async def _repetitions(connection: asyncpg.Connection) -> list[TransmissionFinding]:
    """Files of which the partner says more often than we sent them again that it has them."""
    said: Counter[tuple[str, str, int]] = Counter()
    for row in await connection.fetch(_NOTED):
        for interchange in interchange_reader.read_interchanges(row["content"]):
            for ta1 in read_ta1(interchange)[0]:
                number = ta1.control_number
                if ta1.note == DUPLICATE_INTERCHANGE and number.isascii() and number.isdigit():
                    said[
                        interchange.receiver.identifier, interchange.sender.identifier, int(number)
                    ] += 1
    numbers = [list(column) for column in zip(*said, strict=True)] or [[], [], []]
    return [
        TransmissionFinding(
            "file_sent_twice",
            row["name"],
            f"it was sent {row['uploads']} times and the partner had it more often (TA105 025)",
        )
        for row in await connection.fetch(_REPEATED, *numbers, list(said.values()))
    ]


async def _file_findings(connection: asyncpg.Connection) -> list[TransmissionFinding]:
    expected = {
        row["name"]: [claim for claim in row["claims"] if claim is not None]
        for row in await connection.fetch(_CLAIMS_OF_FILES)
    }
    found: list[TransmissionFinding] = []
    async with connection.transaction():
        async for row in connection.cursor(_FILES):
            found += _one_file(row, expected[row["name"]])
    return found


def _one_file(row: asyncpg.Record, expected: Sequence[str]) -> Iterator[TransmissionFinding]:
    name, content = row["name"], row["content"]
    if sha256(content).hexdigest() != row["sha256"]:
        yield TransmissionFinding("file_altered", name, "the file is not the one that was made")
    if row["kind"] == PAPER and sha256(row["cover"]).hexdigest() != row["cover_sha256"]:
        yield TransmissionFinding("file_altered", name, "the cover list is not the one made")
    numbers, claims = _read_back(content) if row["kind"] != PAPER else _on_forms(row)
    if numbers != [row["interchange_control_number"]]:
        yield TransmissionFinding("file_number", name, "ISA13 is not the number it was given")
    if sorted(claims) != list(expected):
        yield TransmissionFinding(
            "file_claims",
            name,
            f"{len(claims)} claims or questions stand in it and {len(expected)} belong to it",
        )
    if row["claim_count"] != len(claims):
        yield TransmissionFinding("file_count", name, f"it was made with {row['claim_count']}")


def _on_forms(row: asyncpg.Record) -> tuple[list[int], list[str]]:
    """Number and claims of a batch of forms as they are noted: a PDF is not read back."""
    return [row["interchange_control_number"]], list(row["claim_ids"])


def _read_back(content: bytes) -> tuple[list[int], list[str]]:
    numbers: list[int] = []
    claims: list[str] = []
    for interchange in interchange_reader.read_interchanges(content):
        text = interchange.control_number
        numbers.append(int(text) if text.isascii() and text.isdigit() else -1)
        for transaction in interchange.transactions:
            claims += _subjects(transaction)
    return numbers, claims


def _subjects(transaction: Transaction) -> list[str]:
    """The claims of an 837, the traces of a 276 or 270."""
    if transaction.set_id == "276":
        return [claim.trace for claim in read_276(transaction)[0].claims]
    if transaction.set_id == "270":
        return [request.trace for request in read_270(transaction)[0].requests]
    return [claim.claim_id for claim in read_837p(transaction)[0].claims]
