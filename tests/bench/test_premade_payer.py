"""The premade payer answers with the files of another run, when their claims are there."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.payer_gateway.x12.acknowledgement import read_999
from services.payer_gateway.x12.interchange_reader import read_interchanges
from services.payer_gateway.x12.professional_claim import PayerName
from services.payer_gateway.x12.professional_claim_writer import write_837p
from simulators.payer.contract import parse_contract
from simulators.payer.process import PayerOptions, PayerProcess
from tests.bench.bench_stack import prompt_contract
from tests.bench.premade_payer import (
    PremadeAnswer,
    PremadePayer,
    Releasing,
    acceptance,
    keep_answers,
    premade_answers,
    read_answers,
)
from tests.support import NOON, ManualClock
from tests.unit.payer_gateway.x12.builders import claim, envelope, header

SENDER = "CLINIC"
PAYER = "BLUERIVER"


def upload(*claim_ids: str, number: int = 7) -> bytes:
    numbered = replace(envelope(), control_number=number, group_control_number=number)
    payer = PayerName("BlueRiver Health Plan", PAYER)
    claims = [replace(claim(each), payer=payer) for each in claim_ids]
    return write_837p(numbered, header(), claims)


def answer(name: str, *claim_ids: str) -> PremadeAnswer:
    return PremadeAnswer(PAYER, name, b"", tuple((SENDER, each) for each in claim_ids))


def names(answers: list[PremadeAnswer]) -> list[str]:
    return [each.name for each in answers]


def test_an_answer_waits_for_every_claim_that_it_speaks_of() -> None:
    releasing = Releasing([answer("both", "A1", "A2"), answer("one", "A1"), answer("none", "A9")])
    assert names(releasing.uploaded(upload("A1"), 0.0)) == ["one"]
    assert names(releasing.uploaded(upload("A2"), 0.0)) == ["both"]


def test_answers_come_in_the_order_in_which_they_were_made_and_only_once() -> None:
    releasing = Releasing([answer("277", "A1", "A2"), answer("835", "A1", "A2")])
    assert names(releasing.uploaded(upload("A2", "A1"), 0.0)) == ["277", "835"]
    assert releasing.uploaded(upload("A2", "A1"), 0.0) == []
    assert releasing.overdue(1_000.0) == []


def test_another_submitters_claim_of_the_same_number_releases_nothing() -> None:
    strange = PremadeAnswer(PAYER, "835", b"", (("OTHER", "A1"),))
    assert Releasing([strange]).uploaded(upload("A1"), 0.0) == []


def test_a_claim_that_is_not_made_this_time_holds_the_others_up_for_a_while_only() -> None:
    ids = [f"A{number}" for number in range(8)]
    releasing = Releasing([answer("835", *ids), answer("other", "A0", "B1", "B2")])
    assert releasing.uploaded(upload(*ids[:7]), 10.0) == []
    assert releasing.overdue(11.0) == []
    assert names(releasing.overdue(13.0)) == ["835"]
    assert releasing.overdue(14.0) == []


def test_the_acceptance_names_the_group_and_the_transaction_of_the_upload() -> None:
    content = acceptance(upload("A1", "A2"), 500_000_001, NOON)
    (interchange,) = read_interchanges(content)
    assert [finding for finding in interchange.findings if finding.is_error] == []
    assert interchange.receiver.identifier == SENDER
    (transaction,) = interchange.groups[0].transactions
    verdict, findings = read_999(transaction)
    assert findings == []
    assert (verdict.control_number, verdict.code, verdict.accepted) == ("7", "A", 1)
    assert [each.code for each in verdict.transactions] == ["A"]


def test_what_is_no_837_is_not_accepted() -> None:
    with pytest.raises(ValueError, match="no 837"):
        acceptance(acceptance(upload("A1"), 1, NOON), 2, NOON)


def test_the_answers_of_one_payer_are_given_again_by_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    first = PayerProcess(PayerOptions(tmp_path / "a"), parse_contract(prompt_contract()), clock)
    (box,) = (each for each in first.boxes if each.payer_id == PAYER)
    (box.incoming / "claims.837").write_bytes(upload("A1", "A2"))
    while first.step():
        continue
    first.books.close()
    made = {path.name: path.read_bytes() for path in box.outgoing.iterdir()}
    assert {name.rpartition(".")[2] for name in made} == {"999", "277", "835"}

    kept = tmp_path / "answers"
    keep_answers(premade_answers(tmp_path / "a" / "books.sqlite", {"A1", "A2"}), kept)
    monkeypatch.delenv("CLAIMSTREAM_CLOCK", raising=False)
    again = PremadePayer(tmp_path / "b", read_answers(kept))
    (box,) = (each for each in again.boxes if each.payer_id == PAYER)
    (box.incoming / "one.837").write_bytes(upload("A1"))
    again.step()
    assert {path.suffix for path in box.outgoing.iterdir()} == {".999"}
    (box.incoming / "two.837").write_bytes(upload("A2", number=8))
    while again.step():
        continue
    again.books.close()
    found = {path.name: path.read_bytes() for path in box.outgoing.iterdir()}
    expected = {name: content for name, content in made.items() if not name.endswith(".999")}
    assert {name: found.get(name) for name in expected} == expected
    assert list(box.incoming.iterdir()) == []
