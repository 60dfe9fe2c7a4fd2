"""`productresearch models`: which model answers, another in its place, and the way back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from models.in_use import ModelsInUse

app = typer.Typer(
    help="The model that answers: show it, use another, go back.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def _in_use() -> "ModelsInUse":
    from models.bundled_agent import bundled_agent
    from models.in_use import ModelsInUse  # pydantic is not paid for by `--help`
    from tui import settings

    return ModelsInUse(settings.home(), bundled_agent())


@app.command()
def show(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Tell which model answers, what it is, and what was in use before it."""
    from tui.told import told

    with told():
        from tui.showing_models import show_models

        show_models(_in_use(), as_json=as_json)


@app.command()
def use(
    model: Annotated[str, typer.Argument(help="A GGUF file, or `bundled` for the one that came along.")],
    adapter: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads this at run time
        typer.Option(help="A LoRA adapter (GGUF) over it."),
    ] = None,
) -> None:
    """Put a model in use; one that cannot serve is refused, and the one before stays."""
    from tui.told import told

    with told():
        from datetime import UTC, datetime

        from agent.wire import WIRE_VERSION
        from models.bundled_agent import bundled_agent
        from models.usable import Model

        path = bundled_agent() if model == "bundled" else Path(model).expanduser()
        chosen = Model(path, adapter)
        _in_use().promote(chosen, "named by you", datetime.now(UTC), WIRE_VERSION)
        typer.echo(f"{chosen.name} is in use; `productresearch models rollback` goes back.", err=True)


@app.command()
def rollback() -> None:
    """Go back to the model that was in use before."""
    from tui.told import told

    with told():
        typer.echo(f"{_in_use().rollback().name} is in use again.", err=True)
