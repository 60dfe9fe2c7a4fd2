"""What pages mark up for machines becomes products, offers and reviews."""

import json
from datetime import date
from pathlib import Path

import pytest

from index.importers.faults import SchemaError
from tests.index.importing import imported, opened, written
from tests.index.saved import GTIN, LAMP, PROSE, SHOP, page, product, products, reviews, saved


def test_a_saved_page_gives_its_product_and_its_text(tmp_path: Path) -> None:
    report = saved(tmp_path, page(LAMP))
    assert (report.kind, report.source, report.recognized_as) == (
        "pages",
        "saved-pages",
        "a saved page (HTML)",
    )
    assert (report.records, report.new, report.read) == ({"products": 1, "pages": 1}, 2, 2)


def test_every_field_of_a_product_is_read(tmp_path: Path) -> None:
    whole = {
        **LAMP,
        "brand": {"@type": "Brand", "name": "Lux &amp; Co"},
        "gtin13": GTIN,
        "mpn": "LX17",
        "category": "Home / Lamps",
        "description": "<b>Folds</b> flat.",
        "image": [
            "/a.jpg",
            {"@type": "ImageObject", "url": "https://cdn.example/b.jpg"},
            "javascript:alert(1)",
        ],
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": "8,6",
            "bestRating": 10,
            "reviewCount": "12",
        },
        "color": ["Black", "White"],
        "weight": {"@type": "QuantitativeValue", "value": 1500, "unitCode": "GRM"},
        "additionalProperty": [
            {"@type": "PropertyValue", "name": "Brightness", "value": "800", "unitText": "lm"},
            {"@type": "PropertyValue", "name": "Range", "minValue": 20, "maxValue": 30, "unitCode": "2N"},
            {"@type": "PropertyValue", "name": "@sku", "value": "not the number"},
        ],
        "offers": {
            "@type": "Offer",
            "price": 1299.5,
            "priceCurrency": "EUR",
            "availability": "https://schema.org/LimitedAvailability",
            "url": "/lamps/17?buy",
            "seller": {"@type": "Organization", "name": "Lampery"},
        },
    }
    lamp = product(tmp_path, page(whole))
    assert (lamp.title, lamp.brand, lamp.gtin, lamp.mpn, lamp.sku) == (
        "Reading lamp", "Lux & Co", (GTIN,), "LX17", "L-17",
    )  # fmt: skip
    assert lamp.category == ("Home", "Lamps")
    assert lamp.description == "Folds flat."
    assert lamp.images == ("https://shop.example/a.jpg", "https://cdn.example/b.jpg")
    assert (lamp.rating, lamp.rating_count) == (4.3, 12)
    (offer,) = lamp.offers
    assert (offer.price.amount, offer.price.currency, offer.seller) == (1299.5, "EUR", "Lampery")
    assert (offer.availability, offer.url) == ("limited availability", "https://shop.example/lamps/17?buy")
    told = {a.name: (a.low, a.high, a.unit, a.words) for a in lamp.attributes}
    assert told["color"] == (None, None, "", ("black", "white"))
    assert told["weight"] == (1500, 1500, "g", ())
    assert told["brightness"] == (800, 800, "lm", ())
    assert told["range"] == (20, 30, "dB", ())


DAMAGED = {
    "trailing commas": '{"@type": "Product", "name": "Lamp", "sku": "1", "color": ["red",],}',
    "comments": '// the lamp\n{"@type": "Product", /* its name */ "name": "Lamp", "sku": "1"}',
    "a comment before the end": '{"@type": "Product", "name": "Lamp", "sku": "1", // "mpn": 3\n}',
    "CDATA": '//<![CDATA[\n{"@type": "Product", "name": "Lamp", "sku": "1"}\n//]]>',
    "HTML comments": '<!--\n{"@type": "Product", "name": "Lamp", "sku": "1"}\n-->',
    "several objects": '{"@type": "WebSite"}\n{"@type": "Product", "name": "Lamp", "sku": "1"}',
    "commas between": '{"@type": "WebSite"}, {"@type": "Product", "name": "Lamp", "sku": "1"},',
    "a semicolon": '{"@type": "Product", "name": "Lamp", "sku": "1"};',
    "entities": '{"@type": "Product", "name": "Lamp", "sku": 1}'.replace('"', "&quot;"),
    "line breaks in texts": '{"@type": "Product", "name": "Lamp", "sku": "1", "description": "It\nfolds."}',
    "unknown escapes": r'{"@type": "Product", "name": "Lamp", "sku": "1", "description": "It\'s"}',
    "no number": '{"@type": "Product", "name": "Lamp", "sku": "1", "weight": NaN}',
}


@pytest.mark.parametrize("script", DAMAGED.values(), ids=DAMAGED.keys())
def test_damaged_json_ld_is_mended(tmp_path: Path, script: str) -> None:
    lamp = product(tmp_path, page(script))
    assert (lamp.title, lamp.sku) == ("Lamp", "1")


def test_what_looks_like_a_comment_in_a_text_stays(tmp_path: Path) -> None:
    lamp = product(
        tmp_path, page('{"@type": "Product", "name": "Lamp", "sku": "1", "description": "10 // 20, }",}')
    )
    assert lamp.description == "10 // 20, }"


@pytest.mark.parametrize("script", ['{"@type": "Product", "name": "La', "nothing", "", "[" * 10_000])
def test_a_script_that_cannot_be_mended_costs_no_other(tmp_path: Path, script: str) -> None:
    report = saved(tmp_path, page(script, LAMP))
    assert [p.title for p in products(tmp_path)] == ["Reading lamp"]
    assert report.notes == ("1 JSON-LD script is damaged.",)


SHAPES: dict[str, object] = {
    "a list": [{"@type": "WebSite"}, LAMP],
    "a graph": {"@context": "https://schema.org", "@graph": [{"@type": "WebSite"}, LAMP]},
    "a list of types": {**LAMP, "@type": ["Thing", "Product"]},
    "full names": {
        "@type": "http://schema.org/Product",
        "http://schema.org/name": "Reading lamp",
        "schema:sku": "L-17",
        "schema:offers": {"schema:price": "49.90", "schema:priceCurrency": "EUR"},
    },
    "the page's main thing": {"@type": "ItemPage", "mainEntity": LAMP},
    "references": {
        "@graph": [
            {**LAMP, "@id": "#lamp", "offers": {"@id": "#offer"}},
            {"@id": "#offer", "@type": "Offer", "price": 49.9, "priceCurrency": "EUR"},
        ]
    },
    "a product within its offer": {
        "@type": "Offer", "price": 49.9, "priceCurrency": "EUR",
        "itemOffered": {"@type": "Product", "name": "Reading lamp", "sku": "L-17"},
    },
    "a list of one offer": {**LAMP, "offers": [{"@type": "Offer", "price": "EUR 49.90"}]},
    "a price apart": {
        **LAMP,
        "offers": {
            "priceSpecification": [
                {"priceType": "https://schema.org/ListPrice", "price": 60, "priceCurrency": "EUR"},
                {"price": 49.9, "priceCurrency": "EUR"},
            ]
        },
    },
    "said twice": [LAMP, {**LAMP, "brand": "Lux"}],
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_every_shape_of_json_ld_says_the_same(tmp_path: Path, shape: object) -> None:
    lamp = product(tmp_path, page(shape))
    assert (lamp.id, lamp.title) == ("saved-pages:shop.example/L-17", "Reading lamp")
    assert [(o.price.amount, o.price.currency) for o in lamp.offers] == [(49.9, "EUR")]


def test_texts_where_objects_are_expected_cost_nothing_else(tmp_path: Path) -> None:
    odd = {**LAMP, "offers": "49 EUR", "aggregateRating": "4.5", "review": "good", "brand": "Lux", "image": 3}
    lamp = product(tmp_path, page(odd))
    assert (lamp.title, lamp.brand, lamp.offers, lamp.rating) == ("Reading lamp", "Lux", (), None)


MICRODATA = """
<div itemscope itemtype="http://schema.org/Product"><h1 itemprop="name">Reading lamp</h1>
<meta itemprop="sku" content="L-17"><img itemprop="image" src="/a.jpg">
<div itemprop="offers" itemscope itemtype="http://schema.org/Offer">
<span itemprop="price" content="49.90">49,90 €</span>
<meta itemprop="priceCurrency" content="EUR">
<link itemprop="availability" href="http://schema.org/OutOfStock"></div>
<div itemprop="aggregateRating" itemscope itemtype="http://schema.org/AggregateRating">
<span itemprop="ratingValue">4.5</span> of <span itemprop="reviewCount">8</span></div></div>
"""
RDFA = """
<div vocab="http://schema.org/" typeof="Product"><h1 property="name">Reading lamp</h1>
<span property="sku">L-17</span><img property="image" src="/a.jpg">
<div property="offers" typeof="Offer"><span property="price" content="49.90">49,90 €</span>
<meta property="priceCurrency" content="EUR"><link property="availability" href="http://schema.org/OutOfStock"></div>
<div property="aggregateRating" typeof="AggregateRating">
<span property="ratingValue">4.5</span> of <span property="reviewCount">8</span></div></div>
"""


@pytest.mark.parametrize("markup", [MICRODATA, RDFA], ids=["microdata", "RDFa"])
def test_markup_in_the_text_says_the_same_as_json_ld(tmp_path: Path, markup: str) -> None:
    lamp = product(tmp_path, page(body=markup))
    assert (lamp.id, lamp.title) == ("saved-pages:shop.example/L-17", "Reading lamp")
    (offer,) = lamp.offers
    assert (offer.price.amount, offer.price.currency, offer.availability) == (49.9, "EUR", "out of stock")
    assert (lamp.rating, lamp.rating_count) == (4.5, 8)
    assert lamp.images == ("https://shop.example/a.jpg",)


OPEN_GRAPH = """
<meta property="og:type" content="product"><meta property="og:title" content="Reading lamp">
<meta property="og:image" content="https://cdn.example/a.jpg">
<meta property="product:price:amount" content="49.90"><meta property="product:price:currency" content="EUR">
<meta property="product:retailer_item_id" content="L-17">
<meta property="product:availability" content="in stock">
"""


def test_open_graph_is_read_where_nothing_else_is(tmp_path: Path) -> None:
    lamp = product(tmp_path, page(head=OPEN_GRAPH))
    assert (lamp.id, lamp.title, lamp.images) == (
        "saved-pages:shop.example/L-17", "Reading lamp", ("https://cdn.example/a.jpg",),
    )  # fmt: skip
    (offer,) = lamp.offers
    assert (offer.price.amount, offer.price.currency, offer.availability) == (49.9, "EUR", "in stock")


def test_one_syntax_fills_what_another_leaves_blank(tmp_path: Path) -> None:
    bare = {"@type": "Product", "name": "Lamp by the name of its maker", "mpn": "LX"}
    lamp = product(tmp_path, page(bare, head=OPEN_GRAPH))
    assert (lamp.title, lamp.mpn, lamp.sku) == ("Lamp by the name of its maker", "LX", "L-17")
    assert lamp.offers[0].price.amount == 49.9


def test_an_article_is_no_product(tmp_path: Path) -> None:
    report = saved(
        tmp_path,
        page({"@type": "NewsArticle", "name": "Lamps"}, head='<meta property="og:type" content="article">'),
    )
    assert report.records == {"pages": 1}


def test_what_a_page_only_points_to_is_no_product(tmp_path: Path) -> None:
    related = {"@type": "Product", "name": "Another lamp", "image": "/b.jpg"}
    assert product(tmp_path, page({**LAMP, "isRelatedTo": [related, related]})).title == "Reading lamp"


def test_a_list_of_products_gives_each(tmp_path: Path) -> None:
    listed = {
        "@type": "ItemList",
        "itemListElement": [
            {"@type": "ListItem", "position": n, "item": {**LAMP, "sku": f"L-{n}"}} for n in range(30)
        ],
    }
    assert saved(tmp_path, page(listed)).records["products"] == 30


def test_variants_of_a_group_are_offers_of_one_product(tmp_path: Path) -> None:
    group = {
        "@type": "ProductGroup",
        "name": "Lamp",
        "productGroupID": "G",
        "hasVariant": [
            {**LAMP, "sku": f"L-{colour}", "color": colour, "gtin": gtin,
             "offers": {"price": price, "priceCurrency": "EUR"}}
            for colour, price, gtin in (("red", 40, GTIN), ("blue", 45, "96385074"))
        ],
    }  # fmt: skip
    lamp = product(tmp_path, page(group))
    assert lamp.title == "Lamp"
    assert [o.price.amount for o in lamp.offers] == [40, 45]
    assert lamp.gtin == (GTIN, "96385074")
    assert lamp.attribute("color") == lamp.attributes[0]
    assert lamp.attributes[0].words == ("red", "blue")


def test_variants_that_stand_apart_and_name_their_group_are_one_product_too(tmp_path: Path) -> None:
    variants = [
        {**LAMP, "sku": f"L-{size}", "size": size, "inProductGroupWithID": "G",
         "offers": {"price": price, "priceCurrency": "EUR"}}
        for size, price in (("small", 40), ("large", 60))
    ]  # fmt: skip
    lamp = product(tmp_path, page(*variants))
    assert [o.price.amount for o in lamp.offers] == [40, 60]
    assert lamp.attributes[0].words == ("small", "large")


def test_the_ends_of_many_offers_are_told(tmp_path: Path) -> None:
    ends = {
        "@type": "AggregateOffer",
        "lowPrice": "40.00",
        "highPrice": 60,
        "priceCurrency": "EUR",
        "offerCount": 5,
    }
    assert [o.price.amount for o in product(tmp_path, page({**LAMP, "offers": ends})).offers] == [40, 60]


def test_the_ends_are_left_out_beside_the_offers_themselves(tmp_path: Path) -> None:
    offers = {
        "@type": "AggregateOffer", "lowPrice": 40, "highPrice": 60, "priceCurrency": "EUR",
        "offers": [
            {"@type": "Offer", "price": 40, "seller": {"name": "A"}},
            {"@type": "Offer", "price": 60, "seller": {"name": "B"}},
        ],
    }  # fmt: skip
    lamp = product(tmp_path, page({**LAMP, "offers": offers}))
    assert [(o.price.amount, o.price.currency, o.seller) for o in lamp.offers] == [
        (40, "EUR", "A"),
        (60, "EUR", "B"),
    ]


@pytest.mark.parametrize(
    ("price", "amount"),
    [
        ("1,299.00", 1299),
        ("1.299,00", 1299),
        ("1299.990000", 1299.99),
        ("1.299", 1299),
        ("49,90 €", 49.9),
        (0.99, 0.99),
    ],
)
def test_prices_are_read_as_shops_write_them(tmp_path: Path, price: object, amount: float) -> None:
    offer = {"price": price, "priceCurrency": "EUR"}
    assert product(tmp_path, page({**LAMP, "offers": offer})).offers[0].price.amount == amount


@pytest.mark.parametrize("price", ["call us", "", 0, "0.00", "-5", "NaN", None, [], {"a": 1}, "9" * 40])
def test_what_is_no_price_costs_the_product_nothing(tmp_path: Path, price: object) -> None:
    lamp = product(tmp_path, page({**LAMP, "offers": {"price": price, "priceCurrency": "EUR"}}))
    assert (lamp.title, lamp.offers) == ("Reading lamp", ())


def test_a_price_before_a_reduction_is_kept(tmp_path: Path) -> None:
    offer = {
        "price": 40,
        "priceCurrency": "EUR",
        "priceSpecification": {
            "priceType": "https://schema.org/StrikethroughPrice",
            "price": 55,
            "priceCurrency": "EUR",
        },
    }
    (made,) = product(tmp_path, page({**LAMP, "offers": offer})).offers
    assert (made.price.amount, made.was) == (40, 55)


@pytest.mark.parametrize(
    ("rating", "stars"),
    [
        ({"ratingValue": 4.5}, 4.5),
        ({"ratingValue": "90", "bestRating": "100"}, 4.5),
        ({"ratingValue": 9}, 4.5),
        ({"ratingValue": 90}, 4.5),
        ({"ratingValue": 6, "bestRating": 5}, None),
        ({"ratingValue": "good"}, None),
        ({}, None),
    ],
)
def test_ratings_are_brought_to_five(tmp_path: Path, rating: dict[str, object], stars: float | None) -> None:
    assert product(tmp_path, page({**LAMP, "aggregateRating": rating})).rating == stars


def test_a_wrong_gtin_is_left_out(tmp_path: Path) -> None:
    assert product(tmp_path, page({**LAMP, "gtin13": "4006381333932"})).gtin == ()


def test_the_trail_of_a_page_is_the_category(tmp_path: Path) -> None:
    trail = {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": 3, "name": "Reading lamp"},
            {
                "@type": "ListItem",
                "position": 2,
                "item": {"@id": "https://shop.example/lamps", "name": "Lamps"},
            },
            {"@type": "ListItem", "position": 1, "name": "Start", "item": "https://shop.example/"},
        ],
    }
    assert product(tmp_path, page(LAMP, trail)).category == ("Lamps",)


def test_reviews_are_joined_to_their_product(tmp_path: Path) -> None:
    told = [
        {"@type": "Review", "name": "Bright", "reviewBody": "Very bright. Gets warm!",
         "datePublished": "2026-01-05", "reviewRating": {"ratingValue": 8, "bestRating": 10},
         "author": {"name": "A. Person"}},
        {"@type": "Review", "description": "Too heavy.", "datePublished": "yesterday"},
        {"@type": "Review"},
    ]  # fmt: skip
    report = saved(tmp_path, page({**LAMP, "review": told}))
    assert report.records == {"products": 1, "reviews": 2, "pages": 1}
    first, second = reviews(tmp_path)
    assert first.product_id == second.product_id == products(tmp_path)[0].id
    assert (first.title, first.sentences, first.rating) == ("Bright", ("Very bright.", "Gets warm!"), 4)
    assert (str(first.written), second.written) == ("2026-01-05", None)
    assert "Person" not in first.model_dump_json()


def test_reviews_beside_the_product_are_joined_to_it(tmp_path: Path) -> None:
    review = {
        "@type": "Review",
        "reviewBody": "Fine.",
        "itemReviewed": {"@type": "Product", "name": "Reading lamp"},
    }
    saved(tmp_path, page(LAMP, review))
    (only,) = reviews(tmp_path)
    assert only.product_id == "saved-pages:shop.example/L-17"


def test_the_same_page_saved_later_replaces_itself_and_its_price_joins_the_history(tmp_path: Path) -> None:
    saved(tmp_path, page(LAMP), on=date(2026, 3, 1))
    dearer = {**LAMP, "offers": {"price": 59, "priceCurrency": "EUR"}}
    report = saved(tmp_path, page(dearer), name="page (1).html", on=date(2026, 4, 1))
    assert (report.new, report.changed, report.same) == (0, 1, 1)
    (lamp,) = products(tmp_path)
    assert [o.price.amount for o in lamp.offers] == [59]
    with opened(tmp_path) as catalog:
        history = [(str(seen.price.seen), seen.price.amount) for seen in catalog.prices(lamp.id)]
    assert history == [("2026-03-01", 49.9), ("2026-04-01", 59)]


def test_an_older_copy_never_replaces_a_newer_one(tmp_path: Path) -> None:
    saved(tmp_path, page({**LAMP, "name": "New name"}), on=date(2026, 4, 1))
    saved(tmp_path, page(LAMP), name="old.html", on=date(2026, 3, 1))
    assert products(tmp_path)[0].title == "New name"


def test_the_same_number_at_two_shops_is_two_products(tmp_path: Path) -> None:
    for host in ("a.example", "b.example"):
        saved(tmp_path, page({**LAMP, "gtin13": GTIN}, url=f"https://www.{host}/lamp"), name=f"{host}.html")
    assert [p.id for p in products(tmp_path)] == [
        f"saved-pages:a.example/{GTIN}",
        f"saved-pages:b.example/{GTIN}",
    ]


def test_a_product_without_a_number_is_named_by_its_address(tmp_path: Path) -> None:
    bare = {"@type": "Product", "name": "Lamp", "brand": "Lux"}
    saved(tmp_path, page(bare, url=f"{SHOP}?utm_source=letter#top"))
    saved(tmp_path, page({**bare, "color": "red"}), name="again.html")
    assert len(products(tmp_path)) == 1


def test_a_page_cannot_pass_for_another_shops(tmp_path: Path) -> None:
    content = page(LAMP, url="https://trusted.example/lamp")
    saved(tmp_path, f"<!-- saved from url=(0024)https://other.example/x -->\n{content}")
    assert products(tmp_path)[0].id == "saved-pages:other.example/L-17"


def test_a_product_without_a_name_is_left_out(tmp_path: Path) -> None:
    assert saved(tmp_path, page({**LAMP, "name": ""})).records == {"pages": 1}


def test_pages_can_have_a_source_of_their_own(tmp_path: Path) -> None:
    report = saved(tmp_path, page(LAMP), source="lamps I saw")
    assert report.source == "lamps-i-saw"
    assert products(tmp_path)[0].id == "lamps-i-saw:shop.example/L-17"


@pytest.mark.parametrize(("role", "value"), [("price", "amount"), ("url", "file:///etc")])
def test_a_page_has_no_columns_to_map(tmp_path: Path, role: str, value: str) -> None:
    with pytest.raises(SchemaError, match=r"A saved page has no columns|is no web address"):
        imported(tmp_path, written(tmp_path, "page.html", page(LAMP)), schema=None, mapping={role: value})


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    saved(tmp_path, page(LAMP))
    report = saved(tmp_path, page(LAMP))
    assert (report.new, report.changed, report.records) == (0, 0, {})
    assert report.notes == ("page.html was imported before and has not changed.",)


def test_nothing_of_a_page_is_needed(tmp_path: Path) -> None:
    report = saved(tmp_path, page(json.dumps(LAMP).replace("Reading", "Röading"), url="", body=PROSE))
    assert report.records == {"products": 1, "pages": 1}
    assert products(tmp_path)[0].id == "saved-pages:L-17"
