"""`productresearch history` and `reset`: what is kept of a person's past, and how it goes."""

from typing import Annotated

import typer

app = typer.Typer(
    help="What is kept of your past: show it, forget it.", no_args_is_help=True, rich_markup_mode=None
)
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")]


@app.command()
def show(
    what: Annotated[
        str, typer.Argument(help="orders, verdicts, corrections, questions or training: each of them.")
    ] = "",
) -> None:
    """Tell what is kept of your past, and where; or list one kind of it."""
    from tui.told import told

    with told():
        from tui.history import show_history
        from tui.settings import home

        show_history(home(), what)


@app.command()
def forget(
    what: Annotated[str, typer.Argument(help="orders, verdicts, corrections, questions, training, or all.")],
    yes: Yes = False,
) -> None:
    """Delete it for good: imported orders and searches, what you said, sessions, or what retrainings left."""
    from tui.told import told

    with told():
        from tui.history import forget_history
        from tui.settings import home

        forget_history(home(), what, yes=yes)


def reset(yes: Yes = False) -> None:
    """Delete everything that this program keeps but your settings: catalogue, sessions, models."""
    from tui.told import told

    with told():
        from tui.history import reset_home
        from tui.settings import home

        reset_home(home(), yes=yes)
