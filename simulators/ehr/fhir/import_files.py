"""Files of bundles as events: each file for itself, clinicians and practices across all of them."""

from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

from simulators.ehr.fhir.bundle_file import LARGEST_FILE_BYTES, files_of, read_bundle
from simulators.ehr.fhir.convert import FhirOptions, Reporter, convert
from simulators.ehr.fhir.node import FhirError
from simulators.ehr.fhir.resources import Resources
from simulators.ehr.finding import Finding
from simulators.ehr.scheduled import Scheduled, is_reference

__all__ = ["FhirOptions", "read_fhir"]

_DIRECTORY = ("Organization", "Practitioner", "PractitionerRole", "Location")


def _resources(
    file: Path, limit: int, wider: Resources, note: Callable[[FhirError], None]
) -> Resources:
    """The resources of a file. Raises ``FhirError`` when the file as a whole cannot be read."""
    found = Resources(wider=wider)
    for entry in read_bundle(file, limit).items("entry"):
        try:
            found.add(entry)
        except FhirError as error:
            note(error)
    return found


def read_fhir(
    given: Iterable[str],
    options: FhirOptions,
    report: Callable[[Finding], None],
    limit: int = LARGEST_FILE_BYTES,
) -> Iterator[Scheduled]:
    """The events of all bundles that ``given`` names: files, folders or globs.

    All files are read twice: first for the practices and clinicians that others refer to, then for
    patients and encounters, one file in memory at a time. What cannot be read goes to ``report``
    and stops nothing else. A reference event that was published already is not repeated.
    """
    directory = Resources()
    files: list[Path] = []
    for name in given:
        found = files_of(name)
        if not found:
            Reporter(name, report).unreadable(
                FhirError("$", "no_such_file", "there is no bundle of that name")
            )
        files.extend(file for file in found if file not in files)
    readable: list[Path] = []
    for file in files:
        reporter = Reporter(str(file), report)
        try:
            resources = _resources(file, limit, Resources(), lambda _: None)
        except FhirError as error:
            reporter.unreadable(error)
            continue
        readable.append(file)
        for kind in _DIRECTORY:
            for resource in resources.of(kind):
                directory.adopt(resource, resources)
    published: set[tuple[str, bytes]] = set()
    for file in readable:
        reporter = Reporter(str(file), report)
        try:
            resources = _resources(file, limit, directory, reporter.unreadable)
        except FhirError as error:
            reporter.unreadable(error)
            continue
        for item in convert(resources, options, reporter):
            if is_reference(item.event):
                content = blake2b(item.event.to_json(), digest_size=16).digest()
                if (item.event.TOPIC, content) in published:
                    continue
                published.add((item.event.TOPIC, content))
            yield item
