"""Real saved pages, written by other people, are read as another reader reads them."""

import os
from pathlib import Path

import pytest

from benchmarks.saved_pages import measured_pages, mended_scripts

ROOT = Path(__file__).parents[2]
PAGES = (
    Path(os.environ.get("PRODUCTRESEARCH_SHARED_DATA", ROOT.parent / "shared" / "data")) / "import-fixtures"
)

pytestmark = pytest.mark.skipif(not PAGES.exists(), reason="PRODUCTRESEARCH_SHARED_DATA is absent")


def test_every_fact_of_real_products_is_read() -> None:
    measured = measured_pages(PAGES)
    assert len(measured) >= 5
    assert {page.name: page.wrong for page in measured if page.wrong} == {}


def test_every_damaged_script_is_mended() -> None:
    mended, scripts = mended_scripts(PAGES)
    assert mended == scripts >= 5
