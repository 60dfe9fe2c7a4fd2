"""What this machine has for a model: memory, cores, how fast they read it, and a GPU if there is one."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

_READ = 256 << 20
"""Bytes read to find the bandwidth: far more than any cache holds."""
_TRIES, _MOST_READERS = 4, 8


@dataclass(frozen=True)
class Machine:
    """Bytes, cores and bytes a second."""

    memory: int
    """All of it."""
    free: int
    """What a process may take now."""
    cores: int
    bandwidth: float
    """Bytes of memory that all cores together read in a second, which is what writing a token waits for."""
    accelerator: str = ""
    """`cuda`, `metal`, or empty."""
    accelerator_memory: int = 0
    """Bytes; Metal shares the machine's own."""


def measure() -> Machine:
    """Look at this machine; half a second."""
    page = os.sysconf("SC_PAGE_SIZE")
    memory = _limited(os.sysconf("SC_PHYS_PAGES") * page)
    free = os.sysconf("SC_AVPHYS_PAGES") * page if "SC_AVPHYS_PAGES" in os.sysconf_names else memory
    cores = _cores()
    accelerator, of_it = _accelerator(memory)
    return Machine(memory, min(_available(free), memory), cores, _bandwidth(cores), accelerator, of_it)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _limited(memory: int) -> int:
    """A container's own limit, where it is lower."""
    try:
        told = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return memory
    return min(memory, int(told)) if told.isdigit() else memory


def _available(free: int) -> int:
    """What Linux would give up of its file cache counts as free."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return free
    told = next((line.split()[1] for line in lines if line.startswith("MemAvailable:")), "")
    return int(told) * 1024 if told.isdigit() else free


def _bandwidth(cores: int) -> float:
    readers = min(cores, _MOST_READERS)
    parts = np.array_split(np.ones(_READ // 8), readers)
    best = 0.0
    with ThreadPoolExecutor(readers) as pool:
        for _ in range(_TRIES):
            began = time.perf_counter()
            list(pool.map(np.sum, parts))  # numpy lets go of the interpreter while it adds
            best = max(best, _READ / (time.perf_counter() - began))
    return best


def _accelerator(memory: int) -> tuple[str, int]:
    if sys.platform == "darwin" and os.uname().machine == "arm64":
        return "metal", memory
    if not Path("/dev/nvidia0").exists() or find_spec("torch") is None:
        return "", 0
    import torch  # seconds, for who has such a card alone

    if not torch.cuda.is_available():
        return "", 0
    return "cuda", int(torch.cuda.get_device_properties(0).total_memory)
