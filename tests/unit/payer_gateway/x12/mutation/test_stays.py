"""Sound institutional claims are passed over in a file; what is wrong with one is found there."""

import pytest

from services.payer_gateway.x12.checks import set_check
from services.payer_gateway.x12.checks.doubtful_claims import doubtful_stays
from services.payer_gateway.x12.checks.file_check import CheckedSet, PlacedFinding, check_file
from services.payer_gateway.x12.checks.provers import prover_of
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.guides.catalog import guide_of
from services.payer_gateway.x12.institutional_validate import BEYOND_GUIDE
from tests.fuzz.x12_segments import counted
from tests.unit.payer_gateway.x12.builders import only_transaction
from tests.unit.payer_gateway.x12.mutation.samples import SAMPLES

_CARE = "NM1*71*1*Hill*Ann****XX*1234567893"
CLAIMS = {
    "stay": f"""
CLM*STAY*1200***11:A:1**A*Y*Y
DTP*096*TM*1130
DTP*434*RD8*20260105-20260107
DTP*435*DT*202601050830
CL1*1*1*01
HI*ABK:J189:::::::Y
HI*ABJ:R0600
HI*ABF:I10:::::::Y*ABF:E119:::::::N
HI*BBR:0DTJ4ZZ:D8:20260106
HI*BBQ:0DTJ4ZZ:D8:20260107
HI*BI:70:RD8:20260105-20260106
HI*BH:11:D8:20260104
HI*BE:80:::2
HI*BG:09
{_CARE}
PRV*AT*PXC*207Q00000X
NM1*72*1*Cut*Ann****XX*1234567893
LX*1
SV2*0120**1000*DA*2**10
REF*6R*A1
LX*2
SV2*0300*HC:80053*200*UN*1
DTP*472*D8*20260105
REF*6R*A2""",
    "visit": f"""
CLM*VISIT*300***13:A:1**A*Y*Y
DTP*434*RD8*20260105-20260106
CL1*1*1*01
HI*ABK:J189
HI*APR:R05
{_CARE}
LX*1
SV2*0450*HC:99283*100*UN*1
DTP*472*D8*20260105
REF*6R*A1
LX*2
SV2*0300*HC:80053*200*UN*1
DTP*472*RD8*20260105-20260106
REF*6R*A2""",
    "second": f"""
CLM*SECOND*300***13:A:7**A*Y*Y
DTP*434*RD8*20260105-20260105
CL1*3*1*01
REF*F8*ORIG1
HI*ABK:J189
{_CARE}
SBR*P*18*******MB
AMT*D*200
OI***Y***Y
NM1*IL*1*Quimby*Zelda****MI*X1
NM1*PR*2*Medicare*****PI*MED
LX*1
SV2*0450*HC:99283*300*UN*1
REF*6R*A1
SVD*MED*200*HC:99283*0450*1
CAS*CO*45*100
DTP*573*D8*20260115""",
    "part": f"""
CLM*PART*500***21:A:2**A*Y*Y
DTP*434*RD8*20260105-20260131
DTP*435*D8*20260105
CL1*2*4*30
HI*ABK:J189
HI*ABJ:R0600
{_CARE}
LX*1
SV2*0191**500*DA*26""",
}


def file_of(*changes: tuple[str, str]) -> bytes:
    """A subscriber for each claim, and then what is to be another in it."""
    segments = SAMPLES["837I"].strip().split("\n")
    first = next(n for n, each in enumerate(segments) if each.startswith("HL*2"))
    claim = next(n for n, each in enumerate(segments) if each.startswith("CLM*"))
    end = next(n for n, each in enumerate(segments) if each.startswith("SE*"))
    made = segments[:first]
    for number, (kind, text) in enumerate(CLAIMS.items(), 2):
        above = "\n".join(segments[first:claim]).replace("HL*2", f"HL*{number}")
        if kind == "second":
            above = above.replace("SBR*P", "SBR*S")
        made += [*above.replace("MI*M0001", f"MI*M{number}").split("\n"), *text.split("\n")[1:]]
    whole = "\n".join(made + segments[end:])
    for old, new in changes:
        assert old in whole, old
        whole = whole.replace(old, new, 1)
    return ("~".join(counted(whole.split("\n"))) + "~").encode()


def _checked(data: bytes) -> list[PlacedFinding | CheckedSet]:
    return list(check_file(data))


def _walked(data: bytes, monkeypatch: pytest.MonkeyPatch) -> list[PlacedFinding | CheckedSet]:
    with monkeypatch.context() as patch:
        patch.setattr(set_check, "prover_of", lambda *_: None)
        return _checked(data)


def _doubtful(data: bytes) -> list[str]:
    transaction = only_transaction(data)
    guide = guide_of(transaction.set_id, transaction.version)
    assert guide is not None
    structure = Structure(transaction, guide, prover_of(guide, transaction.delimiters, None))
    return [claim.claim_id for claim in doubtful_stays(structure)]


def test_of_sound_claims_none_is_read() -> None:
    data = file_of()
    assert [each for each in _checked(data) if isinstance(each, PlacedFinding)] == []
    assert _doubtful(data) == []


BROKEN = {
    "claim.negative-amount": [("*200*UN*1", "*-200*UN*1")],
    "claim.line-number-repeated": [("REF*6R*A2", "REF*6R*A1")],
    "claim.total": [("CLM*VISIT*300", "CLM*VISIT*301")],
    "claim.original-missing": [("REF*F8*ORIG1\n", "")],
    "claim.original-needless": [("CL1*1*1*01\n", "CL1*1*1*01\nREF*F8*ORIG1\n")],
    "claim.payer-sequence": [("SBR*P*18*******MB", "SBR*S*18*******MB")],
    "claim.duplicate": [("CLM*PART", "CLM*STAY")],
    "claim.likely-duplicate": [("SE*", f"{CLAIMS['part'][1:].replace('PART', 'AGAIN')}\nSE*")],
    "claim.postal-code-short": [("IL*627010001", "IL*62701")],
    "claim.taxonomy": [("PXC*282N00000X", "PXC*282N-0000X")],
    "claim.cob-claim-balance": [
        ("CLM*SECOND*300", "CLM*SECOND*350"),
        ("D8*20260115", "D8*20260115\nLX*2\nSV2*0300*HC:80053*50*UN*1\nREF*6R*A2"),
    ],
    "claim.cob-paid-balance": [("AMT*D*200", "AMT*D*100")],
    "claim.cob-line-balance": [("CAS*CO*45*100", "CAS*CO*45*90")],
    "claim.cob-unknown-payer": [("SVD*MED", "SVD*OTHER")],
    "claim.non-covered": [("DA*2**10", "DA*2**1001")],
    "claim.admission": [("CL1*1*1*01", "CL1**1*01")],
    "claim.admission-date": [("DT*202601050830", "DT*202601080830")],
    "claim.admission-wanted": [("13:A:1", "12:A:1")],
    "claim.discharge-hour": [("DTP*096*TM*1130\n", "")],
    "claim.attending-provider": [(f"HI*APR:R05\n{_CARE}\n", "HI*APR:R05\n")],
    "claim.code-versions": [("ABF:I10:", "BF:4019:")],
    "claim.principal-procedure": [("HI*BBR:0DTJ4ZZ:D8:20260106\n", "")],
    "claim.total-line": [("SV2*0300", "SV2*0001")],
    "claim.presence-wanted": [("ABF:I10:::::::Y", "ABF:I10")],
    "claim.visit-reason": [("HI*APR:R05\n", "")],
    "claim.outside-statement": [("BBQ:0DTJ4ZZ:D8:20260107", "BBQ:0DTJ4ZZ:D8:20260108")],
    "claim.line-date-wanted": [("99283*100*UN*1\nDTP*472*D8*20260105", "99283*100*UN*1")],
    "claim.occurrence-span": [("RD8:20260105-20260106", "RD8:20260106-20260105")],
    "claim.patient-status-frequency": [("CL1*1*1*01", "CL1*1*1*30")],
    "claim.procedure-setting": [("11:A:1", "13:A:1")],
    "claim.operating-provider": [("NM1*72*1*Cut*Ann****XX*1234567893\n", "")],
    "claim.bill-frequency": [("13:A:1", "13:A:-")],
    "claim.admission-code": [("CL1*1*1*01", "CL1*7*1*01")],
    "claim.patient-status": [("CL1*1*1*01", "CL1*1*1*99")],
    "claim.billing-code": [("HI*BG:09", "HI*BG:091")],
}
"""A change of the file for each rule, after which it is broken."""

OF_CODES = {
    "claim.adjustment-reason",
    "claim.diagnosis-code",
    "claim.principal-diagnosis",
    "claim.procedure-code",
}
"""Rules that only a user's code sets break, or that the guide and the form of codes tell before."""


@pytest.mark.parametrize("rule", BROKEN)
def test_what_is_wrong_with_a_claim_is_found_as_if_nothing_had_been_passed_over(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = file_of(*BROKEN[rule])
    found = _checked(data)
    assert found == _walked(data, monkeypatch)
    rules = {each.finding.rule for each in found if isinstance(each, PlacedFinding)}
    assert not rules.isdisjoint({rule, rule.replace("claim.", "code.")})


def test_each_rule_about_what_the_values_of_a_claim_say_together_is_tried() -> None:
    assert BEYOND_GUIDE - BROKEN.keys() == OF_CODES


def test_a_claim_beside_sound_ones_is_looked_at_alone() -> None:
    assert _doubtful(file_of(("CL1*1*1*01", "CL1*1*1*30"))) == ["STAY"]
    assert _doubtful(file_of(("CLM*PART", "CLM*STAY"))) == ["STAY", "STAY"]
