"""Processes of their own for what should not be done in this one: told a job, heard, and ended."""

import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO


@contextmanager
def told_apart(run: str, job: object) -> Iterator[tuple[IO[bytes], "subprocess.Popen[bytes]"]]:
    """What a child says that runs this line of Python and reads a job from its standard input; and the child.

    It is ended where the body ends, however it does.
    """
    command = [sys.executable, "-P", "-c", run]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            with suppress(BrokenPipeError), child.stdin as told:
                pickle.dump(job, told)
            yield child.stdout, child
        finally:
            child.kill()
