"""What is known of a code on a date, from every code set and table at hand, as printed."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from services.coding.codesets.artefact import Manifest
from services.coding.codesets.diagnosis_release import DiagnosisRelease
from services.coding.codesets.library import CodeSetLibrary, NoReleaseError
from services.coding.codesets.procedure_list import ListedProcedure
from services.coding.domain.diagnosis.diagnosis_coding import dotted
from services.coding.domain.diagnosis.specificity import base_of, is_billable, title_of
from services.coding.domain.edits.tables import NoData

Shown = dict[str, Any]


def shown(library: CodeSetLibrary, code: str, day: date) -> Shown:
    """All that is known of ``code`` on ``day``.

    Raises ``NoReleaseError`` when nothing at hand has it: its text says which sets do not cover the
    day, with their dates.
    """
    missing: list[str] = []
    for look in (_diagnosis, _supply, _place):
        try:
            found = look(library, code.strip().upper(), day)
        except NoReleaseError as error:
            missing.append(str(error))
            continue
        if found is not None:
            return found
    found = _procedure(library, code.strip().upper(), day)
    if found is not None:
        return found
    raise NoReleaseError("; ".join([f"{code} is in none of the code sets of {day}", *missing]))


def _of(manifest: Manifest, *, stands_in: bool) -> Shown:
    return {
        "code_set": manifest.code_set,
        "release": manifest.release,
        "in_force": [manifest.effective_from, manifest.effective_to],
        "stands_in": stands_in,
    }


def _diagnosis(library: CodeSetLibrary, code: str, day: date) -> Shown | None:
    manifest, stands_in = library.manifest("icd10cm", day)
    release = library.diagnosis_release(manifest)
    wanted = dotted(code)
    title = title_of(release, wanted)
    node = base_of(release, wanted)
    if not title or node is None:
        return None
    return {
        "code": wanted,
        **_of(manifest, stands_in=stands_in),
        "title": title,
        "billable": is_billable(release, wanted),
        "parent": node.parent,
        "children": list(node.children),
        "seventh_characters": node.sevenths,
        "notes": [
            {"at": at, "kind": kind, "text": text} for at, kind, text in _notes(release, node.code)
        ],
    }


def _notes(release: DiagnosisRelease, code: str) -> Iterator[tuple[str, str, str]]:
    """Notes of the code and of all above it, which hold for it too (OG I.A)."""
    node = release.node(code)
    while node is not None:
        for kind, text in release.notes(node.code):
            yield node.code, kind, text
        node = release.node(node.parent) if node.parent else None


def _supply(library: CodeSetLibrary, code: str, day: date) -> Shown | None:
    manifest, stands_in = library.manifest("hcpcs", day)
    release = library.hcpcs_release(manifest)
    item = release.code(code)
    if item is None:
        return None
    return {
        "code": item.code,
        **_of(manifest, stands_in=stands_in),
        "title": release.title(code),
        "added": item.added,
        "terminated": item.terminated,
        "in_use": item.valid_on(day),
        "dose": item.dose,
        "dose_unit": item.dose_unit,
        **_tables(library, code, day),
    }


def _place(library: CodeSetLibrary, code: str, day: date) -> Shown | None:
    if len(code) != 2 or not code.isdigit():
        return None
    for manifest in library.with_places(day):
        place = library.hcpcs_release(manifest).place(code)
        if place is not None:
            return {
                "code": code,
                **_of(manifest, stands_in=not manifest.covers(day)),
                "code_set": "pos",
                "title": place[0],
                "facility": place[1],
            }
    return None


def _procedure(library: CodeSetLibrary, code: str, day: date) -> Shown | None:
    entry = library.procedures.entry(code)
    tables = _tables(library, code, day)
    listed = library.edits.procedure(code, day)
    own = listed if isinstance(listed, ListedProcedure) else None
    if entry is None and own is None and not any("code" in each for each in tables.values()):
        return None
    wording = own.wording if own is not None else ""
    return {
        "code": code,
        "code_set": "procedures",
        "release": library.procedures.release if entry is not None else "",
        "wording": wording or (entry.wording if entry is not None else ""),
        "listed": _answer(listed) if own is None else own._asdict(),
        **tables,
    }


def _tables(library: CodeSetLibrary, code: str, day: date) -> dict[str, Shown]:
    edits = library.edits
    return {
        "unit_limit": _answer(edits.unit_limit(code, day, facility=False)),
        "unit_limit_facility": _answer(edits.unit_limit(code, day, facility=True)),
        "add_on": _answer(edits.add_on(code, day)),
        "fee_indicators": _answer(edits.fee_indicators(code, day)),
    }


def _answer(found: Any) -> Shown:
    if found is None:
        return {}
    if isinstance(found, NoData):
        return {"no_data": found.table, "at_hand": list(found.at_hand)}
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in asdict(found).items()
    }
