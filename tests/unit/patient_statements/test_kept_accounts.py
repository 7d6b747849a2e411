"""An account is kept by the names of its fields, without those that say nothing."""

from typing import Any

import msgspec

from services.patient_statements.domain.account import Account
from services.patient_statements.rows import from_document, to_document
from tests.unit.patient_statements.examples import account, encounter

KEPT = account(encounter(5000))


def test_an_account_is_read_as_it_was_kept() -> None:
    assert from_document(to_document(KEPT), Account) == KEPT


def test_what_an_encounter_does_not_say_is_not_kept() -> None:
    kept = from_document(to_document(KEPT), dict[str, Any])
    assert "suppressed_as" not in kept["encounters"][0]


def test_an_account_that_was_kept_with_every_field_is_the_same() -> None:
    (balance,) = KEPT.encounters
    whole = msgspec.to_builtins(KEPT) | {
        "encounters": [
            {
                name: msgspec.to_builtins(getattr(balance, name))
                for name in balance.__struct_fields__
            }
        ]
    }
    assert whole["encounters"][0]["suppressed_as"] == ""
    assert from_document(to_document(whole), Account) == KEPT
