"""Every folder of tests is a package, so that modules of one name in two folders stay two.

Without ``__init__.py`` all the way up, ``unit/x/test_a.py`` and ``integration/x/test_a.py`` are
both ``x.test_a``: the one that is imported second is never run, and the first runs twice.
"""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from tests.lints.source import Finding


def packages_of_tests(paths: Iterable[str]) -> Iterator[Finding]:
    """The folders from ``tests`` down to a Python file of it that have no ``__init__.py``."""
    files = {PurePosixPath(path) for path in paths}
    folders = {
        folder
        for file in files
        if file.suffix == ".py" and file.parts[0] == "tests"
        for folder in file.parents
        if folder.parts
    }
    for folder in sorted(folders):
        init = folder / "__init__.py"
        if init not in files:
            yield Finding(str(init), 1, "tests-are-packages", "is missing: add it, empty")
