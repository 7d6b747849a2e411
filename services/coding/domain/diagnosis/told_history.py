"""Lines that tell a disease as past: cured and nothing left of it, or years ago (I.C.21.c.4).

A malignancy that was excised, is under no treatment and of which nothing is left is history
(I.C.2.m); so is an event years ago that left nothing (I.C.9.d.3 for a stroke).
"""

import re

from msgspec import Struct

_REMOVED = re.compile(
    r"[\s,;(-]*\b(?:s/p|status post|post|treated (?:with|by)|after|now)?\s*(?:curative\s+|"
    r"complete\s+|"
    r"surgical\s+|wide\s+local\s+|bilateral\s+|left\s+|right\s+|partial\s+|radical\s+|total\s+)*"
    r"(?:resection|resected|excision|excised|removal|removed|lumpectomy|mastectomy|colectomy|"
    r"hemicolectomy|prostatectomy|nephrectomy|lobectomy|hysterectomy|thyroidectomy|orchiectomy|"
    r"cystectomy|surgery|mohs(?: surgery)?|whipple|wle|chemo(?:therapy)?|radiation|xrt|"
    r"chemoradiation)\b",
    re.IGNORECASE,
)
_NOTHING_LEFT = re.compile(
    r"\bned\b|\bno evidence of (?:active |recurrent |residual )*(?:disease|recurrence|malignancy|"
    r"cancer)|\bno recurrence\b|\bwithout recurrence\b|\bdisease[- ]free\b|\bcured\b|\bin complete "
    r"remission\b",
    re.IGNORECASE,
)
_STILL_TREATED = re.compile(
    r"\bon (?!\d|a\b|the\b|ct|pet|mri|imaging|scan|surveil)[a-z]+|receiving|undergoing|adjuvant|"
    r"tamoxifen|anastrozole|letrozole|lupron|hormon|immunotherapy|metasta|\bmets\b|recurrent|"
    r"active(?! disease)|progress|plan(?:s|ned)? for|will (?:start|begin)",
    re.IGNORECASE,
)
_AGO = re.compile(
    r"[\s,;(-]*\b(?:(?:about|approximately|~|over|more than|>)\s*)?(?:\d{1,2}\+?|one|two|three|"
    r"four|"
    r"five|six|seven|eight|nine|ten|a|several|many|few|a few)\s+(?:years?|yrs?|decades?)\s+"
    r"(?:ago|prior|back|earlier)\b\)?",
    re.IGNORECASE,
)
_OLD = re.compile(
    r"\b(?:prior|previous|old|remote|past|history of|h/o|hx of)\s+(?:ischemic\s+|left\s+|right\s+)?"
    r"(?:stroke|cva|tia|cerebral infarct(?:ion)?|cerebrovascular accident)s?\b[\s,]*"
    r"(?:\(?\d{4}\)?[\s,]*)?(?:without|w/o|no|with no|with full recovery|fully recovered)\b",
    re.IGNORECASE,
)
_STATED = re.compile(
    rf"^\s*(?:(?:personal|past|remote|prior)\s+)?(?:history of|h/o|hx of)\s+(?:an?\s+)?"
    rf"(?P<disease>[\w -]+?)[\s,;(]+(?P<removed>{_REMOVED.pattern})[\s).\d]*$",
    re.IGNORECASE,
)
_DEFICIT_FREE = re.compile(
    r"\b(?:residuals?|deficits?|sequelae?|recover)|late effect", re.IGNORECASE
)
_CUE = re.compile(
    r"\bago\b|\bprior\b|\bback\b|\bearlier\b|\bned\b|evidence of|recurrence|free\b|cured|remission|"
    r"residual|deficit|sequel|recover|history of|\bh/o\b|\bhx of\b",
    re.IGNORECASE,
)
_CLEAN = re.compile(r"[\s,;:()-]+$|^[\s,;:()-]+")
STROKE = "Z86.73"


# One of these stands in whatever the cue fits.
HINTS = (
    " ago", "prior", " back", "earlier", "ned", "evidence of", "recurrence", "free", "cured",
    "remission", "residual", "deficit", "sequel", "recover", "history of", "h/o", "hx of",
)  # fmt: skip


class ToldPast(Struct, frozen=True):
    """``disease``: what was, for the index; or ``code`` of the history itself.

    ``cancer``: only a malignancy is told so; ``stated``: the provider calls it history; ``more``:
    what was done, as a status of its own.
    """

    disease: str
    code: str = ""
    cancer: bool = False
    stated: bool = False
    more: str = ""


def read(text: str) -> ToldPast | None:
    """What a line tells as past, or None."""
    if _CUE.search(text) is None:
        return None
    if _OLD.search(text) and _DEFICIT_FREE.search(text):
        return ToldPast("", STROKE)
    nothing = _NOTHING_LEFT.search(text)
    if nothing is not None:
        removed = _REMOVED.search(text, 0, nothing.start())
        lasting = "remission" in nothing.group().lower()
        if removed is None or lasting or _STILL_TREATED.search(text):
            return None
        more = _CLEAN.sub("", removed.group())
        return ToldPast(_CLEAN.sub("", text[: removed.start()]), cancer=True, more=more)
    stated = _STATED.match(text)
    if stated is not None and not _STILL_TREATED.search(text):
        return ToldPast(stated["disease"], stated=True, more=_CLEAN.sub("", stated["removed"]))
    ago = _AGO.search(text)
    if ago is not None and not text[ago.end() :].strip(" .,;)"):
        return ToldPast(_CLEAN.sub("", text[: ago.start()]))
    return None
