"""A network small enough for a test that trains it, as a shape and as the beginning of a recipe's file."""

from finetune.micro.model import Shape

SHAPE = Shape(
    vocabulary=300, width=32, layers=2, heads=2, kv_heads=1, head_width=16, experts=2, expert_width=32
)
SHAPE_TOML = "[shape]\n" + "".join(
    f"{key} = {value}\n" for key, value in SHAPE.model_dump(exclude_defaults=True).items()
)
