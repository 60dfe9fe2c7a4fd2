"""`productresearch retrain`: a model learns from what you did here, and is used where it got better."""

from typing import Annotated

import typer


def retrain(
    tasks: Annotated[int, typer.Option(min=4, help="Dialogues to learn from.")] = 200,
    held_out: Annotated[int, typer.Option(min=20, help="Tasks on which old and new are compared.")] = 40,
    minutes: Annotated[float, typer.Option(min=0.1, help="Minutes of training at most.")] = 30.0,
    keep: Annotated[bool, typer.Option("--keep", help="Keep what every stage leaves.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed draws the same tasks.")] = 7,
) -> None:
    """Learn from your own orders, searches and questions; what is not measurably better is not used."""
    from tui.told import told

    with told():
        from tui.training.retraining import retrain_in_terminal

        retrain_in_terminal(tasks, held_out, minutes, seed, keep=keep)
