"""Settings of the coding service, read from the environment (``CLAIMSTREAM_CODING_...``)."""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.coding.domain.coding_result import CodingOptions


class CodingSettings(BaseSettings):
    """How the coding service is set up.

    ``stand_in_icd10cm`` and ``stand_in_hcpcs`` name the release that stands in where none covers a
    date of service; empty refuses such dates. HCPCS is public by quarter, and the one that ships is
    named to stand in; what is coded on it says so. ``jurisdiction`` is the Medicare contractor's,
    whose local coverage determinations bind; empty: they are not looked up, and the result says so.
    ``history_since`` is the day from which the practices' encounters are all here: three years on,
    who is not known is a new patient. The programmes are words separated by blanks. ``semantic``:
    coders are shown what else doubtful words may mean, by the vectors of a release.
    """

    model_config = SettingsConfigDict(env_prefix="CLAIMSTREAM_CODING_", hide_input_in_errors=True)

    code_sets: Path | None = Field(
        default=None, description="imported code sets; default: the user's data"
    )
    procedures: Path | None = Field(default=None, description="a licensed procedure set")
    cache: Path | None = Field(default=None, description="where code sets are unpacked")
    stand_in_icd10cm: str = ""
    stand_in_hcpcs: str = "2024-07"
    jurisdiction: str = ""
    automatic_permille: Annotated[int, Field(ge=0, le=1000)] = 940
    query_limit: timedelta = timedelta(days=7)
    history_since: date | None = None
    telehealth_programmes: str = ""
    consultation_programmes: str = ""
    calendar_year_programmes: str = ""
    semantic: bool = False
    sentence_model: Path | None = Field(
        default=None, description="folder of the sentence model; default: the installed package"
    )

    def options(self, answered: frozenset[str] = frozenset()) -> CodingOptions:
        """What the rules go by."""
        return CodingOptions(
            self.automatic_permille,
            answered,
            self.jurisdiction,
            frozenset(self.telehealth_programmes.split()),
            frozenset(self.consultation_programmes.split()),
            frozenset(self.calendar_year_programmes.split()),
        )

    def is_complete(self, day: date) -> bool:
        """Whether the history at hand reaches back three years from ``day``."""
        since = self.history_since
        return since is not None and (since.year + 3, since.month, since.day) <= (
            day.year,
            day.month,
            day.day,
        )
