"""`productresearch models`: which there are, what runs here, which answers, and the way back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from models.in_use import ModelsInUse
    from models.store import ModelStore

Name = Annotated[str, typer.Argument(help="A name from `models list`.")]

app = typer.Typer(
    help="Models: which fit this machine, fetching one, the one that answers, the way back.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def _in_use() -> "ModelsInUse":
    from models.bundled_agent import bundled_agent
    from models.in_use import ModelsInUse  # pydantic is not paid for by `--help`
    from tui import settings

    return ModelsInUse(settings.home(), bundled_agent())


def _store() -> "ModelStore":
    from models.store import ModelStore
    from tui import settings

    return ModelStore(settings.home())


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the models that have a name, and which of them are here."""
    from tui.told import told

    with told():
        from tui.listing_models import list_models

        list_models(_store(), as_json=as_json)


@app.command()
def fit(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Measure this machine and tell what runs on it; nothing is fetched."""
    from tui.told import told

    with told():
        from tui.listing_models import fit_models

        fit_models(as_json=as_json)


@app.command()
def fetch(name: Name) -> None:
    """Fetch a model from its hub, or go on with one; the only command that reaches a hub."""
    from tui.told import told

    with told():
        from tui.listing_models import fetch_model

        fetch_model(name, _store())


@app.command()
def verify(
    name: Annotated[Optional[str], typer.Argument(help="One of them; all that are here otherwise.")] = None,  # noqa: UP045
) -> None:
    """Hold every byte of a fetched model against what was fetched."""
    from tui.told import told

    with told():
        from tui.listing_models import verify_models

        verify_models(name, _store())


@app.command()
def remove(name: Name) -> None:
    """Delete a fetched model, or the half of one."""
    from tui.told import told

    with told():
        from tui.listing_models import remove_model

        remove_model(name, _store(), _in_use())


@app.command()
def show(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Tell which model answers, what it is, and what was in use before it."""
    from tui.told import told

    with told():
        from tui.showing_models import show_models

        show_models(_in_use(), as_json=as_json)


@app.command()
def use(
    model: Annotated[
        str, typer.Argument(help="A fetched model, a GGUF file, or `bundled` for the one that came along.")
    ],
    adapter: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads this at run time
        typer.Option(help="A LoRA adapter (GGUF) over it."),
    ] = None,
    trial: Annotated[
        bool, typer.Option(help="Let it research a little over a small invented shop first.")
    ] = True,
) -> None:
    """Put a model in use; one that cannot research is refused, and the one before stays."""
    from tui.told import told

    with told():
        from models.usable import Model
        from tui import settings
        from tui.model_file import model_file
        from tui.using_models import put_in_use

        chosen = Model(model_file(model, _store()), adapter)
        done = put_in_use(
            chosen, _in_use(), settings.load(), trial=trial, told=lambda line: typer.echo(line, err=True)
        )
        if done is not None:
            typer.echo(f"It did, in {done.seconds:.0f} s.", err=True)
        typer.echo(f"{chosen.name} is in use; `productresearch models rollback` goes back.", err=True)


@app.command()
def rollback(
    steps: Annotated[
        int, typer.Argument(metavar="STEPS", help="How many models, as `models show` counts them.")
    ] = 1,
) -> None:
    """Go back to the model that was in use before, or to any earlier one."""
    from tui.told import told

    with told():
        typer.echo(f"{_in_use().rollback(steps).name} is in use again.", err=True)


@app.command()
def bundle(
    folder: Annotated[Path, typer.Argument(help="An empty folder, or one to be made.")],
    check: Annotated[bool, typer.Option("--check", help="Check a bundle, and write none.")] = False,
    model: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="A model beside the one in use. Can be given several times."),
    ] = None,
    wheels: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="A folder of wheels to take along, held against what is needed."),
    ] = None,
    pack_wheels: Annotated[
        bool, typer.Option("--pack-wheels", help="Make wheels of what is installed here.")
    ] = False,
    download_wheels: Annotated[
        bool, typer.Option("--download-wheels", help="Let pip fetch wheels: this reaches the network.")
    ] = False,
    with_history: Annotated[
        bool, typer.Option("--with-history", help="Take along your orders, questions and retrained adapter.")
    ] = False,
) -> None:
    """Put models, index and wheels into one folder for a machine with no network."""
    from tui.told import told

    with told():
        from datetime import UTC, datetime

        from tui import settings
        from tui.bundling.gathering import Wanted, check_bundle, make_bundle
        from tui.bundling.wheels import one_source

        if check:
            check_bundle(folder)
        else:
            wanted = Wanted(model or [], with_history, one_source(wheels, pack_wheels, download_wheels))
            make_bundle(settings.home(), folder, wanted, datetime.now(UTC))


@app.command()
def unbundle(folder: Annotated[Path, typer.Argument(help="What `models bundle` made.")]) -> None:
    """Check a bundle, then take its models and products into an empty home."""
    from tui.told import told

    with told():
        from datetime import UTC, datetime

        from tui import settings
        from tui.bundling.receiving import unbundle as take_in

        take_in(settings.home(), folder, datetime.now(UTC))
