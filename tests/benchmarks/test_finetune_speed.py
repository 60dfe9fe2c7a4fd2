"""Both trainers of the comparison are fed the same rows."""

import pytest

from finetune.micro.packed import order

pytest.importorskip("trl", reason="trl, the trainer that ours is held against, is not installed")


def test_a_step_of_ours_has_as_many_rows_and_tokens_as_one_of_theirs() -> None:
    from benchmarks.finetune_speed import drawn

    batches = drawn(rows=3, tokens=16, batches=4, vocabulary=256)
    assert [tuple(batch.ids.shape) for batch in order(batches.packed, 48, seed=0)] == [(3, 16)] * 4


def test_both_learn_the_same_tokens() -> None:
    from benchmarks.finetune_speed import drawn, examples

    batches = drawn(rows=2, tokens=32, batches=2, vocabulary=256)
    theirs = list(examples(batches.packed))
    for at, example in enumerate(theirs):
        ids, learnt = batches.packed.sample(at)
        assert example["input_ids"] == ids.tolist()
        assert [label != -100 for label in example["labels"]] == learnt.tolist()
    assert 0 < int(batches.packed.learnt.sum()) < len(batches.packed.ids)
