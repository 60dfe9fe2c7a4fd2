"""Files in the forms that shops and collections publish are known by their columns and read to products."""

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from index.importers.faults import SchemaError
from index.importers.import_report import ImportReport
from index.product import Event, Product
from tests.index.importing import imported, jsonl, opened, written


def read(tmp_path: Path, name: str, content: str, **mapping: str) -> tuple[ImportReport, dict[str, Product]]:
    """What a file that nobody described becomes."""
    report = imported(tmp_path, written(tmp_path, name, content), schema=None, mapping=mapping)
    with opened(tmp_path) as catalog:
        return report, {product.id: product for product in catalog.all_products()}


def facts(product: Product) -> dict[str, str]:
    """The attributes of a product as the record says them, with their unit."""
    return {a.name: a.raw if a.raw[-1].isalpha() else f"{a.raw} {a.unit}".strip() for a in product.attributes}


def asked(product: Product) -> list[tuple[float, str, float | None, dict[str, str]]]:
    """What is asked for each variant of a product."""
    return [(o.price.amount, o.price.currency, o.was, dict(o.options)) for o in product.offers]


MERCHANT = (
    "id\ttitle\tdescription\tlink\timage link\tprice\tsale price\tsale price effective date\tavailability\t"
    "gtin\tbrand\tproduct type\titem group id\tcolor\tsize\tproduct detail\tcustom label 0\n"
)


@pytest.mark.parametrize("name", ["image link", "image_link", "g:image_link", "Image Link"])
def test_a_merchant_feed_is_known_however_its_columns_are_written(tmp_path: Path, name: str) -> None:
    table = MERCHANT.replace("image link", name) + (
        'T1\tTent\t"<p>Dry &amp; <b>light</b></p>"\thttps://a.example/t\thttps://a.example/t.jpg\t'
        "EUR 1,219.49\t899.00 EUR\t\tin_stock\t4006381333931\tAlp\tOutdoor > Tents\t\t\t\t"
        "General:Water column:3000 mm,General:Poles:aluminium\tx\n"
        "T2\tBag\t\thttps://a.example/b\t\tno price\t\t\tout of stock\t4006381333930\t\t\t\t\t\t\tx\n"
    )
    report, made = read(tmp_path, "feed-a.tsv", table)
    assert (report.source, report.new, report.rejected) == ("feed-a", 2, 0)
    tent, bag = made["feed-a:T1"], made["feed-a:T2"]
    assert asked(tent) == [(899, "EUR", 1219.49, {})]
    assert (tent.description, tent.category, tent.gtin) == (
        "Dry & light",
        ("Outdoor", "Tents"),
        ("4006381333931",),
    )
    assert tent.images == ("https://a.example/t.jpg",)
    assert facts(tent) == {"water_column": "3000 mm", "poles": "aluminium"}
    assert tent.offers[0].availability == "in stock"
    assert (bag.gtin, bag.offers) == ((), ())


@pytest.mark.parametrize(
    ("interval", "amount"),
    [
        ("2020-01-01T00:00+0100/2020-02-01T00:00+0100", 100),
        ("2020-01-01T00:00+0100/2999-02-01T00:00+0100", 80),
        ("2999-01-01/2999-02-01", 100),
        ("soon", 80),
        ("", 80),
    ],
)
def test_a_reduced_price_counts_only_while_it_holds(tmp_path: Path, interval: str, amount: int) -> None:
    row = f"T1\tTent\t\thttps://a.example/t\t\t100 EUR\t80 EUR\t{interval}\t\t\t\t\t\t\t\t\t\n"
    _, made = read(tmp_path, "feed.tsv", MERCHANT + row)
    assert asked(made["feed:T1"])[0][0] == amount


def test_items_of_one_group_in_a_feed_are_one_product(tmp_path: Path) -> None:
    items = "".join(
        f"<item><g:id>S-{size}</g:id><g:item_group_id>S</g:item_group_id><title>Sock {size}</title>"
        f"<link>https://a.example/{size}</link><g:price>{price} GBP</g:price><g:size>{size}</g:size>"
        "<g:availability>in stock</g:availability><g:shipping><g:price>1 GBP</g:price></g:shipping></item>"
        for size, price in (("S", "4.00"), ("XL", "5.00"))
    )
    feed = f'<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>{items}</channel></rss>'
    report, made = read(tmp_path, "socks.xml", feed)
    assert report.recognized_as == "an XML feed, a shopping feed"
    assert asked(made["socks:S"]) == [(4, "GBP", None, {"size": "S"}), (5, "GBP", None, {"size": "XL"})]
    assert facts(made["socks:S"]) == {"size": "S, XL"}


def test_the_older_names_of_feeds_are_known(tmp_path: Path) -> None:
    entry = (
        "<item><title>Mini</title><link>https://a.example/m</link><guid>9</guid><g:price>2995</g:price>"
        "<g:currency>USD</g:currency><g:manufacturer>Acme</g:manufacturer><g:manufacturer_id>23</g:manufacturer_id>"
        "<g:upc>036000291452</g:upc><g:image_link>https://a.example/m.jpg</g:image_link></item>"
    )
    feed = f'<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>{entry}</channel></rss>'
    _, made = read(tmp_path, "old.xml", feed)
    mini = made["old:9"]
    assert (mini.brand, mini.mpn, mini.gtin) == ("Acme", "23", ("036000291452",))
    assert asked(mini) == [(2995, "USD", None, {})]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_feed_for_assistants_is_read_with_its_variants(tmp_path: Path, form: str) -> None:
    rows = [
        {
            "item_id": f"H-{colour}",
            "group_id": "H",
            "title": "Hat",
            "url": "https://a.example/h",
            "brand": "Lid",
            "price": "30.00 USD",
            "sale_price": sale,
            "availability": "in_stock",
            "seller_name": "Hats",
            "variant_dict": json.dumps({"color": colour, "brim": "wide"}),
            "is_eligible_search": "true",
        }
        for colour, sale in (("black", ""), ("tan", "25.00 USD"))
    ]
    header = ",".join(rows[0])
    table = "\n".join(
        ",".join('"' + str(cell).replace('"', '""') + '"' for cell in row.values()) for row in rows
    )
    content = jsonl(rows) if form == "jsonl" else f"{header}\n{table}\n"
    _, made = read(tmp_path, "hats", content)
    assert asked(made["hats:H"]) == [
        (30, "USD", None, {"color": "black", "brim": "wide"}),
        (25, "USD", 30, {"color": "tan", "brim": "wide"}),
    ]
    assert facts(made["hats:H"]) == {"color": "black, tan", "brim": "wide"}
    assert made["hats:H"].offers[0].seller == "Hats"


HANDLES_OLD = (
    "Handle,Title,Body (HTML),Vendor,Type,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,"
    "Variant Grams,Variant Price,Variant Compare At Price,Variant Barcode,Image Src,Status,Cost per item\n"
    "mug,Mug,<p>Holds <b>tea</b></p>,Clay,Kitchen,Color,Blue,Size,0.3 l,M-1,310,12.00,15.00,,"
    "https://a.example/1.jpg,active,3\n"
    "mug,,,,,,Red,,0.3 l,M-2,320,13.00,,,,,3\n"
    "mug,,,,,,,,,,,,,,https://a.example/2.jpg,,\n"
    "card,Card,,Clay,Gifts,Title,Default Title,,,C-1,0,5.00,,,,active,\n"
    "plan,Plan,,Clay,Gifts,Title,Default Title,,,P-1,0,5.00,,,,draft,\n"
    "This note was left by somebody,,,,,,,,,,,,,,,,\n"
)
HANDLES_NEW = (
    "Title,URL handle,Description,Vendor,Type,Status,SKU,Barcode,Option1 name,Option1 value,Price,"
    "Compare-at price,Weight value (grams),Product image URL\n"
    "Mug,mug,<p>Holds <b>tea</b></p>,Clay,Kitchen,Active,M-1,,Color,Blue,12.00,15.00,310,https://a.example/1.jpg\n"
    ",mug,,,,,M-2,,,Red,13.00,,320,\n"
    ",mug,,,,,,,,,,,,https://a.example/2.jpg\n"
)


def test_a_shop_export_with_handles_gives_one_product_a_handle(tmp_path: Path) -> None:
    report, made = read(tmp_path, "shop.csv", HANDLES_OLD, currency="EUR")
    assert sorted(made) == ["shop:card", "shop:mug"]
    assert (report.read, report.new, report.repeated, report.skipped, report.rejected) == (6, 2, 2, 1, 1)
    assert report.rejects == ("row 7: it has no title",)
    mug = made["shop:mug"]
    assert (mug.brand, mug.description, mug.category) == ("Clay", "Holds tea", ("Kitchen",))
    assert asked(mug) == [
        (12, "EUR", 15, {"color": "Blue", "size": "0.3 l", "weight": "310 g"}),
        (13, "EUR", None, {"color": "Red", "size": "0.3 l", "weight": "320 g"}),
    ]
    assert mug.images == ("https://a.example/1.jpg", "https://a.example/2.jpg")
    assert facts(mug) == {"weight": "310, 320 g", "color": "Blue, Red", "size": "0.3 l"}
    assert asked(made["shop:card"]) == [(5, "EUR", None, {})]


def test_the_newer_headers_say_the_same(tmp_path: Path) -> None:
    _, made = read(tmp_path, "shop.csv", HANDLES_NEW, currency="EUR")
    assert asked(made["shop:mug"]) == [
        (12, "EUR", 15, {"color": "Blue", "weight": "310 g"}),
        (13, "EUR", None, {"color": "Red", "weight": "320 g"}),
    ]
    assert made["shop:mug"].images == ("https://a.example/1.jpg", "https://a.example/2.jpg")


def test_an_export_that_names_no_currency_asks_for_it(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="name no currency; say which"):
        read(tmp_path, "shop.csv", HANDLES_OLD)


PARENTS = (
    'ID,Type,SKU,Name,Published,"Short description",Description,"In stock?",Weight (kg),Sale price,'
    "Regular price,Categories,Images,Parent,Attribute 1 name,Attribute 1 value(s),Attribute 2 name,"
    "Attribute 2 value(s),Meta: _x\n"
    '1,variable,tee,Tee,1,Soft,,1,0.2,,,"Clothing > Tops, Clothing",https://a.example/1.png,,'
    'Color,"Blue, Green",Size,"S, M",1\n'
    "2,simple,belt,Belt,1,,,0,,9,10,Clothing,,,Color,Tan,,,1\n"
    "3,simple,draft,Draft,0,,,0,,9,10,Clothing,,,,,,,1\n"
    "4,variable,,Cap,1,,,1,,,,Clothing,,,Color,Red,,,1\n"
    "5,variation,,Tee - Blue,1,,,1,,,20,,https://a.example/2.png,tee,Color,Blue,Size,S,1\n"
    "6,variation,,Cap - Red,1,,,1,,,7,,,id:4,Color,Red,,,1\n"
    "7,variation,,Tee - Green,1,,,1,,,21,,,id:1,Color,Green,Size,M,1\n"
)


def test_a_shop_export_with_parents_gives_one_product_a_parent(tmp_path: Path) -> None:
    report, made = read(tmp_path, "shop.csv", PARENTS, currency="EUR")
    assert sorted(made) == ["shop:1", "shop:2", "shop:4"]
    assert (report.read, report.new, report.repeated, report.skipped) == (7, 3, 3, 1)
    tee = made["shop:1"]
    assert (tee.title, tee.sku, tee.category) == ("Tee", "tee", ("Clothing", "Tops"))
    assert asked(tee) == [
        (20, "EUR", None, {"color": "Blue", "size": "S"}),
        (21, "EUR", None, {"color": "Green", "size": "M"}),
    ]
    assert facts(tee) == {"weight": "0.2 kg", "color": "Blue, Green", "size": "S, M"}
    assert tee.images == ("https://a.example/1.png", "https://a.example/2.png")
    assert asked(made["shop:2"]) == [(9, "EUR", 10, {})]
    assert made["shop:2"].offers[0].availability == "out of stock"
    assert asked(made["shop:4"]) == [(7, "EUR", None, {"color": "Red"})]


CONFIGURABLES = (
    "sku,store_view_code,attribute_set_code,product_type,categories,name,description,price,special_price,"
    "special_price_to_date,is_in_stock,product_online,additional_attributes,configurable_variations\n"
    'J-S,,Top,simple,"Root/Men/Jackets,Root",Jacket-S,,50,,,1,1,"size=S,has_options=0",\n'
    'J-M,,Top,simple,"Root/Men/Jackets,Root",Jacket-M,,55,40,1/1/2999,1,1,"size=M,has_options=0",\n'
    'J,,Top,configurable,"Root/Men/Jackets,Root",Jacket,<p>Warm</p>,45,,,1,1,'
    '"climate=Cool|Windy,lining=down, duck","sku=J-S,size=S|sku=J-M,size=M"\n'
    "J,de,Top,configurable,,Jacke,,,,,,,,\n"
    "B,,Bag,simple,Root,Bag,,10,8,1/2/2010,1,2,,\n"
    "C,,Bag,simple,Root,Case,,10,8,1/2/2010,0,1,,\n"
)


def test_a_shop_export_with_configurables_gives_one_product_a_configurable(tmp_path: Path) -> None:
    report, made = read(tmp_path, "shop.csv", CONFIGURABLES, currency="USD")
    assert sorted(made) == ["shop:C", "shop:J"]
    assert (report.read, report.new, report.rejected) == (6, 2, 0)
    jacket = made["shop:J"]
    assert (jacket.title, jacket.description, jacket.category) == (
        "Jacket",
        "Warm",
        ("Root", "Men", "Jackets"),
    )
    assert asked(jacket) == [(50, "USD", None, {"size": "S"}), (40, "USD", 55, {"size": "M"})]
    assert facts(jacket) == {"climate": "Cool, Windy", "lining": "down, duck", "size": "S, M"}
    assert asked(made["shop:C"]) == [(10, "USD", None, {})]


FOOD = {
    "code": "3017620422003",
    "creator": "somebody",
    "product_name": "Spread",
    "brands": "Nut Co",
    "categories": "Breakfasts,Spreads",
    "quantity": "400 g",
    "nutriscore_grade": "e",
    "states": "x",
}


@pytest.mark.parametrize("form", ["tsv", "jsonl", "parquet"])
def test_food_facts_are_read_in_each_of_their_forms(tmp_path: Path, form: str) -> None:
    path = tmp_path / "food"
    if form == "tsv":
        rows = [{**FOOD, "sugars_100g": "56.3"}]
        path.write_text("\n".join("\t".join(line) for line in (rows[0], rows[0].values())) + "\n")
    elif form == "jsonl":
        path.write_text(jsonl([{**FOOD, "nutriments": {"sugars_100g": 56.3}}]))
    else:
        text = [{"lang": "main", "text": "Spread"}, {"lang": "fr", "text": "Pâte"}]
        sugars = {"name": "sugars", "value": 14.0, "100g": 56.3, "serving": 8.4, "unit": "g"}
        unnamed = {"name": None, "value": 1.0, "100g": 1.0, "serving": None, "unit": None}
        row = {**FOOD, "product_name": text, "nutriments": [sugars, unnamed]}
        pq.write_table(pa.Table.from_pylist([row]), path)
    report = imported(tmp_path, path, schema=None)
    assert (report.source, report.new) == ("open-food-facts", 1)
    with opened(tmp_path) as catalog:
        spread = catalog.product("open-food-facts:3017620422003")
    assert (spread.title, spread.brand, spread.gtin) == ("Spread", "Nut Co", ("3017620422003",))
    assert spread.category == ("Breakfasts", "Spreads")
    assert facts(spread) == {
        "quantity": "400 g",
        "nutriscore_grade": "e",
        "sugars_per_100g": "56.3 g",
    }


def test_items_and_reviews_of_the_review_collection_are_joined(tmp_path: Path) -> None:
    item = {
        "main_category": "Tools",
        "title": "Saw",
        "average_rating": 4.5,
        "rating_number": 12,
        "features": ["Sharp", "Light"],
        "description": ["Cuts wood.", "And more."],
        "price": 19.99,
        "images": [
            {"thumb": "https://a.example/t.jpg", "large": "https://a.example/l.jpg", "variant": "MAIN"}
        ],
        "videos": [{"title": "x", "url": "https://a.example/v"}],
        "store": "Cutter",
        "categories": ["Tools", "Saws"],
        "details": {"Item Weight": "1.2 pounds", "Best Sellers Rank": {"Saws": 3}},
        "parent_asin": "B0SAW",
        "bought_together": None,
    }
    other = {**item, "parent_asin": "B0SAX", "price": None, "details": json.dumps(item["details"])}
    _, made = read(tmp_path, "meta.jsonl", jsonl([item, other]))
    saw = made["reviews-2023:B0SAW"]
    assert (saw.asin, saw.brand, saw.rating, saw.rating_count) == ("B0SAW", "Cutter", 4.5, 12)
    assert (saw.category, saw.bullets) == (("Tools", "Saws"), ("Sharp", "Light"))
    assert saw.description == "Cuts wood.\nAnd more."
    assert saw.images == ("https://a.example/l.jpg",)
    assert asked(saw) == [(19.99, "USD", None, {})]
    assert facts(saw) == {"item_weight": "1.2 pounds"}
    assert facts(made["reviews-2023:B0SAX"])["item_weight"] == "1.2 pounds"
    review = {
        "rating": 5.0,
        "title": "Good",
        "text": "It cuts.",
        "images": [],
        "asin": "B0SAWX",
        "parent_asin": "B0SAW",
        "user_id": "SOMEBODY",
        "timestamp": 1588687728923,
        "helpful_vote": 2,
        "verified_purchase": True,
    }
    report = imported(tmp_path, written(tmp_path, "reviews.jsonl", jsonl([review])), schema=None)
    assert (report.kind, report.new) == ("reviews", 1)
    with opened(tmp_path) as catalog:
        (told,) = catalog.reviews("reviews-2023:B0SAW")
    assert (told.written, told.verified, told.helpful) == (date(2020, 5, 5), True, 2)
    assert "SOMEBODY" not in told.model_dump_json()
    burst = [{**review, "user_id": f"PERSON{n}", "verified_purchase": n > 2} for n in range(8)]
    again = {**burst[7], "timestamp": 1588687788923}
    path = written(tmp_path, "burst.jsonl", jsonl([*burst, again, burst[7]]))
    report = imported(tmp_path, path, schema=None)
    assert (report.new, report.same, report.rejected) == (9, 1, 0)
    with opened(tmp_path) as catalog:
        assert len(catalog.reviews("reviews-2023:B0SAW")) == 10
    assert b"PERSON7" not in (tmp_path / "catalog.sqlite").read_bytes()


def test_products_of_the_shopping_queries_are_read_from_parquet(tmp_path: Path) -> None:
    row = {
        "product_id": "B01",
        "product_title": "Desk",
        "product_description": "<p>Of oak</p>",
        "product_bullet_point": "Wide\nDeep",
        "product_brand": "Oaks",
        "product_color": "Brown",
        "product_locale": "us",
    }
    pq.write_table(pa.Table.from_pylist([row, {**row, "product_locale": "es"}]), tmp_path / "products")
    report = imported(tmp_path, tmp_path / "products", schema=None)
    assert (report.source, report.new) == ("shopping-queries", 2)
    with opened(tmp_path) as catalog:
        first, second = catalog.all_products()
    assert first.id != second.id
    assert (first.asin, first.bullets, first.description) == ("B01", ("Wide", "Deep"), "Of oak")


def events(tmp_path: Path, name: str, content: str, **mapping: str) -> tuple[ImportReport, list[Event]]:
    """The events that a file becomes, the oldest first."""
    report = imported(tmp_path, written(tmp_path, name, content), schema=None, mapping=mapping)
    with opened(tmp_path) as catalog:
        told = [
            Event.model_validate_json(record) for (record,) in catalog.select("SELECT record FROM events", [])
        ]
    return report, sorted(told, key=lambda event: event.at)


def test_what_was_searched_and_clicked_becomes_history(tmp_path: Path) -> None:
    row = {"query_id": "q", "client_id": "SOMEBODY", "session_id": "s", "application": "shop"}
    item = {"object": {"object_id": "B01", "description": "Desk of oak"}}
    rows: list[dict[str, object]] = [
        {**row, "action_name": "search", "timestamp": "2024-12-10T00:01:29Z", "user_query": "desk"},
        {**row, "action_name": "impression", "timestamp": "2024-12-10T00:01:30Z", "user_query": "desk"},
        {**row, "action_name": "click", "timestamp": "2024-12-10T00:02:00Z", "user_query": "desk"},
        {**row, "action_name": "add_to_cart", "timestamp": 1733789000000, "user_query": "desk"},
        {**row, "action_name": "page_exit", "timestamp": 1733789000000, "user_query": ""},
    ]
    rows = [{**each, "event_attributes": item if 0 < place < 4 else {}} for place, each in enumerate(rows)]
    report, told = events(tmp_path, "events.jsonl", jsonl(rows))
    assert (report.new, report.skipped, report.rejected) == (3, 2, 0)
    assert [(event.kind, event.text, event.product_id) for event in told] == [
        ("search", "desk", ""),
        ("click", "Desk of oak", "B01"),
        ("cart", "Desk of oak", "B01"),
    ]
    assert all("SOMEBODY" not in event.model_dump_json() for event in told)


def test_lines_of_invoices_become_orders_and_returns(tmp_path: Path) -> None:
    table = (
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "536365,85123A,LIGHT HOLDER,6,12/1/2010 8:26,2.55,17850,United Kingdom\n"
        "C536379,D1,LANTERN,-1,12/1/2010 9:41,27.50,14527,United Kingdom\n"
    )
    with pytest.raises(SchemaError, match="name no currency"):
        events(tmp_path, "invoices.csv", table)
    _, told = events(tmp_path, "invoices.csv", table, currency="GBP")
    assert [(e.kind, e.text, e.quantity, e.price.amount if e.price else None) for e in told] == [
        ("order", "LIGHT HOLDER", 6, 2.55),
        ("return", "LANTERN", 1, 27.5),
    ]
    assert "17850" not in told[0].model_dump_json()


def test_the_older_reviews_name_their_product_by_its_title(tmp_path: Path) -> None:
    item = (
        "<item><title>Sees far</title><description>I saw it all.</description><guid>3</guid>"
        "<g:name_of_item_being_reviewed>Globe</g:name_of_item_being_reviewed><g:rating>4</g:rating></item>"
    )
    feed = f'<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>{item}</channel></rss>'
    imported(tmp_path, written(tmp_path, "globes", jsonl([{"id": "Globe", "title": "Globe"}])), schema=None)
    report = imported(tmp_path, written(tmp_path, "reviews.xml", feed), schema=None)
    assert (report.kind, report.new) == ("reviews", 1)
    with opened(tmp_path) as catalog:
        assert catalog.reviews("globes:Globe")[0].sentences == ("I saw it all.",)


DETAIL = (
    "<g:product_detail><g:section_name>General</g:section_name><g:attribute_name>{}</g:attribute_name>"
    "<g:attribute_value>{}</g:attribute_value></g:product_detail>"
)


@pytest.mark.parametrize("details", [[("Capacity", "1.7 L")], [("Capacity", "1.7 L"), ("Power", "2200 W")]])
def test_details_of_a_feeds_item_are_its_attributes_however_many(
    tmp_path: Path, details: list[tuple[str, str]]
) -> None:
    item = (
        "<item><g:id>k1</g:id><title>Kettle</title><link>https://a.example/k1</link>"
        "<g:image_link>https://a.example/k1.jpg</g:image_link><g:price>20 EUR</g:price>"
    )
    told = "".join(DETAIL.format(*detail) for detail in details)
    text = (
        '<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>'
        f"{item}{told}</item></channel></rss>"
    )
    _, made = read(tmp_path, "kettles.xml", text)
    assert facts(made["kettles:k1"]) == {name.casefold(): value for name, value in details}
