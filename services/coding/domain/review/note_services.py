"""Services that a note says were done, and what its record of each leaves open.

For notes without structured orders. What was planned, denied, or done elsewhere is passed over:
only affirmed statements in the provider's own parts of the note count.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from services.coding.domain.reading.assertion import assertion
from services.coding.domain.reading.headings import SectionKind
from services.coding.domain.reading.note_text import Sentence
from services.coding.domain.reading.quick_look import holds, may_say
from services.coding.domain.review.documentation_review import Flag, Severity

_READ: frozenset[SectionKind] = frozenset(
    ("procedure", "plan", "decision", "assessment", "other", "results", "exam")
)
_DONE = (
    r"(?:was|were|is|been) (?:\w+ )?(?:performed|done|completed|obtained|given|administered|"
    r"injected|placed|inserted|applied|taken|carried out)|performed|obtained (?:today|in|here)|"
    r"(?:done|completed) (?:today|in|here)|injected|administered|excised|sutured|repaired|incised|"
    r"drained|biopsied|debrided|aspirated|removed|shaved|cauterized|irrigated|closed with|"
    r"splinted|froze|frozen|inserted|placed|treated with liquid|applied"
)
_PROCEDURE = re.compile(
    r"\b(?P<measured>lacerations?|excision|excised|destruction|cryotherapy|liquid nitrogen|"
    r"debridement|debrided|shave removal|skin tags?|sutur(?:e|es|ed|ing)|"
    r"wound (?:repair|closure))\b|"
    r"\b(?P<plain>(?:joint|intra-?articular|trigger point|bursa\w*|steroid|corticosteroid|"
    r"cortisone|knee|shoulder|hip|elbow|wrist|ankle|epidural|tendon sheath)\s+injection|"
    r"arthrocentesis|aspiration|incision and drainage|i ?& ?d|i and d|biops(?:y|ies|ied)|"
    r"punch|nail (?:avulsion|removal)|foreign body|cerumen|ear wax|earwax|"
    r"splint\w*|casting|cast|nasal packing|cautery|colposcopy|iud|implant|intubat\w+|"
    r"central line|lumbar puncture|paracentesis|thoracentesis|reduction)\b",
    re.IGNORECASE,
)
_TEST = re.compile(
    r"\b(?:ecg|ekg|electrocardiogram|x-?rays?|radiographs?|ultrasound|spirometry|audiogram|"
    r"tympanogram|echocardiogram|holter)\b",
    re.IGNORECASE,
)
_TEST_DONE = re.compile(
    r"\b(?:performed|obtained|done|taken|completed|acquired)\b[^.]{0,40}\b(?:today|here|in (?:the |"
    r"our )?(?:office|clinic))|\b(?:in-?office|point of care)\b|\b(?:was|were) "
    r"(?:performed|obtained|done|taken)\b|\b(?:ecg|ekg|x-?rays?|ultrasound|spirometry|audiogram|"
    r"tympanogram) (?:done|performed|obtained|completed|taken)\b",
    re.IGNORECASE,
)
_READ_OUT = re.compile(
    r"\b(?:show(?:s|ed|ing)?|reveal\w*|demonstrat\w+|normal|negative|positive|unremarkable|sinus|"
    r"interpret\w*|impression|findings?|consistent|no (?:acute|evidence|fracture|dislocation)|"
    r"fractures?|rhythm|read as|per my read|within (?:normal )?limits|elevation|obstruct\w+|"
    r"restrict\w+|fev1|infiltrates?|effusion|intact|alignment|abnormal|changes?)\b",
    re.IGNORECASE,
)
_DRUG = re.compile(
    r"\b(?:ketorolac|toradol|ceftriaxone|rocephin|(?:depo|solu)-?medrol|methylprednisolone|"
    r"kenalog|triamcinolone|dexamethasone|decadron|b-?12|cyanocobalamin|testosterone|"
    r"medroxyprogesterone|depo-?provera|promethazine|phenergan|ondansetron|zofran|penicillin|"
    r"bicillin|epinephrine|diphenhydramine|benadryl|famotidine|morphine|hydromorphone|fentanyl|"
    r"haloperidol|naloxone|insulin|iron sucrose|betamethasone|celestone|sumatriptan|"
    r"hyaluron\w+|botulinum\w*|botox|furosemide|lasix|metoclopramide|reglan|lorazepam|ativan|"
    r"\w{3,}(?:mab|cillin|micin|mycin|cept))\b|\b(?:injection|shot|infusion) of \w+",
    re.IGNORECASE,
)
_GIVEN = re.compile(r"\b(?:given|administered|injected|infused|pushed)\b", re.IGNORECASE)
_DOSE = re.compile(
    r"\d(?:[\d,.]*)\s*(?:mg|mcg|g|gm|grams?|units?|iu|ml|cc|meq|million units)\b", re.IGNORECASE
)
_ROUTE = re.compile(
    r"\b(?:im|iv|sc|sq|subq|subcut\w*|po|oral(?:ly)?|intramuscular(?:ly)?|intravenous(?:ly)?|"
    r"intra-?articular(?:ly)?|nebuli[sz]\w+|intradermal(?:ly)?|sublingual(?:ly)?|intranasal(?:ly)?|"
    r"by mouth|rectal(?:ly)?|into the|infus\w+|intralesional(?:ly)?|topical(?:ly)?|inhal\w+|"
    r"intraven\w+|(?:left|right) (?:deltoid|gluteus|gluteal|ventrogluteal|vastus|thigh|arm))\b",
    re.IGNORECASE,
)
_LOT = re.compile(r"\blot\b", re.IGNORECASE)
_SINGLE = re.compile(r"\b(?:single[- ](?:dose|use)|sdv|vial)\b", re.IGNORECASE)
_MULTI = re.compile(r"\b(?:multi|multiple)[- ](?:dose|use)|\bmdv\b", re.IGNORECASE)
_WASTE = re.compile(
    r"\b(?:wast(?:e|ed|age)|discard\w*|entire vial|full vial|whole vial|jw|jz)\b", re.IGNORECASE
)
_PAIRED = re.compile(
    r"\b(?:knees?|shoulders?|hips?|elbows?|wrists?|ankles?|ears?|eyes?|hands?|f(?:oo|ee)t|arms?|"
    r"forearms?|legs?|thighs?|thumbs?|breasts?|heels?|axillae?|deltoids?|eyelids?|fingers?|toes?|"
    r"shins?|cal(?:f|ves)|palms?|nares?|nostrils?|hallux|great toe)\b",
    re.IGNORECASE,
)
_SITE = re.compile(
    r"\b(?:scalp|face|forehead|cheeks?|nose|lips?|chin|neck|back|chest|abdomen|buttocks?|groin|"
    r"trunk|flank|spine|lumbar|cervical|sacr\w+|temple|eyebrow|perine\w+|gluteal|vulva\w*|penis|"
    r"scrotum|vagina\w*|cervix|uter\w+|tongue|gums?|throat|subacromial|trochanter\w*|plantar|"
    r"dorsal|nail|l[1-5]|s1|sternum|umbilic\w+|canal)\b",
    re.IGNORECASE,
)
_SIDE = re.compile(
    r"\b(?:left|right|bilateral(?:ly)?|both|lt|rt|l|r|[1-5](?:st|nd|rd|th)|each)\b", re.IGNORECASE
)
_SIDED_PART = re.compile(
    rf"\b(?P<side>left|right|both|bilateral)\s+(?:\w+\s+){{0,2}}?(?P<part>{_PAIRED.pattern})",
    re.IGNORECASE,
)
_MEASURE = re.compile(
    r"\d(?:[\d.]*)\s*(?:x|cm|mm|centimeters?|millimeters?|inch\w*|in\b|sq)|\b(?:one|two|three|four|"
    r"five|six|seven|eight|nine|ten|eleven|twelve|\d{1,3}|single|a|the) (?:\w+ ){0,2}"
    r"(?:lesions?|warts?|tags?|keratos[ei]s)\b",
    re.IGNORECASE,
)
_ANESTHESIA = re.compile(
    r"\b(?:an[ae]+sthe\w+|lidocaine|xylocaine|bupivacaine|marcaine|numb\w*|emla|sedat\w+|"
    r"ethyl chloride|digital block|nerve block|topical)\b",
    re.IGNORECASE,
)
_NEEDS_NONE = re.compile(
    r"\b(?:cerumen|wax|splint\w*|cast\w*|cryotherapy|liquid nitrogen|iud|intubat\w+|colposcopy)\b",
    re.IGNORECASE,
)
_TECHNIQUE = re.compile(
    r"\b(?:prepped|prepared|cleansed|cleaned|draped|steril\w+|approach|needle|gauge|irrigat\w+|"
    r"sutures?|nylon|ethilon|vicryl|scalpel|blade|curette|forceps|alligator|incision|incised|"
    r"inserted|advanced|aspirat\w+|injected (?:in|with|into|without)|cycles?|seconds|freeze|"
    r"packed|expressed|probed|loculations|closed|hemostasis|applied|removed (?:with|using|by)|"
    r"suction|lavage|speculum|fiberglass|plaster|padding)\b",
    re.IGNORECASE,
)
_TOLERATED = re.compile(
    r"\b(?:tolerat\w+|complications?|stable condition|without (?:difficulty|incident)|"
    r"neurovascular\w*|intact after|hemostasis|no bleeding|ebl|blood loss)\b",
    re.IGNORECASE,
)
_WINDOW = 8
_MOST_OF_A_RECORD = 200


_GIVEN_WORDS = ("given", "administered", "injected", "infused", "pushed")
_PROCEDURE_WORDS = (
    "lacerat", "excis", "destruct", "cryo", "liquid nitrogen", "debrid", "shave", "skin tag",
    "injection", "centesis", "aspirat", "incision", "i&d", "i & d", "i &d", "i& d",
    "i and d", "biops", "punch", "wound repair", "wound closure", "sutur", "nail", "foreign",
    "cerumen", "wax", "splint", "cast", "packing", "cauter", "colposc",
    "iud", "implant", "intubat", "central line", "puncture", "reduction",
)  # fmt: skip
_TEST_WORDS = (
    "ecg", "ekg", "electrocard", "x-ray", "xray", "radiograph", "ultrasound", "spirometr",
    "audiogram", "tympano", "echocard", "holter",
)  # fmt: skip


def may_name_services(lower: str) -> bool:
    """A quick look at a text in small letters: whether it names a service done at all."""
    return (
        holds(lower, _PROCEDURE_WORDS)
        or (holds(lower, _GIVEN_WORDS) and _DRUG.search(lower) is not None)
        or (holds(lower, _TEST_WORDS) and _TEST_DONE.search(lower) is not None)
    )


def open_points(
    sentences: Sequence[Sentence], *, severity: Severity, consented: bool
) -> Iterator[Flag]:
    """What the records of the services in a note leave open, in the order of the note."""
    for _, run in groupby(sentences, key=lambda each: (each.section, each.kind)):
        group = list(run)
        if group[0].kind in _READ or group[0].kind == "present":
            yield from _of_part(group, sentences, severity, consented=consented)


def _of_part(
    group: list[Sentence], note: Sequence[Sentence], severity: Severity, *, consented: bool
) -> Iterator[Flag]:
    recorded = False
    for number, sentence in enumerate(group):
        if sentence.kind not in ("results", "exam", "present"):
            yield from _drug(group, number, severity)
            if not recorded and (named := _procedure_in(sentence)) is not None:
                recorded = True
                yield from _placed(group, sentence, named, note, severity)
                yield from _procedure(group, sentence, named, severity, consented=consented)
        yield from _test(group, number, severity)


def _around(group: list[Sentence], number: int) -> str:
    return " ".join(each.text for each in group[max(0, number - 1) : number + _WINDOW])


def _flag(
    kind: str, severity: Severity, sentence: Sentence, found: re.Match[str], *missing: str
) -> Flag:
    start = sentence.start + found.start()
    return Flag(
        kind, severity, None, sentence.section, start, sentence.start + found.end(), missing
    )


def _drug(group: list[Sentence], number: int, severity: Severity) -> Iterator[Flag]:
    sentence = group[number]
    text = sentence.text
    given = _GIVEN.search(text)
    drug = _DRUG.search(text) if given is not None else None
    if given is None or drug is None or not _affirmed(text, given):
        return
    around = _around(group, number)
    if _DOSE.search(text) is None:
        yield _flag("missing_drug_dose", severity, sentence, drug)
    if _ROUTE.search(text) is None:
        yield _flag("missing_route", severity, sentence, drug)
    if _LOT.search(around) is None:
        yield _flag("missing_lot", "warn", sentence, drug)
    single = _SINGLE.search(around) is not None and _MULTI.search(around) is None
    if single and _WASTE.search(around) is None:
        yield _flag("missing_waste", severity, sentence, drug)


_VERB = re.compile(rf"\b(?:{_DONE})\b", re.IGNORECASE)
_FUTURE = re.compile(
    r"\b(?:will|would|plan(?:ned|s|ning)?|schedul\w+|recommend\w*|consider\w*|discuss\w*|refer\w*|"
    r"if|may|might|next|follow[- ]up|previous(?:ly)?|prior|last|ago|history|months?|years?|order|"
    r"outside|elsewhere|can be|should|to be|need\w*|offered|declin\w+|defer\w*|suture removal|"
    r"return)\b",
    re.IGNORECASE,
)


def _affirmed(text: str, found: re.Match[str]) -> bool:
    return (
        _FUTURE.search(text) is None and assertion(text, found.start(), found.end()) == "affirmed"
    )


def _procedure_in(sentence: Sentence) -> re.Match[str] | None:
    """The procedure that a sentence says was done; all of a procedure note is about one."""
    if not may_say(sentence.text, _PROCEDURE_WORDS):
        return None
    named = _PROCEDURE.search(sentence.text)
    if named is None or not _affirmed(sentence.text, named):
        return None
    if sentence.kind == "procedure" or _VERB.search(sentence.text) is not None:
        return named
    return None


def _placed(
    group: list[Sentence],
    sentence: Sentence,
    named: re.Match[str],
    note: Sequence[Sentence],
    severity: Severity,
) -> Iterator[Flag]:
    """Where it was done: as its record says, else where the one thing assessed is."""
    whole = " ".join(each.text for each in group[:_MOST_OF_A_RECORD])
    near = whole if sentence.kind == "procedure" else sentence.text
    if _SITE.search(near) is not None:
        return
    paired = _PAIRED.search(near)
    if paired is not None and _SIDE.search(near) is not None:
        return
    assessed = _assessed_places(note)
    if len(assessed) == 1:
        side, part = next(iter(assessed))
        if paired is None or (side and _singular(paired.group()) == part):
            return
    kind = "missing_site" if paired is None else "missing_laterality"
    yield _flag(kind, severity, sentence, named)


def _assessed_places(note: Sequence[Sentence]) -> set[tuple[str, str]]:
    """Sides with parts of the body, and parts of which there is one, that the assessment names."""
    found: set[tuple[str, str]] = set()
    for each in note:
        if each.kind != "assessment":
            continue
        for match in _SIDED_PART.finditer(each.text):
            found.add((match["side"].lower(), _singular(match["part"])))
        found.update(("", match.group().lower()) for match in _SITE.finditer(each.text))
    return found


def _singular(part: str) -> str:
    lower = part.lower()
    return "foot" if lower == "feet" else lower.removesuffix("s")


def _procedure(
    group: list[Sentence],
    sentence: Sentence,
    named: re.Match[str],
    severity: Severity,
    *,
    consented: bool,
) -> Iterator[Flag]:
    whole = " ".join(each.text for each in group[:_MOST_OF_A_RECORD])
    if named["measured"] and _MEASURE.search(whole) is None:
        yield _flag("missing_measure", severity, sentence, named)
    if not consented:
        yield _flag("missing_consent", "warn", sentence, named)
    parts = [
        name
        for name, pattern in (
            ("anesthesia", _ANESTHESIA),
            ("technique", _TECHNIQUE),
            ("tolerance", _TOLERATED),
        )
        if pattern.search(whole) is None
        and not (name == "anesthesia" and _NEEDS_NONE.search(named.group()) is not None)
    ]
    if parts:
        how = severity if "technique" in parts else "warn"
        yield _flag("incomplete_procedure_note", how, sentence, named, *parts)


def _test(group: list[Sentence], number: int, severity: Severity) -> Iterator[Flag]:
    sentence = group[number]
    named = _TEST.search(sentence.text)
    if named is None or _TEST_DONE.search(sentence.text) is None:
        return
    if _affirmed(sentence.text, named) and _READ_OUT.search(_around(group, number)) is None:
        yield _flag("missing_interpretation", severity, sentence, named)
