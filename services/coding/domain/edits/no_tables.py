"""Edit tables when none is loaded: every look-up answers ``NoData``, which is never a pass."""

from datetime import date

from services.coding.domain.edits.tables import NoData


class NoTables:
    """Implements ``EditTables`` without any release."""

    def release(self, table: str, on: date) -> NoData:  # noqa: ARG002 - as the protocol
        """No release of any table."""
        return NoData(table)

    def pair(self, one: str, other: str, on: date) -> NoData:  # noqa: ARG002
        """No procedure-to-procedure edits."""
        return NoData("ncci-ptp")

    def unit_limit(self, code: str, on: date, *, facility: bool) -> NoData:  # noqa: ARG002
        """No medically unlikely edits."""
        return NoData("ncci-mue")

    def add_on(self, code: str, on: date) -> NoData:  # noqa: ARG002
        """No add-on codes."""
        return NoData("ncci-addon")

    def fee_indicators(self, code: str, on: date, modifier: str = "") -> NoData:  # noqa: ARG002
        """No fee schedule."""
        return NoData("pfs")

    def coverage(self, code: str, on: date, jurisdiction: str) -> NoData:  # noqa: ARG002
        """No coverage lists."""
        return NoData("coverage")

    def listed(self, code: str, on: date) -> NoData:  # noqa: ARG002
        """No list of CPT(R) codes."""
        return NoData("cpt")

    def is_exempt_from_admission(self, code: str, on: date) -> NoData:  # noqa: ARG002
        """No list of codes exempt from present-on-admission reporting."""
        return NoData("poa-exempt")

    def anesthesia_for(self, code: str, on: date) -> NoData:  # noqa: ARG002
        """No crosswalk to anesthesia codes."""
        return NoData("anesthesia-crosswalk")


NO_TABLES = NoTables()
