"""The shops of published histories, made anew so that their buyers can be studied in them.

    python -m benchmarks.owner_shops variants|goods|options HOME

variants    what a shop's orders are about: each variant a product, its options attributes
goods       articles of real invoices, which bear neither category nor attribute: a kind is a word that many
            descriptions end in, and of its other words those that a schema names, or that stand with several
            kinds, are attributes
options     every option that somebody could choose, each with its features
"""

import argparse
import gzip
import json
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.people_requests import DATA, ProductRow, read_choices, stocked
from index.catalog import Catalog
from index.ingest import ingest

_VARIANTS = DATA / "tau-bench-retail" / "products.json.gz"
_INVOICES = DATA / "uci-online-retail" / "dev" / "histories.jsonl.gz"
_WORDS = Path(__file__).with_name("goods_words.toml")
_FEWEST_OF_KIND, _FEWEST_WITH_WORD, _FEWEST_KINDS = 12, 15, 4


def variants() -> Iterator[dict[str, object]]:
    """Every variant as a product of its kind."""
    with gzip.open(_VARIANTS, "rt", encoding="utf-8") as file:
        for kind in json.load(file).values():
            for number, variant in kind["variants"].items():
                title = ", ".join((kind["name"], *variant["options"].values()))
                row = {"id": number, "title": title, "category": kind["name"], "price": variant["price"]}
                yield row | {"currency": "USD"} | variant["options"]


def goods() -> Iterator[dict[str, object]]:
    """Every article of a kind that is common enough to ask about."""
    prices: defaultdict[str, list[float]] = defaultdict(list)
    described: dict[str, str] = {}
    with gzip.open(_INVOICES, "rt", encoding="utf-8") as lines:
        for customer in map(json.loads, lines):
            for item in (item for order in customer["orders"] for item in order["items"]):
                if item["description"] and item["unit_price"] > 0:
                    described[item["code"]] = " ".join(item["description"].split())
                    prices[item["code"]].append(item["unit_price"])
    words = {code: text.casefold().replace(".", "").split() for code, text in described.items()}
    meant = tomllib.loads(_WORDS.read_text(encoding="utf-8"))
    everywhere = Counter(word for of in words.values() for word in set(of) if word.isalpha())
    last = Counter(of[-1] for of in words.values() if of)
    kinds = {word for word, n in last.items() if n >= _FEWEST_OF_KIND and 2 * n > everywhere[word]}
    kind_of = {code: kind for code, of in words.items() if (kind := next(_ending(of, kinds), ""))}
    seen_with: defaultdict[str, set[str]] = defaultdict(set)
    for code, kind in kind_of.items():
        for word in words[code]:
            seen_with[word].add(kind)
    styles = {
        word
        for word, with_kinds in seen_with.items()
        if everywhere[word] >= _FEWEST_WITH_WORD and len(with_kinds) >= _FEWEST_KINDS and len(word) > 2
    }
    for code, kind in kind_of.items():
        row: dict[str, object] = {"id": code, "title": described[code], "category": kind}
        told = [word for word in dict.fromkeys(words[code]) if word in styles - kinds]
        named = {name: [word for word in words[code] if word in those] for name, those in meant.items()}
        style = [word for word in told if not any(word in those for those in meant.values())]
        row |= {name: values for name, values in (*named.items(), ("style", style)) if values}
        yield row | {"price": median(prices[code]), "currency": "GBP"}


def _ending(words: list[str], among: set[str]) -> Iterator[str]:
    return (word for word in reversed(words) if word in among)


def option_row(number: str, kind: str, features: tuple[str, ...]) -> ProductRow:
    """An option with its features in the order of their groups, which the title tells as well."""
    row: ProductRow = {"id": number, "title": ", ".join((kind, *features)), "category": kind}
    return row | read_choices().grouped(kind, features)


def options() -> Iterator[ProductRow]:
    """Every option of every choice."""
    for row in read_choices().products():
        features = tuple(str(value) for name, value in row.items() if name.startswith("feature"))
        yield {**row, "title": ", ".join((str(row["category"]), *features))}


def main() -> None:
    """Make the home of one shop."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shop", choices=("variants", "goods", "options"))
    parser.add_argument("home", type=Path)
    asked = parser.parse_args()
    if asked.shop == "options":
        stocked(asked.home, options()).close()
        return
    asked.home.mkdir(parents=True)
    file = asked.home / f"{asked.shop}.jsonl"
    rows = variants() if asked.shop == "variants" else goods()
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    with Catalog.open(asked.home / "catalog.sqlite") as catalog:
        report = ingest(file, catalog, mapping={"currency": "currency"})
    print(f"{report.new:,} products in {asked.home}, {report.rejected:,} rows rejected")


if __name__ == "__main__":
    main()
