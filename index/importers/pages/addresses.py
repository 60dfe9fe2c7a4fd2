"""Web addresses as names of pages: made absolute, without what only follows a visitor about."""

import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from index.text.sanitize import plain_url

_FOLLOWS = re.compile(r"utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|_ga|igshid", re.IGNORECASE)
"""Parameters that tell where a visitor came from, by the names that advertisers gave them."""


def absolute(address: str, base: str) -> str:
    """The address as a web address, read from a page at `base`; empty where it is none."""
    written = address.strip()
    try:
        whole = plain_url(written) or (plain_url(urljoin(base, written)) if base and written else "")
        return whole if host_of(whole) else ""
    except ValueError:  # "http://[" begins an address of IPv6 that is none
        return ""


def page_address(address: str) -> str:
    """The address of a page, the same however a visitor came to it; empty where it is none."""
    written = plain_url(address.strip())
    try:
        parts = urlsplit(written)
        kept = [
            pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _FOLLOWS.fullmatch(pair[0])
        ]
        same = len(kept) == len(parse_qsl(parts.query, keep_blank_values=True))
        query = parts.query if same else urlencode(kept)
        # What stands before the host is a name and a password.
        host = parts.netloc.rpartition("@")[2]
        return parts._replace(netloc=host, query=query, fragment="").geturl() if written else ""
    except ValueError:
        return ""


def host_of(address: str) -> str:
    """The host of a web address in small letters, without `www.`; empty where there is none."""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def is_front(address: str) -> bool:
    """Whether the address is a host's front page."""
    try:
        return urlsplit(address).path in ("", "/")
    except ValueError:
        return False
