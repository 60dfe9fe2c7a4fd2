"""`productresearch index reviews`: what the reviews of a product say, and how far to trust them."""

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the `index` commands."""
    app.command()(reviews)


def reviews(
    product_id: str,
    aspect: Annotated[str, typer.Option(help="One side of it, in your own words: 'noise'.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """What reviews praise and fault, aspect by aspect, and what is odd about them."""
    from tui.told import told

    with told():
        from tui.followed import open_index  # SQLite and pydantic are not paid for by `--help`
        from tui.reviewing import show_reviews

        with open_index() as index:
            raise typer.Exit(show_reviews(index, product_id, aspect, as_json=as_json))
