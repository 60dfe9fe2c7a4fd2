"""The order of samples, how they are filled up, and how the learning rate goes."""

import pytest

from finetune.data.samples import IGNORED
from finetune.mlx.batches import MULTIPLE, Batches, filled
from tests.finetune.mlx.conftest import Maker


def row(length: int) -> dict[str, list[int]]:
    """A sample of this length, whose last two tokens are learned."""
    return {
        "input_ids": list(range(1, length + 1)),
        "labels": [IGNORED] * (length - 2) + [length - 1, length],
    }


def test_an_epoch_reads_every_sample_once() -> None:
    batches = Batches([row(length) for length in range(4, 11)], size=2, passes=3, seed=1)
    assert len(batches) == 2
    read = [batch.read for step in (1, 2) for batch in batches.of_step(step)]
    assert sum(read) == sum(range(4, 11))
    assert len(read) == 4


def test_the_order_is_another_in_the_next_epoch_and_the_same_when_asked_again() -> None:
    batches = Batches([row(length) for length in range(4, 36)], size=1, passes=1, seed=1)
    first = [batches.of_step(step)[0].read for step in range(1, 33)]
    second = [batches.of_step(step)[0].read for step in range(33, 65)]
    assert first != second
    assert sorted(first) == sorted(second)
    assert [batches.of_step(step)[0].read for step in range(1, 33)] == first


def test_what_fills_a_row_up_is_not_learned() -> None:
    batch = filled([row(5), row(9)])
    assert {len(part) for part in (*batch.inputs, *batch.targets, *batch.learned)} == {MULTIPLE}
    assert batch.learned[0] == [0, 0, 1, 1] + [0] * (MULTIPLE - 4)
    assert [t for t, learned in zip(batch.targets[1], batch.learned[1], strict=True) if learned] == [8, 9]
    assert (batch.read, batch.count) == (14, 4)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("constant", [0.0, 0.5, 1.0, 1.0, 1.0, 1.0]),
        ("linear", [0.0, 0.5, 1.0, 0.75, 0.5, 0.25]),
        ("cosine", [0.0, 0.5, 1.0, 0.8536, 0.5, 0.1464]),
    ],
)
def test_the_learning_rate_rises_and_falls(kind: str, expected: list[float], recipe: Maker) -> None:
    import mlx.core as mx

    from finetune.mlx.learner import schedule

    rate = schedule(recipe(schedule=kind, warmup=2, learning_rate=1.0), 6)
    assert [float(rate(mx.array(step)).item()) for step in range(6)] == pytest.approx(expected, abs=1e-4)
