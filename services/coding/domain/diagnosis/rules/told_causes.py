"""How an injury came about, where it was and what the patient did, as the documentation tells it.

Guideline I.C.20: the cause for every encounter of an injury, place and activity only at the first;
what is not told is not coded. The first pattern that fits names the cause, the narrowest first.
"""

import re

from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import TOLD, Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_FELL = r"\b(?:fell|fallen|fall(?:s|ing)?)\b(?!\s+(?:risk|asleep|precaution|prevention))"
_INJURIES = ("S", "T0", "T1", "T2", "T30")
_CAUSES = ("V", "W", "X", "Y0", "Y2", "Y3")
# A pattern, its code, and words of which one stands in whatever the pattern fits, if known.
_Row = tuple[re.Pattern[str], str, frozenset[str]]
_NEEDED = {
    "W11": "ladder", "W10.9": "stair stairs steps staircase stairway", "W13.2": "roof",
    "W14": "tree", "W06": "bed", "W07": "chair", "W05.0": "wheelchair", "V18.0": "bike bicycle",
    "V80.010": "horse", "W09.8": "playground bars slide swing gym", "W18.11": "toilet",
    "W18.2": "shower tub bathtub", "W00.0": "ice snow", "W01.0": "slipped tripped stumbled",
    "W18.30": "level standing", "W54.0": "dog", "W55.01": "cat", "W55.03": "cat",
    "W55.12": "horse", "W57": "bite bites", "V03.90": "pedestrian",
    "V89.2": "collision accident crash wreck mva mvc", "W26.0": "knife knives", "W25": "glass",
    "X15.0": "stove oven", "X12": "water scald scalds scalded scalding", "X10.0": "hot",
    "W21.03": "baseball", "W21.05": "basketball", "W21.02": "soccer",
    "W22.8": "punched hit struck bumped", "Y04.0": "assaulted fight fistfight altercation punched",
    "W21.09": "ball",
    "X50.0": "lifting heavylifting relifting pushing pulling moving carrying shoveling shovelling "
    "hauling",
    "W19": "fell fallen fall falls falling",
    "Y92.000": "kitchen", "Y92.002": "bathroom", "Y92.003": "bedroom",
    "Y92.007": "garden yard backyard", "Y92.129": "nursing skilled snf", "Y92.219": "school",
    "Y92.39": "gym", "Y92.480": "sidewalk", "Y92.481": "parking", "Y92.410": "street road",
    "Y92.512": "store supermarket", "Y92.511": "restaurant cafe", "Y92.832": "beach",
    "Y92.61": "construction", "Y92.34": "pool", "Y92.830": "park", "Y92.009": "home house",
    "Y93.67": "basketball", "Y93.66": "soccer", "Y93.64": "baseball softball",
    "Y93.61": "football", "Y93.02": "jogging running", "Y93.01": "walking hiking",
    "Y93.55": "biking cycling bicycling", "Y93.51": "skateboarding",
    "Y93.23": "skiing snowboarding", "Y93.11": "swimming", "Y93.G3": "cooking",
    "Y93.H2": "gardening", "Y93.53": "golf golfing", "Y93.68": "volleyball",
    "Y93.54": "bowling", "Y93.73": "tennis racquetball squash pickleball", "Y93.43": "gymnastics",
    "Y93.41": "dancing", "Y93.A1": "treadmill", "Y93.B3": "weights weightlifting",
}  # fmt: skip


def _fall(words: str) -> str:
    return rf"{_FELL}[^.;]{{0,25}}\b(?:{words})\b"


def _told(*rows: tuple[str, str]) -> tuple[_Row, ...]:
    return tuple(
        (re.compile(pattern, re.IGNORECASE), code, frozenset(_NEEDED.get(code, "").split()))
        for pattern, code in rows
    )


_MECHANISMS = _told(
    (_fall("ladder"), "W11"),
    (_fall("stairs?|steps|staircase|stairway"), "W10.9"),
    (_fall("roof"), "W13.2"),
    (_fall("tree"), "W14"),
    (_fall("bed"), "W06"),
    (_fall("chair"), "W07"),
    (_fall("wheelchair"), "W05.0"),
    (_fall("bike|bicycle"), "V18.0"),
    (_fall("horse"), "V80.010"),
    (_fall("playground|monkey bars|slide|swing|jungle gym"), "W09.8"),
    (_fall("toilet"), "W18.11"),
    (_fall("shower|tub|bathtub"), "W18.2"),
    (
        rf"(?:\b(?:slip|slipped|slipping)\b[^.;]{{0,20}}\b(?:ice|snow)\b)|{_fall('ice|snow')}",
        "W00.0",
    ),
    (r"\b(?:slipped|tripped|stumbled)\b[^.;]{0,40}\b(?:fell|fall)\b", "W01.0"),
    (r"\bground[- ]level fall\b|\bfall from standing\b|\bfell from (?:a )?standing\b", "W18.30"),
    (r"\b(?:bitten|bit) (?:by|from) (?:[\w'\u2019]+ ){0,3}dog\b|\bdog bite\b", "W54.0"),
    (r"\b(?:bitten|bit) (?:by|from) (?:[\w'\u2019]+ ){0,3}cat\b|\bcat bite\b", "W55.01"),
    (r"\bscratched by (?:an? |the |her |his )?cat\b|\bcat scratch(?:es)?\b(?! disease)", "W55.03"),
    (r"\bkicked by (?:an? |the )?horse\b", "W55.12"),
    (r"\b(?:insect|mosquito|tick|spider|bug) bites?\b", "W57"),
    (r"\bpedestrian (?:struck|hit)\b[^.;]{0,15}\b(?:car|vehicle|van|suv)\b", "V03.90"),
    (
        r"\b(?:motor vehicle|car|auto(?:mobile)?|vehicle) (?:collision|accident|crash|wreck)\b",
        "V89.2",
    ),
    (r"\b(?:mva|mvc)\b", "V89.2"),
    (r"\b(?:cut|laceration|lacerated|sliced)\b[^.;]{0,40}\bkni(?:fe|ves)\b", "W26.0"),
    (r"\b(?:cut|laceration|lacerated|stepped on)\b[^.;]{0,40}\bglass\b", "W25"),
    (r"\b(?:burn\w*|touch\w*)\b[^.;]{0,30}\b(?:stove|oven)\b", "X15.0"),
    (r"\b(?:boiling|hot) water\b|\bscald(?:s|ed|ing)?\b", "X12"),
    (r"\bhot (?:coffee|tea|drink|food|soup)\b", "X10.0"),
    (r"\b(?:struck|hit) (?:in \w+ \w+ )?(?:by|with) (?:an? |the )?baseball\b", "W21.03"),
    (r"\b(?:struck|hit) (?:in \w+ \w+ )?(?:by|with) (?:an? |the )?basketball\b", "W21.05"),
    (r"\b(?:struck|hit) (?:in \w+ \w+ )?(?:by|with) (?:an? |the )?soccer ball\b", "W21.02"),
    (r"\bpunched (?:an? |the )?(?:wall|door)\b", "W22.8"),
    (r"\b(?:hit|struck|bumped)\b[^.;]{0,25}\b(?:against|on) (?:an? |the )?\w+", "W22.8"),
    (r"\b(?:assaulted|fist ?fight|altercation|punched (?:by|in))\b", "Y04.0"),
    (r"\b(?:struck|hit)\b[^.;]{0,25}\b(?:by|with) (?:an? |the )?(?:\w+ )?ball\b", "W21.09"),
    (_FELL, "W19"),
    (
        r"\b(?:while|when|after|from|was|began|started)\s+(?:heavy )?(?:lifting|pushing|pulling|"
        r"moving|carrying|shovell?ing|hauling)\b(?! (?:(?:his|her|their|the|\w+ed|bowels?) )?(?:"
        r"neck|head|arms?|legs?|hips?|shoulders?|elbows?|wrists?|fingers?|toes?|eyes?|it))|"
        r"\b(?:heavy|repetitive) lifting\b",
        "X50.0",
    ),
)
_PLACES = _told(
    (r"\b(?:in|at) (?:the |her |his |their )?kitchen\b", "Y92.000"),
    (r"\b(?:in|at) (?:the |her |his |their )?bathroom\b", "Y92.002"),
    (r"\b(?:in|at) (?:the |her |his |their )?bedroom\b", "Y92.003"),
    (r"\bin (?:the |her |his |their )?(?:garden|yard|backyard)\b", "Y92.007"),
    (r"\bat (?:a |the |her |his )?(?:nursing home|skilled nursing facility|snf)\b", "Y92.129"),
    (r"\bat (?:school|the school)\b", "Y92.219"),
    (r"\b(?:at|in) (?:the |a )?gym\b", "Y92.39"),
    (r"\bon (?:the |a )?sidewalk\b", "Y92.480"),
    (r"\b(?:in|at) (?:the |a |his |her )?(?:\w+ )?parking (?:lot|garage)\b", "Y92.481"),
    (r"\b(?:on|in) the (?:street|road)\b", "Y92.410"),
    (r"\b(?:at|in) (?:the |a )?(?:grocery )?(?:store|supermarket)\b", "Y92.512"),
    (r"\b(?:at|in) (?:the |a )?(?:restaurant|cafe)\b", "Y92.511"),
    (r"\b(?:at|on) the beach\b", "Y92.832"),
    (r"\b(?:at|on) (?:the |a |his )?construction site\b", "Y92.61"),
    (r"\b(?:at|in) the (?:public |swimming )+pool\b", "Y92.34"),
    (r"\b(?:at|in) (?:the |a )?park\b(?! and)", "Y92.830"),
    (
        r"\bat (?:her |his |their )?(?:own )?home\b|\bin (?:her|his|their) (?:house|home)\b",
        "Y92.009",
    ),
)
_ACTIVITIES = _told(
    (r"\bplaying basketball\b|\bbasketball game\b", "Y93.67"),
    (r"\bplaying soccer\b|\bsoccer (?:game|practice)\b", "Y93.66"),
    (r"\bplaying (?:baseball|softball)\b", "Y93.64"),
    (r"\bplaying football\b", "Y93.61"),
    (r"\b(?:while|when|out) (?:jogging|running)\b", "Y93.02"),
    (r"\b(?:while|when|out) (?:walking|hiking)\b", "Y93.01"),
    (r"\b(?:while|when) (?:biking|cycling|bicycling)\b", "Y93.55"),
    (r"\b(?:while|when) skateboarding\b", "Y93.51"),
    (r"\b(?:while|when) (?:skiing|snowboarding)\b", "Y93.23"),
    (r"\b(?:while|when) swimming\b", "Y93.11"),
    (r"\b(?:while|when) cooking\b", "Y93.G3"),
    (r"\b(?:while|when) gardening\b", "Y93.H2"),
    (r"\b(?:playing golf|golfing)\b", "Y93.53"),
    (r"\bplaying volleyball\b|\bvolleyball (?:game|practice)\b", "Y93.68"),
    (r"\b(?:while|when|was) bowling\b", "Y93.54"),
    (r"\bplaying (?:tennis|racquetball|squash|pickleball)\b", "Y93.73"),
    (r"\b(?:was|while|when) (?:downhill |alpine )?(?:skiing|snowboarding)\b", "Y93.23"),
    (r"\bgymnastics (?:practice|class|meet)\b|\bdoing gymnastics\b", "Y93.43"),
    (r"\b(?:while|when|was) dancing\b", "Y93.41"),
    (r"\bon (?:a |the )?treadmill\b", "Y93.A1"),
    (r"\blifting weights\b|\bweightlifting\b", "Y93.B3"),
)
_ROWS_WORDS = frozenset[str]().union(
    *(needed for rows in (_MECHANISMS, _PLACES, _ACTIVITIES) for _, _, needed in rows)
)
_AT_WORK = re.compile(
    r"\b(?:while|when|injured|hurt|fell|happened|occurred|accident) (?:at )?work(?:ing)?\b"
    r"|\b(?:lifting|pushing|pulling|carrying|moving|cut|fell|slipped|tripped|hurt|injured|burned)\b"
    r"[^.;]{0,40}\bat work\b|\bon the job\b|\bwork[- ]related injury\b",
    re.IGNORECASE,
)
_WORK_WORDS = frozenset(("work", "working", "job"))
# One of these words stands in whatever a mechanism above fits: a quick look before them all.
_MECHANISM_WORDS = frozenset(
    (
        *("fell", "fall", "falls", "falling", "fallen", "slipped", "slip", "slipping", "tripped"),
        *("bitten", "bit", "bite", "bites", "scratched", "scratch", "scratches", "kicked"),
        *("pedestrian", "motor", "car", "auto", "automobile", "vehicle", "mva", "mvc", "cut"),
        *("laceration", "lacerated", "sliced", "stepped", "stove", "oven", "boiling", "hot"),
        *("struck", "hit", "punched", "bumped", "assaulted", "assault", "fistfight", "fist"),
        *("altercation", "scald", "scalded", "scalding", "stumbled", "scalds"),
        *(
            "lifting",
            "pushing",
            "pulling",
            "moving",
            "carrying",
            "shoveling",
            "shovelling",
            "hauling",
        ),
        *("ball",),
    )
)


class _Rows:
    """Rows in order, found by their words: a note has few of them."""

    __slots__ = ("_always", "_by_word", "_rows")

    def __init__(self, rows: tuple[_Row, ...]) -> None:
        self._rows = rows
        self._always = sum(1 << number for number, row in enumerate(rows) if not row[2])
        self._by_word: dict[str, int] = {}
        for number, (_, _, needed) in enumerate(rows):
            for word in needed:
                self._by_word[word] = self._by_word.get(word, 0) | 1 << number

    def first_told(self, context: Context) -> str:
        """The code of the first row whose pattern the documentation affirms; "" without one."""
        there = self._always
        for word in context.words & _ROWS_WORDS:
            there |= self._by_word.get(word, 0)
        while there:
            lowest = there & -there
            pattern, code, _ = self._rows[lowest.bit_length() - 1]
            if context.affirmed(pattern):
                return code
            there &= ~lowest
        return ""


_CAUSE_ROWS, _PLACE_ROWS, _ACTIVITY_ROWS = map(_Rows, (_MECHANISMS, _PLACES, _ACTIVITIES))


@rule("cause-as-told", "I.C.20.a.2", *_INJURIES, said=_MECHANISM_WORDS)
def cause(listing: Listing, context: Context, mark: str) -> Listing:
    """The external cause of an injury that the documentation tells of, and no other."""
    injuries = [each for each in listing.of(*_INJURIES) if len(each.code) == 8]
    if not injuries or listing.has(*_CAUSES):
        return listing
    stem = _CAUSE_ROWS.first_told(context)
    ending = injuries[0].code[-1]
    seventh = "S" if ending == "S" else "A" if ending in "ABC" else "D"
    bare = stem.replace(".", "").ljust(6, "X") + seventh
    code = f"{bare[:3]}.{bare[3:]}"
    if not stem or not context.exists(code):
        return listing
    return listing.added(code, mark, injuries[-1], TOLD)


@rule("circumstances-as-told", "I.C.20.b", *_INJURIES, beside=_CAUSES)
def circumstances(listing: Listing, context: Context, mark: str) -> Listing:
    """Place and activity, at the first encounter only, and whether it was at work."""
    injuries = [each for each in listing.of(*_INJURIES) if each.code[-1] in "ABC"]
    if not injuries:
        return listing
    if not listing.has("Y92"):
        listing = _added(listing, context, _PLACE_ROWS.first_told(context), mark)
    if not listing.has("Y93"):
        listing = _added(listing, context, _ACTIVITY_ROWS.first_told(context), mark)
    at_work = not context.words.isdisjoint(_WORK_WORDS) and not listing.has("Y99")
    if at_work and context.affirmed(_AT_WORK):
        listing = _added(listing, context, "Y99.0", mark)
    return listing


def _added(listing: Listing, context: Context, code: str, mark: str) -> Listing:
    if not code or not context.exists(code):
        return listing
    return listing.added(code, mark, listing.diagnoses[-1], TOLD)


RULES: tuple[Rule, ...] = (cause, circumstances)
