"""Every public sample file is read, or refused with findings, as written here by hand."""

from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

from services.payer_gateway.x12 import (
    Delimiters,
    Finding,
    Interchange,
    balance,
    read_277ca,
    read_837p,
    read_999,
    read_interchanges,
    remittance_reader,
    validate,
    write_835,
    write_837p,
)
from tests.shared_data import SHARED, needs_shared_data, shared
from tests.unit.payer_gateway.x12.builders import envelope

pytestmark = needs_shared_data

_LFH = "linuxforhealth"
_IMS_837 = "imsweb/837_5010"
_IMS_277 = "imsweb/277_5010"


def interchanges(name: str) -> list[Interchange]:
    return list(read_interchanges(shared("x12", *name.split("/")).read_bytes()))


def errors(findings: list[Finding]) -> list[tuple[str, str]]:
    """Rule and claim of each error, once."""
    return list(dict.fromkeys((f.rule, f.claim) for f in findings if f.is_error))


class Paid(NamedTuple):
    """What an 835 says, by hand: payment, claims with what they pay, PLB, errors."""

    name: str
    payment_cents: int
    trace: str
    claims: list[tuple[str, str, int, int, int]]
    adjustments: list[tuple[str, int]]
    errors: list[tuple[str, str]]


REMITTANCES = [
    Paid(
        f"{_LFH}/835_005010X221A1/cob-contractural-adjustment.835",
        3_400,
        "0063158ABC",
        [("0001000055", "2", 54_100, 3_400, 1)],
        [],
        [],
    ),
    Paid(
        f"{_LFH}/835_005010X221A1/managed-care.835",
        94_500,
        "7170066655",
        [("5554555444", "1", 80_000, 45_000, 1), ("8765432112", "1", 120_000, 49_500, 1)],
        [],
        [],
    ),
    Paid(
        f"{_LFH}/835_005010X221A1/medicare-part-a.835",
        15_000_000,
        "12345",
        [("666123", "1", 21_136_697, 13_801_840, 0), ("777777", "1", 1_500_000, 1_198_033, 0)],
        [("CV", -127)],
        [],
    ),
    Paid(
        f"{_LFH}/835_005010X221A1/secondary-payment.835",
        122_200,
        "0012524965",
        [("L0004828311", "2", 1_032_364, 91_200, 0), ("0001000053", "2", 75_150, 31_000, 2)],
        [],
        [],
    ),
    Paid(
        f"{_LFH}/835_005010X221A1/tertiary-payment.835",
        18_750,
        "0012524879",
        [("0001000054", "3", 176_650, 18_750, 1)],
        [],
        [
            ("remittance.line-balance", "0001000054"),
            ("remittance.line-total", "0001000054"),
        ],
    ),
    Paid(
        "pyx12/835_mult_loops.txt",
        0,
        "000000000",
        [("2005555A", "4", 91_539, 0, 3)],
        [],
        [],
    ),
]


@pytest.mark.parametrize("expected", REMITTANCES, ids=lambda e: e.name.rpartition("/")[2])
def test_a_remittance_is_read_as_it_stands_and_balanced(expected: Paid) -> None:
    (interchange,) = interchanges(expected.name)
    assert interchange.all_findings == []
    (transaction,) = interchange.transactions
    read, findings = remittance_reader.read(transaction)
    assert (read.payment_cents, read.trace_number) == (expected.payment_cents, expected.trace)
    claims = [
        (c.claim_id, c.status, c.charge_cents, c.paid_cents, len(c.services)) for c in read.claims
    ]
    assert claims == expected.claims
    plb = [(a.reason, a.amount_cents) for a in read.provider_adjustments]
    assert plb == expected.adjustments
    assert errors([*findings, *balance.check(read)]) == expected.errors
    assert read.unreadable == ()


def test_the_parts_of_a_remittance_stand_where_they_belong() -> None:
    (interchange,) = interchanges(f"{_LFH}/835_005010X221A1/secondary-payment.835")
    (transaction,) = interchange.transactions
    read, findings = remittance_reader.read(transaction)
    second = read.claims[1].services[1]
    assert [(a.group, a.reason, a.amount_cents) for a in second.adjustments] == [
        ("PR", "1", 15_000),
        ("PR", "2", 7_000),
        ("CO", "42", 8_500),
    ]
    assert second.revenue_code == "220"
    assert second.allowed_cents == 50_000
    assert read.payer.name == "YOUR TAX DOLLARS AT WORK"
    assert [c.group_number for c in read.claims] == ["1", "2"]
    warned = {f.rule for f in findings}
    assert "remittance.procedure-missing" in warned, "it uses > where its ISA declares :"
    assert "remittance.bpr-date" in warned


_ENVELOPE_COUNT = ("envelope.se-count", "")
_P = f"{_LFH}/837_005010X222A2"

PROFESSIONAL: list[tuple[str, list[tuple[str, int, int, int]]]] = [
    (f"{_P}/demo.ambulance.example5.837", [("051068", 76_650, 4, 4)]),
    (f"{_P}/demo.autoaccident.837", [("900000032", 18_500, 2, 1)]),
    (f"{_P}/demo.cob.example3.A.837", [("26407789", 7_904, 3, 4)]),
    (f"{_P}/demo.cob.example3.B.837", [("26407789", 7_904, 3, 4)]),
    (f"{_P}/demo.cob.example3.C.837", [("26407789", 7_904, 3, 4)]),
    (f"{_P}/demo.cob.example4.837", [("101KEN6055", 12_000, 1, 2)]),
    (f"{_P}/demo.drug.example10.1.837", [("CLMNO12345", 10_337, 2, 1)]),
    (f"{_P}/demo.drug.example10.2.837", [("CLMNO12345", 223_293, 6, 1)]),
    (f"{_P}/demo.drug.example10.3.837", [("CLMNO12345", 223_293, 6, 1)]),
    (f"{_P}/demo.example1.837", [("26463774", 10_000, 4, 2)]),
    (f"{_P}/demo.example2.837", [("26462967", 10_000, 4, 2)]),
    (f"{_P}/demo.example7.837", [("R03996273 #01", 52_024, 2, 3)]),
    (f"{_P}/demo.example8.837", [("SMI123", 7_500, 1, 2)]),
]


@pytest.mark.parametrize(("name", "claims"), PROFESSIONAL)
def test_a_claim_file_is_read_as_it_stands(
    name: str, claims: list[tuple[str, int, int, int]]
) -> None:
    (interchange,) = interchanges(name)
    assert interchange.all_findings == []
    (transaction,) = interchange.transactions
    batch, findings = read_837p(transaction)
    assert errors(findings) == []
    read = [
        (c.claim_id, c.total_charge_cents, len(c.lines), len(c.diagnoses)) for c in batch.claims
    ]
    assert read == claims


@pytest.mark.parametrize("name", [name for name, _ in PROFESSIONAL])
def test_a_claim_file_read_can_be_written_and_read_again(name: str) -> None:
    (interchange,) = interchanges(name)
    batch, _ = read_837p(next(interchange.transactions))
    (again,) = read_interchanges(write_837p(envelope(), batch.header, batch.claims))
    assert again.all_findings == []
    assert read_837p(next(again.transactions)) == (batch, [])


@pytest.mark.parametrize("expected", REMITTANCES, ids=lambda e: e.name.rpartition("/")[2])
def test_a_remittance_read_can_be_written_and_read_again(expected: Paid) -> None:
    (interchange,) = interchanges(expected.name)
    read, _ = remittance_reader.read(next(interchange.transactions))
    (again,) = read_interchanges(write_835(envelope(Delimiters("|")), [read]))
    assert again.all_findings == []
    assert remittance_reader.read(next(again.transactions))[0] == read


def test_earlier_payers_of_the_public_secondary_claims_balance() -> None:
    for name in ("demo.cob.example3.B.837", "demo.cob.example3.C.837", "demo.cob.example4.837"):
        (interchange,) = interchanges(f"{_P}/{name}")
        (transaction,) = interchange.transactions
        batch, _ = read_837p(transaction)
        rules = {f.rule for f in validate.check_batch(batch.claims)}
        assert not {rule for rule in rules if rule.startswith("claim.cob")}, name


def test_a_drug_and_an_accident_are_read() -> None:
    (interchange,) = interchanges(f"{_P}/demo.drug.example10.1.837")
    batch, _ = read_837p(next(interchange.transactions))
    drug = batch.claims[0].lines[1].drug
    assert drug is not None
    assert (drug.ndc, drug.quantity, drug.unit) == ("00026063512", Decimal(10), "ML")
    assert batch.claims[0].lines[1].amounts == (("T", 337),)
    (interchange,) = interchanges(f"{_P}/demo.autoaccident.837")
    batch, _ = read_837p(next(interchange.transactions))
    related = batch.claims[0].related_causes
    assert related is not None
    assert (related.causes, related.state) == (("AA",), "CA")
    patient = batch.claims[0].patient
    assert patient is not None
    assert patient.relationship == "21"


_ODD_HI = "claim.diagnosis-format"

REFUSED_CLAIMS: list[tuple[str, list[str], set[str]]] = [
    (f"{_P}/demo.cob.2ndary.example4.837", ["125WILL"], {_ODD_HI}),
    (f"{_P}/demo.example11.837", ["ABC123-RI"], {_ODD_HI, "claim.pointer-format"}),
    (f"{_P}/demo.example12.837", ["TS234H3"], {_ODD_HI}),
    (f"{_P}/demo.example6.837", ["125WILL"], {_ODD_HI}),
    (f"{_P}/demo.example9.837", ["153829140"], {_ODD_HI, "claim.pointer-format"}),
    (
        f"{_IMS_837}/x12_valid.txt",
        ["A37YH556", "A37YH667"],
        {"envelope.se-count", "claim.hierarchy", _ODD_HI},
    ),
    (
        f"{_IMS_837}/x12_valid_different_separators.txt",
        ["A37YH556", "A37YH667"],
        {"envelope.se-count", "claim.hierarchy", _ODD_HI},
    ),
    (
        f"{_IMS_837}/x12_bad_segment_identifier.txt",
        ["A37YH556", "A37YH667"],
        {
            "envelope.se-count",
            "claim.unexpected-level-segment",
            "claim.hierarchy",
            _ODD_HI,
        },
    ),
    (
        f"{_IMS_837}/x12_segments_out_of_order.txt",
        ["A37YH556", "A37YH667"],
        {"envelope.se-count", "claim.hierarchy", _ODD_HI},
    ),
    (
        f"{_IMS_837}/x12_missing_elements.txt",
        ["A37YH556", "A37YH667"],
        {"envelope.se-count", "claim.hierarchy", _ODD_HI},
    ),
    (
        f"{_IMS_837}/x12_no_errors.txt",
        ["A37YH556", "A37YH556"],
        {"envelope.se-count", "claim.hierarchy", _ODD_HI},
    ),
]


@pytest.mark.parametrize(("name", "claims", "rules"), REFUSED_CLAIMS)
def test_a_claim_file_with_faults_is_read_and_refused(
    name: str, claims: list[str], rules: set[str]
) -> None:
    (interchange,) = interchanges(name)
    (transaction,) = interchange.transactions
    batch, findings = read_837p(transaction)
    assert [c.claim_id for c in batch.claims] == claims
    assert {rule for rule, _ in errors([*interchange.all_findings, *findings])} == rules


def test_missing_elements_are_found_by_validation() -> None:
    (interchange,) = interchanges(f"{_IMS_837}/x12_missing_elements.txt")
    batch, _ = read_837p(next(interchange.transactions))
    found = {(f.rule, f.element, f.claim) for f in validate.check_batch(batch.claims)}
    assert ("claim.required", "CLM05-1", "A37YH667") in found
    assert ("claim.total", "CLM02", "A37YH556") in found


def test_a_large_file_gives_every_claim() -> None:
    (interchange,) = interchanges(f"{_IMS_837}/x12_many_claims.txt")
    assert [f.rule for f in interchange.all_findings] == ["envelope.se-count"]
    batch, findings = read_837p(next(interchange.transactions))
    assert len(batch.claims) == 820
    assert sum(c.total_charge_cents for c in batch.claims) == 820 * 50_000
    assert {rule for rule, _ in errors(findings)} == {"claim.hierarchy", _ODD_HI}


def test_several_groups_and_interchanges_in_a_file_are_all_read() -> None:
    (interchange,) = interchanges(f"{_IMS_837}/x12_multiple_gs.txt")
    assert len(interchange.groups) == 3
    assert "envelope.iea-count" in [f.rule for f in interchange.all_findings]
    numbers = [i.control_number for i in interchanges(f"{_IMS_837}/x12_multiple_isa.txt")]
    assert numbers == ["000000905", "000000906"]
    (interchange,) = interchanges(f"{_IMS_837}/x12_complex.txt")
    ids = [[c.claim_id for c in read_837p(t)[0].claims] for t in interchange.transactions]
    assert ids == [["A37YH556", "A37YH667", "A37YH668"]] * 2


@pytest.mark.parametrize(
    ("name", "accepted", "transactions"),
    [
        (f"{_IMS_837}/x12_999_accepted.txt", True, [("0001", True)]),
        (f"{_IMS_837}/x12_999_rejected.txt", False, [("0028", False)]),
        ("pyx12/834_ls_le_ls_5010.999.txt", True, [("146001", True)]),
    ],
)
def test_an_acknowledgement_is_read(
    name: str, accepted: bool, transactions: list[tuple[str, bool]]
) -> None:
    (interchange,) = interchanges(name)
    read, findings = read_999(next(interchange.transactions))
    assert findings == []
    assert read.is_accepted is accepted
    assert [(t.control_number, t.is_accepted) for t in read.transactions] == transactions


def test_a_rejected_segment_is_named() -> None:
    (interchange,) = interchanges(f"{_IMS_837}/x12_999_rejected.txt")
    read, _ = read_999(next(interchange.transactions))
    (segment,) = read.transactions[0].segments
    assert (segment.segment, segment.position, segment.code) == ("NM", 17, "1")


def test_an_acknowledgement_file_with_several_groups_is_read() -> None:
    (interchange,) = interchanges("pyx12/834_lui_id_5010.999.txt")
    assert interchange.all_findings == []
    answers = [read_999(t)[0] for t in interchange.transactions]
    assert [a.control_number for a in answers] == ["13360001"] * 4
    assert all(a.is_accepted for a in answers)


class Answered(NamedTuple):
    """What a 277CA says of its one claim, by hand."""

    name: str
    batch_id: str
    claim_id: str
    payer_claim_number: str
    is_accepted: bool
    cents: int


@pytest.mark.parametrize(
    "expected",
    [
        Answered("x12_277CA_accepted.txt", "000000674", "5781", "1107000000014420", True, 12_500),
        Answered(
            "x12_277CA_rejected.txt", "11200001", "3920394930203", "1107000000001120", False, 19_914
        ),
    ],
)
def test_a_claim_acknowledgement_is_read(expected: Answered) -> None:
    (interchange,) = interchanges(f"{_IMS_277}/{expected.name}")
    read, findings = read_277ca(next(interchange.transactions))
    assert errors(findings) == []
    assert read.receivers[0].batch_id == expected.batch_id
    (status,) = read.claims
    assert status.claim_id == expected.claim_id
    assert status.payer_claim_number == expected.payer_claim_number
    assert status.is_accepted is expected.is_accepted
    assert status.is_rejected is not expected.is_accepted
    assert status.statuses[0].amount_cents == expected.cents


def test_a_status_response_is_not_taken_for_an_acknowledgement() -> None:
    (interchange,) = interchanges(f"{_IMS_277}/x12_277_x212.txt")
    read, findings = read_277ca(next(interchange.transactions))
    assert errors(findings) == [("status.not-277ca", "")]
    assert read.claims == ()


def test_institutional_claims_are_not_taken_for_professional_ones() -> None:
    folder = shared("x12", _LFH, "837_005010X223A3")
    for path in sorted(folder.iterdir()):
        (interchange,) = read_interchanges(path.read_bytes())
        assert interchange.all_findings == [], path.name
        batch, findings = read_837p(next(interchange.transactions))
        assert ("claim.not-837p", "") in errors(findings), path.name
        assert batch.claims == ()


def every_file() -> list[Path]:
    if SHARED is None:
        return []
    folder = SHARED / "data" / "x12"
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "README.md")


@pytest.mark.parametrize("path", every_file(), ids=lambda path: path.name)
def test_every_file_is_split_and_whatever_its_readers_say_is_said_with_a_place(path: Path) -> None:
    read = list(read_interchanges(path.read_bytes()))
    assert read
    for interchange in read:
        assert interchange.readable
        for transaction in interchange.transactions:
            assert transaction.set_id in {"835", "837", "999", "277", "276", "270", "271"}
            assert len(transaction.raw) > 4
            findings = [*read_837p(transaction)[1], *remittance_reader.read(transaction)[1]]
            for finding in findings:
                assert finding.message
                assert finding.path or finding.element
                assert 0 <= finding.segment <= len(transaction.raw)
