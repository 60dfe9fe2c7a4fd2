"""The stages of a retraining between the tasks and the gate; each leaves its folder and is done once."""

from datetime import datetime

from distill.dataset.export import MANIFEST, export
from distill.dataset.manifest import ExportSettings
from distill.filtering.record import FilterSettings
from distill.filtering.run import FUNNEL, filter_dialogues, read_funnel, read_kept
from distill.internalizing.internalize import INTERNALIZED, internalize_all, read_internalized
from distill.internalizing.rewriting import RulesRewriter
from distill.running.casting import Casting, CastSpec
from distill.running.run import Progress, run
from distill.running.store import RunFolder
from distill.worlds.open import Worlds
from finetune.errors import RetrainError
from finetune.export.from_gguf import write_folder
from finetune.retrain.job import Job
from finetune.retrain.told import Told
from finetune.shipping import ship_adapter

FAULTS = 0.5
"""Share of dialogues into which faults are planted, so that there are corrections to learn from."""


def hold_dialogues(job: Job, told: Told) -> None:
    """Hold a supervised dialogue on every task over the person's index; raises DistillError."""

    def tell(progress: Progress) -> None:
        told.count(progress.done, progress.total, "supervised dialogues")

    run(job.learned_from, job.dialogues, job.home, _seats(job), tell)


def _seats(job: Job) -> CastSpec:
    return CastSpec(
        user=job.teacher,
        research=job.teacher,
        supervisor=job.teacher,
        fault_share=FAULTS,
        threads=job.threads,
        seed=job.seed,
    )


def make_dataset(job: Job, told: Told) -> None:
    """Filter, rewrite into one voice, export; raises DistillError and RetrainError."""
    if (job.dataset / MANIFEST).exists():
        return
    with RunFolder.open(job.dialogues) as folder, Worlds(job.home) as worlds:
        if not (job.dialogues / FUNNEL).exists():
            told.say("Every dialogue is replayed, and those worth learning from are kept.")
            filter_dialogues(folder.pairs(), worlds.index, FilterSettings(seed=job.seed), job.dialogues)
        funnel = read_funnel(job.dialogues)
        if not funnel.kept:
            raise RetrainError(
                f"None of {funnel.entered:,} dialogues is worth learning from; give more --tasks."
            )
        told.say(f"{funnel.kept:,} of {funnel.entered:,} dialogues are worth learning from.")
        if not (job.dialogues / INTERNALIZED).exists():
            rewriter = Casting(_seats(job)).rewriter(RulesRewriter(job.seed))
            internalize_all(read_kept(job.dialogues), rewriter, job.seed, job.dialogues)
        settings = ExportSettings(context_tokens=job.context, seed=job.seed)
        export(read_internalized(job.dialogues), job.dataset, settings, worlds.index, funnel)


def make_base(job: Job, told: Told) -> None:
    """Turn the model in use back into weights that can be trained; raises ExportError."""
    if job.base.exists():
        return
    told.say(f"{job.model.path.name} is turned back into trainable weights.")
    write_folder(job.model.path, job.base)


def export_adapter(job: Job, told: Told, now: datetime) -> None:
    """Write the trained adapter for llama.cpp and prove it over the model in use; raises FinetuneError."""
    if job.adapter.exists():
        return
    proof = ship_adapter(
        job.training, job.model.path, job.adapter, name=job.name, now=now, threads=job.threads or 1
    )
    told.say(
        f"In llama.cpp the adapter writes what was trained: {proof.agreement} agree, "
        f"logits {proof.deviation:.2g} apart (at most {proof.tolerance:g})."
    )
