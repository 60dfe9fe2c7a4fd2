"""What this machine has for a training."""

import os
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path


@dataclass(frozen=True)
class Hardware:
    """What a training may use."""

    name: str
    memory: int
    """Bytes of one device that are free."""
    disk: int
    """Bytes free where the training writes."""
    devices: int = 1
    gpu: bool = False
    flash: bool = False
    """Whether attention needs no mask in memory (the package flash-attn)."""
    tokens_per_second: float = 0.0
    """Measured in an earlier run, or stated; 0 where nobody knows."""


def this_machine(folder: Path, tokens_per_second: float = 0.0) -> Hardware:
    """Look at this machine; `folder` is where the training would write."""
    import torch  # seconds; whoever only reads a plan does without

    here = next(path for path in (folder.resolve(), *folder.resolve().parents) if path.exists())
    disk = shutil.disk_usage(here).free
    if torch.cuda.is_available():
        free, _ = torch.cuda.mem_get_info()
        name, devices = str(torch.cuda.get_device_name()), int(torch.cuda.device_count())
        flash = find_spec("flash_attn") is not None
        return Hardware(name, int(free), disk, devices, True, flash, tokens_per_second)
    return Hardware("this machine", _free_memory(), disk, tokens_per_second=tokens_per_second)


def _free_memory() -> int:
    """Bytes that a process may take; not every system says what is free, and then it is all there is."""
    pages = "SC_AVPHYS_PAGES" if "SC_AVPHYS_PAGES" in os.sysconf_names else "SC_PHYS_PAGES"
    return os.sysconf(pages) * os.sysconf("SC_PAGE_SIZE")
