"""`productresearch finetune …`: look at a training before it starts, train, look at it after, export it.

Each command says on stderr what it does and on stdout what came of it; the work is done on the floor below.
"""

from pathlib import Path
from typing import Annotated, Literal, Optional

import typer

app = typer.Typer(
    help="Train a research agent on a data set, and write it as a file that llama.cpp runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Recipe = Annotated[Path, typer.Argument(help="A recipe (TOML).")]
Run = Annotated[Path, typer.Argument(help="The folder of a training.")]
Speed = Annotated[float, typer.Option(min=0, help="Tokens a second, as measured or stated.")]
MaybePath = Optional[Path]  # noqa: UP045 - typer reads this at run time


@app.command()
def plan(recipe: Recipe, tokens_per_second: Speed = 0.0) -> None:
    """Say what a training will take: memory, hours, disk, what does not fit and what to change."""
    from tui.told import told

    with told():
        from tui.training.looking import foretell

        raise typer.Exit(foretell(recipe, tokens_per_second))


@app.command()
def train(
    recipe: Recipe,
    run: Annotated[Path, typer.Argument(help="Its folder; a training that was killed goes on.")],
) -> None:
    """Train as a recipe says, with the loss as it falls."""
    from tui.told import told

    with told():
        from tui.training.training import train_recipe

        train_recipe(recipe, run)


@app.command()
def inspect(
    source: Annotated[Path, typer.Argument(help="A recipe, or the folder of a data set.")],
    model: Annotated[
        MaybePath, typer.Option(help="For a data set: whose tokens, a base model's folder.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="Samples to print.")] = 2,
    split: Annotated[Literal["train", "validation", "test"], typer.Option(help="Of which split.")] = "train",
) -> None:
    """Print samples with what is learned of them in colour, and the shares; tell what must not be learned."""
    from tui.told import told

    with told():
        from tui.training.looking import inspect_samples

        inspect_samples(source, model, count, split)


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="The folder of a training.")],
    b: Annotated[Path, typer.Argument(help="The folder of another.")],
) -> None:
    """Hold two trainings against each other: what differs, and how they went."""
    from tui.told import told

    with told():
        from tui.training.looking import compare_runs

        compare_runs(a, b)


@app.command()
def export(
    run: Run,
    out: Annotated[Path, typer.Argument(dir_okay=False, help="The GGUF file to write.")],
    kind: Annotated[
        Literal["F32", "F16", "BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M"],
        typer.Option(help="Of the weights; an adapter's are small and stay whole."),
    ] = "Q8_0",
    over: Annotated[
        MaybePath, typer.Option(help="Write the adapter alone, to be laid over this GGUF file of its base.")
    ] = None,
    llama_cpp: Annotated[
        MaybePath, typer.Option(help="A llama.cpp checkout that converts families which we do not know.")
    ] = None,
    licence: Annotated[str, typer.Option(help="An SPDX identifier for the file.")] = "other",
) -> None:
    """Write what was trained as a GGUF file, and prove that llama.cpp computes the same."""
    from tui.told import told

    with told():
        from tui.training.exporting import export_run

        export_run(run, out, kind, over, llama_cpp, licence)


@app.command("self-improve")
def self_improve(
    out: Annotated[Path, typer.Argument(help="The data set's folder; the runs are kept beside it.")],
    tasks: Annotated[
        MaybePath, typer.Option(help="A file of tasks; without it they are drawn over your catalogue.")
    ] = None,
    engine: Annotated[MaybePath, typer.Option(help="A GGUF file; the model in use without it.")] = None,
    count: Annotated[int, typer.Option(min=1, help="Tasks at most.")] = 100,
    runs: Annotated[int, typer.Option(min=1, max=64, help="Runs of each task.")] = 4,
    temperature: Annotated[float, typer.Option(min=0.05, max=2, help="Above 0, so that runs differ.")] = 0.7,
    seed: Annotated[int, typer.Option(help="The same seed draws the same tasks.")] = 7,
) -> None:
    """Let the agent run, keep what verifies, and make a data set with preference pairs: no teacher."""
    from tui.told import told

    with told():
        from tui.training.improving import improve

        improve(out, tasks, engine, count, runs, temperature, seed)
