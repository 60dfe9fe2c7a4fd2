"""The card over real categories: a few rows of each, imported with their column schema."""

import gzip
import json
import os
from collections import Counter
from pathlib import Path

import pytest

from index.catalog import Catalog
from index.ingest import ingest
from index.search import Index

DATA = Path(os.environ.get("PRODUCTRESEARCH_SHARED_DATA", Path(__file__).parents[2] / "../shared/data"))
PARTS = DATA / "pc-parts" / "pc_parts.jsonl.gz"
SCHEMA = Path(__file__).parents[1] / "schemas" / "pc_parts.toml"
ROWS_OF_EACH = 20

pytestmark = pytest.mark.skipif(not PARTS.exists(), reason=f"{PARTS} is not on this machine")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    home = tmp_path_factory.mktemp("parts")
    taken: Counter[str] = Counter()
    with (
        gzip.open(PARTS, "rt", encoding="utf-8") as rows,
        (home / "some.jsonl").open("w", encoding="utf-8") as some,
    ):
        for row in rows:
            category = json.loads(row)["category"]
            taken[category] += 1
            if taken[category] <= ROWS_OF_EACH:
                some.write(row)
    with Catalog.open(home / "catalog.sqlite") as catalog:
        ingest(home / "some.jsonl", catalog, schema=SCHEMA)
    return Index.open(home)


@pytest.mark.parametrize(
    ("question", "category"),
    [
        ("a quiet 140 mm PWM case fan under $20", "case-fan"),
        ("the cheapest 2 TB NVMe SSD with a cache", "internal-hard-drive"),
        ("an ATX case under $80 with a tempered glass side panel, not white", "case"),
        ("a 27 inch 1440p IPS monitor with at least 144 Hz for less than $250", "monitor"),
        ("I am looking for a fan for my new case", "case-fan"),
        ("a graphics card with 12 GB memory", "video-card"),
        ("a CPU cooler that is silent", "cpu-cooler"),
        ("GPUs shorter than 250 mm for a small case", "video-card"),
        ("32 GB of RAM for an old motherboard", "memory"),
    ],
)
def test_the_category_that_a_real_question_means_comes_first(
    index: Index, question: str, category: str
) -> None:
    assert index.card(question)[0].path == (category,)
