"""What coding is told beside the encounter: ends of codes, a jurisdiction, earlier procedures."""

from dataclasses import replace
from datetime import date

import pytest

from schemas.encounter import DrugAdministration, EarlierProcedure, Procedure
from services.coding.domain.coding_result import (
    CodingOptions,
    CodingResult,
    PatientFacts,
    VisitHistory,
)
from services.coding.domain.edits.tables import Coverage
from services.coding.domain.engine import code_encounter
from services.coding.settings import CodingSettings
from tests.unit.coding.edits.examples import DAY, RELEASE, MemoryTables
from tests.unit.coding.examples import code, encounter, sets_on

BENEFICIARY = PatientFacts(date(1950, 1, 1), "F", "medicare")
LOCAL = Coverage("L2", "99213", "J5", ("E119",), (), DAY, None, RELEASE)


def ended(service_date: date) -> CodingResult:
    """J2930 ended on 2024-03-31; the release that stands in still lists it."""
    given = DrugAdministration.model_validate(
        {
            "item_id": "d1",
            "description": "methylprednisolone",
            "code": {"system": "hcpcs", "code": "J2930"},
            "dose": "125",
            "dose_unit": "mg",
            "route": "intramuscular",
            "container": "single_dose",
            "wasted": "0",
        }
    )
    return code(encounter(drugs=(given,), service_date=service_date))


def test_a_drug_code_that_ended_is_not_coded_on_a_stand_in() -> None:
    result = ended(DAY)
    assert "J2930" not in [line.code for line in result.lines]
    assert result.reasons == ("drug_code_not_in_force:d1",)
    assert [(each.subject, each.reason) for each in result.rejected] == [("J2930", "not_in_force")]


def test_a_supply_that_ended_is_not_coded_on_a_stand_in() -> None:
    gone = Procedure.model_validate(
        {
            "item_id": "s1",
            "description": "supply",
            "code": {"system": "hcpcs", "code": "J2930"},
        }
    )
    result = code(encounter(procedures=(gone,)))
    assert "J2930" not in [line.code for line in result.lines]
    assert result.route != "automatic"


@pytest.mark.parametrize(("jurisdiction", "stopped"), [("J5", True), ("J6", False), ("", False)])
def test_a_local_determination_binds_in_its_jurisdiction_alone(
    jurisdiction: str, stopped: bool
) -> None:
    sets = replace(sets_on(), edits=MemoryTables(covered=(LOCAL,)))
    options = CodingOptions(jurisdiction=jurisdiction)
    result = code_encounter(encounter(), BENEFICIARY, VisitHistory(), sets, options)
    assert ("edit:medical-necessity:99213" in result.reasons) is stopped
    assert any("jurisdiction is not known" in each.message for each in result.edits) is (
        not jurisdiction
    )


def test_the_jurisdiction_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMSTREAM_CODING_JURISDICTION", "J5")
    assert CodingSettings().jurisdiction == "J5"


def test_the_edits_see_the_global_period_of_an_earlier_procedure() -> None:
    incision = EarlierProcedure(code="10060", service_date=date(2026, 2, 25), provider_id="DR1")
    result = code(encounter(earlier_procedures=(incision,)))
    assert "edit:global-period:99213" in result.reasons


def test_a_procedure_of_another_provider_holds_nothing_back() -> None:
    incision = EarlierProcedure(code="10060", service_date=date(2026, 2, 25), provider_id="DR2")
    assert code(encounter(earlier_procedures=(incision,))).route == "automatic"
