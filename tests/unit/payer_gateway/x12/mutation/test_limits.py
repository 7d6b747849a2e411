"""More loops than a guide allows, in files made for it; a payer's own rules; sets of codes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from services.payer_gateway.x12 import Finding, Scope
from services.payer_gateway.x12.checks.claim_values import CodeSets
from services.payer_gateway.x12.checks.file_check import CheckedSet, check_file, findings_of
from services.payer_gateway.x12.checks.loop_frame import Place
from services.payer_gateway.x12.checks.set_check import Setting
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.finding import warning
from tests.fuzz.x12_segments import counted
from tests.unit.payer_gateway.x12.mutation.change import find
from tests.unit.payer_gateway.x12.mutation.samples import SAMPLES


def text_of(segments: list[str]) -> bytes:
    return ("~".join(counted(segments)) + "~").encode()


def told(data: bytes, setting: Setting | None = None) -> list[tuple[str, str, int]]:
    found = findings_of(data, setting or Setting())
    return [(f.finding.rule, f.finding.path, f.finding.segment) for f in found]


def test_a_fifty_first_line_is_one_too_many() -> None:
    segments = SAMPLES["837P"].strip().split("\n")
    place = find(segments, "HL*5")
    for number in range(2, 52):
        line = [
            f"LX*{number}",
            "SV1*HC:99212*0*UN*1***1",
            "DTP*472*D8*20260106",
            f"REF*6R*N{number}",
        ]
        segments[place:place] = line
        place += len(line)
    position = find(segments, "LX*51") - 1
    path = "2000A/2000B/2000C/2300/2400/LX"
    assert told(text_of(segments)) == [("structure.loop-repeated", path, position)]


def test_a_hundred_and_first_claim_of_a_subscriber_is_one_too_many() -> None:
    segments = SAMPLES["837P"].strip().split("\n")
    start, place = find(segments, "CLM*C2"), find(segments, "HL*5")
    claim = segments[start:place]
    for number in range(100):
        copy = [f"CLM*N{number}*{100 + number}***11:B:1*Y*A*Y*Y", *claim[1:]]
        copy = [s.replace("99212*100", f"99212*{100 + number}") for s in copy]
        segments[place:place] = copy
        place += len(copy)
    position = find(segments, "CLM*N99*") - 1
    found = [t for t in told(text_of(segments)) if t[0] != "claim.likely-duplicate"]
    path = "2000A/2000B/2000C/2300/CLM"
    assert found == [("structure.loop-repeated", path, position)]


def test_the_code_sets_of_a_user_are_asked_for_the_date_of_service() -> None:
    codes = CodeSets(
        is_diagnosis=lambda code, day: code != "J020" or day < date(2026, 1, 6),
        is_procedure=lambda code, day: code != "81002",
    )
    found = findings_of(text_of(SAMPLES["837P"].strip().split("\n")), Setting(codes))
    assert [(f.finding.rule, f.finding.segment, f.finding.element) for f in found] == [
        ("claim.procedure-code", 28, "SV101-2"),
        ("claim.diagnosis-code", 42, "HI01-2"),
        ("claim.procedure-code", 72, "SV101-2"),
    ]


_NO_WEEKEND = warning("payer.weekend", 7, Scope.CLAIM, "a payer's own")


def _no_office_visit_on_sunday(structure: Structure, setting: Setting) -> Iterator[Finding]:
    for position, frame in enumerate(structure.frames, 1):
        if structure.elements(position) == ["DTP", "472", "D8", "20260104"]:
            place = Place(frame, "DTP", position, "DTP03")
            yield place.found(_NO_WEEKEND, "this payer pays no service on a Sunday")


def test_a_payers_own_rules_are_asked_of_each_set_and_say_their_place() -> None:
    data = text_of(SAMPLES["837P"].replace("20260106", "20260104").strip().split("\n"))
    setting = Setting(payer_rules=(_no_office_visit_on_sunday,))
    (placed,) = findings_of(data, setting)
    assert (placed.finding.rule, placed.finding.snip_level) == ("payer.weekend", 7)
    assert placed.finding.path == "2000A/2000B/2000C/2300/2400/DTP"
    assert placed.finding.claim == "C2"


def test_the_day_a_file_was_made_can_be_given() -> None:
    data = text_of(SAMPLES["837P"].strip().split("\n"))
    setting = replace(Setting(), created=date(2026, 1, 4))
    rules = {rule for rule, _, _ in told(data, setting)}
    assert rules == {"date.future"}


def test_each_set_is_reported_with_its_claims_and_where_they_stand() -> None:
    data = text_of(SAMPLES["837P"].strip().split("\n"))
    (checked,) = (
        each for each in check_file([data[:500], data[500:]]) if isinstance(each, CheckedSet)
    )
    assert (checked.interchange, checked.group, checked.transaction) == ("000000007", "11", "0001")
    claims = [(c.claim_id, c.first, c.last) for c in checked.report.claims]
    assert claims == [("C1", 19, 30), ("C2", 41, 46), ("C3", 54, 78), ("C4", 79, 100)]
    assert not checked.report.is_refused
