"""What a machine runs: what there is room for, how long a context, how fast."""

import pytest

from models.catalog import BUNDLED, Role, catalog
from models.fit import CONTEXTS, RUNTIME, TrainingFit, fit, fits, recommended, room, training_fit
from models.machine import Machine, measure

CARDS = catalog().models
DENSE, SPARSE = CARDS["qwen3-4b-instruct-2507"], CARDS["qwen3-30b-a3b-instruct-2507"]


def machine(gigabytes: float, bandwidth: float = 50.0) -> Machine:
    return Machine(int(gigabytes * 1e9), int(gigabytes * 5e8), 8, bandwidth * 1e9)


@pytest.mark.parametrize(("gigabytes", "context"), [(4, 0), (8, 8192), (16, 32768), (32, 65536)])
def test_the_context_is_the_longest_that_leaves_room_for_the_rest(gigabytes: float, context: int) -> None:
    found = fit(DENSE, machine(gigabytes))
    assert found.context == context
    assert found.runs is (context > 0)
    assert found.needed == DENSE.bytes + RUNTIME + (context or CONTEXTS[-1]) * DENSE.kv_bytes
    assert found.runs is (found.needed <= found.room)


@pytest.mark.parametrize("role", ["student", "teacher", "embedder"])
@pytest.mark.parametrize("gigabytes", [4, 8, 16, 32])
def test_what_is_recommended_for_a_size_of_memory_runs_in_it(role: Role, gigabytes: int) -> None:
    known = catalog()
    named = known.recommended[role][gigabytes]
    assert recommended(role, known, machine(gigabytes)) == named
    assert recommended(role, known, machine(gigabytes + 1)) == named
    assert recommended(role, known, machine(2)) == BUNDLED


def test_a_recommended_model_that_does_not_run_gives_way_to_the_next_smaller_one() -> None:
    large = catalog().model_copy(update={"recommended": {"student": {8: DENSE.name, 16: SPARSE.name}}})
    assert recommended("student", large, machine(16)) == DENSE.name


def test_no_context_is_longer_than_a_model_was_trained_on() -> None:
    assert fit(CARDS["qwen3-8b"], machine(256)).context == CARDS["qwen3-8b"].context


def test_other_programs_keep_a_quarter_or_two_and_a_half_gigabytes() -> None:
    assert room(machine(8)) == 8_000_000_000 - 2_500_000_000
    assert room(machine(64)) == 48_000_000_000


def test_a_graphics_card_has_its_own_memory() -> None:
    card = Machine(16 * 10**9, 8 * 10**9, 8, 50e9, "cuda", 24 * 10**9)
    assert fit(SPARSE, card).needed <= room(card) == 24 * 10**9 * 9 // 10
    shared = Machine(16 * 10**9, 8 * 10**9, 8, 200e9, "metal", 16 * 10**9)
    assert not fit(SPARSE, shared).runs


def test_a_model_of_many_experts_writes_as_fast_as_what_a_token_passes_through() -> None:
    large = machine(64)
    assert fit(SPARSE, large).tokens_per_second > fit(DENSE, large).tokens_per_second
    twice = fit(DENSE, machine(64, bandwidth=100)).tokens_per_second
    assert twice == pytest.approx(2 * fit(DENSE, large).tokens_per_second)


def test_what_runs_stands_first() -> None:
    found = fits(CARDS.values(), machine(8))
    assert [f.runs for f in found] == sorted((f.runs for f in found), reverse=True)
    assert found[0].tokens_per_second == max(f.tokens_per_second for f in found)
    assert not found[-1].runs


def with_card(gigabytes: int) -> Machine:
    return Machine(64 * 10**9, 32 * 10**9, 8, 50e9, "cuda", gigabytes * 10**9)


def test_weights_beneath_an_adapter_stand_as_fine_as_there_is_room() -> None:
    large, small, least = (training_fit(DENSE, with_card(gigabytes)) for gigabytes in (24, 8, 3))
    assert large is not None
    assert small is not None
    assert (large.weights, small.weights) == ("16 bits", "4 bits")
    assert 2 * 4 * 10**9 < large.needed < 24 * 10**9
    assert small.needed < 8 * 10**9
    assert least == TrainingFit("", small.needed)


def test_experts_that_a_token_does_not_pass_through_stand_in_memory_all_the_same() -> None:
    sparse = training_fit(SPARSE, with_card(80))
    assert sparse is not None
    assert sparse.needed > 2 * 30.5 * 10**9


def test_on_a_cpu_weights_stand_in_32_bits() -> None:
    large, small = training_fit(DENSE, machine(64)), training_fit(DENSE, machine(16))
    assert large is not None
    assert large.weights == "32 bits"
    assert small == TrainingFit("", large.needed)


def test_what_no_trainer_was_tried_with_is_not_promised() -> None:
    assert training_fit(CARDS["qwen3.5-2b"], with_card(80)) is None


def test_this_machine_is_measured() -> None:
    found = measure()
    assert 0 < found.free <= found.memory
    assert found.cores >= 1
    assert 1e8 < found.bandwidth < 1e13
