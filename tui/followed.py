"""The index that a command reads: the home's own, brought up to a server that is followed, if one is."""

from index.search import Index
from tui import settings


def open_index(chroma: str = "") -> Index:
    """Open it, first following the server that is named or set; raises what either does."""
    address = chroma or settings.load().chroma
    if address:
        from tui.following import follow_told  # numpy, and what speaks to a server, which most never name

        follow_told(address)
    return Index.open(settings.home())
