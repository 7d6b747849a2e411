"""Earlier visits that a case of ``coding code`` names beside its event."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.coding.coded_event import is_visit
from services.coding.commands.cases import CaseError
from services.coding.domain.coding_result import PastService, PastVisit, VisitHistory

_MOST = 500


def history_of(case: Mapping[str, Any]) -> VisitHistory:
    """``history`` (objects with service_date, code, taxonomy) and ``taxonomy`` of the provider.

    A row may also have modifiers, units, diagnoses and provider_id, and stand for any service.
    A history that is given is all of three years; a case without one says nothing of them.

    Raises ``CaseError``, whose message names the field.
    """
    rows = case.get("history", [])
    if not isinstance(rows, list) or len(rows) > _MOST:
        raise CaseError("history_unusable", f"history is a list of at most {_MOST} visits")
    visits = tuple(_visit(row, number) for number, row in enumerate(rows, start=1))
    taxonomy = case.get("taxonomy") or ""
    if not isinstance(taxonomy, str):
        raise CaseError("taxonomy_unusable", "taxonomy is the code of a specialty")
    return VisitHistory(taxonomy, visits, complete=case.get("history") is not None)


def _visit(row: Any, number: int) -> PastVisit:
    if not isinstance(row, dict):
        raise CaseError("history_unusable", f"visit {number} of history is no object")
    try:
        day = date.fromisoformat(str(row.get("service_date", row.get("date"))))
    except ValueError:
        raise CaseError(
            "history_unusable", f"visit {number} of history needs service_date as YYYY-MM-DD"
        ) from None
    code = str(row.get("code", row.get("visit_code", ""))).strip().upper()
    units = row.get("units")
    if units is not None and (type(units) is not int or units < 1):
        raise CaseError("history_unusable", f"units of visit {number} of history are 1 or more")
    service = PastService(
        code,
        _texts(row.get("modifiers")),
        units or 1,
        _texts(row.get("diagnoses")),
    )
    return PastVisit(
        str(row.get("encounter_id", f"earlier-{number}")),
        day,
        str(row.get("taxonomy", "")),
        code if is_visit(code) else "",
        str(row.get("provider_id", "")),
        (service,) if code else (),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(each).upper() for each in value) if isinstance(value, list) else ()
