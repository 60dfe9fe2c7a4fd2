"""The sizes of a model that was only shipped as GGUF, as `finetune.shape` reads them from a folder."""

from math import prod
from pathlib import Path

from finetune.export.metadata import sizes_of_gguf
from finetune.export.names import tensor_names
from finetune.shape import Shape, in_a_layer


def gguf_shape(path: Path) -> Shape:
    """Sizes of a whole GGUF file of a family that we can turn back; raises ExportError."""
    # gguf takes 0.2 s to import and is needed only here.
    from gguf import GGUFReader

    reader = GGUFReader(path)
    # llama.cpp counts columns first.
    shapes = {tensor.name: [int(n) for n in tensor.shape[::-1]] for tensor in reader.tensors}
    tied = "output.weight" not in shapes
    family, config = sizes_of_gguf(reader, tied=tied)
    named = [(name.sources[0], shapes[name.gguf]) for name in tensor_names(family, config, tied)]
    ends = [shape for name, shape in named if "embed" in name or "lm_head" in name]
    return Shape(
        parameters=sum(map(prod, shapes.values())),
        matrices=tuple(
            (name, shape[0], shape[1]) for name, shape in named if len(shape) == 2 and in_a_layer(name)
        ),
        embeddings=sum(map(prod, ends)),
        layers=config.num_hidden_layers,
        width=config.hidden_size,
        heads=config.num_attention_heads,
        kv_heads=config.num_key_value_heads,
        head_width=config.head_dim,
        hidden=config.moe_intermediate_size * config.num_experts_per_tok or config.intermediate_size,
        vocabulary=config.vocab_size,
        context=config.max_position_embeddings,
    )
