"""How long a partner that says nothing is left alone."""

from contextlib import suppress

import pytest

from services.payer_gateway.transport import resting
from services.payer_gateway.transport.resting import Rest
from services.payer_gateway.transport.transport import RefusedError, RestingError, SilentError


class Partner:
    """Asked at a time of the test's own; each silence takes twenty seconds."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.rest = Rest()

    def is_silent(self) -> None:
        with suppress(SilentError), self.rest.between_silences():
            self.now += 20
            raise SilentError("the partner does not answer")

    def refuses(self) -> None:
        with suppress(RefusedError), self.rest.between_silences():
            raise RefusedError("the partner refuses the folder")

    def is_resting(self) -> bool:
        try:
            with self.rest.between_silences():
                return False
        except RestingError:
            return True


@pytest.fixture
def partner(monkeypatch: pytest.MonkeyPatch) -> Partner:
    made = Partner()
    monkeypatch.setattr(resting, "monotonic", lambda: made.now)
    return made


def test_the_second_silence_in_a_row_is_followed_by_a_rest(partner: Partner) -> None:
    partner.is_silent()
    partner.is_silent()
    assert partner.is_resting()


def test_a_partner_that_refuses_has_answered(partner: Partner) -> None:
    partner.is_silent()
    partner.refuses()
    partner.now += 86_400
    partner.is_silent()
    assert not partner.is_resting()
