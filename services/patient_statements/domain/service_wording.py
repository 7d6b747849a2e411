"""What happened, in plain words, by family of procedure code.

The words are our own. They say no more than a bill needs (45 CFR 164.502(b), minimum necessary): a
family that would tell a household about a sensitive service is worded as its neutral neighbour.
"""

from bisect import bisect_right

_UNKNOWN = "Health care service"

# First code of a family, and its words; a family reaches to the next first code.
_CPT: tuple[tuple[str, str], ...] = (
    ("00100", "Anesthesia (medicine so you feel no pain)"),
    ("02000", _UNKNOWN),
    ("10004", "Procedure"),
    ("36400", "Blood draw"),
    ("36426", "Procedure"),
    ("70010", "X-ray or other scan"),
    ("80000", "Lab test"),
    ("90281", "Medicine given by shot"),
    ("90460", "Giving a vaccine (shot)"),
    ("90475", "Vaccine (shot)"),
    ("90785", "Visit"),
    ("90900", "Test or treatment"),
    ("90935", "Dialysis (cleaning of the blood)"),
    ("91000", "Test or treatment"),
    ("91300", "Vaccine (shot)"),
    ("91400", "Test or treatment"),
    ("92002", "Eye exam"),
    ("92015", "Eye test or care"),
    ("92500", "Ear, nose or speech test or care"),
    ("92920", "Heart procedure"),
    ("93000", "Heart test"),
    ("93600", "Heart procedure"),
    ("93700", "Heart or blood flow test"),
    ("94002", "Breathing test or care"),
    ("95004", "Allergy test or care"),
    ("95200", "Test or treatment"),
    ("96105", "Visit"),
    ("96200", "Test or treatment"),
    ("96360", "Fluids or medicine given by our staff"),
    ("96550", "Test or treatment"),
    ("97010", "Therapy for movement or daily tasks"),
    ("97600", "Test or treatment"),
    ("97802", "Visit about food and diet"),
    ("97810", "Test or treatment"),
    ("98000", "Visit by phone or video"),
    ("98925", "Test or treatment"),
    ("98960", "Health teaching"),
    ("98966", "Visit by phone or video"),
    ("98975", "Health check from home"),
    ("99000", "Extra service with a visit"),
    ("99091", "Health check from home"),
    ("99100", "Anesthesia (medicine so you feel no pain)"),
    ("99143", "Test or treatment"),
    ("99170", "Visit"),
    ("99175", "Test or treatment"),
    ("99202", "Office visit"),
    ("99217", "Hospital care"),
    ("99241", "Visit with a specialist"),
    ("99251", "Hospital care"),
    ("99281", "Emergency room visit"),
    ("99289", "Hospital care"),
    ("99304", "Nursing home visit"),
    ("99341", "Home visit"),
    ("99354", "Longer visit"),
    ("99366", "Care planning"),
    ("99381", "Yearly check-up"),
    ("99401", "Health advice"),
    ("99421", "Visit by phone or video"),
    ("99450", "Visit"),
    ("99453", "Health check from home"),
    ("99459", "Visit"),
    ("99460", "Care of a newborn"),
    ("99464", "Hospital care"),
    ("99487", "Care planning"),
    ("99500", "Home visit"),
    ("99605", "Review of your medicines"),
    ("99608", _UNKNOWN),
)
_CPT_STARTS = tuple(start for start, _ in _CPT)

_HCPCS_EXACT = {
    "G0008": "Giving a vaccine (shot)",
    "G0009": "Giving a vaccine (shot)",
    "G0010": "Giving a vaccine (shot)",
    "G0402": "Yearly check-up",
    "G0438": "Yearly check-up",
    "G0439": "Yearly check-up",
    "G2211": "Longer care for your health problem",
}
_HCPCS = {
    "A": "Medical supplies or a ride",
    "B": "Food by tube or vein",
    "C": "Hospital outpatient service",
    "D": "Dental care",
    "E": "Medical equipment",
    "G": "Health care service",
    "H": "Visit",
    "J": "Medicine given by our staff",
    "K": "Medical equipment",
    "L": "Brace or other body support",
    "M": "Health care service",
    "P": "Lab test",
    "Q": "Medicine or supplies given by our staff",
    "R": "X-ray or other scan",
    "S": "Health care service",
    "T": "Health care service",
    "U": "Lab test",
    "V": "Eye or hearing care",
}
_CPT_SUFFIX = {"U": "Lab test", "M": "Lab test", "T": "Newer kind of test or treatment"}


def service_wording(code: str) -> str:
    """A short plain wording for a CPT or HCPCS code; an unknown code is a health care service."""
    if code in _HCPCS_EXACT:
        return _HCPCS_EXACT[code]
    if code[:1].isalpha():
        return _HCPCS.get(code[:1], _UNKNOWN)
    if code[-1:].isalpha():
        return _CPT_SUFFIX.get(code[-1:], _UNKNOWN)
    place = bisect_right(_CPT_STARTS, code) - 1
    return _CPT[place][1] if place >= 0 else _UNKNOWN
