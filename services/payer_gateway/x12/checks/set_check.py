"""Checks one transaction set: its guide first, then what its values say together.

What a segment's form or place breaks is looked at first. A claim whose segments are out of place,
or whose amounts, dates or codes cannot be read, is not balanced as well: what would follow from the
first fault is not said as another one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.payer_gateway.x12 import (
    balance,
    claim_rules,
    cob_balance,
    institutional_validate,
    validate,
)
from services.payer_gateway.x12.checks import (
    acknowledgement_check,
    claim_levels,
    claim_situations,
    date_order,
    element_situations,
    inquiry_situations,
    period_bounds,
    remittance_check,
    rules,
    situations,
    status_check,
)
from services.payer_gateway.x12.checks.claim_values import PUBLIC_CODES, CodeSets
from services.payer_gateway.x12.checks.doubtful_claims import (
    doubtful_claims,
    doubtful_findings,
    doubtful_stays,
)
from services.payer_gateway.x12.checks.envelope_check import COMPONENT_SEPARATOR
from services.payer_gateway.x12.checks.place import placed
from services.payer_gateway.x12.checks.proof import Prover
from services.payer_gateway.x12.checks.provers import prover_of
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.checks.walked_set import shown
from services.payer_gateway.x12.envelope import FUNCTIONAL_IDENTIFIERS, Transaction
from services.payer_gateway.x12.envelope_rules import (
    CONTROL_CHARACTER,
    ELEMENT_TOO_LONG,
    FUNCTIONAL_ID,
    NO_SE,
    VERSION,
)
from services.payer_gateway.x12.finding import Finding, Scope
from services.payer_gateway.x12.guides.acknowledgement import ACKNOWLEDGEMENT
from services.payer_gateway.x12.guides.catalog import GUIDES, SET_IDS, guide_of, guides_of
from services.payer_gateway.x12.guides.claim_acknowledgement import CLAIM_ACKNOWLEDGEMENT
from services.payer_gateway.x12.guides.institutional_claim import INSTITUTIONAL_CLAIM
from services.payer_gateway.x12.guides.notation import Guide
from services.payer_gateway.x12.guides.professional_claim import PROFESSIONAL_CLAIM
from services.payer_gateway.x12.guides.remittance import REMITTANCE
from services.payer_gateway.x12.transaction_sets import read_transaction


@dataclass(frozen=True, slots=True)
class ClaimVerdict:
    """One claim of a set: its number and place, and whether an error takes it out."""

    claim_id: str
    index: int
    first: int
    last: int
    is_accepted: bool


@dataclass(frozen=True, slots=True)
class SetReport:
    """What is wrong with one transaction set, in the order of its segments, and its claims."""

    findings: tuple[Finding, ...]
    claims: tuple[ClaimVerdict, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether an error takes out more than single claims."""
        return any(f.is_error and f.scope is not Scope.CLAIM for f in self.findings)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a check knows beside the file: code sets, the day the file was made, a payer's rules.

    ``payer_rules`` are levels 6 and 7, a payer's own: each gets the set walked and gives findings.
    """

    codes: CodeSets = PUBLIC_CODES
    created: date | None = None
    payer_rules: Sequence["PayerRule"] = ()


PayerRule = Callable[[Structure, Setting], Iterable[Finding]]
_NOTHING_KNOWN = Setting()
_CLAIMS = (PROFESSIONAL_CLAIM, INSTITUTIONAL_CLAIM)


def check_set(transaction: Transaction, setting: Setting = _NOTHING_KNOWN) -> SetReport:
    """The findings of a transaction set at SNIP levels 1 to 5, and those of a payer; never raises.

    The findings of its envelope are among them. A set whose version is in doubt is checked against
    the guide of its id that it breaks least.
    """
    renamed = _renamed(transaction)
    if renamed is not None:
        report = check_set(renamed, setting)
        message = f"ST01 is that of another transaction set: write {renamed.set_id}"
        wrong = FUNCTIONAL_ID.found(message, path="ST", segment=1, element="ST01")
        return replace(report, findings=(wrong, *report.findings))
    guide = guide_of(transaction.set_id, transaction.version)
    unknown = [] if guide else list(_without_guide(transaction))
    is_doubtful = guide is None or any(f.rule == VERSION.id for f in transaction.findings)
    guides = guides_of(transaction.set_id) if is_doubtful else ()
    if guide is None and not transaction.version.startswith("005010"):
        guides = ()
    tried = [
        Structure(transaction, each, _prover(each, transaction, setting))
        for each in guides or ([guide] if guide else [])
    ]
    if not tried:
        read = read_transaction(transaction)[1] if transaction.set_id in _NO_GUIDE else ()
        return SetReport((*_of_unknown(transaction), *unknown, *read))
    structure = min(tried, key=lambda each: len(each.findings))
    meant = _meant_separator(structure)
    if meant is not None:
        return _misdeclared(structure, meant)
    found = [*_of_places(structure, setting)]
    for finding in _of_values(structure, setting):
        of_claim = _of_its_claim(finding, structure)
        if of_claim is not None:
            found.append(placed(of_claim, structure))
    kept = _kept(structure, found)
    for finding in kept:
        if finding.is_error and finding.claim_index is not None:
            structure.spoiled.add(finding.claim_index)
        elif finding.is_error and finding.scope is Scope.CLAIM:
            structure.spoil_below(finding.segment)
    found = _once([*_of_envelope(transaction, structure), *unknown, *structure.findings, *kept])
    return SetReport(
        tuple(sorted(found, key=lambda f: f.segment)),
        tuple(
            ClaimVerdict(c.id, c.index, c.first, c.last, c.index not in structure.spoiled)
            for c in structure.claims
        ),
    )


def _prover(guide: Guide, transaction: Transaction, setting: Setting) -> Prover | None:
    """What proves parts of the set at once, where all that is asked is what everybody asks."""
    if setting.payer_rules or setting.codes is not PUBLIC_CODES:
        return None
    return prover_of(guide, transaction.delimiters, setting.created)


def _renamed(transaction: Transaction) -> Transaction | None:
    """The set under the id that its group and version name, where it keeps to that guide rather."""
    if not any(f.rule == FUNCTIONAL_ID.id for f in transaction.findings):
        return None
    marks = transaction.delimiters
    known = guides_of(transaction.set_id)
    fewest = min((len(Structure(transaction, each).findings) for each in known), default=None)
    for guide in GUIDES:
        if guide.set_id == transaction.set_id or transaction.version not in guide.versions:
            continue
        elements = transaction.raw[0].split(marks.element)
        elements[1:2] = [guide.set_id]
        other = replace(
            transaction,
            set_id=guide.set_id,
            raw=(marks.element.join(elements), *transaction.raw[1:]),
            findings=tuple(f for f in transaction.findings if f.rule != FUNCTIONAL_ID.id),
        )
        count = len(Structure(other, guide).findings)
        if fewest is None or 2 * count < fewest:
            return other
    return None


def _meant_separator(structure: Structure) -> Structure | None:
    """The set walked with the separator its composites are written with, if ISA16 is another."""
    if not any("-" in finding.element for finding in structure.findings):
        return None
    transaction = structure.transaction
    marks = transaction.delimiters
    text = marks.segment.join(transaction.raw)
    for mark in _SEPARATORS.replace(marks.component, ""):
        if mark in marks.all or mark not in text:
            continue
        other = replace(transaction, delimiters=replace(marks, component=mark))
        walked = Structure(other, structure.guide)
        if 2 * len(walked.findings) < len(structure.findings):
            return walked
    return None


_SEPARATORS = ":><|\\&!^+;"
"""Component separators that are in use (X12 names none)."""


def _misdeclared(structure: Structure, meant: Structure) -> SetReport:
    """One error for all composites, and what else is wrong with the set; no value can be read."""
    used = meant.transaction.delimiters.component
    declared = structure.transaction.delimiters.component
    found = COMPONENT_SEPARATOR.found(
        f"composites are written with {used} but ISA16 declares {declared}: declare what is used",
        path="ISA",
        element="ISA16",
    )
    others = (*_of_envelope(structure.transaction, meant), *meant.findings)
    return SetReport(
        (found, *sorted(others, key=lambda f: f.segment)),
        tuple(
            ClaimVerdict(c.id, c.index, c.first, c.last, is_accepted=False) for c in meant.claims
        ),
    )


def _without_guide(transaction: Transaction) -> Iterator[Finding]:
    if transaction.set_id not in SET_IDS:
        message = "this transaction set is none of the claim life cycle"
        yield rules.VERSION.found(message, path="ST", segment=1, element="ST01")
    elif transaction.set_id in _NO_GUIDE:
        message = "the guide of this set is not here: it was read, but not checked against it"
        yield rules.NO_GUIDE.found(message, path="ST", segment=1)
    elif any(f.rule == VERSION.id for f in transaction.findings):
        return  # that ST03 and GS08 disagree says it
    else:
        message = "the version named is none of this transaction set's: correct ST03 and GS08"
        is_of_group = len(transaction.raw[0].split(transaction.delimiters.element)) < _WITH_VERSION
        path, segment, element = ("GS", 0, "GS08") if is_of_group else ("ST", 1, "ST03")
        yield rules.VERSION.found(message, path=path, segment=segment, element=element)


_NO_GUIDE = frozenset({"278"})
_WITH_VERSION = 4
"""Elements of an ST that names its guide, ST itself among them."""
_BEYOND_GUIDE = 3


def _of_places(structure: Structure, setting: Setting) -> Iterator[Finding]:
    """What segments say together, each finding in its place: levels 3 and 4, and a payer's own."""
    yield from date_order.check(structure, setting.created)
    yield from situations.check(structure)
    yield from element_situations.check(structure)
    yield from period_bounds.check(structure)
    if structure.guide in _CLAIMS:
        yield from claim_levels.check(structure)
        if structure.guide is PROFESSIONAL_CLAIM:
            yield from claim_situations.check(structure)
    elif structure.guide is REMITTANCE:
        yield from remittance_check.check(structure)
    elif structure.guide is ACKNOWLEDGEMENT:
        yield from acknowledgement_check.check(structure)
    elif structure.guide is CLAIM_ACKNOWLEDGEMENT:
        yield from status_check.check(structure)
    else:
        yield from inquiry_situations.check(structure)
    for rule in setting.payer_rules:
        yield from rule(structure, setting)


def _of_values(structure: Structure, setting: Setting) -> Iterator[Finding]:
    """What the values read say together, with paths within their claims: levels 3 to 5."""
    guide, transaction = structure.guide, structure.transaction
    if transaction.version not in guide.versions:
        transaction = replace(transaction, version=guide.versions[-1])
    if guide is PROFESSIONAL_CLAIM:
        claims = doubtful_claims(structure)
        found = validate.check_batch(claims, setting.codes, is_written=True)
        yield from (f for f in found if f.rule in validate.BEYOND_GUIDE)
    elif guide is INSTITUTIONAL_CLAIM:
        stays = doubtful_stays(structure)
        found = institutional_validate.check_batch(stays, setting.codes, is_written=True)
        yield from (f for f in found if f.rule in institutional_validate.BEYOND_GUIDE)
    elif guide is REMITTANCE:
        yield from doubtful_findings(structure)
    else:
        _, read = read_transaction(transaction)
        yield from (f for f in read if f.is_error and f.snip_level >= _BEYOND_GUIDE)


def _of_its_claim(finding: Finding, structure: Structure) -> Finding | None:
    """The finding with the claim that its segment stands in, None where that is in no claim.

    A reader counts claims by their opening segments, of which one may be missing or too many.
    """
    if finding.claim_index is None or not 1 <= finding.segment <= len(structure.transaction.raw):
        return finding
    claim = structure.frame_at(finding.segment).claim
    if claim is None:
        return None
    return replace(finding, claim=claim.id, claim_index=claim.index)


def _kept(structure: Structure, findings: Iterable[Finding]) -> list[Finding]:
    """Those that do not follow from a fault of the structure, in their places."""
    kept: list[Finding] = []
    last = len(structure.transaction.raw)
    errors = {f.segment for f in structure.findings if f.is_error}
    elements = {(f.segment, f.element) for f in structure.findings}
    for finding in findings:
        if finding.claim_index is not None:
            if finding.claim_index in structure.unsound:
                continue
        elif structure.is_unsound and finding.scope is Scope.TRANSACTION:
            continue
        if finding.segment > last and not structure.is_complete:
            continue
        is_new = finding.segment not in errors or finding.snip_level >= 3
        if is_new and (finding.segment, finding.element) not in elements:
            kept.append(finding)
    return _explained(kept)


def _explained(findings: list[Finding]) -> list[Finding]:
    """Without the imbalances that another one of the same claim explains to the cent.

    A line that is off by some cents takes its claim with it, a claim the payment; an earlier
    payer's payment that is off takes the charge of the claim with it.
    """
    off: dict[tuple[str, int | None], int] = {}
    for f in findings:
        if f.expected_cents is not None and f.found_cents is not None:
            for index in {f.claim_index, None}:
                key = (f.rule, index)
                off[key] = off.get(key, 0) + f.found_cents - f.expected_cents
    kept: list[Finding] = []
    for f in findings:
        causes = [(cause, sign) for told, cause, sign in _FOLLOWS if told == f.rule]
        this = off.get((f.rule, f.claim_index))
        if not any(off.get((cause, f.claim_index), 0) * sign == this for cause, sign in causes):
            kept.append(f)
    return kept


_FOLLOWS = (
    (balance.CLAIM.id, balance.LINE.id, 1),
    (balance.CLAIM.id, balance.LINES.id, -1),
    (balance.LINES.id, balance.LINE.id, 1),
    (balance.TRANSACTION.id, balance.CLAIM.id, -1),
    (cob_balance.CLAIM.id, cob_balance.LINE.id, 1),
    (cob_balance.PAID.id, cob_balance.LINE.id, 1),
    (cob_balance.CLAIM.id, cob_balance.PAID.id, -1),
    (cob_balance.CLAIM.id, claim_rules.TOTAL.id, 1),
)
"""A rule, the one whose breach breaks it too, and the sign between the two amounts. What is about
no claim is set against all claims."""


def _of_unknown(transaction: Transaction) -> Iterator[Finding]:
    """The envelope's findings of a set without a guide, with the segments that they are about."""
    for finding in transaction.findings:
        if finding.rule == NO_SE.id:
            yield replace(finding, path="SE", segment=len(transaction.raw) + 1)
        elif not finding.path and finding.segment:
            raw = transaction.raw[finding.segment - 1]
            yield replace(finding, path=shown(raw.split(transaction.delimiters.element, 1)[0]))
        else:
            yield finding


def _of_envelope(transaction: Transaction, structure: Structure) -> Iterator[Finding]:
    """The envelope's findings, without those that an element's own finding says better."""
    of_elements = {f.segment for f in structure.findings if f.element}
    for finding in transaction.findings:
        is_less = finding.rule in {CONTROL_CHARACTER.id, ELEMENT_TOO_LONG.id}
        if finding.rule == FUNCTIONAL_ID.id and _is_own(transaction.version, structure.guide):
            gs01 = FUNCTIONAL_IDENTIFIERS[transaction.set_id]
            message = f"GS01 is that of another transaction set: write {gs01}"
            yield replace(finding, path="GS", segment=0, element="GS01", message=message)
        elif finding.rule == VERSION.id and _is_own(transaction.version, structure.guide):
            yield replace(finding, path="GS", segment=0, element="GS08")
        elif finding.rule == NO_SE.id:
            yield replace(finding, path="SE", segment=len(transaction.raw) + 1)
        elif not (is_less and finding.segment in of_elements):
            yield placed(finding, structure)


def _is_own(version: str, guide: Guide) -> bool:
    """Whether the version named is the guide's that the set keeps to: then GS is at fault."""
    return version in guide.versions


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """One finding for each rule broken at an element of a segment."""
    seen: set[tuple[object, ...]] = set()
    found: list[Finding] = []
    for f in findings:
        key = (f.rule, f.segment, f.element, f.path, f.message)
        if key not in seen:
            seen.add(key)
            found.append(f)
    return found
