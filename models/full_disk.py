"""Telling a disk that takes no more from every other fault of a file."""

import errno

_CODES = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def is_full(error: OSError) -> bool:
    """Whether there is no room for what was to be written: on the disk, in a quota, or in a single file."""
    return error.errno in _CODES
