"""Turn the bytes of generated tokens into text that can be shown: whole characters, and no end mark."""

import codecs


class TextStream:
    """Text so far, held back where it may be the beginning of `end`."""

    def __init__(self, end: str = "") -> None:
        self._end = end
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""
        self.ended = False
        """Whether `end` has appeared."""
        self.overlap = ""
        """Once ended: the part of `end` that stood before the last token."""
        self.before_end = ""
        """Once ended: text of the last token that precedes `end`."""

    def feed(self, piece: bytes) -> str:
        """Take a token's bytes and return the text that is now certain."""
        fresh = self._decoder.decode(piece)
        earlier, self._held = len(self._held), self._held + fresh
        at = self._held.find(self._end) if self._end else -1
        if at >= 0:
            self.ended = True
            self.overlap = self._held[at:earlier]
            self.before_end = self._held[earlier:at]
            return self._held[:at]
        certain = len(self._held) - self._possible_end()
        text, self._held = self._held[:certain], self._held[certain:]
        return text

    def rest(self) -> str:
        """What was held back, where no end has come after all."""
        text, self._held = self._held, ""
        return text

    def _possible_end(self) -> int:
        """Length of the longest beginning of `end` that stands at the end of the held text."""
        longest = min(len(self._held), len(self._end) - 1)
        return next((n for n in range(longest, 0, -1) if self._held.endswith(self._end[:n])), 0)
