"""`productresearch distill …`: tasks, supervised dialogues, filtering, one voice, a dataset, and its measure.

Each command says on stderr what it does and on stdout what came of it; the work is done on the floor below.
"""

from pathlib import Path
from typing import Annotated, Literal, Optional

import typer

app = typer.Typer(
    help="Make research trajectories with several agents, and a dataset of them in one voice.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

# typer reads Optional at run time
Source = Optional[str]  # noqa: UP045
SEAT = "rules, a GGUF file, or the address of an OpenAI-compatible server"
Run = Annotated[Path, typer.Argument(help="The folder of a run.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
MostFailed = Annotated[
    float, typer.Option(min=0, max=1, help="Share of a teacher's latest attempts that may fail.")
]
Threads = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option(min=1, help="Threads of a GGUF; fewer than the cores where others use them too."),
]
Seed = Annotated[int, typer.Option(help="The same seed gives the same bytes.")]
HeldOutTasks = Annotated[Path, typer.Argument(help="A file of tasks.")]
HeldOutSplit = Annotated[
    Literal["test", "validation", "train"], typer.Option(help="Only tasks of this split.")
]
HeldOutCount = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option(min=1, help="Tasks at most; all of the split without it."),
]
HeldOutFitting = Annotated[
    int, typer.Option(min=0, help="Only tasks of which at least so many products meet every hard need.")
]
Html = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(dir_okay=False, help="Write a page with plots to this file."),
]
JsonFile = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--json", dir_okay=False, help="Write every figure and every run to this file."),
]


@app.command()
def tasks(
    out: Annotated[Path, typer.Argument(dir_okay=False, help="The file to write, one task a line.")],
    count: Annotated[int, typer.Option(min=1, help="Tasks to draw.")] = 1000,
    world: Annotated[
        Literal["home", "random"], typer.Option(help="Over your own catalogue, or over invented worlds.")
    ] = "home",
    history: Annotated[
        Optional[list[Path]],  # noqa: UP045
        typer.Option(help="A file of behaviour histories; several may be given."),
    ] = None,
    schema: Annotated[
        Optional[list[Path]],  # noqa: UP045
        typer.Option(help="What the records of a history file mean; one for each file, in their order."),
    ] = None,
    own: Annotated[
        bool, typer.Option("--own", help="Take your own orders and searches as a history; it always trains.")
    ] = False,
    split: Annotated[
        Optional[Literal["train", "validation", "test"]],  # noqa: UP045
        typer.Option(help="Only tasks of this split; of all three without it."),
    ] = None,
    user: Annotated[str, typer.Option(help=f"Who writes the questions: {SEAT}.")] = "rules",
    most_failed: MostFailed = 0.8,
    threads: Threads = None,
    seed: Seed = 7,
) -> None:
    """Draw shopping questions whose answers are known, around the people of behaviour histories."""
    from tui.told import told

    with told():
        from distill.running.casting import CastSpec
        from tui.distilling.drawing import draw

        seats = CastSpec(user=user, most_failed=most_failed, threads=threads, seed=seed)
        draw(out, count, world, history or [], schema or [], seats, own=own, split=split)


@app.command()
def run(
    tasks: Annotated[Path, typer.Argument(help="A file of tasks.")],
    out: Annotated[Path, typer.Argument(help="The folder of the run; one that was killed goes on.")],
    teacher: Annotated[Source, typer.Option(help=f"Who takes every seat: {SEAT}.")] = None,
    user: Annotated[Source, typer.Option(help="Another for the person.")] = None,
    research: Annotated[Source, typer.Option(help="Another for the researcher.")] = None,
    supervisor: Annotated[Source, typer.Option(help="Another for the supervisor.")] = None,
    supervise: Annotated[
        Literal["all", "none", "plan", "calls", "report"], typer.Option(help="What is checked.")
    ] = "all",
    rounds: Annotated[int, typer.Option(min=1, max=4, help="Reports written at most.")] = 2,
    faults: Annotated[
        float, typer.Option(min=0, max=1, help="Share of dialogues into which faults are planted.")
    ] = 0.0,
    most_failed: MostFailed = 0.8,
    threads: Threads = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes of this machine.")] = 1,
    ray: Annotated[str, typer.Option(help="A Ray cluster in their place: auto, or its address.")] = "",
    seed: Seed = 7,
) -> None:
    """Hold a supervised dialogue on every task; what was held is kept whatever happens."""
    from tui.told import told

    with told():
        from distill.running.casting import RULES, CastSpec
        from tui.distilling.running import STATES_OF, hold_all

        spec = CastSpec(
            user=user or teacher or RULES,
            research=research or teacher or RULES,
            supervisor=supervisor or teacher or RULES,
            states=STATES_OF[supervise],
            report_rounds=rounds,
            fault_share=faults,
            threads=threads,
            most_failed=most_failed,
            seed=seed,
        )
        hold_all(tasks, out, spec, workers, ray)


@app.command("filter")
def filter_run(
    run: Run,
    rubric: Annotated[float, typer.Option(min=0, max=10, help="Least score by the code's judge.")] = 6.0,
    least_steps: Annotated[int, typer.Option(min=1, help="Shorter dialogues are dropped.")] = 5,
    balance: Annotated[
        float, typer.Option(min=1, help="Times its even share that a category, family or answer may take.")
    ] = 1.5,
    seed: Seed = 7,
    as_json: Json = False,
) -> None:
    """Keep the dialogues worth learning from, and tell why the others go."""
    from tui.told import told

    with told():
        from tui.distilling.keeping import sift

        sift(run, rubric=rubric, least_steps=least_steps, balance=balance, seed=seed, as_json=as_json)


@app.command()
def internalize(
    run: Run,
    teacher: Annotated[str, typer.Option(help=f"Who rewrites: {SEAT}.")] = "rules",
    threads: Threads = None,
    seed: Seed = 7,
) -> None:
    """Rewrite what was kept into one voice, in which a correction is the agent's own reflection."""
    from tui.told import told

    with told():
        from distill.running.casting import CastSpec
        from tui.distilling.keeping import rewrite

        rewrite(run, CastSpec(supervisor=teacher, threads=threads, seed=seed))


@app.command()
def export(
    run: Run,
    out: Annotated[Path, typer.Argument(help="The dataset's folder.")],
    variant: Annotated[
        Literal["internalized", "raw", "clean"], typer.Option(help="Which of the three voices.")
    ] = "internalized",
    form: Annotated[
        Literal["whole", "step"],
        typer.Option(help="Whole trajectories, or one sample a step."),
    ] = "whole",
    context: Annotated[
        int, typer.Option(min=0, help="Tokens of the agent's context, to add long ones compacted too.")
    ] = 0,
    licence: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="NAME=LICENCE of a source of the catalogue, for the dataset's card."),
    ] = None,
) -> None:
    """Write a dataset: samples, preference pairs, a card for people and a manifest for programs."""
    from tui.told import told

    with told():
        from tui.distilling.keeping import write_dataset

        write_dataset(run, out, variant, form, context, licence or [])


@app.command()
def show(
    run: Run,
    task: Annotated[str, typer.Argument(help="The task's id; the first one where none is given.")] = "",
    faults: Annotated[bool, typer.Option(help="Mark the faults that were planted.")] = True,
) -> None:
    """Replay one dialogue with who said what."""
    from tui.told import told

    with told():
        from tui.distilling.looking import replay

        replay(run, task, faults=faults)


@app.command()
def stats(run: Run, plots: Annotated[bool, typer.Option(help="Draw them too.")] = True) -> None:
    """Count and plot what a run's dialogues are like."""
    from tui.told import told

    with told():
        from tui.distilling.looking import count

        count(run, plots=plots)


@app.command()
def evaluate(
    tasks: HeldOutTasks,
    engine: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="A GGUF file, or the address of a server, to be measured; several may be given."),
    ] = None,
    split: HeldOutSplit = "test",
    count: HeldOutCount = None,
    fitting: HeldOutFitting = 0,
    k: Annotated[int, typer.Option("--k", min=1, max=20, help="Runs of each task.")] = 1,
    judge: Annotated[str, typer.Option(help=f"Who judges RACE: {SEAT}.")] = "rules",
    floor_count: Annotated[
        int, typer.Option(min=1, help="Tasks, from the first, on which random weights are measured.")
    ] = 20,
    html: Html = None,
    json_file: JsonFile = None,
) -> None:
    """Hold random weights, the rules and your engines against each other on held-out tasks."""
    from tui.told import told

    with told():
        from tui.distilling.measuring import HeldOut, Wanted, compare

        held_out = HeldOut(tasks, split, count, fitting)
        compare(held_out, engine or [], k, judge, floor_count, Wanted(html, json_file))


@app.command()
def ablate(
    tasks: HeldOutTasks,
    split: HeldOutSplit = "test",
    count: HeldOutCount = None,
    fitting: HeldOutFitting = 0,
    teacher: Annotated[str, typer.Option(help=f"Who takes every seat: {SEAT}.")] = "rules",
    faults: Annotated[
        float, typer.Option(min=0, max=1, help="Share of dialogues into which faults are planted.")
    ] = 1.0,
    html: Html = None,
    json_file: JsonFile = None,
    seed: Seed = 7,
) -> None:
    """Measure what supervision is worth: none, each of its states alone, all, and one to four rounds."""
    from tui.told import told

    with told():
        from tui.distilling.measuring import HeldOut, Wanted, supervise

        supervise(HeldOut(tasks, split, count, fitting), teacher, faults, seed, Wanted(html, json_file))
