"""Texts that people and other programs write: notes, partners' profiles, connections, events."""

import atexit
import json
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from random import Random

from schemas.catalogue import MODEL_OF_TOPIC
from schemas.encounter import EncounterDocumented, NoteSection
from schemas.examples import example
from services.chassis.settings import SettingsError
from services.payer_gateway.partners import parse_partners
from services.payer_gateway.transport.connections import parse_connections
from services.payer_gateway.transport.transport import TransportError
from simulators.ehr.events_file import ehr_topics, read_events
from tests.builders import make
from tests.fuzz.frame import framed
from tests.fuzz.mutation import spoiled_json, spoiled_segments
from tests.fuzz.record_targets import EDGES
from tests.fuzz.target import Target
from tests.fuzz.watch import Check
from tests.support import NOON, record
from tests.unit.ehr.bundles import Read
from tests.unit.ehr.test_fhir_fuzz import WHOLE

_NOTES = (
    "CHIEF COMPLAINT: cough\n\nHPI: 62 y/o male with type 2 diabetes on insulin, COPD, no fever. "
    "Denies chest pain. Mother had breast cancer.\n\nASSESSMENT AND PLAN:\n1. Acute bronchitis.\n"
    "2. Type 2 diabetes mellitus with diabetic neuropathy, A1c 8.2%.\n3. Rule out pneumonia.",
    "Assessment: left knee osteoarthritis; possible meniscal tear vs. sprain. Plan: injection of "
    "40 mg triamcinolone into the left knee. Total time 35 minutes.",
    "Impression - 1) HTN, uncontrolled 2) CKD stage 3b 3) h/o stroke, without residual deficits.",
    "A/P: no evidence of DVT. Suspected sepsis due to UTI, not confirmed. Follow-up in 2 weeks.",
    "Father: CAD, MI at 52. Patient denies smoking; quit 2010. Pregnancy test negative.",
)
_WORDS = (b" ", b"\n", b". ", b", ", b": ", b"no ")


def _note_check() -> Check:
    edge = EDGES["coding"]()

    def check(data: bytes) -> str:
        text = data.decode("utf-8", "replace").replace("\x00", " ")
        heading, _, body = text.partition("\n")
        sections = (
            NoteSection(heading=heading[:400], text=body[:1_000_000]),
            NoteSection(heading="Assessment and plan", text=text[:1_000_000]),
        )
        documented = make(EncounterDocumented, encounter_id="NOTE", note=sections, problems=())
        return edge.check(framed(record(documented)))

    return check


def _spoiled_words(draw: Random, seeds: Sequence[bytes]) -> bytes:
    return spoiled_segments(draw, draw.choice(seeds), _WORDS)


def _check_partners(data: bytes) -> str:
    try:
        parse_partners(data.decode("utf-8", "replace"))
    except SettingsError:
        return "refused"
    return "decided"


def _check_connections(data: bytes) -> str:
    try:
        parse_connections(data.decode("utf-8", "replace"))
    except TransportError:
        return "refused"
    return "decided"


@cache
def _connections() -> list[bytes]:
    whole = {
        "payer": {
            "host": "sftp.example.org",
            "port": 22,
            "user": "clinic",
            "password": "secret",
            "host_key": "ssh-ed25519 AAAA",
        },
        "other": {"directory": "mailboxes/other"},
    }
    return [json.dumps(whole).encode()]


def _partners() -> list[bytes]:
    shipped = files("services.payer_gateway").joinpath("data", "trading_partners.toml")
    return [shipped.read_bytes()]


def _check_events(data: bytes) -> str:
    findings: list[object] = []
    read = list(read_events(data.split(b"\n"), "events.jsonl", NOON, findings.append))
    for item in read:
        item.record()
    return "decided" if read else "refused"


@cache
def _event_lines() -> list[bytes]:
    return [
        json.dumps({"type": topic, "time": NOON.isoformat(), "data": json.loads(made)}).encode()
        for topic, made in ((t, example(t).to_json()) for t in sorted(ehr_topics()))
        if topic in MODEL_OF_TOPIC
    ]


def _bundle_check() -> Check:
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "bundle.json"

    def check(data: bytes) -> str:
        path.write_bytes(data)
        found = Read(str(path))
        for item in found.items:
            item.record()
        return "decided" if found.items else "refused"

    return check


def _spoiled(draw: Random, seeds: Sequence[bytes]) -> bytes:
    return spoiled_json(draw, draw.choice(seeds))


TEXT_TARGETS = (
    Target(
        "coding-note",
        "a clinical note, read and coded",
        60,
        lambda: [note.encode() for note in _NOTES],
        _note_check,
        _spoiled_words,
    ),
    Target(
        "partner-profiles",
        "the trading partners' file",
        10,
        _partners,
        lambda: _check_partners,
        lambda draw, seeds: spoiled_segments(draw, draw.choice(seeds), (b"\n", b" = ", b'"')),
    ),
    Target(
        "connections-file",
        "addresses and credentials of partners",
        20,
        _connections,
        lambda: _check_connections,
        _spoiled,
    ),
    Target(
        "events-file",
        "the simulated EHR's file of events",
        30,
        _event_lines,
        lambda: _check_events,
        _spoiled,
    ),
    Target(
        "fhir-bundle",
        "a FHIR bundle, read by the simulated EHR",
        20,
        lambda: [json.dumps(WHOLE).encode()],
        _bundle_check,
        _spoiled,
    ),
)
