"""Code sets kept outside X12, as far as a code can be told from none without a licensed list.

Codes are facts; no official description is here. A set whose list is licensed or changes with
every release is known by its form and ranges alone, so that a code that cannot be one is found and
no real one is refused; ``CodeSets`` takes the lists that a user has.
"""

import re
from collections.abc import Callable
from functools import lru_cache

from services.payer_gateway.x12.codes import (
    CLAIM_FREQUENCIES,
    CLAIM_STATUS_CATEGORIES,
    PLACES_OF_SERVICE,
    STATES,
)
from services.payer_gateway.x12.npi import is_npi

Problem = str
"""What is wrong with a code and what to do, empty where nothing is."""


def _numbered(prefix: str, first: int, last: int, width: int = 0) -> set[str]:
    return {f"{prefix}{number:0{width}d}" for number in range(first, last + 1)}


ADJUSTMENT_REASONS = frozenset(
    _numbered("", 1, 310)
    | _numbered("A", 0, 8)
    | _numbered("B", 1, 23)
    | _numbered("D", 1, 23)
    | _numbered("P", 1, 32)
    | _numbered("W", 1, 9)
    | _numbered("Y", 1, 3)
)
"""CARC (code source 139): the ranges given out up to now, with what was withdrawn since."""

REMARKS = frozenset(_numbered("M", 1, 144) | _numbered("MA", 1, 134, 2) | _numbered("N", 1, 950))
"""RARC (code source 411): the ranges given out up to now."""

STATUS_CATEGORIES = frozenset(
    {*CLAIM_STATUS_CATEGORIES, "F3F", "F3N", "RQ", "D0", "DR01", "DR02"}
    | _numbered("P", 0, 5)
    | _numbered("F", 0, 4)
    | _numbered("R", 0, 17)
    | _numbered("E", 0, 4)
)
"""STC01-1 (code source 507), of 277 and 277CA."""

FACILITIES = frozenset(
    {*_numbered("", 11, 14), "18", *_numbered("", 21, 23), "28", *_numbered("", 32, 34), "41", "43"}
    | {"65", "66", *_numbered("", 71, 79), *_numbered("", 81, 87), "89"}
)
"""The first two digits of a type of bill (code source 236)."""

_FORMS = {
    "country": r"[A-Z]{2,3}",
    "currency": r"[A-Z]{3}",
    "taxonomy": r"[1-4]\d[0-9A-Z]{8}",
    "revenue": r"000[1-9]|00[1-9]\d|0[1-9]\d\d|10\d\d|2[01]\d\d|310\d",
    "bill-frequency": r"[0-9A-KMOPQXYZ]",
    "tax-id": r"\d{9}",
    "ndc": r"\d{11}",
    "status": r"[1-9]?\d|[1-8]\d\d",
    "icd-10-cm": r"[A-Z]\d[0-9A-Z][0-9A-Z]{0,4}",
    "icd-10-pcs": r"[0-9A-HJ-NP-Z]{7}",
    "icd-9-cm": r"\d{3,5}|V\d{2,4}|E\d{3,4}",
    "icd-9-procedure": r"\d{2,4}",
    "hcpcs": r"\d{4}[0-9FMTU]|[A-Z]\d{4}",
    "hipps": r"[0-9A-Z]{5}",
}
_MATCHES = {name: re.compile(form, re.ASCII) for name, form in _FORMS.items()}
_SAYS = {
    "country": "the country is not written as its letters",
    "currency": "the currency is not written as its three letters",
    "taxonomy": "the taxonomy code is none: ten digits and letters",
    "revenue": "the revenue code is none: four digits of the set",
    "ndc": "a drug code is written as eleven digits without dashes",
    "tax-id": "a tax id is written as nine digits without dashes",
    "status": "the claim status code is not known",
    "icd-10-cm": "this is no ICD-10-CM code: write it in capitals, without its point",
    "icd-10-pcs": "this is no ICD-10-PCS code: seven letters and digits",
    "icd-9-cm": "this is no ICD-9-CM code: write it without its point",
    "icd-9-procedure": "this is no ICD-9-CM procedure code",
    "hcpcs": "the procedure code is none of HCPCS: five characters",
    "hipps": "the rate code is none of HIPPS: five characters",
    "state": "the state is no postal abbreviation",
    "place": "the place of service is not known",
    "facility": "the facility type is not known",
    "paid-facility": "this is neither a place of service nor a facility type",
    "adjustment-reason": "the adjustment reason is not known",
    "remark": "the remark code is not known",
    "status-category": "the status category is not known",
    "frequency": "the claim's frequency is none: 1 original, 7 replacement, 8 void",
    "bill-frequency": "the bill's frequency is not known",
    "npi": "the NPI's check digit is wrong: correct it",
    "postal-code": "write the ZIP code as five or nine digits",
}
_LISTS = {
    "state": STATES,
    "place": PLACES_OF_SERVICE,
    "facility": FACILITIES,
    "paid-facility": FACILITIES | PLACES_OF_SERVICE,
    "adjustment-reason": ADJUSTMENT_REASONS,
    "remark": REMARKS,
    "status-category": STATUS_CATEGORIES,
    "frequency": CLAIM_FREQUENCIES,
}
_POSTAL_CODE = re.compile(r"\d{5}(?:\d{4})?|[A-Z]\d[A-Z]\d[A-Z]\d", re.ASCII)
_OTHERS: dict[str, Callable[[str], bool]] = {
    "npi": is_npi,
    "postal-code": lambda text: _POSTAL_CODE.fullmatch(text) is not None,
}

DIAGNOSIS_SETS = {
    **dict.fromkeys(("ABK", "ABF", "ABJ", "ABN", "APR"), "icd-10-cm"),
    **dict.fromkeys(("BK", "BF", "BJ", "BN", "PR"), "icd-9-cm"),
    **dict.fromkeys(("BBR", "BBQ"), "icd-10-pcs"),
    **dict.fromkeys(("BR", "BQ"), "icd-9-procedure"),
    **dict.fromkeys(("BP", "BO"), "hcpcs"),
}
"""The code set of a HI composite by its qualifier (data element 1270)."""

PROCEDURE_SETS = {"HC": "hcpcs", "HP": "hipps", "N4": "ndc"}
"""The code set of a medical procedure (C003) by its qualifier (data element 235)."""


@lru_cache(maxsize=8192)
def problem(name: str, code: str) -> Problem:
    """What is wrong with a code of the set so named; empty where nothing can be said."""
    known = _LISTS.get(name)
    if known is not None:
        return "" if code in known else _SAYS[name]
    if name in _OTHERS:
        return "" if _OTHERS[name](code) else _SAYS[name]
    form = _MATCHES.get(name)
    return "" if form is None or form.fullmatch(code) else _SAYS[name]
