"""`productresearch retrain`: a model learns from what you did here, and is used where it got better."""

import signal
from typing import Annotated

import typer

from tui.training import choices


def retrain(
    tasks: Annotated[
        int, typer.Option(min=choices.FEWEST_TASKS, help="Dialogues to learn from.")
    ] = choices.TASKS,
    held_out: Annotated[
        int,
        typer.Option(
            min=choices.FEWEST_HELD_OUT,
            max=choices.MOST_HELD_OUT,
            help="Tasks at most on which old and new are compared.",
        ),
    ] = choices.HELD_OUT,
    minutes: Annotated[
        float, typer.Option(min=choices.LEAST_MINUTES, help="Minutes of training at most.")
    ] = choices.MINUTES,
    until: Annotated[
        str, typer.Option(metavar="HH:MM", help="Stop then; the same command goes on another time.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would do and take, and do nothing.")
    ] = False,
    distill_only: Annotated[
        bool, typer.Option("--distill-only", help="Stop at the data set; without this it is gone on from.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Keep what every stage leaves.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed draws the same tasks.")] = choices.SEED,
    teacher: Annotated[
        str, typer.Option(help="Who holds the dialogues: rules, a GGUF file, or the address of a server.")
    ] = choices.TEACHER,
) -> None:
    """Learn from your own orders, searches and questions; what is not shown to be better is not used."""
    from tui.private_files import private_files
    from tui.told import told

    # What a shell begins in the background ignores interrupts, and so would not hear that it is to stop.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with told(), private_files():
        from tui.giving_way import give_way

        give_way()
        from tui.training.retraining import foretell_in_terminal, retrain_in_terminal, wanted_of

        wanted = wanted_of(
            tasks, held_out, minutes, seed, keep=keep, teacher=teacher, distill_only=distill_only
        )
        if dry_run:
            foretell_in_terminal(wanted, until)
        else:
            retrain_in_terminal(wanted, until)
