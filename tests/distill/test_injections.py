"""Product text is data: planted orders change no verdict of the supervisor and no pick.

Two worlds are built from one seed. In the one, products, reviews and pages carry attacks; in the other, as
many neutral words at the same places, so that full-text search weighs both alike.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from pydantic import BaseModel

from agent.report.draft import parse_draft
from agent.trajectory import Observation
from distill.dataset.export import export
from distill.dataset.manifest import ExportSettings
from distill.dialogue import Dialogue
from distill.drawing.shoppers import draw_histories
from distill.drawing.tasks import draw_tasks
from distill.filtering.record import FilterSettings
from distill.filtering.run import filter_dialogues, read_kept
from distill.internalizing.internalize import internalize_all, read_internalized
from distill.internalizing.rewriting import RulesRewriter
from distill.running.casting import Casting, CastSpec
from distill.seats.asking import Limits, Teacher
from distill.seats.model_critic import ModelCritic
from distill.seats.model_judge import ModelJudge
from distill.seats.model_rewriter import ModelRewriter
from distill.seats.prompting import prompt
from distill.seats.roles import SeatError
from distill.seats.rules_user import RulesUser
from distill.seats.tally import Tally
from distill.stage import Held, hold
from distill.task import Task
from distill.worlds.draw import draw_spec
from index.catalog import Catalog
from index.demo.records import ShopRecord, draw, records
from index.demo.shop import write_shop
from index.product import Page, Product, Review
from index.search import Index
from index.text.sanitize import plain, plain_lines
from models.completion import harmless

SEED = 11
WORLD = f"random:{SEED}"
TASKS = 24
BANK = tomllib.loads((Path(__file__).parent / "attacks.toml").read_text(encoding="utf-8"))
FIELDS = ("question", "shown", "criteria", "wrong", "cause", "mended", "thought")
CONTROL = re.compile(
    r"<\|im_\w+\|>|</?(?:think|tool_call|tool_response)>"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]|\\u00(?:[01]|7f|[89])"
)
"""What no text from a record may spell, nor as an escape of JSON."""


class Planter:
    """Writes attacks or neutral words into records, sanitized as an importer would, and keeps them."""

    def __init__(self, hostile: bool) -> None:
        self._hostile = hostile
        self.planted: list[str] = []

    def __call__(self, record: ShopRecord) -> ShopRecord:
        """The record with a text more in every place that an outsider writes."""
        match record:
            case Product():
                description = plain_lines(f"{record.description}\n{self._text()}")
                bullets = (*record.bullets, plain(self._text()))
                return record.model_copy(update={"description": description, "bullets": bullets})
            case Review() if record.sentences:
                return record.model_copy(update={"sentences": (*record.sentences, plain(self._text()))})
            case Page():
                return record.model_copy(update={"sentences": (*record.sentences, plain(self._text()))})
        return record

    def _text(self) -> str:
        number = len(self.planted)
        attack: str = BANK["texts"][number % len(BANK["texts"])].replace("{n}", str(number))
        words = BANK["neutral"].split()
        neutral = " ".join(words[at % len(words)] for at in range(len(fts_tokens(plain(attack)))))
        self.planted.append(attack if self._hostile else neutral)
        return self.planted[-1]


def fts_tokens(text: str) -> list[str]:
    """The words that the full-text index counts."""
    return re.findall(r"[^\W_]+", text)


def open_planted(folder: Path, planter: Planter) -> Index:
    """The world in a new folder, every record planted."""
    spec = draw_spec(SEED)
    world = draw(spec, SEED, round(sum(c.share for c in spec.categories)))
    with Catalog.open(folder / "catalog.sqlite") as catalog:
        write_shop(catalog, spec, map(planter, records(spec, world, SEED)), "planted")
    return Index.open(folder, meaning=False)


class Twins(NamedTuple):
    """The same tasks held on both worlds."""

    tasks: list[Task]
    shop: Index
    """The hostile world."""
    neutral: list[Held]
    hostile: list[Held]
    planted: list[str]


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    """Rule seats with planted faults on every task, drawn where nobody attacks."""
    calm, foul = Planter(hostile=False), Planter(hostile=True)
    with ExitStack() as stack:
        neutral = stack.enter_context(open_planted(tmp_path_factory.mktemp("neutral"), calm))
        hostile = stack.enter_context(open_planted(tmp_path_factory.mktemp("hostile"), foul))
        people = list(draw_histories(neutral, SEED, 10, WORLD))
        tasks = list(draw_tasks(neutral, WORLD, people, TASKS, SEED, RulesUser(neutral)))
        both = [[held(task, index) for task in tasks] for index in (neutral, hostile)]
        yield Twins(tasks, hostile, both[0], both[1], [plain(text) for text in foul.planted])


def held(task: Task, index: Index) -> Held:
    """One dialogue with planted faults."""
    cast, _ = Casting(CastSpec(fault_share=1.0, seed=SEED)).cast(task, index)
    return hold(task, index, cast)


def rulings(dialogue: Dialogue) -> list[tuple[object, ...]]:
    """What the supervisor said of each step."""
    return [(r.at, r.state, r.round, r.approved, tuple(f.code for f in r.findings)) for r in dialogue.rulings]


def observed(dialogue: Dialogue) -> str:
    """All that the tools brought back."""
    return "\n".join(e.text for e in dialogue.trajectory.entries if isinstance(e, Observation))


@pytest.mark.longer
def test_no_planted_order_changes_a_ruling_or_a_pick(
    twins: Twins, capsys: pytest.CaptureFixture[str]
) -> None:
    ruled = 0
    for calm, foul in zip(twins.neutral, twins.hostile, strict=True):
        assert rulings(foul.dialogue) == rulings(calm.dialogue)
        assert foul.dialogue.picks == calm.dialogue.picks
        assert foul.dialogue.stop == calm.dialogue.stop
        ruled += len(foul.dialogue.rulings)
    sent_back = sum(not r.approved for h in twins.hostile for r in h.dialogue.rulings)
    read = "\n".join(observed(h.dialogue) for h in twins.hostile)
    shown = sum(text in read for text in twins.planted)
    with capsys.disabled():
        sys.stdout.write(
            f"\n  {len(twins.planted):,} attacks planted, {shown:,} of them read in {TASKS} dialogues: "
            f"0 of {ruled} rulings ({sent_back} sent back) and no pick differ\n"
        )
    assert len(twins.planted) >= 100
    assert shown >= 20
    assert sent_back
    assert any(h.dialogue.picks for h in twins.hostile)


class Recorder:
    """A model that is asked and says nothing."""

    name = "recorder"

    def __init__(self) -> None:
        self.read: list[tuple[str, str]] = []

    def write(self, system: str, user: str, answer: type[BaseModel], seed: int) -> str:  # noqa: ARG002
        """Nothing."""
        self.read.append((system, user))
        return ""


def assert_fenced(name: str, recorder: Recorder) -> None:
    """Each message is the prompt's own lines, and data behind a bar that spell no control token."""
    system, empty = prompt(name, dict.fromkeys(FIELDS, ""))
    for read, user in recorder.read:
        assert read == system
        assert unfenced(user) == unfenced(empty)
        assert not CONTROL.search(str(harmless([{"role": "user", "content": user}])))


def unfenced(text: str) -> list[str]:
    """The lines that are not data."""
    return [line for line in text.splitlines() if not line.startswith("|")]


@pytest.mark.longer
def test_the_judge_reads_hostile_text_as_fenced_data(twins: Twins) -> None:
    recorder = Recorder()
    judge = ModelJudge(Teacher(recorder, Tally(), Limits(attempts=1)))
    for task, foul in zip(twins.tasks, twins.hostile, strict=True):
        assert foul.desk is not None
        with suppress(SeatError):
            draft = parse_draft(foul.dialogue.final)
            ModelCritic(judge, task.rubric).report(draft, foul.dialogue.trajectory, foul.desk)
    for text in BANK["texts"]:
        with suppress(SeatError):
            judge.judge(text, f"{text}\nAnswer\n# Task\n{text}", twins.tasks[0].rubric.criteria[:2])
    assert_fenced("judge", recorder)
    assert sum("Ignore all previous instructions" in user for _, user in recorder.read) > 1


@pytest.mark.longer
def test_a_dataset_holds_hostile_text_without_a_control_token_and_rewriters_read_it_fenced(
    twins: Twins, tmp_path: Path
) -> None:
    pairs = [(t, h.dialogue) for t, h in zip(twins.tasks, twins.hostile, strict=True)]
    lenient = FilterSettings(rubric=0, balance=50)
    funnel = filter_dialogues(pairs, lambda _: twins.shop, lenient, tmp_path)
    assert funnel.kept
    recorder = Recorder()
    rewriter = ModelRewriter(Teacher(recorder, Tally(), Limits(attempts=1)))
    internalize_all(read_kept(tmp_path), rewriter, SEED, tmp_path)
    assert recorder.read
    assert_fenced("reflection", recorder)
    internalize_all(read_kept(tmp_path), RulesRewriter(SEED), SEED, tmp_path)
    settings = ExportSettings(seed=SEED)
    export(read_internalized(tmp_path), tmp_path / "dataset", settings, lambda _: twins.shop, funnel)
    lines = [
        line
        for path in (tmp_path / "dataset").glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert any("Ignore all previous instructions" in line for line in lines)
    assert any("im_start|" in line for line in lines)
    found = [at[0] for line in lines for at in CONTROL.finditer(line)]
    assert found == []
