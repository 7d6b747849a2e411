"""Files come in pieces as small as a test gives them: no two are put together first."""

from collections.abc import Iterator

import pytest

from services.payer_gateway.x12 import segments


@pytest.fixture(scope="module", autouse=True)
def _pieces_as_given() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "LEAST_BYTES", 1)
        yield
