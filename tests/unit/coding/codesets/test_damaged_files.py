"""Whatever a file holds, an import either takes it or says in one sentence why not."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.coding.codesets.artefact import ArtefactError
from tests.unit.coding.codesets.published import imported

WHOLE = {
    "ncci-ptp": "Column 1\tColumn 2\t*\tEffective Date\tDeletion Date\tModifier\tRationale\n"
    "11042\t97597\t\t20200101\t*\t1\tWhy\n13121\t13120\t*\t19960101\t20241231\t0\tWhy\n",
    "ncci-mue": "HCPCS/CPT Code,Practitioner Services MUE Values,MUE Adjudication Indicator\n"
    "99213,2,3 Date of Service Edit: Clinical\n0001U,1,2 Date of Service Edit: Policy\n",
    "ncci-addon": "Add-On_Code,Primary_Code,AOC_Edit_Type,AOC_Edit_Eff_DT\n22552,22551,1,2013091\n",
    "pfs": "hcpcs_code,mod,status,pctc,glob,mult_proc,bilat_surg,asst_surg,rvu_non_sum,"
    "rvu_fac_sum\n20610,,A,0.0,000,2.0,1.0,1.0,1.96,1.36\n71046,26,A,1.0,XXX,0.0,0.0,0.0,.31,.31\n",
    "cpt": "code,wording,from,to\n99213,Visit,2024-01-01,\n0001F,,,2024-12-31\n",
    "lcd": "policy,code,jurisdiction,covered,not_covered,from,to\nL1,80061,FL,E78.5;I10-I15,,,\n",
    "hcpcs": "HCPC,RECID,LONG DESCRIPTION,ADD DT,TERM DT\nJ0696,3,per 250 mg,19900101,20241231\n",
    "pos": "pos_code,pos_type,pos_name\n11,Non-Facility,Office\n21,Facility,Inpatient\n",
    "icd10cm": "<ICD10CM.tabular><title>ICD-10-CM TABULAR LIST</title></ICD10CM.tabular>\n",
}
PIECES = st.one_of(
    st.binary(max_size=6),
    st.sampled_from([b"\0", b"\n", b",,,,", b"\t", b'"', b"\xff\xfe", b"PK\x03\x04", b"\x1f\x8b"]),
)


def attempt(folder: Path, kind: str, content: bytes) -> None:
    path = folder / "published"
    path.write_bytes(content)
    said = ""
    try:
        imported(folder / "sets", kind, path, replace=True)
    except ArtefactError as refused:
        said = str(refused)
    assert "\n" not in said
    assert str(folder) not in said


@pytest.mark.parametrize("kind", [kind for kind in WHOLE if kind != "icd10cm"])
def test_the_whole_file_is_taken(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "published"
    path.write_text(WHOLE[kind])
    assert imported(tmp_path / "sets", kind, path).fresh


@pytest.mark.parametrize("kind", list(WHOLE))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_taken_or_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, kind: str, data: st.DataObject
) -> None:
    whole = WHOLE[kind].encode()
    at = data.draw(st.integers(0, len(whole)))
    until = data.draw(st.integers(at, min(len(whole), at + 12)))
    damaged = whole[:at] + data.draw(PIECES) + whole[until:]
    attempt(tmp_path_factory.mktemp("damaged"), kind, damaged)


@pytest.mark.parametrize("kind", list(WHOLE))
@settings(max_examples=20, deadline=None)
@given(content=st.binary(max_size=300))
def test_any_bytes_at_all_are_taken_or_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, kind: str, content: bytes
) -> None:
    attempt(tmp_path_factory.mktemp("bytes"), kind, content)
