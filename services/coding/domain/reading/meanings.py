"""Abbreviations that stand for several things: each of them in full, the likeliest first.

They are written in capitals. A note is never coded by one; a phrase that is looked up is answered
with the codes of all of them.
"""

import re
from collections.abc import Sequence

_MEANINGS: dict[str, tuple[str, ...]] = {
    "AGE": ("gastroenteritis",),
    "AI": ("aortic valve insufficiency", "adrenal insufficiency"),
    "AMA": ("left against medical advice", "supervision of elderly multigravida"),
    "AR": ("aortic valve insufficiency", "allergic rhinitis"),
    "ARF": ("acute kidney failure", "acute respiratory failure"),
    "AS": ("aortic valve stenosis", "ankylosing spondylitis"),
    "ASD": ("atrial septal defect", "autistic disorder", "acute stress disorder"),
    "BPD": ("borderline personality disorder", "bronchopulmonary dysplasia", "bipolar disorder"),
    "CAP": ("pneumonia",),
    "CF": ("cystic fibrosis",),
    "CP": ("chest pain", "cerebral palsy"),
    "DTs": ("alcohol dependence with withdrawal delirium",),
    "ED": ("erectile dysfunction",),
    "EDS": ("ehlers danlos syndrome", "hypersomnia"),
    "HL": ("hyperlipidemia", "hodgkin lymphoma", "hearing loss"),
    "HS": ("hidradenitis suppurativa",),
    "HIT": ("heparin induced thrombocytopenia",),
    "LAD": ("enlarged lymph nodes",),
    "MG": ("myasthenia gravis",),
    "MR": ("mitral valve insufficiency", "intellectual disabilities"),
    "NET": ("neuroendocrine tumor",),
    "OP": ("osteoporosis",),
    "PCP": ("pneumocystosis", "phencyclidine use"),
    "PD": ("parkinson's disease", "dependence on renal dialysis", "personality disorder"),
    "PN": ("polyneuropathy",),
    "PR": ("pulmonary valve insufficiency",),
    "PS": ("pulmonary valve stenosis",),
    "SCA": ("cardiac arrest", "sickle cell anemia"),
    "SI": ("suicidal ideation",),
    "HI": ("homicidal ideation",),
    "SOM": ("serous otitis media",),
    "SS": ("sjogren syndrome", "sickle cell disease"),
    "SZ": ("seizure", "schizophrenia"),
    "TR": ("nonrheumatic tricuspid valve insufficiency",),
    "TS": ("tourette's disorder", "turner's syndrome", "tricuspid valve stenosis"),
    "TSS": ("toxic shock syndrome",),
    "WM": ("waldenstrom macroglobulinemia",),
}
_WORD = re.compile(
    # An artery that a stent is in, or an infarction of, is no lymph node.
    r"(?<!to )(?<!to the )(?<!of the )(?<!mid )(?<!mid-)(?<!proximal )(?<!distal )(?<!prox )"
    r"(?<![Mm]od )"
    r"\b(?:" + "|".join(sorted(_MEANINGS, key=len, reverse=True)) + r")\b(?!-|\s+pneumonia)"
)
_MOST_WORDS = 5


def meanings(text: str) -> Sequence[str]:
    """``text`` with its first such abbreviation in full, once for each thing that it may mean.

    Empty where there is none, and in a longer text that is all in capitals, whose small words are
    no abbreviations.
    """
    found = _WORD.search(text)
    if found is None or (text.isupper() and len(text.split()) > _MOST_WORDS):
        return ()
    return [
        f"{text[: found.start()]}{each}{text[found.end() :]}" for each in _MEANINGS[found.group()]
    ]
