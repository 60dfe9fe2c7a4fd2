"""`productresearch index same` and `index attributes`: what sources tell of one thing, under which names."""

from typing import Annotated, Optional

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON; of several records, one a line.")]
Pair = Optional[tuple[str, str]]  # noqa: UP045 - typer reads this at run time


def register(app: typer.Typer) -> None:
    """Add the two commands."""
    app.command()(same)
    app.command()(attributes)


def same(
    product: Annotated[str, typer.Argument(help="The id of one product; without it, all.")] = "",
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Pairs that may be one thing, to decide.")
    ] = False,
    accept: Annotated[Pair, typer.Option(metavar="A B", help="Say that two products are one.")] = None,
    refuse: Annotated[Pair, typer.Option(metavar="A B", help="Say that two products are two.")] = None,
    undo: Annotated[str, typer.Option(metavar="A", help="Take back what was said of a product.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 20,
    as_json: Json = False,
) -> None:
    """The same product from several sources: what is one thing, and what may be."""
    from tui.told import UsageError, told

    with told():
        from tui import settings
        from tui.sameness import Deed, decide, show_same, show_suggestions

        deeds = [
            name for name, given in (("--accept", accept), ("--refuse", refuse), ("--undo", undo)) if given
        ]
        if len(deeds) + suggest > 1:
            raise UsageError("Give one of --suggest, --accept, --refuse and --undo at a time.")
        home = settings.home()
        if accept or refuse or undo:
            decide(home, Deed(accept, refuse, undo))
        elif suggest:
            raise typer.Exit(show_suggestions(home, product, limit, as_json=as_json))
        else:
            raise typer.Exit(show_same(home, product, as_json=as_json))


def attributes(
    category: str,
    suggest: Annotated[bool, typer.Option("--suggest", help="Names that may be one, to decide.")] = False,
    join: Annotated[str, typer.Option(metavar="A=B", help="Read the name A as B in this category.")] = "",
    split: Annotated[str, typer.Option(metavar="A", help="Keep the name A apart.")] = "",
    undo: Annotated[str, typer.Option(metavar="A", help="Take back what was said of the name A.")] = "",
    chroma: Annotated[
        str, typer.Option(help="Follow the index at this Chroma server: http://127.0.0.1:8000.")
    ] = "",
    as_json: Json = False,
) -> None:
    """The catalogue card of a category: what can be filtered on, with ranges and coverage."""
    from tui.told import UsageError, told

    with told():
        from tui.followed import open_index  # SQLite and pydantic are not paid for by `--help`
        from tui.naming import decide, show_attributes, show_suggestions

        if sum(map(bool, (suggest, join, split, undo))) > 1:
            raise UsageError("Give one of --suggest, --join, --split and --undo at a time.")
        with open_index(chroma) as index:
            if join or split or undo:
                decide(index, category, join=join, split=split, undo=undo)
            elif suggest:
                raise typer.Exit(show_suggestions(index, category, as_json=as_json))
            else:
                show_attributes(index, category, as_json=as_json)
