"""Which tensor each of an adapter's factors changes, and whether this is the adapter's base at all."""

import re
from collections.abc import Iterator

from finetune.errors import ExportError
from finetune.export.checkpoint import Checkpoint
from finetune.export.factors import Adapter, Factors
from finetune.export.families import Config, Family
from finetune.export.names import Named
from finetune.export.tensors import planned_tensors

_EXPERT = re.compile(r"\.experts\.\d+\.")


def fitting(
    adapter: Adapter, family: Family, config: Config, checkpoint: Checkpoint
) -> Iterator[tuple[Named, Factors]]:
    """Each of the adapter's factors with its tensor; raises ExportError for another base's."""
    known = {_part(named): named for named in planned_tensors(family, config, checkpoint)}
    for part, factors in adapter.factors.items():
        named = known.get(part)
        if named is None or not _fits(named, factors, checkpoint):
            raise ExportError(
                f"The adapter is for another base: its {part} does not fit this one; name its own."
            )
        yield named, factors


def _part(named: Named) -> str:
    """How an adapter calls the tensor's part."""
    return _EXPERT.sub(".experts.", named.sources[0].removesuffix(".weight"))


def _fits(named: Named, factors: Factors, checkpoint: Checkpoint) -> bool:
    one = checkpoint.shape(named.sources[0])
    shape = (len(named.sources), *one) if named.stacked else one
    same_rank = factors.a.shape[-2] == factors.rank and factors.a.ndim == factors.b.ndim == len(shape)
    return same_rank and (*factors.b.shape[:-1], factors.a.shape[-1]) == shape
