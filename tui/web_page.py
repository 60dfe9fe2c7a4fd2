"""`index add https://…`: one page, fetched because the person named it, kept in the home and imported."""

import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

from index.importers.opening import recognize
from index.importers.pages.addresses import page_address
from index.importers.pages.fetching import fetch_page
from index.importers.pages.page_file import PAGE_FORMS
from index.importers.pages.public_hosts import Address, is_public
from index.text.sanitize import plain
from tui import settings
from tui.intake import Meant
from tui.told import UsageError

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
"""Of whatever kind: only those of the web are fetched, and others are told so."""


def is_web_address(given: str) -> bool:
    """Whether what is to be added is an address and no file."""
    return _ADDRESS.match(given.strip()) is not None


def with_page(
    given: Sequence[str], meant: Meant, allowed: Callable[[Address], bool] = is_public
) -> tuple[Sequence[str], Meant]:
    """What is to be added, a web address fetched and named by its file; raises UsageError, PageFetchError."""
    if not any(map(is_web_address, given)):
        return given, meant
    if len(given) > 1:
        raise UsageError("A web page is added by itself: name its address alone.")
    url = given[0].strip()
    if not page_address(url):
        raise UsageError(f"{plain(url, 200)} is no address of the web; it begins with https:// or http://.")
    sys.stderr.write(f"Fetching {url}; this reaches the network.\n")
    file = fetch_page(url, settings.home() / "pages", allowed=allowed)
    sys.stderr.write(f"Saved as {file}.\n")
    # A page of HTML names its own address; notes and PDFs have no place for one.
    if recognize(file).form in PAGE_FORMS - {"html"}:
        meant = replace(meant, pairs=(*meant.pairs, f"url={url}"))
    return [str(file)], meant
