"""Sets of product keys, held so that SQLite can ask one of them for each row that it comes by.

A byte stands for a key: two sets meet as one operation on whole numbers, and `substr` finds a byte at once.
A table of the keys would be filled anew with each search, and a function in Python called for each row.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

PASSES = "substr(?, {} + 1, 1) = x'01'"
"""SQL: whether the key in this column is in the set whose `flags` are the parameter."""


class Keys:
    """A set of keys, which never changes; over a million products it takes a megabyte."""

    def __init__(self, bits: int) -> None:
        self._bits = bits

    @classmethod
    def of(cls, keys: Iterable[int]) -> "Keys":
        """The set of these keys, none of which is below zero."""
        listed = list(keys)
        flags = bytearray(max(listed, default=0) + 1)
        for key in listed:
            flags[key] = 1
        return cls(int.from_bytes(flags, "little"))

    @cached_property
    def flags(self) -> bytes:
        """One for each key in the set, zero for each other below its highest."""
        return self._bits.to_bytes((self._bits.bit_length() + 7) >> 3, "little")

    def __contains__(self, key: object) -> bool:
        return isinstance(key, int) and self.flags[key : key + 1] == b"\1"

    def __len__(self) -> int:
        return self._bits.bit_count()

    def __iter__(self) -> Iterator[int]:
        """The keys, ascending."""
        key = self.flags.find(1)
        while key >= 0:
            yield key
            key = self.flags.find(1, key + 1)

    def __and__(self, other: "Keys") -> "Keys":
        return Keys(self._bits & other._bits)

    def without(self, keys: Collection[int]) -> "Keys":
        """The set less these keys."""
        if not keys:
            return self
        return Keys(self._bits & ~Keys.of(keys)._bits)

    def common(self, other: "Keys") -> "Keys":
        """The keys that are in both sets."""
        return Keys(self._bits & other._bits)

    @property
    def size(self) -> int:
        """Bytes that it takes until its flags are asked for, and half of what it takes then."""
        return self._bits.bit_length() >> 3
