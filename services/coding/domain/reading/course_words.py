"""Words beside the name of a problem: its course, its degree, where it is."""

from services.coding.domain.reading import wording

HARMLESS = frozenset(
    (
        *("acute", "chronic", "mild", "moderate", "severe", "minor", "slight", "recurrent"),
        *("persistent", "intermittent", "stable", "well", "good", "fair", "controlled", "control"),
        *("established", "longstanding", "new", "newly", "diagnosed", "symptomatic", "daily"),
        *("adult", "primary", "patient", "simple", "uncomplicated", "worsening", "improving"),
        *("better", "worse", "doing", "management", "s", "disease", "disorder", "syndrome"),
        *("condition", "problem", "type", "site", "part", "encounter"),
    )
)
NAMELESS = HARMLESS | {"history", "family", "screening", "risk", "personal"}
# Words of course: a problem named with them is named as surely without them.
COURSE = frozenset(
    (
        *("stable", "well", "good", "fair", "controlled", "control", "established", "new"),
        *("longstanding", "newly", "diagnosed", "found", "onset", "known", "recent", "recently"),
        *("symptomatic", "daily", "worsening", "improving", "better", "worse", "doing", "patient"),
        *("uncomplicated", "simple", "ongoing", "underlying", "progressive", "active", "flare"),
        *("current", "adult", "baseline", "discovered", "dx", "evaluation", "continued", "very"),
    )
)
DEGREE = frozenset(
    ("acute", "chronic", "mild", "moderate", "severe", "minor", "slight", "persistent",
     "intermittent", "recurrent", "significant", "mildly", "severely", "moderately", "subacute")
)  # fmt: skip
_SITE_WORDS = (
    "foot knee ankle hip shoulder elbow wrist hand finger thumb toe heel leg arm forearm thigh "
    "calf shin neck back chest breast ear eye eyelid nose face scalp head jaw lip tongue lung "
    "kidney flank groin pelvis buttock spine lumbar cervical thorax sacral abdomen quadrant rib "
    "clavicle scapula humerus radius ulna femur tibia fibula patella metatarsal metacarpal phalanx "
    "index middle ring little great big extremity limb upper lower proximal distal lateral medial "
    "anterior posterior dorsal plantar palmar side sided lobe region area aspect joint digit tip "
    "second third fourth fifth first midshaft shaft outer inner multiple sites mid hindfoot "
    "forefoot midfoot dominant nondominant lumbosacral"
)
SITES = frozenset(word for each in _SITE_WORDS.split() for word in wording.read(each).tokens)
