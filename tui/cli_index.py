"""`productresearch index`: put products in, look at them, search them, take them out."""

from datetime import date
from pathlib import Path
from typing import Annotated, Optional

import typer

from tui import cli_index_identity, cli_index_prices, cli_index_reviews, cli_index_sharing

app = typer.Typer(help="The local product index: add, search, show, remove.", no_args_is_help=True)
app.command()(cli_index_prices.price)
cli_index_reviews.register(app)
cli_index_identity.register(app)
Chroma = Annotated[str, typer.Option(help="Follow the index at this Chroma server: http://127.0.0.1:8000.")]
Ray = Annotated[str, typer.Option(help="Embed on a Ray cluster: auto, or its address.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON; of several records, one a line.")]


@app.command()
def add(
    given: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...", help="Files, folders, ZIP archives, or patterns in quotes ('feeds/**/*.csv')."
        ),
    ],
    schema: Annotated[
        Optional[Path],  # noqa: UP045 - typer reads this at run time
        typer.Option(help="Column schema (TOML): names, units, what ranges mean."),
    ] = None,
    mapping: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--map", help="What a column is: price=amount. Can be given several times."),
    ] = None,
    form: Annotated[
        str,
        typer.Option(
            "--format", metavar="NAME", help="What the files are, where their content is not to decide."
        ),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, write nothing.")] = False,
    vectors: Annotated[bool, typer.Option(help="Embed at once; without, words alone find them.")] = True,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take the proposed meanings as they are.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the table at the end as JSON.")] = False,
    ray: Ray = "",
) -> None:
    """Import what you hold: tables, an order history as downloaded, folders; twice changes nothing."""
    from tui.told import told

    with told():
        from tui.adding import Wanted
        from tui.adding import add as import_all
        from tui.intake import Meant

        meant = Meant(schema, tuple(mapping or ()), form)
        asked = Wanted(dry_run=dry_run, vectors=vectors, yes=yes, as_json=as_json, ray=ray)
        raise typer.Exit(import_all(given, meant, asked))


@app.command()
def demo(
    vectors: Annotated[bool, typer.Option(help="Embed at once; without, words alone find them.")] = True,
    seed: Annotated[int, typer.Option(help="Another seed, another shop.")] = 7,
) -> None:
    """Fill the catalogue with a demo shop that was written for this project."""
    from tui.told import told

    with told():
        from tui.importing import add_demo

        add_demo(seed, vectors=vectors)


@app.command()
def search(
    query: str,
    max_price: Annotated[Optional[str], typer.Option(help="200, or '200 EUR'.")] = None,  # noqa: UP045
    min_rating: Annotated[Optional[float], typer.Option(min=0, max=5)] = None,  # noqa: UP045
    category: Annotated[str, typer.Option(help="A category, as people write it.")] = "",
    brand: Annotated[str, typer.Option()] = "",
    where: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="A limit on an attribute: 'noise_level<=25 dB'. Can be given several times."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 10,
    chroma: Chroma = "",
    as_json: Json = False,
) -> None:
    """Search by words and meaning under typed filters."""
    from tui.told import told

    with told():
        from tui import settings
        from tui.ages import Today
        from tui.filters import Asked
        from tui.followed import open_index  # SQLite and pydantic are not paid for by `--help`
        from tui.searching import search_products

        asked = Asked(query, max_price, min_rating, category, brand, tuple(where or ()), limit)
        with open_index(chroma) as index:
            today = Today(settings.load().freshness, date.today())
            raise typer.Exit(search_products(index, asked, today, as_json=as_json))


@app.command()
def stats(chroma: Chroma = "", as_json: Json = False) -> None:
    """What the catalogue holds, source by source."""
    from tui.told import told

    with told():
        from tui import settings
        from tui.ages import Today
        from tui.followed import open_index  # SQLite and pydantic are not paid for by `--help`
        from tui.searching import show_stats

        with open_index(chroma) as index:
            show_stats(index, Today(settings.load().freshness, date.today()), as_json=as_json)


@app.command()
def show(product_id: str, chroma: Chroma = "", as_json: Json = False) -> None:
    """Everything known of one product."""
    from tui.told import told

    with told():
        from tui import settings
        from tui.ages import Today
        from tui.followed import open_index  # SQLite and pydantic are not paid for by `--help`
        from tui.searching import show_product

        with open_index(chroma) as index:
            today = Today(settings.load().freshness, date.today())
            show_product(index, product_id, today, as_json=as_json)


@app.command()
def remove(source: Annotated[str, typer.Option(help="A source that `index stats` names.")]) -> None:
    """Take a source out of the catalogue."""
    from tui.told import told

    with told():
        from tui.importing import remove_source

        remove_source(source)


@app.command()
def rebuild(ray: Ray = "") -> None:
    """Make the text indexes and the vectors anew from the records."""
    from tui.told import told

    with told():
        from tui.importing import rebuild as make_anew

        make_anew(ray)


@app.command()
def verify() -> None:
    """Check that the catalogue is sound and the vectors agree with it."""
    from tui.told import told

    with told():
        from tui.importing import problems

        found = problems()
        for problem in found:
            typer.echo(problem)
        many = f"{len(found)} problem{'s' * (len(found) > 1)}"
        typer.echo(many if found else "The catalogue is sound, and its vectors agree with it.", err=True)
        raise typer.Exit(1 if found else 0)


cli_index_sharing.register(app)
