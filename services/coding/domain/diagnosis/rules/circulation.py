"""Hypertension with heart and kidney disease, myocardial infarction, stroke (I.C.9)."""

import re

from services.coding.domain.coding_result import Diagnosis
from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_HEART = ("I50", "I51.4", "I51.5", "I51.7", "I51.89", "I51.9")
_KIDNEY = ("N18",)
_HYPERTENSIVE = ("I11", "I12", "I13")
_NOT_HYPERTENSIVE = re.compile(
    r"\b(?:not (?:due|related|secondary|attributed) to|unrelated to|not caused by)\s+"
    r"(?:the\s+|her\s+|his\s+)?(?:hypertension|htn|high blood pressure)\b",
    re.IGNORECASE,
)
_DUE_TO = re.compile(
    r"\bpulmonary (?:arterial )?hypertension\b[^.;]{0,15}\b(?:due to|secondary to|2/2|from|"
    r"caused by|because of)\s+(?P<cause>[^.;]+)",
    re.IGNORECASE,
)
_PULMONARY = (
    (re.compile(r"thrombo|embol"), "I27.24"),
    (re.compile(r"left (?:heart|ventric|sided)|heart failure|hf[rp]ef|\bchf\b|mitral|aortic|"
                r"cardiomyopath|diastolic|systolic"), "I27.22"),
    (re.compile(r"copd|lung|pulmonary|emphysema|sleep apnea|\bosa\b|hypoxi|interstitial|fibrosis|"
                r"asthma|bronchi|hypoventilation"), "I27.23"),
)  # fmt: skip
_ANTERIOR = "I21.0"


@rule("secondary-hypertension", "I.C.9.a.6", "I10", beside=("I15",))
def secondary(listing: Listing, _: Context, mark: str) -> Listing:
    """Secondary hypertension is not essential hypertension as well."""
    if not listing.has("I15"):
        return listing
    return listing.dropped("less_specific", mark, listing.of("I10"))


@rule(
    "hypertension-with-heart-or-kidney",
    "I.C.9.a",
    "I10",
    *_HYPERTENSIVE,
    beside=(*_HEART, *_KIDNEY, *_HYPERTENSIVE),
)
def hypertensive(listing: Listing, context: Context, mark: str) -> Listing:
    """Hypertension with heart disease, kidney disease or both is one code of I11, I12 or I13."""
    heart, kidney = listing.of(*_HEART), listing.of(*_KIDNEY)
    if not heart and not kidney and not (listing.has("I11") and listing.has("I12")):
        return listing
    if any(True for _ in context.statements(_NOT_HYPERTENSIVE)):
        return listing
    bases = listing.of("I10", *_HYPERTENSIVE)
    failing = any(each.code.startswith("I50") for each in heart) or listing.has("I11.0", "I13.0")
    failing = failing or listing.has("I13.2")
    in_heart = bool(heart) or failing or listing.has("I11", "I13")
    in_kidney = bool(kidney) or listing.has("I12", "I13")
    end_stage = listing.has("N18.5", "N18.6", "I12.0", "I13.11", "I13.2")
    code = _hypertensive(in_heart=in_heart, in_kidney=in_kidney, failing=failing, end=end_stage)
    section = "3" if in_heart and in_kidney else "1" if in_heart else "2"
    own = mark.replace("I.C.9.a", f"I.C.9.a.{section}", 1)
    if bases[0].code == code and len(bases) == 1:
        return _first(listing, bases[0])
    listing = listing.dropped("combined", own, bases[1:])
    listing = listing.recoded(bases[0], code, own)
    if heart and not failing:
        gone = tuple(each for each in heart if each.code.startswith(("I51.7", "I51.89", "I51.9")))
        listing = listing.dropped("combined", own, gone)
    return _first(listing, listing.of(code)[0])


def _hypertensive(*, in_heart: bool, in_kidney: bool, failing: bool, end: bool) -> str:
    if in_heart and in_kidney:
        if failing:
            return "I13.2" if end else "I13.0"
        return "I13.11" if end else "I13.10"
    if in_heart:
        return "I11.0" if failing else "I11.9"
    return "I12.0" if end else "I12.9"


def _first(listing: Listing, one: Diagnosis) -> Listing:
    return listing.led_by(one, (*_HEART, *_KIDNEY))


@rule("kind-of-heart-failure", "I.C.9.a.1", "I11.0", "I13.0", "I13.2")
def kind_of_failure(listing: Listing, _: Context, mark: str) -> Listing:
    """Hypertensive heart disease with failure is reported with the kind of failure."""
    if listing.has("I50"):
        return listing
    return listing.added("I50.9", mark, listing.of("I11.0", "I13.0", "I13.2")[0], 930)


@rule("stage-of-kidney-disease", "I.C.9.a.2", "I12", "I13")
def stage(listing: Listing, _: Context, mark: str) -> Listing:
    """Hypertensive kidney disease is reported with its stage, unspecified where none is given."""
    if listing.has("N18"):
        return listing
    one = listing.of("I12", "I13")[0]
    if one.code in ("I12.0", "I13.11", "I13.2"):
        return listing.held(f"additional_code_needed:{one.code}")
    return listing.added("N18.9", mark, one, 900)


@rule("pulmonary-hypertension", "I.C.9.a.11", "I27.20")
def pulmonary(listing: Listing, context: Context, mark: str) -> Listing:
    """Pulmonary hypertension due to disease of the left heart or of the lung, as the words link
    them; the disease is coded too.
    """
    one = listing.of("I27.20")[0]
    match = _DUE_TO.search(context.said_of(one))
    if match is None:
        return listing
    because = match["cause"].lower()
    code = next((code for pattern, code in _PULMONARY if pattern.search(because)), "I27.29")
    return listing.recoded(one, code, mark)


@rule("hypertensive-retinopathy", "I.C.9.a.5", "H35.03")
def retinopathy(listing: Listing, _: Context, mark: str) -> Listing:
    """Hypertensive retinopathy is reported with the hypertension."""
    if listing.has("I10", *_HYPERTENSIVE, "I15", "O10", "O11", "O13"):
        return listing
    return listing.added("I10", mark, listing.of("H35.03")[0], 900)


@rule("angina-in-infarction", "I.C.9.e.1", "I20")
def angina(listing: Listing, _: Context, mark: str) -> Listing:
    """Unstable angina that has become an infarction is not coded beside it."""
    if not listing.has("I21", "I22"):
        return listing
    return listing.dropped("combined", mark, listing.of("I20.0", "I20.9"))


@rule("stemi-over-nstemi", "I.C.9.e.3", "I21.4")
def converted(listing: Listing, _: Context, mark: str) -> Listing:
    """An infarction that goes on to ST elevation is coded as one with it."""
    if not listing.has(_ANTERIOR, "I21.1", "I21.2", "I21.3"):
        return listing
    return listing.dropped("combined", mark, listing.of("I21.4"))


@rule("unspecified-infarction", "I.C.9.e.1", "I21.9", "I21.3")
def named_infarction(listing: Listing, _: Context, mark: str) -> Listing:
    """An infarction of a named kind or wall replaces the unspecified one."""
    named = (_ANTERIOR, "I21.1", "I21.2", "I21.A")
    if listing.has(*named, "I21.4", "I21.3"):
        listing = listing.dropped("less_specific", mark, listing.of("I21.9"))
    if listing.has(*named[:3]):
        listing = listing.dropped("less_specific", mark, listing.of("I21.3"))
    return listing


@rule("subsequent-infarction", "I.C.9.e.4", "I22")
def subsequent(listing: Listing, _: Context, _mark: str) -> Listing:
    """A subsequent infarction needs the one before it, of the last four weeks, beside it."""
    if listing.has("I21"):
        return listing
    return listing.held(f"additional_code_needed:{listing.of('I22')[0].code}")


@rule("old-infarction", "I.C.9.e.1", "I25.2")
def old(listing: Listing, _: Context, mark: str) -> Listing:
    """An old infarction is status, and follows what is treated now."""
    one = listing.of("I25.2")[0]
    if listing.diagnoses[0] is not one or len(listing.diagnoses) == 1:
        return listing
    return listing.last(one).noted(one, mark)


@rule("stroke-is-past", "I.C.9.d.3", "I63", "I61", "I60")
def past_stroke(listing: Listing, context: Context, _mark: str) -> Listing:
    """With sequelae of a stroke and no new one said to be acute, the stroke itself is past."""
    if not listing.has("I69") or context.inpatient or context.encounter.setting == "emergency":
        return listing
    return listing.held(f"stroke_current_or_past:{listing.of('I63', 'I61', 'I60')[0].code}")


@rule("history-without-deficit", "I.C.9.d.3", "Z86.73")
def history_of_stroke(listing: Listing, _: Context, mark: str) -> Listing:
    """A stroke with deficits is coded by them, not as history."""
    if not listing.has("I69"):
        return listing
    return listing.dropped("combined", mark, listing.of("Z86.73"))


@rule("heart-failure-named", "I.B.18", "I50.9", beside=("I09.81",))
def failure_named(listing: Listing, _: Context, mark: str) -> Listing:
    """Rheumatic, or of one side: the more specific failure is enough."""
    if not listing.has("I09.81"):
        return listing
    return listing.dropped("combined", mark, listing.of("I50.9"))


RULES: tuple[Rule, ...] = (
    secondary,
    hypertensive,
    kind_of_failure,
    stage,
    pulmonary,
    retinopathy,
    angina,
    converted,
    named_infarction,
    subsequent,
    old,
    past_stroke,
    history_of_stroke,
    failure_named,
)
