"""The llama.cpp library, loaded once and silent: its log goes to a short memory instead of the terminal."""

import ctypes
import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_ERROR_LEVEL = 4
SPINS = "GOMP_SPINCOUNT"
"""How often GNU's OpenMP looks whether the other threads are done before it sleeps, in the environment."""
FEW_SPINS = "300"
"""Of its own 300,000: whole runs take as long, and a core that others want is not spun away."""
_errors: deque[str] = deque(maxlen=64)
_kept_alive: list[Any] = []


@cache
def llama_runtime() -> Any:
    """The `llama_cpp` module with its log silenced."""
    # 0.25 s and a shared library of 4 MB: only who runs a model pays for it.
    with _few_spins():
        import llama_cpp

    def remember(level: int, text: bytes, _data: ctypes.c_void_p) -> None:
        if level == _ERROR_LEVEL:
            _errors.append(text.decode(errors="replace").strip())

    callback = llama_cpp.llama_log_callback(remember)
    _kept_alive.append(callback)
    llama_cpp.llama_log_set(callback, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    return llama_cpp


@contextmanager
def _few_spins() -> Iterator[None]:
    """For what is loaded meanwhile; what a person has set stays."""
    theirs = SPINS in os.environ or "OMP_WAIT_POLICY" in os.environ
    if not theirs:
        os.environ[SPINS] = FEW_SPINS
    try:
        yield
    finally:
        if not theirs:
            del os.environ[SPINS]


def last_error() -> str:
    """The first complaint since `forget_errors`, later ones only repeat it; empty where there was none."""
    if not _errors:
        return ""
    return _errors[0].partition(": ")[2].removeprefix("error loading model: ").rstrip(".")


def forget_errors() -> None:
    """Forget earlier complaints, before a call whose own are wanted."""
    _errors.clear()
