"""The payer's plans without what a member uses up.

A deductible goes to whichever claim of a member arrives first, which is a matter of when, not of
what: without it, and without a yearly limit, the same claims are decided the same in any order.
"""

import re
from importlib.resources import files

_USED_UP = re.compile(
    r"^(deductible_cents|deductible_cents_by_year|out_of_pocket_limit_cents) *=.*\n", re.MULTILINE
)


def contract_without_limits() -> str:
    """The payer's own contract as TOML, with no deductible and no out-of-pocket limit."""
    text = files("simulators.payer").joinpath("contract.toml").read_text(encoding="utf-8")
    return _USED_UP.sub("", text)
