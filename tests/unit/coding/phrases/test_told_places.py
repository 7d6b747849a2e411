"""Diseases divided by place, and what became of them, in whatever order a physician writes it."""

import pytest

from services.coding.domain.diagnosis import told_complications
from services.coding.domain.diagnosis.phrase_candidates import PhraseCandidates
from services.coding.domain.diagnosis.phrase_match import PhraseMatcher
from tests.unit.coding.examples import code, codes, encounter, problems, sets_on

CANDIDATES = PhraseCandidates(sets_on().diagnoses, PhraseMatcher(sets_on().diagnoses))


def coded(*texts: str) -> list[str]:
    return codes(code(encounter(problems=problems(*texts))))


@pytest.mark.parametrize(
    ("phrase", "wanted"),
    [
        ("AAA 4.8 cm infrarenal", "I71.43"),
        ("ascending aortic aneurysm, 4.2 cm", "I71.21"),
        ("ruptured AAA, juxtarenal", "I71.32"),
        ("thoracoabdominal aortic aneurysm, unruptured", "I71.60"),
        ("CVA, R MCA, thrombotic", "I63.311"),
        ("acute embolic stroke left PCA territory", "I63.432"),
        ("diverticulitis of colon w/o perforation or abscess", "K57.32"),
        ("venous stasis ulcer R calf", "I83.012"),
        ("old tear lateral meniscus R knee", "M23.200"),
        ("old tear posterior horn medial meniscus left knee", "M23.222"),
        ("hypothyroidism s/p RAI", "E89.0"),
        ("chronic calculous cholecystitis", "K80.10"),
        ("nondisp med mal fx L ankle, initial", "S82.55XA"),
        ("R intertroch fx s/p IM nail 4 weeks ago", "S72.141D"),
        ("HIV (asymptomatic)", "Z21"),
        ("ED d/t type 1 DM", "E10.69"),
        ("met breast ca to bone", "C50.919"),
        ("DM2 w/ mod NPDR w/ ME OS", "E11.3312"),
        ("kidney transplant evaluation", "Z01.818"),
        ("liver transplant candidate", "Z76.82"),
        ("living kidney donor", "Z52.4"),
        ("delayed graft function, kidney transplant", "T86.19"),
    ],
)
def test_a_phrase_finds_the_code_of_its_place(phrase: str, wanted: str) -> None:
    assert CANDIDATES.named(phrase, 1)[0].code == wanted


@pytest.mark.parametrize(
    "text",
    [
        "Insulin pump failure",
        "Type 2 diabetes, insulin pump malfunction",
        "Type 4b MI due to sepsis",
        "Type 1 MI",
        "Subdural hematoma after fall",
        "Groin hematoma after cardiac catheterization",
        "Newborn observed for suspected sepsis",
        "Sepsis due to pneumonia after surgery",
        "Reduction of risk after fracture",
    ],
)
def test_what_does_not_tell_enough_is_read_as_any_line(text: str) -> None:
    assert told_complications.read(text) is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("T1DM with hyperglycemia due to kinked insulin pump tubing",
         ["T85.694A", "T38.3X6A", "E10.65"]),
        ("Insulin pump leaking with DKA, type 1 diabetes", ["T85.633A", "T38.3X6A", "E10.10"]),
        ("T1DM with hypoglycemia due to insulin pump failure, pump overdelivered",
         ["T85.614A", "T38.3X1A", "E10.649"]),
        ("Type 2 MI due to supply-demand mismatch from septic shock",
         ["A41.9", "R65.21", "I21.A1"]),
        ("Type 2 NSTEMI 2/2 atrial fibrillation with RVR", ["I48.91", "I21.A1"]),
        ("Type 5 MI after CABG", ["I97.190", "I21.A9"]),
        ("MI, type 4c, due to in-stent restenosis", ["I21.A9", "T82.855A"]),
        ("Postoperative knee hematoma s/p left TKA", ["M96.840"]),
        ("Pelvic seroma following hysterectomy", ["N99.842"]),
        ("Wound hematoma after mole excision", ["L76.31"]),
        ("Sepsis due to superficial surgical site infection", ["T81.41XA", "T81.44XA", "A41.9"]),
        ("s/p ORIF of right ankle fracture, nonunion", ["S82.891K"]),
        ("diabetic ulcer of right ankle", ["E11.622", "L97.319"]),
        ("Diffuse pruritic rash due to amoxicillin", ["L27.0", "T36.0X5A"]),
    ],
)  # fmt: skip
def test_a_line_tells_what_has_led_to_it(text: str, wanted: list[str]) -> None:
    assert coded(text) == wanted
