"""Received files are checked at SNIP levels 1 to 5, and are used all the same."""

import json
from datetime import timedelta

import pytest

from schemas.claim import ClaimAdjudicated
from services.payer_gateway.domain.examination import Examination, examine
from services.payer_gateway.files import examiner, large_inbound
from services.payer_gateway.files.examiner import Examiner
from services.payer_gateway.x12 import write_835
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.test_commands import desk
from tests.integration.payer_gateway.test_large_files import comes, payment, sent
from tests.unit.payer_gateway.x12.builders import envelope

BAD = write_835(envelope(), [payment(["CLM1"])]).replace(b"CAS*CO*45*", b"CAS*CO*999*")


async def _examined(gateway: Gateway) -> list[tuple[str, int, int]]:
    checking = Examiner()
    while await checking.step(gateway.runtime):
        pass
    rows = await gateway.rows(
        "select name, errors, warnings from inbound_file where checked_at is not null order by 1"
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("is_large", [False, True])
async def test_what_breaks_the_guide_and_harms_no_money_is_told_once_it_is_used(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, is_large: bool
) -> None:
    if is_large:
        monkeypatch.setattr(large_inbound, "LARGE_BYTES", 0)
    await sent(gateway)
    await comes(gateway, BAD, "bad.835")
    await comes(gateway, write_835(envelope(), [payment(["CLM2"], "TRACE2")]), "good.835")
    assert [e.claim_id for e in await gateway.said(ClaimAdjudicated)] == ["CLM1", "CLM2"]
    early = await desk(gateway, "files", "check", "bad.835")
    assert (early.exit_code, "not checked yet" in early.output) == (1, True)
    assert await _examined(gateway) == [("bad.835", 1, 0), ("good.835", 0, 0)]
    said = await desk(gateway, "files", "check", "bad.835")
    assert said.exit_code == 1
    assert "bad.835: 1 errors, 0 warnings" in said.output
    assert "error code.adjustment-reason (level 5) at 2000/2100/2110/CAS CAS02" in said.output
    shown = json.loads((await desk(gateway, "files", "check", "bad.835", "--json")).output)
    assert shown[0]["faults"][0]["transaction"] == "0001"
    assert (await desk(gateway, "files", "check", "good.835")).exit_code == 0
    assert (await desk(gateway, "files", "check", "none.835")).exit_code == 1


async def test_a_file_on_which_the_check_itself_fails_keeps_no_other_from_its_check(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sent(gateway)
    await comes(gateway, BAD, "bad.835")
    gateway.clock.advance(timedelta(minutes=1))
    await comes(gateway, write_835(envelope(), [payment(["CLM2"], "TRACE2")]), "good.835")

    def failing(content: bytes) -> Examination:
        if content == BAD:
            raise IndexError("CLM1 of somebody")
        return examine(content)

    monkeypatch.setattr(examiner, "examine", failing)
    assert await _examined(gateway) == [("bad.835", 1, 0), ("good.835", 0, 0)]
    said = await desk(gateway, "files", "check", "bad.835")
    assert "gateway.check-failed" in said.output
    assert "CLM1 of somebody" not in said.output


async def test_all_other_work_goes_before_unless_a_file_waited_long_for_its_check(
    gateway: Gateway,
) -> None:
    await sent(gateway)
    await comes(gateway, BAD, "bad.835")
    assert await Examiner().step(gateway.runtime, is_quiet=False) == 0
    await gateway.rows(
        "insert into inbound_file (sha256, payer_id, name, content, received_at, state) "
        "values ('0', 'SUMMIT', 'waits.835', 'y', now(), 'received')"
    )
    assert await _examined(gateway) == []
    await gateway.rows("update inbound_file set stored_at = stored_at - interval '11 minutes'")
    assert await Examiner().step(gateway.runtime, is_quiet=False) == 1
    assert await _examined(gateway) == [("bad.835", 1, 0)]
