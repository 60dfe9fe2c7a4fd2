"""Which pages of a list are to be read next: what is in sight now goes before what was in sight."""

import threading
from collections.abc import Sequence


class PagesWanted:
    """Pages that are wanted, as the newest wish has them; none is given out again before it has come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pages: tuple[int, ...] = ()
        self._coming: set[int] = set()
        self._served = False

    def clear(self) -> None:
        """Something else is listed."""
        with self._lock:
            self._pages, self._coming = (), set()

    def want(self, pages: Sequence[int]) -> bool:
        """Whether somebody has to begin to take them; what was wanted before is not, any more."""
        with self._lock:
            self._pages = tuple(page for page in pages if page not in self._coming)
            begins = bool(self._pages) and not self._served
            self._served = self._served or begins
            return begins

    def take(self) -> int | None:
        """The next page; None where there is none, and whoever took them has ended."""
        with self._lock:
            if not self._pages:
                self._served = False
                return None
            page, *rest = self._pages
            self._pages = tuple(rest)
            self._coming.add(page)
            return page

    def came(self, page: int) -> None:
        """It is no more on its way, so that it may be wanted again."""
        with self._lock:
            self._coming.discard(page)
