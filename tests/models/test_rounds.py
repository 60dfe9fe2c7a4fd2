"""Texts that go round, and what only looks like it."""

import numpy as np
import pytest

from models.engine import Sampling
from models.rounds import leave_round
from models.sampling import Draw


@pytest.mark.parametrize(
    ("stretch", "times"),
    [([7], 16), ([7, 3], 8), ([7, 3, 5, 2], 4), (list(range(8)), 2), (list(range(64)), 2)],
    ids=["one", "two", "four", "eight", "longest"],
)
def test_a_text_does_not_go_round_once_more(stretch: list[int], times: int) -> None:
    for before in ([], [9, 9, 8]):
        logits = np.zeros(70, dtype=np.float32)
        written = [*before, *stretch * times]
        leave_round(written, 0, logits)
        assert np.flatnonzero(logits < -1000).tolist() == [stretch[0]]


@pytest.mark.parametrize(
    "written",
    [[], [7], [7] * 15, [7, 3] * 7, list(range(8)) + list(range(7)), [*range(8), 60, *range(8)]],
    ids=["nothing", "one", "zeros", "pairs", "nearly", "between"],
)
def test_what_may_be_no_round_is_left_alone(written: list[int]) -> None:
    logits = np.zeros(70, dtype=np.float32)
    leave_round(written, 0, logits)
    assert not logits.any()


def test_a_token_that_alone_is_allowed_can_be_drawn_in_a_round() -> None:
    logits = np.zeros(3, dtype=np.float32)
    leave_round([1] * 20, 0, logits)
    assert Draw(Sampling(), 0)(logits[1:2]) == 0
    assert Draw(Sampling(1.0), 0)(logits[1:2]) == 0


def test_what_stood_before_the_text_is_no_part_of_a_round() -> None:
    logits = np.zeros(10, dtype=np.float32)
    leave_round([7] * 20, 10, logits)
    assert not logits.any()
