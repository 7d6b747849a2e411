"""Names that are made of a disease and what goes with it, each in the words of the index.

What a diverticulitis or a gallstone has done, blood under a nail, diabetes out of control. Our own
selection.
"""

from collections.abc import Iterator
from itertools import product

_SIGMOID = (
    "diverticulitis of sigmoid", "diverticulitis of sigmoid colon", "sigmoid diverticulitis",
    "diverticulitis of colon", "colonic diverticulitis", "diverticulitis of descending colon",
    "acute sigmoid diverticulitis", "acute colonic diverticulitis",
    "diverticulitis of large intestine", "acute diverticulitis of sigmoid colon",
)  # fmt: skip
_BURST = (
    "abscess", "perforation", "microperforation", "perforation and abscess",
    "contained perforation", "pericolic abscess", "pelvic abscess",
)  # fmt: skip
_BLEEDS = ("bleeding", "hemorrhage", "bleed", "gi bleed", "gi bleeding")
_STONES = ("stones", "gallstones", "gallstone", "stone", "cholelithiasis", "cholelith")
_FINGERS = ("finger", "thumb", "index finger", "middle finger", "ring finger", "little finger")
_OUT_OF_CONTROL = ("uncontrolled", "poorly controlled", "poor control", "out of control")
_DIABETES = (
    "diabetes", "diabetes mellitus", "type 2 diabetes", "type 2 diabetes mellitus",
    "type 1 diabetes", "type 1 diabetes mellitus",
)  # fmt: skip


def _of_the_belly() -> Iterator[tuple[str, str]]:
    for name in _SIGMOID:
        yield name, "diverticulitis of large intestine"
        for link, burst in product(("with", "complicated by", "and"), _BURST):
            yield f"{name} {link} {burst}", "diverticulitis of large intestine with abscess"
        for link, bleed in product(("with", "and"), _BLEEDS):
            yield f"{name} {link} {bleed}", "diverticulitis of large intestine with hemorrhage"
    for kind in ("acute ", "chronic ", "acute and chronic ", ""):
        yield f"{kind}calculous cholecystitis", f"calculus of gallbladder with {kind}cholecystitis"
    for kind, stone in product(("acute ", "chronic ", "acute and chronic ", ""), _STONES):
        written = f"calculus of gallbladder with {kind}cholecystitis"
        for link in ("with", "due to", "and"):
            yield f"{kind}cholecystitis {link} {stone}", written
            yield f"{stone} {link} {kind}cholecystitis", written


def _of_the_thyroid() -> Iterator[tuple[str, str]]:
    for name, link, done in product(
        ("hypothyroidism", "hypothyroid"),
        ("post", "status post", "after", "following", "due to", "from"),
        ("radioactive iodine", "radioactive iodine ablation", "radioactive iodine therapy",
         "radioactive iodine treatment", "thyroidectomy", "total thyroidectomy",
         "partial thyroidectomy", "thyroid ablation", "thyroid surgery"),
    ):  # fmt: skip
        yield f"{name} {link} {done}", "postprocedural hypothyroidism"


def _of_transplants() -> Iterator[tuple[str, str]]:
    """Who is looked at for a transplant, or waits for one, has none."""
    organs = ("kidney", "renal", "liver", "heart", "lung", "pancreas", "bone marrow", "stem cell")
    for organ in organs:
        for what in ("evaluation", "pre evaluation", "work up", "workup", "assessment"):
            yield f"{organ} transplant {what}", "other preprocedural examination"
        for what in ("candidate", "candidacy", "waitlist", "waiting list", "wait list"):
            yield f"{organ} transplant {what}", "awaiting organ transplant status"
    for organ in ("kidney", "liver"):
        yield f"living {organ} donor", f"{organ} donor"
    for name in ("kidney transplant", "renal transplant"):
        written = "other complication of kidney transplant"
        yield f"delayed graft function of {name}", written
        yield f"delayed graft function {name}", written
        yield f"{name} with delayed graft function", written


def _of_limbs() -> Iterator[tuple[str, str]]:
    for finger in _FINGERS:
        written = f"contusion of {finger} with damage to nail"
        yield f"{finger} subungual hematoma", written
        yield f"subungual hematoma of {finger}", written
    for toe in ("toe", "great toe", "lesser toe"):
        written = f"contusion of {toe} with damage to nail"
        yield f"{toe} subungual hematoma", written
        yield f"subungual hematoma of {toe}", written


def _of_moods() -> Iterator[tuple[str, str]]:
    """Titles of bipolar disorder say "features" where those of depression say "symptoms"."""
    for kind in ("manic", "depressed", "depression", "mixed"):
        name = f"episode {kind} severe with psychotic features"
        yield name, name


def _of_sugar() -> Iterator[tuple[str, str]]:
    for how, disease in product(_OUT_OF_CONTROL, _DIABETES):
        for link in ("with", "due to", "and"):
            yield f"{how} {disease} {link} hyperglycemia", f"{disease} with hyperglycemia"
            yield f"{disease} {how} {link} hyperglycemia", f"{disease} with hyperglycemia"
    for disease in _DIABETES:
        yield f"{disease} with peripheral neuropathy", f"{disease} with polyneuropathy"
        yield (
            f"{disease} with stable proliferative diabetic retinopathy",
            (f"{disease} with stable proliferative diabetic retinopathy"),
        )


_INFECTED = "infection following a procedure"

_POOR_GROWTH = "maternal care for other known or suspected poor fetal growth"

_PLAIN: dict[str, str] = {
    "sigmoid polyp": "polyp of colon",
    "sigmoid colon polyp": "polyp of colon",
    "cecal polyp": "polyp of colon",
    "ascending colon polyp": "polyp of colon",
    "transverse colon polyp": "polyp of colon",
    "descending colon polyp": "polyp of colon",
    "fetal growth restriction": _POOR_GROWTH,
    "fetal growth retardation": _POOR_GROWTH,
    "central di": "diabetes insipidus",
    "cranial di": "diabetes insipidus",
    "nephrogenic di": "nephrogenic diabetes insipidus",
    "ica stenosis": "occlusion and stenosis of carotid artery",
    "internal carotid artery stenosis": "occlusion and stenosis of carotid artery",
    "internal carotid stenosis": "occlusion and stenosis of carotid artery",
    "stenosis of internal carotid artery": "occlusion and stenosis of carotid artery",
    "common carotid artery stenosis": "occlusion and stenosis of carotid artery",
    "post viral cough": "other specified cough",
    "post viral cough syndrome": "other specified cough",
    "postviral cough": "other specified cough",
    "postinfectious cough": "other specified cough",
    "post infectious cough": "other specified cough",
    "without nail damage": "without damage to nail",
    "with nail damage": "with damage to nail",
    "without nail involvement": "without damage to nail",
    "with nail involvement": "with damage to nail",
    "fishhook": "puncture with foreign body",
    "fish hook": "puncture with foreign body",
    "subdural hematoma": "traumatic subdural hemorrhage",
    "traumatic subdural hematoma": "traumatic subdural hemorrhage",
    "nontraumatic subdural hematoma": "nontraumatic subdural hemorrhage",
    "non traumatic subdural hematoma": "nontraumatic subdural hemorrhage",
    "spontaneous subdural hematoma": "nontraumatic subdural hemorrhage",
    "nontraumatic chronic subdural hematoma": "nontraumatic chronic subdural hemorrhage",
    "chronic nontraumatic subdural hematoma": "nontraumatic chronic subdural hemorrhage",
    "nontraumatic acute subdural hematoma": "nontraumatic acute subdural hemorrhage",
    "chronic subdural hematoma": "nontraumatic chronic subdural hemorrhage",
    "preeclampsia with severe features": "severe pre-eclampsia",
    "pre eclampsia with severe features": "severe pre-eclampsia",
    "preeclampsia severe features": "severe pre-eclampsia",
    "preeclampsia without severe features": "mild to moderate pre-eclampsia",
    "pre eclampsia without severe features": "mild to moderate pre-eclampsia",
    "placenta previa no bleeding": "placenta previa",
    "placenta previa without bleeding": "placenta previa",
    "placenta previa with bleeding": "placenta previa with hemorrhage",
    "tubal ectopic": "tubal pregnancy",
    "tubal ectopic pregnancy": "tubal pregnancy",
    "ectopic tubal": "tubal pregnancy",
    "ectopic tubal pregnancy": "tubal pregnancy",
    "lactational mastitis": "nonpurulent mastitis associated with lactation",
    "lactating mastitis": "nonpurulent mastitis associated with lactation",
    "mastitis lactating": "nonpurulent mastitis associated with lactation",
    "mastitis lactational": "nonpurulent mastitis associated with lactation",
    "mastitis while breastfeeding": "nonpurulent mastitis associated with lactation",
    "breastfeeding mastitis": "nonpurulent mastitis associated with lactation",
    "nickel contact dermatitis": "allergic contact dermatitis due to nickel",
    "contact dermatitis due to nickel": "allergic contact dermatitis due to nickel",
    "contact dermatitis from nickel": "allergic contact dermatitis due to nickel",
    "nickel dermatitis": "allergic contact dermatitis due to nickel",
    "nickel allergy dermatitis": "allergic contact dermatitis due to nickel",
    "irritant contact dermatitis due to nickel": "irritant contact dermatitis due to metals",
    "twin gestation": "twin pregnancy",
    "twins di di": "twin pregnancy dichorionic diamniotic",
    "postpartum visit": "routine postpartum follow up",
    "postpartum check": "routine postpartum follow up",
    "postpartum exam": "routine postpartum follow up",
    "postpartum checkup": "routine postpartum follow up",
    "routine postpartum visit": "routine postpartum follow up",
    "routine postpartum care": "routine postpartum follow up",
    "routine postpartum check": "routine postpartum follow up",
    "history of fragility fracture": "personal history of osteoporosis fracture",
    "history of osteoporotic fracture": "personal history of osteoporosis fracture",
    "neuropathy due to chemotherapy": "drug induced polyneuropathy",
    "peripheral neuropathy due to chemotherapy": "drug induced polyneuropathy",
    "polyneuropathy due to chemotherapy": "drug induced polyneuropathy",
    "surgical site infection": _INFECTED,
    "superficial surgical site infection": f"{_INFECTED} superficial incisional surgical site",
    "deep surgical site infection": f"{_INFECTED} deep incisional surgical site",
    "organ space surgical site infection": f"{_INFECTED} organ and space surgical site",
    "postoperative wound infection": _INFECTED,
    "post operative wound infection": _INFECTED,
    "surgical wound infection": _INFECTED,
    "infected surgical wound": _INFECTED,
    "infected surgical incision": _INFECTED,
    "surgical wound dehiscence": "disruption of external operation surgical wound",
    "dehiscence of surgical wound": "disruption of external operation surgical wound",
    "dehiscence of surgical incision": "disruption of external operation surgical wound",
    "incisional dehiscence": "disruption of external operation surgical wound",
    "isolated systolic hypertension": "hypertension",
    "statin myopathy": "drug induced myopathy",
    "statin induced myopathy": "drug induced myopathy",
    "parathyroid adenoma": "benign neoplasm of parathyroid gland",
    "cervical polyp": "polyp of cervix uteri",
    "short cervix": "cervical shortening",
    "cystic fibrosis with lung involvement": "cystic fibrosis with pulmonary manifestations",
    "cystic fibrosis with lung disease": "cystic fibrosis with pulmonary manifestations",
    "lymphedema post mastectomy": "postmastectomy lymphedema syndrome",
    "lymphedema of arm post mastectomy": "postmastectomy lymphedema syndrome",
    "lymphedema arm post mastectomy": "postmastectomy lymphedema syndrome",
    "post mastectomy lymphedema": "postmastectomy lymphedema syndrome",
    "type 2 nstemi": "myocardial infarction type 2",
    "nstemi type 2": "myocardial infarction type 2",
    "type 2 mi": "myocardial infarction type 2",
    "type 2 myocardial infarction": "myocardial infarction type 2",
    "type 2 nstemi due to demand": "myocardial infarction type 2",
    "nstemi type 2 due to demand": "myocardial infarction type 2",
    "type 2 nstemi due to demand ischemia": "myocardial infarction type 2",
    "nstemi type 2 due to demand ischemia": "myocardial infarction type 2",
    "type 2 mi due to demand ischemia": "myocardial infarction type 2",
    "sarcoid of lung": "sarcoidosis of lung",
    "pulmonary sarcoid": "sarcoidosis of lung",
    "lung sarcoid": "sarcoidosis of lung",
    "cardiac sarcoid": "sarcoid myocarditis",
    "sarcoid": "sarcoidosis",
    "scaphoid fracture": "fracture of navicular bone of wrist",
    "fracture of scaphoid": "fracture of navicular bone of wrist",
    "fracture scaphoid": "fracture of navicular bone of wrist",
    "scaphoid waist fracture": "fracture of middle third of navicular bone of wrist",
    "left sided ulcerative colitis": "left sided colitis",
    "diverticular bleed": "diverticulosis with hemorrhage",
    "diverticular bleeding": "diverticulosis with hemorrhage",
    "orthopedic aftercare": "other orthopedic aftercare",
    "orthopaedic aftercare": "other orthopedic aftercare",
}

_SUPERFICIAL = "phlebitis and thrombophlebitis of superficial vessels of lower extremity"


def _of_veins() -> Iterator[tuple[str, str]]:
    veins = (
        "greater saphenous vein",
        "great saphenous vein",
        "saphenous vein",
        "small saphenous vein",
    )
    for vein in veins:
        yield f"superficial thrombophlebitis of {vein}", _SUPERFICIAL
        yield f"{vein} superficial thrombophlebitis", _SUPERFICIAL
        yield f"{vein} thrombophlebitis", _SUPERFICIAL
        yield f"thrombophlebitis of {vein}", _SUPERFICIAL


COMPOUNDS: dict[str, str] = {
    **_PLAIN,
    **dict(_of_the_belly()),
    **dict(_of_the_thyroid()),
    **dict(_of_transplants()),
    **dict(_of_limbs()),
    **dict(_of_veins()),
    **dict(_of_moods()),
    **dict(_of_sugar()),
}
