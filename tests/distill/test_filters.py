"""The filter: what is dropped at which stage and why, what is masked, and what the funnel tells."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from agent.moves import Wish
from agent.plan import PlanNeed
from agent.trajectory import Observation, Step
from distill.dialogue import Dialogue
from distill.errors import DataError
from distill.filtering.near_duplicates import NearDuplicates, resemblance, signature
from distill.filtering.record import FilterSettings, Funnel, Kept
from distill.filtering.run import filter_dialogues, funnel_lines, read_funnel, read_kept
from distill.stage import unheld
from distill.task import Change, FollowUp, Task, TrueNeed
from index.search import Index
from tests.agent.shop import open_shop
from tests.distill.kettle_task import NEEDS, rules_cast
from tests.distill.recorded import at_call, at_report, corrected, dialogue, task, with_entries

LOOSE = FilterSettings(resemblance=1.0, balance=100.0)
CHEAPER = TrueNeed(need=PlanNeed(on="price", op="<", value="45 EUR"), words="under 45 EUR")


def sifted(
    shop: Index,
    folder: Path,
    pairs: Iterable[tuple[Task, Dialogue]],
    settings: FilterSettings = LOOSE,
) -> tuple[Funnel, list[Kept]]:
    """What the filter makes of dialogues over the shop."""
    funnel = filter_dialogues(pairs, lambda _: shop, settings, folder)
    return funnel, list(read_kept(folder))


def causes(funnel: Funnel) -> dict[str, dict[str, int]]:
    """What was dropped, by stage."""
    return {s.stage: dict(s.dropped) for s in funnel.stages if s.dropped}


def edited(said: Dialogue, at: int, **change: object) -> Dialogue:
    """The dialogue with one entry changed."""
    entries = list(said.trajectory.entries)
    entries[at] = entries[at].model_copy(update=change)
    return with_entries(said, *entries)


def mended(about: Task, **more: object) -> Task:
    """The task with something changed."""
    return about.model_copy(update=more)


def worded(number: int) -> Task:
    """A task with words of its own, so that it is nobody's duplicate."""
    return mended(task(number), question=" ".join(f"w{number}x{n}" for n in range(20)))


def test_a_sound_dialogue_is_kept_with_its_score(shop: Index, tmp_path: Path) -> None:
    funnel, (only,) = sifted(shop, tmp_path, [(task(), corrected(shop, task()))])
    assert (funnel.entered, funnel.kept, funnel.masked) == (1, 1, 0)
    assert not only.mask_report
    assert only.score is not None
    assert only.score > 6
    assert only.reports == (only.dialogue.final,)


def test_an_unfinished_dialogue_is_named_by_its_stop(shop: Index, tmp_path: Path) -> None:
    said = dialogue(shop, task()).model_copy(update={"stop": "unapproved"})
    funnel, kept = sifted(shop, tmp_path, [(task(), said)])
    assert causes(funnel) == {"schema": {"stop_unapproved": 1}}
    assert kept == []


def test_a_dialogue_that_never_came_about_is_named_by_its_stop(shop: Index, tmp_path: Path) -> None:
    said = unheld(task(), rules_cast(task()), "It broke.")
    assert causes(sifted(shop, tmp_path, [(task(), said)])[0]) == {"schema": {"stop_failed": 1}}


def test_a_question_whose_report_is_missing_makes_no_dialogue(shop: Index, tmp_path: Path) -> None:
    about = task(follow_up=FollowUp(text="and in black?", needs=NEEDS))
    said = dialogue(shop, about)
    assert len(said.earlier) == 1
    funnel, _ = sifted(shop, tmp_path, [(about, said.model_copy(update={"earlier": ()}))])
    assert causes(funnel) == {"schema": {"no_report": 1}}


@pytest.mark.parametrize("tool", ["visit_product", "product_reviews"])
def test_a_call_on_a_tag_that_was_never_shown_is_incoherent(shop: Index, tmp_path: Path, tool: str) -> None:
    said = dialogue(shop, task())
    at = at_call(said, tool)
    step = said.trajectory.entries[at]
    assert isinstance(step, Step)
    assert step.call is not None
    wrong = edited(said, at, call=step.call.model_copy(update={"arguments": {"id": "P99"}}))
    funnel, _ = sifted(shop, tmp_path, [(task(), wrong)])
    assert causes(funnel) == {"schema": {"unknown_tag": 1}}


def test_an_observation_that_does_not_come_out_again_fails_the_replay(shop: Index, tmp_path: Path) -> None:
    said = dialogue(shop, task())
    at = at_call(said, "product_search") + 1
    seen = said.trajectory.entries[at]
    assert isinstance(seen, Observation)
    funnel, _ = sifted(shop, tmp_path, [(task(), edited(said, at, text=seen.text.replace("EUR", "USD")))])
    assert causes(funnel) == {"replay": {"observation_differs": 1}}


def test_another_catalogue_fails_the_replay(shop: Index, tmp_path: Path) -> None:
    said = dialogue(shop, task())
    more = [p.model_copy(update={"id": f"{p.id}b"}) for p in shop.catalog.all_products()]
    with open_shop(tmp_path / "other", more) as other:
        funnel, _ = sifted(other, tmp_path / "out", [(task(), said)])
    assert causes(funnel) == {"replay": {"card_differs": 1}}


def test_picks_that_the_report_does_not_make_fail_the_replay(shop: Index, tmp_path: Path) -> None:
    said = dialogue(shop, task()).model_copy(update={"picks": ("kettles:1",)})
    funnel, _ = sifted(shop, tmp_path, [(task(), said)])
    assert causes(funnel) == {"replay": {"picks_differ": 1}}


def test_a_pick_that_misses_a_hidden_true_need_is_dropped(shop: Index, tmp_path: Path) -> None:
    funnel, _ = sifted(shop, tmp_path, [(task(needs=(CHEAPER, *NEEDS[1:])), dialogue(shop, task()))])
    assert causes(funnel) == {"predicates": {"unfit_pick": 1}}


def test_a_pick_where_nothing_fits_is_dropped(shop: Index, tmp_path: Path) -> None:
    nothing = TrueNeed(need=PlanNeed(on="price", op="<", value="1 EUR"))
    funnel, _ = sifted(shop, tmp_path, [(task(needs=(nothing,)), dialogue(shop, task()))])
    assert causes(funnel) == {"predicates": {"pick_where_nothing_fits": 1}}


def test_saying_that_nothing_fits_is_right_where_nothing_does(shop: Index, tmp_path: Path) -> None:
    nothing = TrueNeed(need=PlanNeed(on="price", op="<", value="1 EUR"))
    about = task(question="a kettle under 1 EUR", needs=(nothing,), answer="none", fitting=0)
    _, (only,) = sifted(
        shop, tmp_path, [(about, dialogue(shop, about))], LOOSE.model_copy(update={"rubric": 0})
    )
    assert only.dialogue.picks == ()
    assert not only.mask_report


def poor(said: Dialogue, report: str, picks: Sequence[str]) -> Dialogue:
    """The dialogue with another last report."""
    changed = edited(said, at_report(said), report=report)
    return changed.model_copy(update={"final": report, "picks": tuple(picks)})


def test_a_sound_search_with_an_unsupported_report_is_kept_with_the_report_masked(
    shop: Index, tmp_path: Path
) -> None:
    report = "## Verdict\nIt costs 12 EUR [P1].\n## Picks\n- best: [P1] Meets every hard need.\n"
    said = poor(dialogue(shop, task()), report, ["kettles:1"])
    funnel, (only,) = sifted(shop, tmp_path, [(task(), said)])
    assert only.mask_report
    assert funnel.masked == 1
    assert next(s for s in funnel.stages if s.stage == "citations").masked


def test_no_pick_where_something_fits_masks_the_report(shop: Index, tmp_path: Path) -> None:
    report = "## Verdict\nNothing fits.\n## Picks\n- none\n"
    chosen_by_code = ["kettles:1", "kettles:8"]
    said = poor(dialogue(shop, task()), report, chosen_by_code)
    funnel, (only,) = sifted(shop, tmp_path, [(task(), said)])
    assert only.mask_report
    assert dict(next(s for s in funnel.stages if s.stage == "predicates").masked) == {"no_pick": 1}


def test_a_report_under_the_threshold_is_masked(shop: Index, tmp_path: Path) -> None:
    strict = LOOSE.model_copy(update={"rubric": 10.0})
    _, (only,) = sifted(shop, tmp_path, [(task(), dialogue(shop, task()))], strict)
    assert only.mask_report


@pytest.mark.parametrize(
    ("band", "cause"),
    [
        ({"least_steps": 30}, "too_few_steps"),
        ({"most_steps": 6}, "too_many_steps"),
        ({"most_characters": 1000}, "too_long"),
    ],
)
def test_what_is_too_short_or_too_long_is_dropped(
    shop: Index, tmp_path: Path, band: dict[str, int], cause: str
) -> None:
    settings = LOOSE.model_copy(update=band)
    funnel, _ = sifted(shop, tmp_path, [(task(), dialogue(shop, task()))], settings)
    assert causes(funnel) == {"length": {cause: 1}}


def test_of_two_successes_of_a_task_the_shorter_stays_whatever_the_order(shop: Index, tmp_path: Path) -> None:
    said = dialogue(shop, task())
    at = at_call(said, "compare_products")
    entries = said.trajectory.entries
    said = said.model_copy(update={"rulings": ()})
    shorter = with_entries(said, *entries[:at], *entries[at + 2 :])
    for number, pairs in enumerate([[said, shorter], [shorter, said]]):
        loose = LOOSE.model_copy(update={"rubric": 0.0})
        funnel, (only,) = sifted(shop, tmp_path / str(number), [(task(), d) for d in pairs], loose)
        assert only.dialogue == shorter
        assert causes(funnel) == {"shortest": {"not_shortest": 1}}


def test_a_success_goes_before_a_shorter_dialogue_with_a_masked_report(shop: Index, tmp_path: Path) -> None:
    said = dialogue(shop, task())
    masked = poor(said, "## Verdict\nNothing fits.\n## Picks\n- none\n", ["kettles:1", "kettles:8"])
    _, (only,) = sifted(shop, tmp_path, [(task(), masked), (task(), said)])
    assert only.dialogue == said


def test_of_near_duplicates_the_one_in_training_gives_way(shop: Index, tmp_path: Path) -> None:
    one, two = task(1), mended(task(2), split="test")
    pairs = [(t, dialogue(shop, t)) for t in (one, two)]
    settings = LOOSE.model_copy(update={"resemblance": 0.8})
    funnel, (only,) = sifted(shop, tmp_path, pairs, settings)
    assert only.task.split == "test"
    assert causes(funnel) == {"near_duplicates": {"near_duplicate": 1}}


def test_no_family_takes_more_than_its_share(shop: Index, tmp_path: Path) -> None:
    said = dialogue(shop, task())
    families = ["plain"] * 8 + ["terse", "rambling"]
    tasks = [mended(worded(n), family=family) for n, family in enumerate(families)]
    pairs = [(t, said.model_copy(update={"task": t.id})) for t in tasks]
    settings = LOOSE.model_copy(update={"balance": 1.5})
    funnel, kept = sifted(shop, tmp_path, pairs, settings)
    assert sorted(k.task.family for k in kept) == [*["plain"] * 5, "rambling", "terse"]
    assert causes(funnel)["balance"] == {"many_family": 3}


def test_a_change_of_mind_and_a_follow_up_are_replayed_and_held_to_their_own_needs(
    shop: Index, tmp_path: Path
) -> None:
    change = Change(
        after=3,
        wish=Wish(kind="edit", target="need:0", need=CHEAPER.need),
        needs=(CHEAPER, *NEEDS[1:]),
    )
    white = TrueNeed(need=PlanNeed(on="colour", op="=", value="black"), words="in black")
    about = task(change=change, follow_up=FollowUp(text="and in black?", needs=(CHEAPER, *NEEDS[1:], white)))
    said = dialogue(shop, about)
    funnel, _ = sifted(shop, tmp_path, [(about, said)])
    assert "replay" not in causes(funnel)
    assert "predicates" not in causes(funnel)


def test_the_same_dialogues_in_another_order_give_the_same_bytes(shop: Index, tmp_path: Path) -> None:
    said = dialogue(shop, task())
    pairs = [(t, said.model_copy(update={"task": t.id})) for t in (worded(n) for n in range(4))]
    for number, order in enumerate((pairs, pairs[::-1])):
        assert sifted(shop, tmp_path / str(number), order)[0].kept == 4
    assert (tmp_path / "0" / "kept.jsonl").read_bytes() == (tmp_path / "1" / "kept.jsonl").read_bytes()


def test_the_funnel_is_kept_and_told_as_a_table(shop: Index, tmp_path: Path) -> None:
    said = dialogue(shop, task())
    funnel, _ = sifted(shop, tmp_path, [(task(), said), (task(), said.model_copy(update={"stop": "faults"}))])
    assert read_funnel(tmp_path) == funnel
    assert next(iter(funnel_lines(funnel))) == ("schema", "2", "1", "stop_faults 1")


def test_nothing_is_left_beside_the_result(shop: Index, tmp_path: Path) -> None:
    sifted(shop, tmp_path, [(task(), dialogue(shop, task()))])
    assert sorted(p.name for p in tmp_path.glob("*.*")) == ["funnel.json", "kept.jsonl"]


def test_a_line_that_is_no_kept_dialogue_is_named(tmp_path: Path) -> None:
    (tmp_path / "kept.jsonl").write_text("{}\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"Line 1 of .* is no kept"):
        list(read_kept(tmp_path))


def test_texts_that_differ_in_a_word_resemble_each_other_and_others_do_not() -> None:
    words = [f"word{n}" for n in range(60)]
    text, near = " ".join(words), " ".join([*words[:59], "other"])
    assert resemblance(signature(text), signature(near)) > 0.85
    assert resemblance(signature(text), signature(" ".join(w + "x" for w in words))) < 0.2


def test_what_was_taken_once_is_not_taken_again() -> None:
    taken = NearDuplicates(0.9)
    assert [taken.repeats(signature(t)) for t in ("a b c d", "e f g h", "a b c d")] == [False, False, True]
