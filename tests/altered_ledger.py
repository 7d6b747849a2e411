"""Billing's ledger with something of it altered, as no release of ours would."""

_SPREAD = "create table billing.spread as select * from billing.posting"
_GATHERED = """
insert into billing.journal
select practice_id, ledger, number, ordinal, source, posted_at, json_build_array(json_build_array(
    line, kind, debit, credit, amount_cents, detail, claim_id, payer_id, remittance_id, reverses))
from billing.spread
"""


def altering(change: str) -> str:
    """A script that makes a change to ``billing.spread``, where each posting is a row, the ledger.

    The database itself refuses it unless the journal's guard is off.
    """
    statements = (
        "alter table billing.journal disable trigger user",
        _SPREAD,
        change,
        "delete from billing.journal",
        _GATHERED,
        "drop table billing.spread",
        "alter table billing.journal enable trigger user",
    )
    return "; ".join(statements)
