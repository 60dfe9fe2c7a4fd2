"""Quantizations that llama.cpp makes from a GGUF file of ours."""

import os
from pathlib import Path
from typing import Literal

from finetune.errors import ExportError

Kind = Literal["F32", "F16", "BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M"]
"""Kinds of weights, from the truest to the smallest."""


def quantize(source: Path, target: Path, kind: Kind, threads: int = 0) -> None:
    """Write `target` from `source`; `threads` 0 takes all cores; raises ExportError."""
    # llama.cpp is a library of 4 MB that takes 0.25 s to load; most exports need none of it.
    from models.runtime import forget_errors, last_error, llama_runtime

    llama = llama_runtime()
    parameters = llama.llama_model_quantize_default_params()
    parameters.ftype = {
        "F32": llama.LLAMA_FTYPE_ALL_F32,
        "F16": llama.LLAMA_FTYPE_MOSTLY_F16,
        "BF16": llama.LLAMA_FTYPE_MOSTLY_BF16,
        "Q8_0": llama.LLAMA_FTYPE_MOSTLY_Q8_0,
        "Q6_K": llama.LLAMA_FTYPE_MOSTLY_Q6_K,
        "Q5_K_M": llama.LLAMA_FTYPE_MOSTLY_Q5_K_M,
        "Q4_K_M": llama.LLAMA_FTYPE_MOSTLY_Q4_K_M,
    }[kind]
    parameters.nthread = threads
    forget_errors()
    if llama.llama_model_quantize(os.fsencode(source), os.fsencode(target), parameters) != 0:
        raise ExportError(f"llama.cpp could not quantize to {kind}: {last_error() or 'no reason given'}.")
