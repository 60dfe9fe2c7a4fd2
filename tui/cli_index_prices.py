"""`productresearch index price`: what a product cost over time."""

from datetime import date
from typing import Annotated

import typer


def price(
    product_id: str, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False
) -> None:
    """Draw what a product cost over time, and say how its price stands."""
    from tui.told import told

    with told():
        from tui import settings
        from tui.followed import open_index  # SQLite and pydantic are not paid for by `--help`
        from tui.pricing import show_prices

        with open_index() as index:
            freshness = settings.load().freshness
            raise typer.Exit(show_prices(index, product_id, freshness, date.today(), as_json=as_json))
