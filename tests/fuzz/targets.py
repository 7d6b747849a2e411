"""Every target, in the order of the report."""

from tests.fuzz.coding_targets import CODING_TARGETS
from tests.fuzz.http_target import HTTP_TARGETS
from tests.fuzz.record_targets import RECORD_TARGETS
from tests.fuzz.target import Target
from tests.fuzz.text_targets import TEXT_TARGETS
from tests.fuzz.x12_targets import X12_TARGETS

TARGETS: tuple[Target, ...] = (
    *RECORD_TARGETS,
    *X12_TARGETS,
    *TEXT_TARGETS,
    *CODING_TARGETS,
    *HTTP_TARGETS,
)


def named(names: list[str]) -> list[Target]:
    """The targets of those names, or all where none is given; raises ``LookupError``."""
    known = {target.name: target for target in TARGETS}
    unknown = sorted(set(names) - known.keys())
    if unknown:
        raise LookupError(f"no such target: {', '.join(unknown)}; there are {', '.join(known)}")
    return [known[name] for name in names] if names else list(TARGETS)
