"""Our compositions of panels against the pairs that are published (NCCI Policy Manual X.C)."""

import csv
import gzip
from itertools import takewhile

from services.coding.domain.edits import panels
from tests.shared_data import needs_shared_data, shared

WITHOUT_PAIRS_IN_FORCE = {"80050", "80055"}


@needs_shared_data
def test_every_test_of_a_panel_is_paired_with_it() -> None:
    last = max(panels.CODES)
    paired: dict[str, set[str]] = {}
    with gzip.open(shared("coding", "cms_2024q3", "ncci_ptp_prac.csv.gz"), "rt") as file:
        columns = next(file)
        sorted_rows = takewhile(lambda row: row[:5] <= last, file)
        wanted = (row for row in sorted_rows if row[:5] in panels.CODES)
        for row in csv.DictReader((columns, *wanted)):
            if row["deletion_date"].startswith("9999"):
                paired.setdefault(row["column1"], set()).add(row["column2"])
    for code in panels.CODES - WITHOUT_PAIRS_IN_FORCE:
        assert panels.tests_of(code) <= paired[code], code
