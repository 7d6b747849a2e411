"""Each scenario happens through the real gateway and billing, and both sides' money is equal."""

import pytest

from schemas.claim import ClaimAcknowledged, ClaimAdjudicated, RemittanceReceived
from tests.integration.payer_simulator.conftest import Office

LONG_ENOUGH = 56


async def _equal(office: Office) -> None:
    report = await office.compared()
    assert report.findings == []
    assert report.explained == []


async def test_every_claim_status_of_the_835_comes_about(office: Office) -> None:
    plain = await office.visit(("BLUERIVER", "M100"))
    second = await office.visit(("MEDICARE_B", "CROSS-2"), ("MEDIGAP_PLUS", "MG2"))
    third = await office.visit(
        ("BLUERIVER", "DENY-PR96-3"), ("SUMMIT", "M203"), ("STATE_MEDICAID", "CROSS-AWAY-3")
    )
    middle = await office.visit(("BLUERIVER", "M104"), ("SUMMIT", "CROSS-AWAY-4"))
    unknown = await office.visit(("BLUERIVER", "UNKNOWN-5"))
    outside = await office.visit(("SUMMIT", "CROSS-AWAY-6"))
    reversed_apart = await office.visit(("BLUERIVER", "REVERSE-APART-7"))
    not_ours = await office.visit(("SUMMIT", "NOT-OURS-8"))
    foreseen = await office.visit(("BLUERIVER", "PREDETERMINE-9"))
    tertiary = await office.visit(
        ("BLUERIVER", "DENY-PR96-10"), ("SUMMIT", "M210"), ("STATE_MEDICAID", "M310")
    )
    await office.days(LONG_ENOUGH)
    assert await office.statuses(plain) == ["1"]
    assert await office.statuses(second) == ["19", "2"]
    assert await office.statuses(third) == ["1", "2", "21"]
    assert await office.statuses(middle) == ["1", "20"]
    assert await office.statuses(unknown) == ["4"]
    assert await office.statuses(outside) == ["19"]
    assert await office.statuses(reversed_apart) == ["1", "22", "1"]
    assert await office.statuses(not_ours) == ["23"]
    assert await office.statuses(foreseen) == ["25", "1"]
    assert await office.statuses(tertiary) == ["1", "2", "3"]
    await _equal(office)


@pytest.mark.parametrize("group", ["CO", "PR", "OA", "PI"])
async def test_every_adjustment_group_comes_about(office: Office, group: str) -> None:
    await office.visit(("BLUERIVER", f"DENY-LINE-{group}96-1"), lines=(("99213", 1), ("36415", 1)))
    await office.days(16)
    (decided,) = await office.gateway.said(ClaimAdjudicated)
    denied, paid = decided.lines
    assert [(each.group, each.reason) for each in denied.adjustments] == [(group, "96")]
    assert paid.paid_cents > 0
    await _equal(office)


async def test_every_provider_adjustment_comes_about(office: Office) -> None:
    asked = ("72", "CS", "J1", "50", "IR", "LE", "AP", "CT", "90")
    for code in asked:
        await office.visit(("BLUERIVER", f"PLB-{code}-1"))
    await office.visit(("BLUERIVER", "LATE-1"))
    await office.visit(("BLUERIVER", "TAKEBACK-1"))
    await office.visit(("MEDICARE_B", "TAKEBACK-2"))
    await office.days(LONG_ENOUGH)
    received = await office.gateway.said(RemittanceReceived)
    reasons = {each.reason for event in received for each in event.provider_adjustments}
    assert reasons == {*asked, "WO", "FB", "L6"}
    advances = [
        each.amount_cents
        for event in received
        for each in event.provider_adjustments
        if each.reason == "AP"
    ]
    assert sorted(advances) == [-5000, 5000]
    await _equal(office)


@pytest.mark.parametrize("order", ["REVERSE", "REVERSE-APART", "CORRECT-FIRST"])
async def test_a_correction_comes_with_after_or_before_its_reversal(
    office: Office, order: str
) -> None:
    encounter = await office.visit(("BLUERIVER", f"{order}-1"))
    await office.days(LONG_ENOUGH)
    events = [e for e in await office.gateway.said(ClaimAdjudicated) if e.encounter_id == encounter]
    statuses = [each.claim_status_code for each in events]
    files = len({each.remittance_id for each in events})
    assert (statuses, files) == {
        "REVERSE": (["1", "22", "1"], 2),
        "REVERSE-APART": (["1", "22", "1"], 3),
        "CORRECT-FIRST": (["1", "1", "22"], 3),
    }[order]
    (row,) = await office.rows("select insurance_paid_cents paid from billing.encounter_account")
    assert row["paid"] == sum(each.paid_cents for each in events) > 0
    await _equal(office)


@pytest.mark.parametrize(
    ("member_id", "stages"),
    [
        ("PEND-277-1", ["forwarded", "accepted"]),
        ("LATE-REJECT-277-1", ["rejected"]),
        ("SPLIT-277-1", ["accepted"]),
        ("REJECT-277-A6-1", ["rejected"]),
        ("REJECT-TA1-006-1", ["rejected"]),
        ("REJECT-999-1", ["rejected"]),
        ("ERRORS-TA1-1", ["accepted"]),
        ("ERRORS-999-1", ["accepted"]),
        ("PARTIAL-999-1", ["accepted"]),
    ],
)
async def test_every_answer_before_the_835_comes_about(
    office: Office, member_id: str, stages: list[str]
) -> None:
    encounter = await office.visit(("BLUERIVER", member_id))
    await office.days(18)
    said = [a.outcome for a in await office.gateway.said(ClaimAcknowledged)]
    assert said == stages
    assert await office.statuses(encounter) == (["1"] if stages[-1] == "accepted" else [])
    await _equal(office)


async def test_what_a_999_or_ta1_says_of_the_file_is_kept_with_it(office: Office) -> None:
    for payer, member in (
        ("BLUERIVER", "ERRORS-TA1-1"),
        ("SUMMIT", "ERRORS-999-1"),
        ("MEDICARE_B", "PARTIAL-999-1"),
        ("STATE_MEDICAID", "REJECT-TA1-006-1"),
    ):
        await office.visit((payer, member))
    await office.days(1)
    files = await office.gateway.rows("select payer_id, state, answer from outbound_file")
    assert {row["payer_id"]: (row["state"], row["answer"]) for row in files} == {
        "BLUERIVER": ("accepted", "999 A"),
        "SUMMIT": ("accepted", "999 E"),
        "MEDICARE_B": ("accepted", "999 A"),
        "STATE_MEDICAID": ("rejected", "TA1 R 006"),
    }


async def test_a_claim_the_payer_does_not_find_at_first_is_work_and_goes_on(
    office: Office,
) -> None:
    encounter = await office.visit(("BLUERIVER", "NOT-FOUND-277-1"))
    await office.days(18)
    quarantined = await office.gateway.quarantined()
    assert [(kind, reason) for kind, _, reason in quarantined] == [
        ("277CA", "gateway.claim-not-found")
    ]
    assert await office.statuses(encounter) == ["1"]
    await _equal(office)


@pytest.mark.parametrize("member_id", ["TWICE-1", "TWICE-ANEW-1"])
async def test_a_payment_that_comes_twice_is_money_once(office: Office, member_id: str) -> None:
    await office.visit(("BLUERIVER", member_id))
    await office.days(18)
    assert len(await office.gateway.said(RemittanceReceived)) == 1
    await _equal(office)


@pytest.mark.parametrize("member_id", ["CLAIM-LEVEL-1", "BARE-LINES-1", "DOWNCODE-1"])
async def test_a_remittance_that_says_less_is_posted_to_the_cent(
    office: Office, member_id: str
) -> None:
    await office.visit(("BLUERIVER", member_id), lines=(("99214", 1), ("36415", 1)))
    await office.days(18)
    await _equal(office)


async def test_a_late_file_is_named_until_it_comes(office: Office) -> None:
    await office.visit(("BLUERIVER", "DELAYED-1"))
    await office.days(16)
    report = await office.compared()
    assert report.findings == []
    (waiting,) = report.explained
    assert waiting.message.endswith("the payer has not delivered it yet")
    await office.days(10)
    await _equal(office)


@pytest.mark.parametrize(
    ("member_id", "reason"),
    [
        ("UNBALANCED-1", "remittance.line-balance"),
        ("UNBALANCED-TOTAL-1", "remittance.transaction-balance"),
    ],
)
async def test_what_is_in_quarantine_is_named_as_the_difference(
    office: Office, member_id: str, reason: str
) -> None:
    await office.visit(("BLUERIVER", member_id), lines=(("99213", 1), ("36415", 1)))
    await office.visit(("BLUERIVER", "M200"))
    await office.days(16)
    report = await office.compared()
    assert report.findings == []
    (named,) = report.explained
    assert f"in quarantine, not released ({reason})" in named.message


@pytest.mark.parametrize(
    ("member_id", "status", "reason"),
    [
        ("DENY-PI16-1", "1", ("PI", "16")),
        ("UNKNOWN-1", "4", ("CO", "31")),
        ("NOTYET-1", "1", ("CO", "26")),
        ("EXPIRED-1", "1", ("CO", "27")),
        ("NOT-OURS-1", "23", ("OA", "109")),
    ],
)
async def test_a_claim_that_nothing_is_paid_for_says_why(
    office: Office, member_id: str, status: str, reason: tuple[str, str]
) -> None:
    await office.visit(("BLUERIVER", member_id))
    await office.days(18)
    (decided,) = await office.gateway.said(ClaimAdjudicated)
    assert (decided.claim_status_code, decided.paid_cents) == (status, 0)
    reasons = [(a.group, a.reason) for line in decided.lines for a in line.adjustments]
    assert reasons == [reason]
    await _equal(office)


@pytest.mark.parametrize(
    ("member_id", "reason"),
    [
        ("STRANGER-277-1", "gateway.claim-unknown"),
        ("STRANGER-835-1", "remittance.claim-unknown"),
        ("TRUNCATED-1", "envelope."),
    ],
)
async def test_what_is_not_ours_or_not_whole_is_set_aside_and_no_money_with_it(
    office: Office, member_id: str, reason: str
) -> None:
    await office.visit(("BLUERIVER", member_id))
    await office.days(18)
    ((_, _, found),) = await office.gateway.quarantined()
    assert found.startswith(reason)
    await _equal(office)


async def test_a_claim_that_gets_no_answer_leaves_both_sides_without_money(office: Office) -> None:
    encounter = await office.visit(("BLUERIVER", "SILENT-1"))
    await office.days(18)
    assert await office.statuses(encounter) == []
    assert await office.gateway.said(ClaimAcknowledged) == []
    await _equal(office)
