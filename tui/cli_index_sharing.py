"""`productresearch index publish|export|import`: one index on several machines."""

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Put these commands beside the others of the index."""
    app.command()(publish)
    app.command("export")(export)
    app.command("import")(take_in)


def publish(
    chroma: Annotated[
        str, typer.Option(help="The Chroma server: http://127.0.0.1:8000; the setting without it.")
    ] = "",
) -> None:
    """Put this index on a Chroma server for others to follow; later, what changed. Never your history."""
    from tui.told import told

    with told():
        from tui.following import publish_index

        publish_index(chroma)


def export(
    folder: Annotated[Path, typer.Argument(help="An empty folder, or one that is to be made.")],
    with_history: Annotated[
        bool, typer.Option("--with-history", help="Your orders and searches too, which stay here otherwise.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Only verify a folder that was exported.")] = False,
) -> None:
    """Write the whole index into one folder, for a machine with no network."""
    from tui.told import told

    with told():
        from tui.index_folder import check_exported, export_folder

        if check:
            check_exported(folder)
        else:
            export_folder(folder, with_history=with_history)


def take_in(
    folder: Annotated[Path, typer.Argument(help="A folder that `index export` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="In place of the products that are here.")
    ] = False,
) -> None:
    """Take in an exported index, once every byte of it was verified."""
    from tui.told import told

    with told():
        from tui.index_folder import import_folder

        import_folder(folder, replace=replace)
