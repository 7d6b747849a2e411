"""Answers in parts: no part is large, together they are what the whole file says."""

import pytest

from services.payer_gateway.domain import large_answer
from services.payer_gateway.domain.answer_file import AnswerFile, read_answers
from services.payer_gateway.domain.large_answer import (
    AnswerPart,
    PaymentPart,
    RefusedPayment,
    answer_parts,
    survey,
)
from services.payer_gateway.x12 import write_835
from services.payer_gateway.x12.stream import stream
from tests.unit.payer_gateway.x12.builders import envelope, medicare_claim, remittance
from tests.unit.payer_gateway.x12.large_file import large_835
from tests.unit.payer_gateway.x12.test_broken_files import FILES


def parts_of(data: bytes) -> list[AnswerPart]:
    return list(answer_parts(stream(data), survey(stream(data)), "name"))


def _unusable(parts: list[AnswerPart]) -> list[tuple[str, str]]:
    files = [part for part in parts if isinstance(part, AnswerFile)]
    return [(each.kind, each.subject) for file in files for each in file.unusable]


def test_no_part_holds_more_claims_than_it_may_and_the_last_knows_the_sums() -> None:
    data = b"".join(large_835(1_000_000))
    parts = [part for part in parts_of(data) if isinstance(part, PaymentPart)]
    assert {len(part.remittance.claims) for part in parts[:-1]} == {large_answer.MOST_CLAIMS}
    assert [part.is_last for part in parts] == [False] * (len(parts) - 1) + [True]
    claims = [claim for part in parts for claim in part.remittance.claims]
    assert (parts[-1].claims, parts[-1].paid_cents) == (
        len(claims),
        sum(claim.paid_cents for claim in claims),
    )
    assert [claim.index for claim in claims] == list(range(len(claims)))


@pytest.mark.parametrize("kind", ["835", "999", "277CA"])
def test_parts_say_what_the_whole_file_says(kind: str) -> None:
    parts = parts_of(FILES[kind])
    (whole,) = read_answers(FILES[kind], "name").interchanges
    seen = survey(stream(FILES[kind]))
    assert seen.kinds == [kind]
    interchanges = [i for part in parts if isinstance(part, AnswerFile) for i in part.interchanges]
    assert [a for i in interchanges for a in i.groups] == whole.groups
    assert [c for i in interchanges for a in i.claims for c in a.claims] == [
        c for a in whole.claims for c in a.claims
    ]
    payments = [part.remittance for part in parts if isinstance(part, PaymentPart)]
    assert payments == [read for read, _ in whole.remittances]


def test_what_a_277ca_says_of_nobody_is_set_aside_in_a_file_of_any_size() -> None:
    data = FILES["277CA"]
    trace = data[data.rindex(b"TRN*") :].partition(b"~")[0] + b"~"
    data = data.replace(trace, b"")
    (before, count, after) = data.partition(b"SE*")
    number, rest = after.split(b"*", 1)
    data = before + count + str(int(number) - 1).encode() + b"*" + rest
    (whole,) = read_answers(data, "name").unusable
    assert (whole.kind, whole.findings[0].rule) == ("277CA", "status.claim-id-missing")
    assert [kind for kind, _ in _unusable(parts_of(data))] == ["277CA"]


def test_a_cut_interchange_is_one_part_that_says_why() -> None:
    data = FILES["835"]
    (part,) = parts_of(data[: data.index(b"GE*")] + b"IEA*1*000000007~")
    assert isinstance(part, AnswerFile)
    (unusable,) = part.unusable
    assert (unusable.kind, unusable.subject) == ("file", "name")
    assert "envelope.ge-missing" in [finding.rule for finding in unusable.findings]


def test_a_payment_that_does_not_balance_has_no_claims_to_publish() -> None:
    data = write_835(envelope(), [remittance(1, [medicare_claim()])])
    (part,) = parts_of(data)
    assert isinstance(part, RefusedPayment)
    assert part.subject == "TRACE1"
    assert [finding.rule for finding in part.findings] == ["remittance.transaction-balance"]


def test_a_set_that_is_no_answer_is_named_and_set_aside() -> None:
    assert _unusable(parts_of(FILES["837P"])) == [("837", "0001")]


def test_what_is_no_x12_at_all_is_a_file_set_aside() -> None:
    assert _unusable(parts_of(b"hello")) == [("file", "name")]
