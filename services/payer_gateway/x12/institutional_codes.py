"""Code lists of institutional claims. Codes are facts; no official description is here.

The sets of the National Uniform Billing Committee are licensed: what is here is what CMS publishes
of them (Medicare Claims Processing Manual, chapters 1 and 25).
"""

INPATIENT = frozenset({"11", "18", "21", "28", "41", "65", "66", "86"})
"""CLM05-1 of a stay: hospital, swing bed, skilled nursing, intermediate and residential care."""

ADMITTED = INPATIENT | {"12", "22", "32", "33", "34", "81", "82"}
"""CLM05-1 of care that begins with an admission, whoever pays the stay."""

OUTPATIENT = frozenset({"13", "14", "23", "43", *(f"7{n}" for n in range(1, 10)), "83", "84", "85"})
"""CLM05-1 of visits."""

WITH_VISIT_REASON = frozenset({"13", "85"})
UNSCHEDULED_TYPES = frozenset({"1", "2", "5"})
UNSCHEDULED_REVENUE = ("045", "0516", "0762")
"""An unplanned visit: bills 013x and 085x, CL101, and revenue codes that begin so (CMS ch. 25)."""

REPORTS_PRESENCE = frozenset({"11"})
"""CLM05-1 of hospitals that say which diagnoses were present on admission."""

PRESENCE = frozenset({"Y", "N", "U", "W"})
"""HI0x-9 (data element 1073); an exempt code has none in 5010."""

ADMISSION_TYPES = frozenset({"1", "2", "3", "4", "5", "9"})
"""CL101 (code source 231)."""

ADMISSION_SOURCES = frozenset("123456789ABCDEFG")
"""CL102 (code source 230), with those withdrawn since."""

PATIENT_STATUSES = frozenset(
    {*(f"{n:02d}" for n in range(1, 10)), *(f"{n}" for n in range(20, 31))}
    | {*(f"{n}" for n in range(31, 44)), "50", "51", *(f"{n}" for n in range(61, 67))}
    | {"69", "70", "71", "72", *(f"{n}" for n in range(81, 96))}
)
"""CL103 (code source 239)."""

STILL_PATIENT = frozenset({"30", *(f"{n}" for n in range(31, 40))})
"""CL103 of a patient who has not left."""

COMPLETE_STAY = frozenset({"1", "4"})
"""CLM05-3 of a bill that ends with the patient's leaving."""

INTERIM_STAY = frozenset({"2", "3"})
"""CLM05-3 of a bill after which the stay goes on."""

TOTAL_LINE = "0001"
"""The revenue code of the total, which stands on paper only."""

MOST_OF_KIND = {
    "principal": 1,
    "admitting": 1,
    "visit reason": 3,
    "external cause": 12,
    "other": 24,
}
MOST_CODES = 24
MOST_LINES = 999
