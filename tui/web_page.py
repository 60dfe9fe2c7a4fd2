"""`index add https://…`: one page fetched because the person named it, kept in the home, and imported."""

import sys
from collections.abc import Callable

from index.importers.opening import recognize
from index.importers.pages.fetching import fetch_page
from index.importers.pages.page_file import PAGE_FORMS
from index.importers.pages.public_hosts import Address, is_public
from tui import settings
from tui.importing import add_file


def is_web_address(given: str) -> bool:
    """Whether what is to be added is an address and no file."""
    return given.strip().lower().startswith(("https://", "http://"))


def add_page(
    url: str,
    mapping: list[str],
    *,
    dry_run: bool,
    vectors: bool,
    yes: bool,
    allowed: Callable[[Address], bool] = is_public,
) -> int:
    """Fetch a page, say so, and import it as a saved one; a dry run fetches it too and writes no record."""
    sys.stderr.write(f"Fetching {url.strip()}; this reaches the network.\n")
    file = fetch_page(url.strip(), settings.home() / "pages", allowed=allowed)
    sys.stderr.write(f"Saved as {file}.\n")
    # A page of HTML names its own address; notes and PDFs have no place for one.
    if recognize(file).form in PAGE_FORMS - {"html"}:
        mapping = [*mapping, f"url={url.strip()}"]
    return add_file(file, None, mapping, dry_run=dry_run, vectors=vectors, yes=yes)
