"""Infections: HIV, sepsis, resistant organisms, COVID-19 (I.C.1)."""

import re

from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_HIV_ILLNESSES = ("B59", "C46", "B45", "A31.2", "B25", "B58", "A81.2", "B37.1", "B37.81", "B20")
SEPSIS = ("A40", "A41", "A02.1", "A22.7", "A26.7", "A32.7", "A42.7", "A54.86", "B37.7", "P36")
_RELATED = ("O85", "O75.3", "O08.82", "T81.44", "T80.2", "T88.0", "U07.1", "B34.9", "B00.7", "A39")
_LOCAL_WITH_STAPH = ("L02", "L03", "N39.0", "M00", "K65", "I33", "L08", "J85", "M86")
_STAPHYLOCOCCAL = {"A49.01": "A41.01", "A49.02": "A41.02"}
_SEPSIS_BY = re.compile(
    r"\bsepsis\s+(?:due to|2/2|d/t|secondary to|from|with|caused by)\s+(?:\w+\s+)?(?:m[rs]sa|"
    r"(?:methicillin|staph)\w*)|\b(?:m[rs]sa|staph\w*)\s+(?:\w+\s+)?sepsis\b",
    re.IGNORECASE,
)
_UNSPECIFIED_COVID = ("B34.2", "B97.29", "J12.81")
_COVID_SYMPTOMS = ("R05", "R50.9", "R06.0", "R09.8", "R43", "R51", "R07.0")


@rule("hiv-disease", "I.C.1.a.2", "Z21", "R75")
def hiv(listing: Listing, _: Context, mark: str) -> Listing:
    """Once HIV has made ill it is B20, never Z21 or R75 again."""
    if listing.has("B20"):
        return listing.dropped("combined", mark, listing.of("Z21", "R75"))
    if listing.has("Z21"):
        listing = listing.dropped("combined", mark, listing.of("R75"))
        if listing.has(*_HIV_ILLNESSES):
            listing = listing.recoded(listing.of("Z21")[0], "B20", mark)
    return listing


@rule("hiv-first", "I.C.1.a.2.a", "B20")
def hiv_first(listing: Listing, _: Context, mark: str) -> Listing:
    """Admitted for what HIV has caused: B20 leads its illnesses."""
    one = listing.of("B20")[0]
    changed = listing.led_by(one, _HIV_ILLNESSES[:-1])
    return listing if changed is listing else changed.noted(one, mark)


@rule("severe-sepsis", "I.C.1.d.1.b", "R65.2")
def severe(listing: Listing, _: Context, mark: str) -> Listing:
    """Severe sepsis follows the code of the systemic infection, unspecified if need be."""
    if listing.has("R65.21"):
        listing = listing.dropped("combined", mark, listing.of("R65.20"))
    if listing.has(*SEPSIS, *_RELATED):
        return listing
    one = listing.of("R65.2")[0]
    return listing.added("A41.9", mark, one, 900)


@rule("sepsis-named", "I.C.1.d.1.a", "A41.9")
def named(listing: Listing, _: Context, mark: str) -> Listing:
    """Sepsis of a named organism replaces that of an unspecified one."""
    others = [each for each in listing.of(*SEPSIS) if each.code != "A41.9"]
    if not others:
        return listing
    return listing.dropped("less_specific", mark, listing.of("A41.9"))


@rule("sepsis-by-organism", "I.C.1.d.1.a", "A49.0", beside=("A41.9",))
def by_organism(listing: Listing, context: Context, mark: str) -> Listing:
    """Sepsis that is told with its staphylococcus in one breath has a code with it."""
    one, sepsis = listing.of("A49.0")[0], listing.of("A41.9")
    code = _STAPHYLOCOCCAL.get(one.code)
    if not sepsis or code is None or _SEPSIS_BY.search(context.said_of(one)) is None:
        return listing
    return listing.dropped("combined", mark, (one,)).recoded(sepsis[0], code, mark, (one,))


@rule("organism", "I.C.1.b", "B95", "B96", "B97")
def organism(listing: Listing, _: Context, _mark: str) -> Listing:
    """An organism is named beside an infection; alone it says nothing."""
    if any(not each.code.startswith(("B95", "B96", "B97", "Z")) for each in listing.diagnoses):
        return listing
    return listing.held(f"organism_without_infection:{listing.of('B95', 'B96', 'B97')[0].code}")


@rule("resistant-staphylococcus", "I.C.1.e.1", "A41.02", "J15.212", "B95.62", "A49.02")
def resistant(listing: Listing, _: Context, mark: str) -> Listing:
    """A code that already names MRSA needs neither its organism nor its resistance again."""
    if listing.has("A41.02", "J15.212"):
        listing = listing.dropped("combined", mark, listing.of("B95.62", "Z16.11", "A49.02"))
    if listing.has("A49.02") and listing.has(*_LOCAL_WITH_STAPH):
        listing = listing.recoded(listing.of("A49.02")[0], "B95.62", mark)
    return listing


@rule("colonized-or-infected", "I.C.1.e.1.d", "Z22.322")
def carrier(listing: Listing, _: Context, _mark: str) -> Listing:
    """Colonised and infected at once: both are coded, the infection first."""
    return listing.last(listing.of("Z22.322")[0]) if listing.has("B95.62", "A41.02") else listing


@rule("covid", "I.C.1.g.1", "U07.1")
def covid(listing: Listing, _: Context, mark: str) -> Listing:
    """Confirmed COVID-19 takes the place of other coronavirus codes and of exposure."""
    gone = listing.of(*_UNSPECIFIED_COVID, "Z20.822", "Z11.52", "U09.9")
    return listing.dropped("combined", mark, gone)


@rule("covid-pneumonia", "I.C.1.g.1.c", "J12.89", "J12.9", "J18.9")
def covid_pneumonia(listing: Listing, context: Context, mark: str) -> Listing:
    """Pneumonia that is said to be of COVID-19 is J12.82."""
    if not listing.has("U07.1"):
        return listing
    one = listing.of("J12.89", "J12.9", "J18.9")[0]
    if one.code == "J18.9" and not re.search("covid|viral", context.said_of(one), re.IGNORECASE):
        return listing
    return listing.recoded(one, "J12.82", mark)


@rule("long-covid", "I.C.1.g.1.m", "U09.9")
def long_covid(listing: Listing, _: Context, mark: str) -> Listing:
    """What remains of COVID-19 is coded before U09.9."""
    one = listing.of("U09.9")[0]
    return listing.last(one).noted(one, mark) if len(listing.diagnoses) > 1 else listing


@rule("exposure", "I.C.21.c.1", "Z20")
def exposure(listing: Listing, _: Context, _mark: str) -> Listing:
    """Symptoms lead, and exposure explains them."""
    one = listing.of("Z20")[0]
    if listing.diagnoses[0] is not one or not listing.has(*_COVID_SYMPTOMS, "J"):
        return listing
    return listing.last(one)


RULES: tuple[Rule, ...] = (
    hiv, hiv_first, severe, by_organism, named, resistant, carrier, organism, covid,
    covid_pneumonia,    long_covid, exposure,
)  # fmt: skip
