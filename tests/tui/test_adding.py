"""`index add`: whatever is given is found, told, imported in order, and ends with one table."""

import json
import os
import threading
from pathlib import Path

import pytest

from index.catalog import Catalog
from tests.index.gathered import archive, zipped
from tests.tui.commands import Commands, commands
from tui import adding
from tui.launch import open_bench

PRODUCTS = "sku,name,price\na1,Lamp One,3 EUR\na2,Lamp Two,4 EUR\n"
REVIEWS = "product,text,stars\na1,It is very bright.,5\n"
ORDERS = (
    "Order ID,Order Date,Currency,Unit Price,Total Owed,ASIN,Quantity,Order Status,Product Name,"
    "Shipping Address,Payment Instrument Type\n"
    "111-1,2025-01-02T08:00:00Z,EUR,20,20.00,B01,1,Closed,Tent,7 Secret Lane,Visa - 4242\n"
    "111-2,2025-01-03T08:00:00Z,EUR,10,11.90,B02,1,Closed,Stove,7 Secret Lane,Visa - 4242\n"
)
MORE_ORDERS = ORDERS + (
    "111-3,2025-01-04T08:00:00Z,EUR,30,35.70,B03,1,Closed,Lantern,7 Secret Lane,Visa - 4242\n"
)
REFUNDS = (
    "Order ID,Currency,Refund Amount,Refund Date,Reversal Reason\n"
    "111-1,EUR,20.00,2025-02-03T09:00:00Z,Customer return\n"
)
DIGITAL_RETURNS = "ASIN,Return Date,Product Name,Order ID\nB0D,2026-07-03T00:00:00Z,A novel,D01-1\n"
ADDRESSES = "Name,Address,City\nAda Example,7 Secret Lane,Springfield\n"
PAYMENTS = '{"name": "Visa - 4242", "brand": "Visa", "price": "1 EUR"}\n'
SECRETS = ("Secret Lane", "4242", "Ada Example", "111-1")

SHARED = Path(os.environ.get("PRODUCTRESEARCH_SHARED_DATA", Path(__file__).parents[2] / "../shared/data"))
needs_real_files = pytest.mark.skipif(
    not SHARED.exists(), reason="PRODUCTRESEARCH_SHARED_DATA names no folder of real files"
)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Commands over a home with nothing in it, whose terminal is 80 columns wide."""
    monkeypatch.setenv("COLUMNS", "80")
    return commands(tmp_path / "home", monkeypatch)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with reviews before the products that they are about, and what is neither."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "a-reviews.csv").write_text(REVIEWS, encoding="utf-8")
    (folder / "lamps.csv").write_text(PRODUCTS, encoding="utf-8")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    return folder


@pytest.fixture
def download(tmp_path: Path) -> Path:
    """A data request as it is sent, with parts that repeat each other and what nothing is to be read of."""
    inner = zipped({"Digital Returns.csv": DIGITAL_RETURNS})
    return archive(
        tmp_path / "Your Orders.zip",
        {
            "Retail.Addresses.1/Retail.Addresses.1.csv": ADDRESSES,
            "Retail.OrderHistory.1/Retail.OrderHistory.1.csv": "\ufeff" + ORDERS,
            "Retail.OrderHistory.2/Retail.OrderHistory.2.csv": MORE_ORDERS,
            "A Returns/Refund Details.csv": REFUNDS,
            "Digital.zip": inner,
            "Payments/wallet.jsonl": PAYMENTS,
            "Additional Data/invoice.pdf": "%PDF-1.4\n" + "x" * 100,
        },
    )


def added(run: Commands, *arguments: str | Path, code: int = 0) -> tuple[dict[str, dict[str, object]], str]:
    """What `--json` says of each file, and what was narrated."""
    done = run("index", "add", "--yes", "--no-vectors", "--json", *arguments)
    assert done.exit_code == code, done.stderr
    told = json.loads(done.stdout)
    return {each["file"]: each for each in told["files"]}, done.stderr


def holds(run: Commands) -> dict[str, int]:
    with Catalog.open(run.home / "catalog.sqlite") as catalog:
        counts = catalog.counts()
    return {"products": counts.products, "reviews": counts.reviews, "events": counts.events}


def test_reviews_are_imported_after_the_products_of_the_same_import(run: Commands, shop: Path) -> None:
    files, _ = added(run, shop)

    assert list(files) == ["lamps.csv", "a-reviews.csv"]
    assert holds(run) == {"products": 2, "reviews": 1, "events": 0}


def test_what_was_recognized_is_told_before_it_is_confirmed(run: Commands, shop: Path) -> None:
    refused = run("index", "add", shop)

    assert refused.exit_code == 2
    assert "lamps.csv: products from a comma-separated table" in refused.stderr
    assert "a-reviews.csv: reviews about products of this import from a comma-separated" in refused.stderr
    assert "picture.png: It is a picture" in refused.stderr
    assert holds(run) == {"products": 0, "reviews": 0, "events": 0}


def test_a_dry_run_counts_what_would_come_and_writes_nothing(run: Commands, download: Path) -> None:
    tried = run("index", "add", download, "--dry-run", "--json")
    files = {each["file"]: each for each in json.loads(tried.stdout)["files"]}

    assert tried.exit_code == 0
    assert files["Your Orders.zip/A Returns/Refund Details.csv"]["new"] == 1
    assert holds(run) == {"products": 0, "reviews": 0, "events": 0}


def test_the_end_is_one_table_that_fits_the_terminal(run: Commands, shop: Path) -> None:
    (shop / "lamps.csv").write_text(PRODUCTS + ",,\n", encoding="utf-8")
    deep = shop / "a folder with quite a long name" / "and another one in it"
    deep.mkdir(parents=True)
    (deep / "more lamps.csv").write_text(PRODUCTS, encoding="utf-8")
    ended = run("index", "add", shop, shop / "absent.csv", "--yes", "--no-vectors")
    table = ended.stderr[ended.stderr.index("file  ") :].splitlines()

    assert table[0].split() == ["file", "read", "new", "changed", "same", "rejected"]
    assert table[1].split() == ["lamps.csv", "3", "2", "0", "0", "1"]
    assert table[2].split() == ["…/more", "lamps.csv", "2", "2", "0", "0", "0"]
    assert table[3].split() == ["a-reviews.csv", "1", "1", "0", "0", "0"]
    assert table[4].split() == ["absent.csv", "failed"]
    assert table[5].split() == ["all", "6", "5", "0", "0", "1"]
    assert all(len(line) <= 80 for line in table[:6])
    assert any(line.startswith("lamps.csv: rejected rows with their reasons: ") for line in table)


def test_long_names_that_end_alike_are_told_whole(run: Commands, tmp_path: Path) -> None:
    long = "a folder with quite a long name"
    members: dict[str, str | bytes] = {f"{long}/{side}/lamps.csv": PRODUCTS for side in ("north", "south")}
    ended = run("index", "add", archive(tmp_path / "shop.zip", members), "--yes", "--no-vectors")
    table = ended.stderr[ended.stderr.index("file  ") :].splitlines()

    told = "".join(line[:30].rstrip() for line in table[1:]).replace(" ", "")
    for side in ("north", "south"):
        assert f"shop.zip/{long}/{side}/lamps.csv".replace(" ", "") in told
    assert all(len(line) <= 80 for line in table[:6])


def test_one_file_that_cannot_be_imported_does_not_stop_the_others(run: Commands, shop: Path) -> None:
    (shop / "nameless.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    (shop / "nameless 2.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    files, told = added(run, shop, shop / "absent.csv")
    assert "cannot be read" in str(files["absent.csv"]["fault"])
    assert "absent.csv cannot be read" in told
    assert "nameless 2.csv, nameless.csv: No column of it is known as a product's name" in told
    assert holds(run)["products"] == 2


def test_where_nothing_can_be_imported_the_exit_code_says_so(run: Commands, shop: Path) -> None:
    done = run("index", "add", shop / "picture.png", shop / "absent.csv", "--yes")

    assert done.exit_code == 1
    assert done.stderr.count("\n") == 2
    assert "is a picture" in done.stderr
    assert not run("index", "add", str(shop / "*.tsv"), "--yes").stdout


def test_a_quoted_pattern_is_the_files_that_fit(run: Commands, shop: Path) -> None:
    files, _ = added(run, str(shop.parent / "**" / "l*.csv"))

    assert list(files) == ["shop/lamps.csv"]
    with Catalog.open(run.home / "catalog.sqlite") as catalog:
        (source,) = catalog.sources()
        assert {p.origin.file for p in catalog.all_products()} == {"shop/lamps.csv"}
    assert source.name == "shop-lamps"


def test_files_of_one_name_in_several_folders_are_sources_of_their_own(run: Commands, shop: Path) -> None:
    for folder, name in (("north", "Lamp"), ("south", "Tent")):
        (shop / folder).mkdir()
        (shop / folder / "lamps.csv").write_text(f"sku,name,price\na1,{name},3 EUR\n", encoding="utf-8")
    added(run, shop)

    with Catalog.open(run.home / "catalog.sqlite") as catalog:
        assert {s.name: s.products for s in catalog.sources() if s.products} == {
            "lamps": 2,
            "north-lamps": 1,
            "south-lamps": 1,
        }


def test_a_data_request_as_downloaded_becomes_a_history(run: Commands, download: Path) -> None:
    files, _ = added(run, download)
    with Catalog.open(run.home / "catalog.sqlite") as catalog:
        events = {(e.kind, e.product_id, e.text, e.origin.file) for e in catalog.events(50)}

    place = "Your Orders.zip"
    first, second = (f"{place}/Retail.OrderHistory.{n}/Retail.OrderHistory.{n}.csv" for n in (1, 2))
    assert events == {
        ("order", "B01", "Tent", first),
        ("order", "B02", "Stove", first),
        ("order", "B03", "Lantern", second),
        ("return", "B01", "Tent", f"{place}/A Returns/Refund Details.csv"),
        ("return", "B0D", "A novel", f"{place}/Digital.zip/Digital Returns.csv"),
    }
    assert (files[second]["new"], files[second]["same"]) == (1, 2)


def test_the_same_download_again_changes_nothing(run: Commands, download: Path) -> None:
    added(run, download)
    files, _ = added(run, download)

    assert {(each["new"], each["changed"]) for each in files.values()} == {(0, 0)}


def test_of_a_download_nothing_else_is_read_or_stored(run: Commands, download: Path) -> None:
    files, told = added(run, download)
    assert len(files) == 4
    for name in ("Retail.Addresses.1.csv", "wallet.jsonl", "invoice.pdf"):
        assert name in told
        assert not any(name in file for file in files)
    for secret in SECRETS:
        assert secret not in told
        for path in (p for p in run.home.rglob("*") if p.is_file()):
            assert secret not in path.read_bytes().decode("latin-1"), path


def test_what_lies_beside_a_history_can_still_be_named_itself(
    run: Commands, download: Path, shop: Path
) -> None:
    files, _ = added(run, download, shop / "lamps.csv")

    assert "lamps.csv" in files


def test_an_unpacked_download_is_read_like_the_archive(run: Commands, tmp_path: Path) -> None:
    folder = tmp_path / "Your Orders"
    for name, content in (
        ("Addresses/a.csv", ADDRESSES),
        ("R/Refund Details.csv", REFUNDS),
        ("S/Orders.csv", ORDERS),
    ):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(content, encoding="utf-8")
    files, told = added(run, folder)

    assert {name: each["new"] for name, each in files.items()} == {
        "S/Orders.csv": 2,
        "R/Refund Details.csv": 1,
    }
    assert "Addresses/a.csv: It lies beside a history of yours" in told


def test_nothing_stays_unpacked_after_an_import_or_a_fault_in_it(
    run: Commands, download: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(run, download)
    assert not unpacked(run.home)

    monkeypatch.setattr(adding, "ingest_here", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run("index", "add", download)
    assert not unpacked(run.home)


def unpacked(home: Path) -> list[Path]:
    return [path for path in (home / "unpacked").rglob("*") if path.suffix != ".lock"]


def test_pictures_beside_a_member_are_not_named_for_they_go(run: Commands, tmp_path: Path) -> None:
    rows = "sku,name,price,image\na1,Lamp,3 EUR,lamp.png\na2,Tent,3 EUR,https://example.org/tent.png\n"
    path = archive(tmp_path / "shop.zip", {"rows.csv": rows, "lamp.png": b"\x89PNG\r\n\x1a\n" + bytes(99)})
    added(run, path)
    with Catalog.open(run.home / "catalog.sqlite") as catalog:
        images = {p.title: p.images for p in catalog.all_products()}

    assert images == {"Lamp": (), "Tent": ("https://example.org/tent.png",)}


def test_what_a_file_is_can_be_said(run: Commands, tmp_path: Path) -> None:
    path = tmp_path / "odd.txt"
    path.write_text("name,x\tprice\nLamp,1\t3 EUR\n", encoding="utf-8")
    files, _ = added(run, path, "--format", "tsv", "--map", "title=name,x")
    assert files["odd.txt"]["new"] == 1

    refused = run("index", "add", path, "--format", "tvs", "--yes")
    assert refused.exit_code == 1
    assert refused.stderr.count("\n") == 1
    assert "vs is no format" in refused.stderr


def test_what_a_killed_import_left_unpacked_goes_at_the_next_start(run: Commands) -> None:
    left = run.home / "unpacked" / "0123"
    for start in (lambda: run("index", "verify"), lambda: open_bench(threading.Event()).close()):
        left.mkdir(parents=True)
        (left / "orders.csv").write_text(ORDERS, encoding="utf-8")
        start()
        assert not left.exists()


def test_a_known_file_keeps_its_source_whatever_it_is_called(run: Commands, tmp_path: Path) -> None:
    path = tmp_path / "Order History.csv"
    path.write_text(ORDERS, encoding="utf-8")
    packed = archive(tmp_path / "orders.zip", {"Your Orders/Order History.csv": ORDERS})
    files, _ = added(run, path, packed)

    assert [(each["source"], each["new"], each["same"]) for each in files.values()] == [
        ("order-history", 2, 0),
        ("order-history", 0, 2),
    ]


def test_a_source_that_was_named_is_called_so_in_an_archive(run: Commands, tmp_path: Path) -> None:
    packed = archive(tmp_path / "shop.zip", {"sub/lamps.csv": PRODUCTS})
    (file,) = added(run, packed, "--map", "source=lamps")[0].values()

    assert file["source"] == "lamps"


@pytest.mark.longer
@needs_real_files
def test_a_real_folder_of_exports_is_listed_file_by_file(run: Commands) -> None:
    folder = SHARED / "magento-sample"
    tried = run("index", "add", folder, "--dry-run", "--json", "--map", "currency=USD")
    told = json.loads(tried.stdout)
    told_of = {each["file"] for each in (*told["files"], *told["left_out"])}

    assert tried.exit_code == 0
    assert told_of == {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {each["file"]: each["kind"] for each in told["files"]}["reviews.jsonl"] == "reviews"
    assert told["totals"]["read"] > 2_000


@needs_real_files
def test_a_real_order_history_in_an_archive_is_the_one_beside_it(run: Commands, tmp_path: Path) -> None:
    plain = SHARED / "amazon-order-history" / "legacy_order_report_2018-2023.csv"
    zipped_up = archive(tmp_path / "orders.zip", {"Your Orders/Order History.csv": plain.read_bytes()})
    files, _ = added(run, plain, zipped_up)

    assert [(each["read"], each["new"], each["same"]) for each in files.values()] == [
        (228, 227, 0),
        (228, 0, 227),
    ]
