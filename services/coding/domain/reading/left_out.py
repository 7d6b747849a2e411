"""Words beside the name of a problem that may be left out, and how sure that leaves the name."""

from services.coding.domain.reading.course_words import COURSE, DEGREE, FRACTURE, SITES
from services.coding.domain.reading.naming import EXACT

_WITHOUT_DEGREE = 880
_WITHOUT_SITE = 840
# Diseases of the skin that have one code wherever they are.
_WHEREVER = ("B07", "L20", "L21", "L30", "L40", "L50", "L57", "L70", "L71", "L72", "L82", "L85")
LEFT_OUT: tuple[tuple[frozenset[str], int, tuple[str, ...]], ...] = (
    (COURSE, EXACT, ("",)),
    (COURSE | {"eye", "ear"}, EXACT, ("H", "E0", "E1")),
    (COURSE | DEGREE, _WITHOUT_DEGREE, ("",)),
    (FRACTURE, _WITHOUT_DEGREE, ("S",)),
    (COURSE | DEGREE | SITES, _WITHOUT_SITE, ("J", "K", "N1", "N2", "N3", *_WHEREVER)),
)
"""In order: the words, how sure the name is without them, and where that may be done. A fracture is
closed and displaced unless said otherwise (I.C.19.c); a lobe or a flank is no part of a code in the
chapters named.
"""
