"""The data set: what its lines hold, that the same input gives the same bytes, and what is not opened."""

import errno
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.trajectory import Compaction, Move, Step
from agent.wire import WIRE_VERSION
from distill.dataset.contexts import contexts, estimated_tokens, parted
from distill.dataset.export import Dataset, export, open_dataset
from distill.dataset.manifest import ExportSettings
from distill.errors import DatasetError, FullDiskError
from distill.filtering.record import Funnel, Kept
from distill.internalizing.internalize import Internalized, internalize
from distill.internalizing.rewriting import RulesRewriter
from distill.task import Persona
from index.search import Index
from tests.distill.recorded import at_call, at_report, kept, send_back, with_entries

SMALL = 2500
"""Tokens of a context that the corrected dialogue does not fit."""


def done(shop: Index, number: int = 1, mask_report: bool = False, **more: object) -> Internalized:
    """A corrected dialogue, internalized."""
    return internalize(kept(shop, number, mask_report, **more), RulesRewriter(), 0)[0]


def exported(
    shop: Index, folder: Path, *dialogues: Internalized, settings: ExportSettings | None = None
) -> Dataset:
    """The data set of these dialogues, opened."""
    export(dialogues, folder, settings or ExportSettings(), lambda _: shop)
    return open_dataset(folder)


def changed(before: Internalized, kept_as: Kept) -> Internalized:
    """The dialogue with other things kept of it."""
    return before.model_copy(update={"kept": kept_as})


def test_a_whole_dialogue_is_one_line_with_messages_tools_and_metadata(shop: Index, tmp_path: Path) -> None:
    one = done(shop)
    (sample,) = exported(shop, tmp_path / "set", one).samples("train")
    assert [m["role"] for m in sample.messages[:4]] == ["system", "user", "assistant", "tool"]
    assert sample.messages[-1]["content"] == one.kept.dialogue.final
    assert len(sample.tools) == 8
    about = sample.metadata
    assert (about.task, about.world, about.split, about.wire) == ("kettle-1", "home", "train", WIRE_VERSION)
    assert (about.variant, about.form, about.context, about.step) == ("internalized", "whole", 0, None)
    assert about.tokens == estimated_tokens(one.variant("internalized").trajectory.entries)


def test_samples_go_to_the_file_of_their_split(shop: Index, tmp_path: Path) -> None:
    data = exported(shop, tmp_path / "set", done(shop, 1), done(shop, 2, split="test"))
    assert [s.metadata.task for s in data.samples("train")] == ["kettle-1"]
    assert [s.metadata.task for s in data.samples("test")] == ["kettle-2"]
    assert list(data.samples("validation")) == []


def test_the_other_form_has_a_sample_for_every_step_with_that_step_last(shop: Index, tmp_path: Path) -> None:
    one = done(shop)
    steps = exported(shop, tmp_path / "set", one, settings=ExportSettings(form="step")).samples("train")
    told = list(steps)
    assert len(told) == one.kept.dialogue.steps - 3
    assert [s.metadata.step for s in told] == list(range(len(told)))
    assert all(s.messages[-1]["role"] == "assistant" for s in told)


def test_a_poor_report_is_masked_as_a_whole_and_left_out_as_a_step(shop: Index, tmp_path: Path) -> None:
    one = done(shop, mask_report=True)
    (whole,) = exported(shop, tmp_path / "whole", one).samples("train")
    assert whole.metadata.mask_report
    assert [whole.messages[at]["content"] for at in whole.metadata.masked] == [one.kept.dialogue.final]
    steps = exported(shop, tmp_path / "step", one, settings=ExportSettings(form="step")).samples("train")
    assert all(not s.messages[-1]["content"] for s in steps)


def test_the_raw_variant_points_at_what_was_sent_back(shop: Index, tmp_path: Path) -> None:
    data = exported(shop, tmp_path / "set", done(shop), settings=ExportSettings(variant="raw"))
    (sample,) = data.samples("train")
    back = sample.metadata.sent_back
    assert len(back) == 3
    assert all(sample.messages[at]["role"] == "assistant" for at in back)
    assert all(sample.messages[at + 1]["role"] == "user" for at in back)


def test_what_was_sent_back_is_the_rejected_side_of_a_preference(shop: Index, tmp_path: Path) -> None:
    one = done(shop)
    pairs = list(exported(shop, tmp_path / "set", one).preferences("train"))
    assert [p.metadata.codes for p in pairs] == [("budget_forgotten",), ("unknown_tag",), ("no_citation",)]
    assert [p.metadata.state for p in pairs] == ["plan", "call", "report"]
    visit, report = pairs[1], pairs[2]
    assert "P77" in json.dumps(visit.rejected)
    assert "P77" not in json.dumps(visit.prompt + visit.chosen)
    assert report.chosen[0]["content"] == one.kept.dialogue.final
    assert str(report.rejected[0]["content"]).startswith("## Verdict\nEveryone loves it.")


def test_an_edit_that_was_sent_back_is_rejected_as_the_whole_report_it_makes(
    shop: Index, tmp_path: Path
) -> None:
    before = kept(shop)
    said = before.dialogue
    at = at_report(said)
    section = Step(report="## Verdict\nStill everyone loves it.\n")
    again = send_back(said, at, section, "one_review", "P1 is one product.")
    one, _ = internalize(before.model_copy(update={"dialogue": again}), RulesRewriter(), 0)
    *_, last = exported(shop, tmp_path / "set", one).preferences("train")
    assert last.rejected[0]["content"] == "## Verdict\nStill everyone loves it.\n## Picks\n- best: [P1]\n"


def test_no_preference_is_made_across_what_the_person_said(shop: Index, tmp_path: Path) -> None:
    before = kept(shop)
    at = at_report(before.dialogue)
    entries = before.dialogue.trajectory.entries
    stop = Move(move="stop", text="Stop here and write the report with what you have.")
    said = with_entries(before.dialogue, *entries[:at], stop, *entries[at:])
    one = changed(done(shop), before.model_copy(update={"dialogue": said}))
    assert len(list(exported(shop, tmp_path / "set", one).preferences("train"))) == 2


def test_a_long_dialogue_is_there_in_compacted_contexts_too(shop: Index, tmp_path: Path) -> None:
    settings = ExportSettings(context_tokens=SMALL)
    whole, *parts = exported(shop, tmp_path / "set", done(shop), settings=settings).samples("train")
    assert whole.metadata.context == 0
    assert [p.metadata.context for p in parts] == list(range(1, len(parts) + 1))
    assert parts
    for part in parts:
        assert [m["role"] for m in part.messages[:3]] == ["system", "user", "assistant"]
        assert "Searched so far" in str(part.messages[1]["content"])
    assert parts[-1].messages[-1] == whole.messages[-1]


def test_a_context_without_room_for_a_step_is_refused(shop: Index, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"A context of 500 tokens leaves no room for a step"):
        export([done(shop)], tmp_path / "set", ExportSettings(context_tokens=500), lambda _: shop)
    assert not (tmp_path / "set").exists()


def test_a_dialogue_that_does_not_replay_is_named(shop: Index, tmp_path: Path) -> None:
    one = done(shop)
    elsewhere = one.kept.task.model_copy(update={"persona": Persona(user="u", summary="", history=("x",))})
    moved = changed(one, one.kept.model_copy(update={"task": elsewhere}))
    with pytest.raises(DatasetError, match="kettle-1 does not replay"):
        export([moved], tmp_path / "set", ExportSettings(context_tokens=SMALL), lambda _: shop)


def test_contexts_hold_every_step_once_and_only_what_fits(shop: Index) -> None:
    one = done(shop)
    variant = one.variant("internalized")
    parts = contexts(one.kept, variant, shop, SMALL)
    steps = [e for p in parts for e in p.trajectory.entries if isinstance(e, Step)]
    assert steps == [e for e in variant.trajectory.entries if isinstance(e, Step)]
    begins = [isinstance(p.trajectory.entries[0], Compaction) for p in parts]
    assert begins == [False, *[True] * (len(parts) - 1)]


def test_a_mask_stays_on_the_report_in_its_context(shop: Index) -> None:
    one = done(shop, mask_report=True)
    *before, last = contexts(one.kept, one.variant("internalized"), shop, SMALL)
    assert all(p.masked == () for p in before)
    assert last.masked == (len(last.trajectory.entries) - 1,)


def test_where_the_researcher_itself_began_anew_the_contexts_are_its_own(shop: Index) -> None:
    before = kept(shop)
    at = at_call(before.dialogue, "compare_products")
    entries = before.dialogue.trajectory.entries
    said = with_entries(before.dialogue, *entries[:at], Compaction(text="So far."), *entries[at:])
    one = changed(done(shop), before.model_copy(update={"dialogue": said}))
    first, second = parted(one.variant("clean"))
    assert not any(isinstance(e, Compaction) for e in first.trajectory.entries)
    assert second.trajectory.entries[0] == Compaction(text="So far.")


def test_the_same_dialogues_give_the_same_bytes(shop: Index, tmp_path: Path) -> None:
    for name in ("a", "b"):
        exported(shop, tmp_path / name, done(shop, 1), done(shop, 2))
    files = sorted(p.name for p in (tmp_path / "a").iterdir())
    assert len(files) == 8
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_card_tells_what_is_in_it(shop: Index, tmp_path: Path) -> None:
    settings = ExportSettings(licences=(("kettles", "CC0"),))
    funnel = Funnel(entered=3, kept=1, masked=0, stages=())
    export([done(shop)], tmp_path / "set", settings, lambda _: shop, funnel)
    card = (tmp_path / "set" / "README.md").read_text(encoding="utf-8")
    assert "| dialogues | 1 | 0 | 0 | 1 |" in card
    assert "| steps that were sent back | 3 | 0 | 0 | 3 |" in card
    assert "| Kitchen > Kettles | 1 | 0 | 0 |" in card
    assert "- kettles: CC0" in card
    assert "no tokenizer was asked" in card


def test_a_file_that_was_changed_by_hand_is_named(shop: Index, tmp_path: Path) -> None:
    exported(shop, tmp_path / "set", done(shop))
    with (tmp_path / "set" / "train.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(DatasetError, match=r"train\.jsonl was changed after the export"):
        open_dataset(tmp_path / "set")


def test_a_missing_file_is_named(shop: Index, tmp_path: Path) -> None:
    exported(shop, tmp_path / "set", done(shop))
    (tmp_path / "set" / "test.jsonl").unlink()
    with pytest.raises(DatasetError, match=r"test\.jsonl is missing"):
        open_dataset(tmp_path / "set")


def test_a_manifest_that_leaves_a_file_out_is_refused(shop: Index, tmp_path: Path) -> None:
    exported(shop, tmp_path / "set", done(shop))
    path = tmp_path / "set" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    files = [file for file in manifest["files"] if file["name"] != "train.jsonl"]
    path.write_text(json.dumps({**manifest, "files": files}), encoding="utf-8")
    with pytest.raises(DatasetError, match=r"manifest\.json was changed by hand"):
        open_dataset(tmp_path / "set")


def test_another_wire_is_refused(shop: Index, tmp_path: Path) -> None:
    exported(shop, tmp_path / "set", done(shop))
    path = tmp_path / "set" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**manifest, "wire": WIRE_VERSION + 1}), encoding="utf-8")
    with pytest.raises(DatasetError, match=f"wire {WIRE_VERSION + 1} and this version reads"):
        open_dataset(tmp_path / "set")


@pytest.mark.parametrize("text", ["", "[]", f'{{"format": 1, "wire": {WIRE_VERSION}}}', "\xff"])
def test_a_manifest_that_is_none_is_refused_in_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(DatasetError, match="export the data set again"):
        open_dataset(tmp_path)


def test_a_folder_without_a_manifest_is_no_data_set(shop: Index, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="is no data set"):
        open_dataset(tmp_path)
    (tmp_path / "mine").mkdir()
    with pytest.raises(DatasetError, match="name another folder"):
        export([done(shop)], tmp_path / "mine", ExportSettings(), lambda _: shop)


def test_an_export_takes_the_place_of_the_one_before(shop: Index, tmp_path: Path) -> None:
    exported(shop, tmp_path / "set", done(shop, 1), done(shop, 2))
    data = exported(shop, tmp_path / "set", done(shop, 3))
    assert [s.metadata.task for s in data.samples("train")] == ["kettle-3"]
    assert [p.name for p in tmp_path.iterdir() if "set" in p.name] == ["set"]


def test_a_full_disk_leaves_the_data_set_before_as_it_was(shop: Index, tmp_path: Path) -> None:
    exported(shop, tmp_path / "set", done(shop, 1))

    def until_full() -> Iterator[Internalized]:
        yield done(shop, 2)
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(FullDiskError, match="The disk is full"):
        export(until_full(), tmp_path / "set", ExportSettings(), lambda _: shop)
    assert [s.metadata.task for s in open_dataset(tmp_path / "set").samples("train")] == ["kettle-1"]
    assert [p.name for p in tmp_path.iterdir() if "set" in p.name] == ["set"]
