"""LoRA adapters as PEFT and mlx-lm store them, read into one form (Hu et al. 2021, section 4.1)."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.errors import ExportError
from finetune.export.families import Config
from finetune.export.vocabulary import read_json

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Factors:
    """What is added to one matrix: `scale` times b @ a; for all experts of a layer at once."""

    a: Matrix
    """(rank, in) or (experts, rank, in)."""
    b: Matrix
    """(out, rank) or (experts, out, rank)."""
    scale: float

    @property
    def rank(self) -> int:
        """How many columns b has."""
        return int(self.b.shape[-1])


@dataclass(frozen=True)
class Adapter:
    """By the part of the network that they change, in Hugging Face's names; experts without a number."""

    factors: Mapping[str, Factors]
    alpha: float
    """Numerator of the scale, for files that hold one for all."""


def read_adapter(folder: Path, config: Config) -> Adapter:
    """Read an adapter's folder of either layout, for a base of these sizes; raises ExportError."""
    settings = read_json(folder, "adapter_config.json")
    if (folder / "adapter_model.safetensors").exists():
        return _of_peft(settings, _weights(folder / "adapter_model.safetensors"), folder, config)
    if (folder / "adapters.safetensors").exists():
        return _of_mlx(settings, _weights(folder / "adapters.safetensors"), folder)
    raise ExportError(f"{folder} holds neither an adapter of PEFT nor one of mlx-lm.")


def _weights(path: Path) -> dict[str, Matrix]:
    # safetensors brings torch along, a second that only a conversion needs.
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return {name: tensor.float().numpy() for name, tensor in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise ExportError(f"{path} is truncated or no safetensors file: {error}.") from error


def _of_mlx(settings: Mapping[str, Any], weights: Mapping[str, Matrix], folder: Path) -> Adapter:
    """mlx-lm multiplies from the other side: a is (in, rank), b (rank, out); experts it stacks as we do."""
    if settings.get("fine_tune_type", "lora") != "lora":
        raise ExportError(f"{folder} is no LoRA adapter; fuse it with mlx-lm and export the fused model.")
    scale, rank = settings["lora_parameters"]["scale"], settings["lora_parameters"]["rank"]
    pairs = _paired(weights, ".lora_a", ".lora_b", folder)
    factors = {}
    for part, (a, b) in pairs.items():
        name = part.replace(".switch_mlp.", ".experts.")
        factors[name] = Factors(a, b, scale) if a.ndim == 3 else Factors(a.T, b.T, scale)
    return Adapter(factors, scale * rank)


def _of_peft(
    settings: Mapping[str, Any], weights: Mapping[str, Matrix], folder: Path, config: Config
) -> Adapter:
    if settings.get("peft_type") != "LORA" or settings.get("use_dora"):
        raise ExportError(
            f"{folder} is no plain LoRA adapter; merge it with PEFT and export the merged model."
        )
    plain = {name.removeprefix("base_model.model."): values for name, values in weights.items()}
    factors: dict[str, Factors] = {}
    for part, (a, b) in _paired(plain, ".lora_A.weight", ".lora_B.weight", folder).items():
        layer = part.removesuffix(".base_layer")
        if layer.endswith(".mlp.experts"):
            factors |= dict(_experts(layer, a, b, settings, config))
        else:
            factors[part] = Factors(a, b, _scale(settings, part))
    return Adapter(factors, float(settings["lora_alpha"]))


def _scale(settings: Mapping[str, Any], part: str) -> float:
    """A part's own rank and alpha go before those for all; PEFT's patterns match the end of a name."""
    values = []
    for patterns, key in (("alpha_pattern", "lora_alpha"), ("rank_pattern", "r")):
        own = (settings.get(patterns) or {}).items()
        matching = (value for name, value in own if re.match(rf"(.*\.)?({name})$", part))
        values.append(float(next(matching, settings[key])))
    alpha, rank = values
    return alpha / (math.sqrt(rank) if settings.get("use_rslora") else rank)


def _experts(
    layer: str, a: Matrix, b: Matrix, settings: Mapping[str, Any], config: Config
) -> Iterator[tuple[str, Factors]]:
    """PEFT adapts the experts that transformers fuses: one pair for all of them, gate and up in one.

    `peft.tuners.lora.ParamWrapper` lays a out as (experts * rank, in) and b as (out, rank * experts), the
    expert last; which of its two pairs is which, their names do not say and the sizes do.
    """
    count, high = config.num_experts, config.moe_intermediate_size
    a = a.reshape(count, -1, a.shape[1])
    b = np.ascontiguousarray(b.reshape(b.shape[0], -1, count).transpose(2, 0, 1))
    if (b.shape[1], a.shape[2]) == (2 * high, config.hidden_size):
        scale = _scale(settings, f"{layer}.gate_up_proj")
        yield f"{layer}.gate_proj", Factors(a, b[:, :high], scale)
        yield f"{layer}.up_proj", Factors(a, b[:, high:], scale)
    else:
        yield f"{layer}.down_proj", Factors(a, b, _scale(settings, f"{layer}.down_proj"))


def _paired(
    weights: Mapping[str, Matrix], first: str, second: str, folder: Path
) -> dict[str, tuple[Matrix, Matrix]]:
    """Both factors of each part."""
    parts = {name.removesuffix(first).removesuffix(second) for name in weights}
    expected = {part + end for part in parts for end in (first, second)}
    if odd := expected ^ weights.keys():
        raise ExportError(f"{folder} is no plain LoRA adapter: {min(odd)} is missing or not ours.")
    return {part: (weights[part + first], weights[part + second]) for part in sorted(parts)}
