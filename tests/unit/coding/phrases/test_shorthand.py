"""What clinicians write in short is read as if it were written out."""

import pytest

from services.coding.domain.reading import wording
from services.coding.domain.reading.everyday_names import renamed
from services.coding.domain.reading.meanings import meanings
from services.coding.domain.reading.shorthand import written_out
from services.coding.domain.reading.status_names import as_status


@pytest.mark.parametrize(
    "text",
    [
        "hepatitis B",
        "factor V Leiden",
        "type A aortic dissection",
        "vitamin D deficiency",
        "R/O pneumonia",
        "type 2 diabetes mellitus",
        "a cold night",
    ],
)
def test_a_letter_that_is_no_shorthand_stays(text: str) -> None:
    assert "right" not in written_out(text)
    assert "left" not in written_out(text)
    assert "bilateral" not in written_out(text)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("COPD w/ exacerbation", "COPD with exacerbation"),
        ("concussion w/o LOC", "concussion without LOC"),
        ("anemia 2/2 CKD", "anemia due to CKD"),
        ("anemia secondary to CKD", "anemia due to CKD"),
        ("R knee pain", "right knee pain"),
        ("knee pain L", "knee pain left"),
        ("cellulitis RLE", "cellulitis right lower extremity"),
        ("RUQ pain", "right upper quadrant pain"),
        ("NYHA class III heart failure", "heart failure"),
        ("E. coli UTI", "escherichia coli UTI"),
        ("grade 2 hemorrhoids", "second degree hemorrhoids"),
        ("hemorrhoids, stage III", "third degree hemorrhoids"),
        ("stage II melanoma of left arm", "melanoma of left arm"),
        ("C4-5 disc herniation", "C4-C5 disc herniation"),
        ("L5-S1 disc herniation", "lumbosacral region disc herniation"),
        ("type II", "type 2"),
        ("right knee pain and the other knee", "bilateral knee pain"),
    ],
)
def test_shorthand_is_written_out(short: str, long: str) -> None:
    assert " ".join(written_out(short).split()) == long


@pytest.mark.parametrize(
    "stage", ["CKD 4", "CKD4", "CKD IV", "CKD stage IV", "stage 4 CKD", "CKD G4", "CKD (stage 4)"]
)
def test_a_stage_is_one_in_every_notation(stage: str) -> None:
    asked = wording.key(wording.read_problem(stage).tokens)
    assert asked == wording.key(wording.read("chronic kidney disease, stage 4").tokens)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("cold agglutinin disease", "cold agglutinin disease"),
        ("alcoholic cirrhosis", "alcoholic cirrhosis"),
        ("Wolff-Parkinson-White", "Wolff-Parkinson-White"),
        ("cervical spondylosis with myelopathy", "cervical spondylosis with myelopathy"),
    ],
)
def test_an_everyday_name_within_another_name_is_left_alone(text: str, kept: str) -> None:
    assert renamed(text) == kept


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("frozen shoulder", "adhesive capsulitis of shoulder"),
        ("left adhesive capsulitis", "left adhesive capsulitis of shoulder"),
        ("rotator cuff left tear", "left rotator cuff tear or rupture not specified as traumatic"),
        ("thyroid nodules", "multinodular goiter"),
        ("thyroid nodule", "thyroid nodule"),
        ("fibroids; gout flare", "leiomyoma of uterus; gout"),
    ],
)
def test_an_everyday_name_is_put_in_the_words_of_the_index(name: str, index: str) -> None:
    assert renamed(name) == index


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("splenectomy planned", "splenectomy planned"),
        ("post cesarean wound infection", "post cesarean wound infection"),
        ("status post CABG", "presence of aortocoronary bypass graft"),
        ("history of left BKA", "left acquired absence of leg below knee"),
        ("status post renal transplant", "renal transplant status"),
        ("PCN allergy", "allergy status to penicillin"),
        ("allergic to shellfish", "allergy to seafood"),
        ("on warfarin", "long term current use of anticoagulants"),
        ("chronic opioid use", "long term current use of opiate analgesic"),
    ],
)
def test_what_was_done_or_is_taken_is_a_status(text: str, status: str) -> None:
    assert " ".join(as_status(text).split()) == status


@pytest.mark.parametrize(
    "text", ["as above", "SEVERE AS NOTED ABOVE TODAY ALSO", "asthma", "HS-CRP"]
)
def test_small_words_are_no_abbreviations(text: str) -> None:
    assert not meanings(text)


def test_an_abbreviation_of_several_things_is_each_of_them() -> None:
    assert meanings("severe AS") == [
        "severe aortic valve stenosis",
        "severe ankylosing spondylitis",
    ]


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("migraine with or without aura", set()),
        ("migraine, intractable", set()),
        ("migraine without aura, intractable", {"aura"}),
        ("migraine, not intractable, without aura", {"intractable", "aura"}),
        ("gastritis w/o bleeding", {"hemorrhage"}),
    ],
)
def test_what_stands_behind_without_is_denied(text: str, denied: set[str]) -> None:
    assert wording.read_problem(text).denied == denied
