"""Whether the practice knows the patient, by what the bundle documents and nothing else.

New is who had no face-to-face service of the group in the same specialty within three years (CPT
evaluation and management; Medicare Claims Processing Manual 12 section 30.6.7). An earlier
encounter in the bundle shows an established patient. That there is none shows nothing: an export
may begin later than the practice.
"""

from collections.abc import Sequence
from datetime import date

from simulators.ehr.fhir import identity
from simulators.ehr.fhir.chart import Chart
from simulators.ehr.fhir.codings import codings
from simulators.ehr.fhir.encounter import FINISHED, participants, service_day
from simulators.ehr.fhir.encounter_type import kind_of
from simulators.ehr.fhir.node import FhirError, Node
from simulators.ehr.fhir.resources import Resource, Resources

_YEARS = 3
_NOT_SEEN = ("immunization", "laboratory")
_NEW = (("99202", "99205"), ("99341", "99345"), ("99381", "99387"))
_ESTABLISHED = (("99211", "99215"), ("99347", "99350"), ("99391", "99397"))


def is_new(chart: Chart, all_charts: Sequence[Chart], resources: Resources) -> bool | None:
    """Whether the patient is a new one, as documented; None: nothing tells.

    The EHR's own type of the encounter stands first, where it is a CPT code of such a visit.
    ``all_charts``: the patient's encounters in the bundle.
    """
    said = _by_type(chart.encounter.node)
    if said is not None:
        return said
    known = any(_is_earlier(other, chart, resources) for other in all_charts if other is not chart)
    return False if known else None


def _by_type(encounter: Node) -> bool | None:
    codes = {coding.code for concept in encounter.items("type") for coding in codings(concept)}
    codes = {code for code in codes if len(code) == 5 and code.isdigit()}
    new = any(low <= code <= high for code in codes for low, high in _NEW)
    established = any(low <= code <= high for code in codes for low, high in _ESTABLISHED)
    return new if new != established else None


def _is_earlier(other: Chart, chart: Chart, resources: Resources) -> bool:
    """Whether ``other`` is a visit that makes the patient of ``chart`` an established one."""
    try:
        if other.encounter.node.text("status") not in FINISHED:
            return False
        seen, day = service_day(other.encounter), service_day(chart.encounter)
        if not _years_before(day) < seen < day:
            return False
        if kind_of(other.encounter.node).visit_kind in _NOT_SEEN:
            return False
        return _group(other, resources) == _group(chart, resources)
    except FhirError:
        return False


def _group(chart: Chart, resources: Resources) -> tuple[str, str]:
    """The practice of an encounter, and the specialty of who rendered it. Raises ``FhirError``."""
    node = chart.encounter.node
    practice = resources.follow(node.child("serviceProvider"), "Organization")
    if practice is None:
        raise FhirError(f"{node.path}.serviceProvider", "missing", "no practice is named")
    rendering: Resource = participants(chart.encounter, resources).rendering
    return practice.own_id, identity.taxonomy_of(rendering, resources)


def _years_before(day: date) -> date:
    try:
        return day.replace(year=day.year - _YEARS)
    except ValueError:
        return day.replace(year=day.year - _YEARS, day=28)
