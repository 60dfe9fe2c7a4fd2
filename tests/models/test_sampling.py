"""Drawing from logits."""

import numpy as np
import pytest

from models.engine import EngineError, Sampling
from models.sampling import Draw, most_likely

LOGITS = np.log(np.array([0.5, 0.3, 0.15, 0.04, 0.01], dtype=np.float32))


def shares(sampling: Sampling, draws: int = 4000) -> list[float]:
    draw = Draw(sampling, 0)
    counts = np.bincount([draw(LOGITS) for _ in range(draws)], minlength=5)
    return [float(count) / draws for count in counts]


def test_temperature_zero_takes_the_likeliest() -> None:
    assert shares(Sampling(), draws=10)[0] == 1.0


def test_temperature_one_draws_in_proportion() -> None:
    assert shares(Sampling(1.0, top_p=1.0, min_p=0.0)) == pytest.approx(
        [0.5, 0.3, 0.15, 0.04, 0.01], abs=0.03
    )


def test_top_p_keeps_the_likeliest_that_reach_it() -> None:
    assert shares(Sampling(1.0, top_p=0.75, min_p=0.0))[2:] == [0.0, 0.0, 0.0]


def test_min_p_drops_what_is_far_below_the_best() -> None:
    assert shares(Sampling(1.0, top_p=1.0, min_p=0.2))[3:] == [0.0, 0.0]


def test_a_low_temperature_sharpens() -> None:
    assert shares(Sampling(0.3, top_p=1.0, min_p=0.0))[0] > 0.7


def test_the_position_moves_the_draws_of_one_seed() -> None:
    sampling = Sampling(1.0, seed=1)
    first, second = Draw(sampling, 10), Draw(sampling, 11)
    assert [first(LOGITS) for _ in range(20)] != [second(LOGITS) for _ in range(20)]


def test_what_is_masked_is_never_drawn() -> None:
    logits = LOGITS.copy()
    logits[0] = -np.inf
    draw = Draw(Sampling(5.0, top_p=1.0, min_p=0.0), 0)
    assert 0 not in {draw(logits) for _ in range(500)}


@pytest.mark.parametrize("broken", [np.nan, -np.inf])
def test_numbers_that_are_not_finite_are_a_fault_of_the_model(broken: float) -> None:
    with pytest.raises(EngineError, match="not finite"):
        Draw(Sampling(1.0), 0)(np.full(5, broken, dtype=np.float32))


def test_the_most_likely_are_found_in_a_large_vocabulary() -> None:
    logits = np.random.default_rng(0).standard_normal(10_000, dtype=np.float32)
    assert set(most_likely(logits, 7)) == set(np.argsort(logits)[-7:])
