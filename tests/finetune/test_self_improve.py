"""Self-improvement: an agent's runs are kept as they end, what verifies is learned, what failed is a pair."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.trajectory import Step
from distill.dataset.export import open_dataset
from distill.dialogue import Dialogue
from distill.stage import hold
from distill.task import Task
from finetune.errors import ImproveError
from finetune.self_improve.lessons import Gained, learn_from
from finetune.self_improve.runs import OwnRun, hold_own, read_runs
from index.search import Index
from models.llama import LlamaEngine
from tests.distill.kettle_task import rules_cast
from tests.distill.recorded import at_call, at_report, dialogue, task, with_entries
from tests.gguf_factory import write_gguf


def own(about: Task, held: Dialogue, seed: int = 0) -> OwnRun:
    """A run as the file keeps it."""
    return OwnRun(task=about.id, seed=seed, author="me", temperature=0.7, dialogue=held)


def learned(shop: Index, folder: Path, tasks: Sequence[Task], runs: Sequence[OwnRun]) -> Gained:
    """What runs over the tiny shop teach."""
    return learn_from(tasks, runs, lambda _: shop, folder / "work", folder / "dataset", 0)


def with_step(held: Dialogue, at: int, **other: object) -> Dialogue:
    """The run in which the step at this place was another."""
    entries = list(held.trajectory.entries)
    entries[at] = entries[at].model_copy(update=other)
    return with_entries(held, *entries[: at + 1], *held.trajectory.entries[at + 1 :])


def unsupported(held: Dialogue) -> Dialogue:
    """The run in which the report claims what no record says."""
    said = held.final.replace("## Picks", "It costs 12.34 EUR [P1].\n\n## Picks", 1)
    changed = with_step(held, at_report(held), report=said)
    return changed.model_copy(update={"final": said})


def test_a_run_that_verifies_is_learned_and_one_that_does_not_is_the_other_half_of_a_pair(
    shop: Index, tmp_path: Path
) -> None:
    about = task()
    right = dialogue(shop, about)
    wrong = unsupported(right)
    gained = learned(shop, tmp_path, [about], [own(about, wrong), own(about, right, 1)])
    assert (gained.runs, gained.verified, gained.kept, gained.pairs) == (2, 1, 1, 1)
    data = open_dataset(tmp_path / "dataset")
    (pair,) = data.preferences("train")
    assert "12.34" in str(pair.rejected)
    assert "12.34" not in str(pair.chosen)
    (sample,) = data.samples("train")
    assert "12.34" not in str(sample.messages)
    assert sum(message["role"] == "assistant" for message in sample.messages) == right.steps


def test_a_pair_stands_at_the_first_step_that_acts_otherwise_whatever_was_thought(
    shop: Index, tmp_path: Path
) -> None:
    about = task()
    right = dialogue(shop, about)
    plan, search = at_call(right, "plan"), at_call(right, "product_search")
    thinking = with_step(right, plan, thought="Hm.")
    searching = right.trajectory.entries[search]
    assert isinstance(searching, Step)
    assert searching.call is not None
    other = searching.call.model_copy(update={"arguments": {"query": "teapot"}})
    stopped = with_entries(
        thinking, *thinking.trajectory.entries[:search], searching.model_copy(update={"call": other})
    )
    failed = stopped.model_copy(update={"stop": "steps", "final": "", "picks": ()})
    gained = learned(shop, tmp_path, [about], [own(about, right), own(about, failed, 1)])
    assert dict(gained.causes) == {"stop_steps": 1}
    (pair,) = open_dataset(tmp_path / "dataset").preferences("train")
    assert "teapot" in str(pair.rejected)
    assert pair.metadata.codes == ("stop_steps",)
    assert sum(message["role"] == "assistant" for message in pair.prompt) == sum(
        isinstance(entry, Step) for entry in right.trajectory.entries[:search]
    )


def test_runs_that_saw_other_things_make_no_pair(shop: Index, tmp_path: Path) -> None:
    about = task()
    right = dialogue(shop, about)
    entries = list(right.trajectory.entries)
    seen = at_call(right, "product_search") + 1
    entries[seen] = entries[seen].model_copy(update={"text": "P1 | something else"})
    other = unsupported(with_entries(right, *entries))
    gained = learned(shop, tmp_path, [about], [own(about, right), own(about, other, 1)])
    assert (gained.verified, gained.pairs) == (1, 0)


def test_of_several_verified_runs_of_a_task_one_is_learned(shop: Index, tmp_path: Path) -> None:
    about = task()
    right = dialogue(shop, about)
    gained = learned(shop, tmp_path, [about], [own(about, right, seed) for seed in range(3)])
    assert (gained.verified, gained.kept) == (3, 1)


def test_where_nothing_verifies_the_causes_are_told_and_no_data_set_is_made(
    shop: Index, tmp_path: Path
) -> None:
    about = task()
    wrong = unsupported(dialogue(shop, about))
    with pytest.raises(ImproveError, match=r"No run of 1 verifies \(\w+ 1\)"):
        learned(shop, tmp_path, [about], [own(about, wrong)])
    assert not (tmp_path / "dataset").exists()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> LlamaEngine:
    """A model of random weights."""
    path = write_gguf(tmp_path_factory.mktemp("engine") / "dice.gguf", vocab=1024, context=4096)
    return LlamaEngine.open(path, context_size=4096, threads=1)


@pytest.mark.longer
def test_own_runs_differ_by_their_seed_and_are_the_live_agents(
    shop: Index, engine: LlamaEngine, tmp_path: Path
) -> None:
    about = task()
    hold_own([about], 2, engine, 1.0, lambda _: shop, tmp_path / "runs.jsonl", lambda done, total: None)  # noqa: ARG005
    first, second = read_runs(tmp_path / "runs.jsonl")
    assert [first.seed, second.seed] == [0, 1]
    assert first.dialogue.trajectory.entries[1:] != second.dialogue.trajectory.entries[1:]
    assert first.dialogue.seats.model_dump() == {"user": "rules", "research": "dice", "supervisor": "code"}
    assert (
        first.dialogue.trajectory.entries[0]
        == hold(about, shop, rules_cast(about)).dialogue.trajectory.entries[0]
    )


@pytest.mark.slow
def test_a_file_of_runs_that_was_cut_is_gone_on_with(
    shop: Index, engine: LlamaEngine, tmp_path: Path
) -> None:
    path, told = tmp_path / "runs.jsonl", list[tuple[int, int]]()

    def hold_two() -> None:
        hold_own(
            [task()], 2, engine, 1.0, lambda _: shop, path, lambda done, total: told.append((done, total))
        )

    hold_two()
    whole = path.read_bytes()
    first = whole.splitlines(keepends=True)[0]
    path.write_bytes(whole[: len(first) + 40])
    told.clear()
    hold_two()
    assert told == [(1, 2), (2, 2)]
    assert path.read_bytes() == whole


def test_runs_of_another_temperature_are_not_mixed(shop: Index, engine: LlamaEngine, tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    hold_own([task()], 1, engine, 1.0, lambda _: shop, path, lambda done, total: None)  # noqa: ARG005
    with pytest.raises(ImproveError, match="another agent or temperature"):
        hold_own([task()], 1, engine, 0.5, lambda _: shop, path, lambda done, total: None)  # noqa: ARG005
