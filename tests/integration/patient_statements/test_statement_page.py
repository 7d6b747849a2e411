"""The page in a real browser, where one is installed."""

import asyncio
import re
import shutil
from pathlib import Path

import pytest
from pypdf import PdfReader

from services.patient_statements.domain.statement_text import worded
from services.patient_statements.rendering.html import html_of
from tests.support import LONG_ENOUGH_S
from tests.unit.patient_statements.test_rendering import HOSTILE, named

_BROWSER = next(
    (
        path
        for name in ("chromium", "chromium-browser", "google-chrome")
        if (path := shutil.which(name))
    ),
    None,
)
pytestmark = pytest.mark.skipif(_BROWSER is None, reason="no Chromium is installed")


async def _browse(page: Path, profile: Path, *options: str) -> tuple[str, str]:
    assert _BROWSER is not None
    process = await asyncio.create_subprocess_exec(
        _BROWSER,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--enable-logging=stderr",
        f"--user-data-dir={profile}",
        *options,
        page.as_uri(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), timeout=LONG_ENOUGH_S)
    return out.decode(), err.decode(errors="replace")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "statement.html"
    path.write_bytes(html_of(worded(named(HOSTILE))))
    return path


async def test_a_browser_renders_the_page_without_a_console_message(
    page: Path, tmp_path: Path
) -> None:
    document, log = await _browse(page, tmp_path / "profile", "--dump-dom")
    assert "CONSOLE" not in log
    assert re.search(r'<dd id="total">\$50\.00</dd>', document)
    assert "<script" not in document


async def test_a_browser_prints_the_page_with_its_total(page: Path, tmp_path: Path) -> None:
    printed = tmp_path / "printed.pdf"
    await _browse(page, tmp_path / "profile", f"--print-to-pdf={printed}", "--no-pdf-header-footer")
    words = " ".join(each.extract_text() for each in PdfReader(printed).pages)
    assert "$50.00" in words
