"""Names that clinics order drugs by, and the HCPCS Level II code that counts each.

A release's own descriptors are looked at too; these are the trade and short names that none of them
has. Fluids have no dose in their descriptors that a program could read, so theirs are here.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from services.coding.domain.code_sets import HcpcsCode, HcpcsCodes
from services.coding.domain.reading import wording

_LONGEST_NAME = 4

_NAMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("J0129", ("abatacept", "orencia")),
    ("J0153", ("adenosine", "adenocard")),
    ("J0171", ("epinephrine", "adrenalin", "adrenaline", "epipen")),
    ("J0282", ("amiodarone",)),
    ("J0290", ("ampicillin",)),
    ("J0295", ("unasyn", "ampicillin sulbactam")),
    ("J0360", ("hydralazine",)),
    ("J0401", ("abilify maintena",)),
    ("J0456", ("azithromycin", "zithromax")),
    ("J0461", ("atropine",)),
    ("J0500", ("dicyclomine", "bentyl")),
    ("J0515", ("benztropine", "cogentin")),
    ("J0517", ("benralizumab", "fasenra")),
    ("J0558", ("bicillin c-r", "bicillin cr")),
    ("J0561", ("bicillin", "bicillin l-a", "bicillin la", "penicillin g benzathine")),
    ("J0585", ("botox", "onabotulinumtoxin", "onabotulinumtoxinA")),
    ("J0595", ("butorphanol", "stadol")),
    ("J0690", ("cefazolin", "ancef", "kefzol")),
    ("J0692", ("cefepime", "maxipime")),
    ("J0694", ("cefoxitin",)),
    ("J0696", ("ceftriaxone", "rocephin")),
    ("J0702", ("celestone", "celestone soluspan", "betamethasone")),
    ("J0736", ("clindamycin", "cleocin")),
    ("J0775", ("xiaflex", "collagenase clostridium")),
    ("J0780", ("prochlorperazine", "compazine")),
    ("J0881", ("aranesp", "darbepoetin")),
    ("J0885", ("procrit", "epogen", "epoetin alfa")),
    ("J0897", ("denosumab", "prolia", "xgeva")),
    ("J1010", ("methylprednisolone acetate", "depo-medrol", "depomedrol")),
    ("J1050", ("medroxyprogesterone", "depo-provera", "depo provera", "depoprovera")),
    ("J1071", ("testosterone cypionate", "depo-testosterone")),
    ("J1100", ("dexamethasone", "decadron")),
    ("J1110", ("dihydroergotamine", "dhe")),
    ("J1160", ("digoxin", "lanoxin")),
    ("J1170", ("hydromorphone", "dilaudid")),
    ("J1200", ("diphenhydramine", "benadryl")),
    ("J1335", ("ertapenem", "invanz")),
    ("J1439", ("injectafer", "ferric carboxymaltose")),
    ("J1442", ("neupogen",)),
    ("J1580", ("gentamicin",)),
    ("J1602", ("golimumab", "simponi aria")),
    ("J1610", ("glucagon",)),
    ("J1626", ("granisetron", "kytril")),
    ("J1630", ("haloperidol", "haldol")),
    ("J1631", ("haloperidol decanoate", "haldol decanoate")),
    ("J1642", ("heparin flush", "heparin lock flush")),
    ("J1644", ("heparin",)),
    ("J1650", ("enoxaparin", "lovenox")),
    ("J1720", ("hydrocortisone sodium succinate", "solu-cortef", "solucortef")),
    ("J1740", ("ibandronate", "boniva")),
    ("J1745", ("infliximab", "remicade")),
    ("J1756", ("iron sucrose", "venofer")),
    ("J1790", ("droperidol", "inapsine")),
    ("J1815", ("insulin",)),
    ("J1885", ("ketorolac", "toradol")),
    ("J1920", ("labetalol",)),
    ("J1940", ("furosemide", "lasix")),
    ("J1944", ("aristada", "aripiprazole lauroxil")),
    ("J1953", ("levetiracetam", "keppra")),
    ("J1956", ("levofloxacin", "levaquin")),
    ("J2060", ("lorazepam", "ativan")),
    ("J2175", ("meperidine", "demerol")),
    ("J2182", ("mepolizumab", "nucala")),
    ("J2250", ("midazolam", "versed")),
    ("J2270", ("morphine",)),
    ("J2300", ("nalbuphine", "nubain")),
    ("J2310", ("naloxone", "narcan")),
    ("J2315", ("vivitrol", "naltrexone depot")),
    ("J2323", ("natalizumab", "tysabri")),
    ("J2353", ("sandostatin lar",)),
    ("J2354", ("octreotide", "sandostatin")),
    ("J2357", ("omalizumab", "xolair")),
    ("J2358", ("zyprexa relprevv", "olanzapine pamoate")),
    ("J2360", ("orphenadrine", "norflex")),
    ("J2405", ("ondansetron", "zofran")),
    ("J2426", ("invega sustenna", "paliperidone palmitate")),
    ("J2430", ("pamidronate",)),
    ("J2469", ("palonosetron", "aloxi")),
    ("J2506", ("pegfilgrastim", "neulasta")),
    ("J2540", ("penicillin g potassium",)),
    ("J2543", ("piperacillin tazobactam", "zosyn")),
    ("J2550", ("promethazine", "phenergan")),
    ("J2560", ("phenobarbital",)),
    ("J2765", ("metoclopramide", "reglan")),
    ("J2790", ("rhogam", "rho d immune globulin")),
    ("J2794", ("risperdal consta",)),
    ("J2916", ("ferrlecit",)),
    ("J2919", ("methylprednisolone sodium succinate", "solu-medrol", "solumedrol")),
    ("J3010", ("fentanyl",)),
    ("J3030", ("sumatriptan", "imitrex")),
    ("J3105", ("terbutaline",)),
    ("J3111", ("romosozumab", "evenity")),
    ("J3230", ("chlorpromazine", "thorazine")),
    ("J3260", ("tobramycin",)),
    ("J3262", ("tocilizumab", "actemra")),
    ("J3301", ("triamcinolone", "triamcinolone acetonide", "kenalog")),
    ("J3357", ("stelara", "ustekinumab")),
    ("J3360", ("diazepam", "valium")),
    ("J3370", ("vancomycin",)),
    ("J3380", ("vedolizumab", "entyvio")),
    ("J3410", ("hydroxyzine",)),
    ("J3411", ("thiamine",)),
    ("J3420", ("cyanocobalamin", "vitamin b12", "vitamin b-12", "b12")),
    ("J3430", ("phytonadione", "vitamin k")),
    ("J3475", ("magnesium sulfate",)),
    ("J3480", ("potassium chloride",)),
    ("J3486", ("ziprasidone", "geodon")),
    ("J3489", ("zoledronic acid", "reclast", "zometa")),
    ("J7323", ("euflexxa",)),
    ("J7324", ("orthovisc",)),
    ("J7325", ("synvisc", "synvisc-one", "hylan g-f 20")),
    ("J7328", ("gelsyn",)),
    ("J7613", ("albuterol",)),
    ("J7620", ("duoneb", "albuterol ipratropium", "ipratropium albuterol")),
    ("J7644", ("ipratropium",)),
    ("J9035", ("bevacizumab", "avastin")),
    ("J9202", ("goserelin", "zoladex")),
    ("J9217", ("leuprolide", "lupron", "lupron depot", "eligard")),
    ("J9271", ("pembrolizumab", "keytruda")),
    ("J9312", ("rituximab", "rituxan")),
    ("J9355", ("trastuzumab", "herceptin")),
    ("J9395", ("fulvestrant", "faslodex")),
)  # fmt: skip
_FLUIDS: dict[str, tuple[str, Decimal]] = {
    "J7030": ("mL", Decimal(1000)),
    "J7040": ("mL", Decimal(500)),
    "J7042": ("mL", Decimal(500)),
    "J7050": ("mL", Decimal(250)),
    "J7060": ("mL", Decimal(500)),
    "J7070": ("mL", Decimal(1000)),
    "J7120": ("mL", Decimal(1000)),
    "J7121": ("mL", Decimal(1000)),
}
_SALINE = ((Decimal(250), "J7050"), (Decimal(500), "J7040"))
_FLUID_NAMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("J7030", ("normal saline", "saline", "sodium chloride", "0.9 sodium chloride", "ns bolus")),
    ("J7120", ("lactated ringer", "ringers lactate", "lactated ringers", "lr bolus")),
    ("J7060", ("dextrose", "dextrose water", "d5w")),
)


def _keyed(names: Sequence[tuple[str, Sequence[str]]]) -> dict[str, str]:
    return {
        wording.key(wording.read(name).tokens): code for code, spelled in names for name in spelled
    }


_BY_KEY = _keyed((*_NAMES, *_FLUID_NAMES))


def is_fluid(code: str) -> bool:
    """Whether a code is a prepackaged fluid, with or without electrolytes, as for hydration."""
    return code in _FLUIDS


def descriptor_of(code: HcpcsCode) -> tuple[Decimal, str] | None:
    """The dose and unit that one billing unit stands for; None where the descriptor has none."""
    if code.dose:
        return Decimal(code.dose), code.dose_unit
    fluid = _FLUIDS.get(code.code)
    return None if fluid is None else (fluid[1], fluid[0])


def drug_named(text: str, hcpcs: HcpcsCodes) -> HcpcsCode | None:
    """The code whose descriptor, trade name or short name stands in ``text``; the longest wins."""
    tokens = tuple(token for token in wording.read(text).tokens if not token[:1].isdigit())
    found = _code_named(tokens, hcpcs)
    if found is None and any(char.isdigit() for char in text):
        found = _code_named(wording.read(text).tokens, hcpcs)
    return None if found is None else hcpcs.code(found)


def fluid_for(code: HcpcsCode, volume: Decimal, hcpcs: HcpcsCodes) -> HcpcsCode:
    """Saline by its bag: 250, 500 or 1 000 mL have codes of their own."""
    if code.code != "J7030":
        return code
    smaller = next((each for most, each in _SALINE if volume <= most), code.code)
    return hcpcs.code(smaller) or code


def _code_named(tokens: tuple[str, ...], hcpcs: HcpcsCodes) -> str | None:
    for length in range(min(len(tokens), _LONGEST_NAME), 0, -1):
        for start in range(len(tokens) - length + 1):
            key = _key(tokens[start : start + length])
            code = _BY_KEY.get(key)
            if code is not None and hcpcs.code(code) is not None:
                return code
            code = hcpcs.drug_by_name(key)
            if code is not None:
                return code
    return None


@lru_cache(maxsize=4_096)
def _key(tokens: tuple[str, ...]) -> str:
    return wording.key(tokens)
