"""What guides allow is no fault, however seldom it is; what was cut off anywhere is one."""

import pytest

from services.payer_gateway.x12.checks.file_check import findings_of
from tests.unit.payer_gateway.x12.mutation.change import (
    Broken,
    Change,
    both,
    edit,
    insert,
    put,
)
from tests.unit.payer_gateway.x12.mutation.samples import PRIVATE, SAMPLES

_HOME = "N4*Springfield*IL*627010002"
_NPI = "1234567893"

ALLOWED: tuple[tuple[str, str, Change], ...] = (
    *(
        (f"a home in {code}", "837P", put(_HOME, 2, code))
        for code in ("PR", "GU", "VI", "AS", "AE")
    ),
    ("a home in Canada", "837P", edit(_HOME, _HOME, "N4*Toronto*ON*M5V2T6*CA")),
    ("a home abroad", "837P", edit(_HOME, _HOME, "N4*Paris**75001*FR")),
    ("a region abroad", "837P", edit(_HOME, _HOME, "N4*Toluca**50000*MX***MEX")),
    ("a claim of nothing", "837P", both(put("CLM*C2", 2, "0"), put("SV1*HC:99212", 2, "0"))),
    ("cents without dollars", "837P", both(put("CLM*C2", 2, ".5"), put("SV1*HC:99212", 2, "0.50"))),
    ("a claim number of 38 characters", "837P", put("CLM*C2", 1, "C" * 38)),
    ("a member id of two characters", "837P", put("NM1*IL", 9, "M1")),
    ("a name of 60 characters", "837P", put("NM1*IL", 3, "Q" * 60)),
    ("four modifiers and words", "837P", put("SV1*HC:99212", 1, "HC:99212:25:59:76:1P:words")),
    ("a service on the day of the file", "837P", put("DTP*472*D8*20260106", 3, "20260201")),
    ("a patient who has died", "837P", insert("PAT*****D8*20260120*01*150", "NM1*IL")),
    ("an accident abroad", "837P", put("CLM*C4", 11, "AA::::MX")),
    ("a certificate of need", "837P", insert("PWK*CT*AD", "DTP*472")),
    ("a certificate by mail", "837P", insert("PWK*CT*BM***AC*X1", "DTP*472")),
    ("providers in another order", "837P", insert(f"NM1*DQ*1*Su*Pe****XX*{_NPI}", "NM1*82*1*Hill")),
    ("references in another order", "837P", insert("REF*D9*CH1", "REF*F8*ICN9")),
    ("parts of a unit", "837P", put("SV1*HC:99212", 4, "1.5")),
    ("minutes", "837P", put("SV1*HC:99212", 3, "MJ")),
    ("a dollar with its point", "837P", put("CLM*C2", 2, "100.")),
    ("a name of two words", "837P", put("NM1*QC", 3, "O'NEIL - VAN DER BERG JR.")),
    ("a name in small letters", "837P", put("NM1*QC", 3, "van der berg")),
    ("an encounter that is only reported", "837P", edit("BHT", "*CH", "*RP")),
    ("a batch that is sent anew", "837P", edit("BHT", "0019*00", "0019*18")),
    ("a claim that is late for a reason", "837P", put("CLM*C2", 20, "9")),
    ("a state's own data", "837P", insert("K3*STATE DATA 123", "NTE")),
    ("a facility without an NPI", "837P", edit("NM1*77", f"*****XX*{_NPI}", "")),
    ("a payer's city", "837P", insert("N4*Chicago*IL*60601", "CLM*C1")),
    (
        "an admission told by its day alone",
        "837I",
        edit("DTP*435", "DT*202601050830", "D8*20260105"),
    ),
    (
        "a bill to be replaced",
        "837I",
        both(put("CLM", 5, "11:A:7"), insert("REF*F8*ICN1", "HI*ABK")),
    ),
    (
        "the first and the last day of a line",
        "835",
        both(edit("DTM*472*20260106", "472", "150"), insert("DTM*151*20260107", "CAS*CO*45*-40")),
    ),
    (
        "a provider's adjustments in two segments",
        "835",
        insert(f"PLB*{_NPI}*20261231*WO:A*5*WO:B*-5", "SE"),
    ),
    ("a wire instead of a clearing house", "835", edit("BPR", "ACH*CCP", "FWT*")),
    (
        "a check",
        "835",
        edit(
            "BPR",
            "ACH*CCP*01*111000025*DA*123456*1512345678**01*222000111*DA*98765",
            "CHK***********",
        ),
    ),
    ("more paid than scheduled", "835", edit("CAS*CO*45*20", "20**253*0.64", "30**94*-9.36")),
    ("interest told at the claim", "835", insert("AMT*I*1.2", "PLB")),
    (
        "six provider adjustments in a segment",
        "835",
        edit("PLB", "WO:REF1*12", "WO:REF1*12*L6:A*1*FB:B*-1*72:C*2*CS:D*-2*J1:E*0"),
    ),
    ("a claim paid by the second payer", "835", put("CLP*C9", 2, "2")),
    ("what is asked lies ahead", "270", insert("DTP*472*D8*20260601", "SE")),
    ("a plan that ends", "271", insert("DTP*347*D8*20301231", "EB*1")),
    ("a rejection of the sender", "271", insert("AAA*N**50*N", "HL*3")),
    ("a list of two providers", "271", insert(f"NM1*13*2*Lab*****XX*{_NPI}", "LE")),
)


def _made(sample: str, change: Change) -> bytes:
    return Broken("", sample, change, "", 0, "").made(SAMPLES[sample])[0]


@pytest.mark.parametrize(
    ("sample", "change"), [each[1:] for each in ALLOWED], ids=[each[0] for each in ALLOWED]
)
def test_what_a_guide_allows_is_no_fault(sample: str, change: Change) -> None:
    found = [each.finding for each in findings_of(_made(sample, change))]
    assert [f"{f.rule} {f.path} {f.segment} {f.element}" for f in found if f.is_error] == []


@pytest.mark.parametrize("sample", SAMPLES)
def test_wherever_a_file_is_cut_off_it_is_said_and_nobody_is_named(sample: str) -> None:
    data = ("~".join(SAMPLES[sample].strip().split("\n")) + "~").encode()
    for end in range(0, len(data) - 1, 41):
        found = [each.finding for each in findings_of(data[:end])]
        assert any(f.is_error for f in found), end
        assert not any(word in f.message + f.value for f in found for word in PRIVATE)
