"""`distill filter`, `internalize` and `export`: what is kept of a run, in which voice, and in what form."""

import sys
from pathlib import Path

from distill.dataset.export import export
from distill.dataset.manifest import ExportSettings
from distill.dataset.samples import Form
from distill.errors import RunError
from distill.filtering.record import FilterSettings
from distill.filtering.run import KEPT, filter_dialogues, funnel_json, funnel_lines, read_funnel, read_kept
from distill.internalizing.internalize import INTERNALIZED, internalize_all, read_internalized
from distill.internalizing.rewriting import RulesRewriter
from distill.internalizing.variants import VariantName
from distill.running.casting import Casting, CastSpec
from distill.running.store import RunFolder
from distill.worlds.open import Worlds
from tui import settings
from tui.distilling.saying import say, table
from tui.told import UsageError


def sift(run: Path, *, rubric: float, least_steps: int, balance: float, seed: int, as_json: bool) -> None:
    """Filter a run and print the funnel."""
    held_to = FilterSettings(rubric=rubric, least_steps=least_steps, balance=balance, seed=seed)
    with RunFolder.open(run) as folder, Worlds(settings.home()) as worlds:
        funnel = filter_dialogues(folder.pairs(), worlds.index, held_to, run)
        # What was made of an earlier choice is no part of this one.
        (run / INTERNALIZED).unlink(missing_ok=True)
    if as_json:
        sys.stdout.write(funnel_json(funnel).decode("utf-8"))
        return
    table(("stage", "in", "out", "dropped"), funnel_lines(funnel))
    say(f"{funnel.kept:,} of {funnel.entered:,} kept, {funnel.masked:,} of them with their report masked.")


def rewrite(run: Path, seats: CastSpec) -> None:
    """Internalize what a filter kept."""
    _come_after(run, KEPT, "filter")
    casting = Casting(seats)
    rewriter = casting.rewriter(RulesRewriter(seats.seed))
    done = internalize_all(read_kept(run), rewriter, seats.seed, run)
    say(
        f"{done.dialogues:,} dialogues: {done.corrections:,} steps that were sent back became "
        f"{done.reflections:,} reflections, {done.rewritten:,} of them as the rewriter wrote them."
    )
    for cause, count in done.replaced.items():
        say(f"the rules' version stands in {count:,}: {cause}")
    for line in casting.tally.lines():
        say(line)


def write_dataset(
    run: Path, out: Path, variant: VariantName, form: Form, context: int, licences: list[str]
) -> None:
    """Export a run's internalized dialogues."""
    with RunFolder.open(run) as folder:
        seed = folder.made.seed
    wanted = ExportSettings(
        variant=variant, form=form, context_tokens=context, seed=seed, licences=tuple(map(_licence, licences))
    )
    _come_after(run, KEPT, "filter")
    _come_after(run, INTERNALIZED, "internalize")
    with Worlds(settings.home()) as worlds:
        manifest = export(read_internalized(run), out, wanted, worlds.index, read_funnel(run))
    table(("file", "lines", "bytes"), [(f.name, f"{f.lines}", f"{f.bytes}") for f in manifest.files])


def _come_after(run: Path, file: str, command: str) -> None:
    """Raise RunError where what a command makes of a run is not there."""
    if not (run / file).exists():
        raise RunError(f"{run / file} is not there yet; run `productresearch distill {command} {run}` first.")


def _licence(given: str) -> tuple[str, str]:
    name, parted, licence = given.partition("=")
    if not parted or not name.strip() or not licence.strip():
        raise UsageError(f"{given!r} is no NAME=LICENCE, such as demo=MIT.")
    return name.strip(), licence.strip()
