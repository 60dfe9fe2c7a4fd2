"""What reviews say by aspect, read out of their own words, and how far they can be trusted."""

import os
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from benchmarks import review_aspects
from index.catalog import Catalog
from index.meanings import Meaning
from index.product import Aspect, Attribute, Origin, Product, Review
from index.reviews.reading import Reading, read, sides, with_aspects
from index.reviews.trust import trust

SEEN = date(2026, 3, 1)
SHARED = Path(os.environ.get("PRODUCTRESEARCH_SHARED_DATA", Path(__file__).parents[2] / "../shared/data"))
LABELLED = SHARED / "review-aspects-liu" / "dev" / "product_reviews.jsonl.gz"
PHONE = Product(
    id="phones:1",
    origin=Origin(source="phones", file="phones.jsonl", row=1, seen=SEEN),
    title="Ravo 12 Mobile Phone",
    brand="Ravo",
    category=("Electronics", "Phones"),
    attributes=(Attribute(name="battery_life", raw="30 h", low=30, high=30, unit="h"),),
)
WORDS = [
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heath",
    "islet",
    "jetty",
    "knoll",
    "ledge",
    "mason",
    "north",
    "olive",
    "pearl",
]


def review(number: int, *sentences: str, product: str = "phones:1", **more: object) -> Review:
    """One review; the source labels nothing unless told to."""
    origin = Origin(source="phones", file="reviews.jsonl", row=number, seen=SEEN)
    record = {"id": f"review:{product}:{number}", "product_id": product, "origin": origin}
    return Review.model_validate({**record, "sentences": sentences, **more})


def told(*sentences: str) -> list[tuple[str, str]]:
    """Aspects with their sides in one review of a phone."""
    (read,) = with_aspects([review(1, *sentences)], {"battery_life": ("endurance",)}, ["phone"])
    return [(a.name, a.polarity) for a in read.aspects]


def distinct(number: int) -> str:
    """A sentence that shares no three words with another number's."""
    turned = [WORDS[(number * 5 + at * (number % 7 + 1)) % len(WORDS)] + str(number) for at in range(8)]
    return " ".join(turned)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """A catalogue of two phones without reviews."""
    with Catalog.open(tmp_path / "catalog.sqlite") as catalog:
        other = PHONE.model_copy(update={"id": "phones:2", "title": "Ravo 13 Mobile Phone"})
        with catalog.importing("phones", "phones.jsonl", "1") as batch:
            batch.describe(PHONE.category, "battery_life", Meaning(also=("endurance",)))
            batch.add(PHONE)
            batch.add(other)
        yield catalog


def reading(catalog: Catalog, reviews: Sequence[Review]) -> Reading:
    """The reviews as they are read once the catalogue holds them."""
    with catalog.importing("phones", "reviews.jsonl", str(len(reviews))) as batch:
        for each in reviews:
            batch.add(each)
    return read(PHONE, catalog)


@pytest.mark.parametrize(
    ("sentence", "aspects"),
    [
        ("The battery life is great.", [("battery life", "positive")]),
        ("The battery life isn't very good.", [("battery life", "negative")]),
        ("Endurance is terrible.", [("battery life", "negative")]),
        ("Great hinge, but the zipper broke.", [("hinge", "positive"), ("zipper", "negative")]),
        ("The buzzer is too loud.", [("buzzer", "negative")]),
        ("No problems with the hinge.", [("hinge", "positive")]),
        ("I wish it had a better hinge.", [("hinge", "negative")]),
        ("The hinge doesn't work.", [("hinge", "negative")]),
        ("I couldn't be happier with the hinge.", [("hinge", "positive")]),
        ("The battery life is long.", [("battery life", "positive")]),
        ("It is very affordable.", [("price", "positive")]),
        ("I love this phone.", [("overall", "positive")]),
        ("Is the hinge any good?", []),
        ("I bought it in March for my sister.", []),
    ],
)
def test_a_sentence_says_what_it_praises_and_faults(sentence: str, aspects: list[tuple[str, str]]) -> None:
    assert told(sentence) == aspects


def test_an_aspect_praised_and_faulted_in_one_sentence_is_mixed() -> None:
    assert told("The hinge is great, the hinge is terrible.") == [("hinge", "mixed")]


def test_labels_of_the_source_are_taken_as_they_are(catalog: Catalog) -> None:
    labels = (Aspect(name="grip", polarity="negative", sentence=0),)
    bare = review(2, "The hinge is great.")
    found = reading(catalog, [review(1, "The hinge is great.", aspects=labels), bare])
    assert found.labelled
    assert [(s.name, s.polarity) for s in found.said] == [("grip", "negative")]
    assert found.reviews[1] == bare


def test_what_one_review_alone_says_is_told_only_of_an_attribute(catalog: Catalog) -> None:
    found = reading(catalog, [review(1, "Great hinge.", "The battery life is awful."), review(2, "Fine.")])
    assert [(s.name, s.polarity, len(s.reviews)) for s in found.said] == [("battery life", "negative", 1)]


def test_a_noun_that_recurs_is_an_aspect_with_its_sentence(catalog: Catalog) -> None:
    found = reading(
        catalog, [review(1, "It came on Monday.", "The hinge is solid."), review(2, "A solid hinge.")]
    )
    (said,) = found.said
    assert (said.name, said.polarity, len(said.reviews)) == ("hinge", "positive", 2)
    assert said.sentence(said.reviews[0]) == 1


def test_a_read_review_is_given_back_as_the_catalogue_holds_it(catalog: Catalog) -> None:
    bare = review(1, "The battery life is great.")
    found = reading(catalog, [bare])
    assert found.reviews[0].aspects
    assert found.original(found.reviews[0]) == bare


def test_what_is_asked_is_found_where_it_is_said_otherwise(catalog: Catalog) -> None:
    found = reading(
        catalog,
        [
            review(1, "The charge is excellent."),
            review(2, "It lasts two days, which is wonderful."),
            review(3, "Endurance is terrible."),
            review(4, "The hinge is great."),
        ],
    )
    spoken = found.of("Battery life")
    assert [r.id[-1] for r, _ in spoken] == ["1", "2", "3"]
    assert sides(spoken) == {"positive": 2, "negative": 1}


def test_easy_to_clean_asks_for_cleaning_and_not_for_what_else_is_easy(catalog: Catalog) -> None:
    cleaning = review(1, "Rinses out.", aspects=(Aspect(name="cleaning", polarity="positive", sentence=0),))
    use = review(2, "Obvious.", aspects=(Aspect(name="ease of use", polarity="positive", sentence=0),))
    found = reading(catalog, [cleaning, use])
    assert [r.id for r, _ in found.of("easy to clean")] == [cleaning.id]
    assert [r.id for r, _ in found.of("easy to use")] == [use.id]
    assert found.of("easy to fill") == []


def test_labelled_reviews_are_found_by_the_words_asked_before_others(catalog: Catalog) -> None:
    one = review(1, "Holds all day.", aspects=(Aspect(name="battery", polarity="positive", sentence=0),))
    two = review(2, "Charges fast.", aspects=(Aspect(name="fast_charging", polarity="positive", sentence=0),))
    found = reading(catalog, [one, two])
    assert [r.id for r, _ in found.of("fast_charging")] == [two.id]
    assert [r.id for r, _ in found.of("battery")] == [one.id]
    assert [r.id for r, _ in found.of("battery life")] == [one.id, two.id]


def test_nothing_is_said_of_few_reviews() -> None:
    few = [review(n, "The very same words stand in every one of them.", rating=5) for n in range(9)]
    assert trust(few).notes == ()


def test_texts_that_repeat_another_are_counted() -> None:
    many = [review(n, distinct(n)) for n in range(10)]
    copied = "I have used this every day for a month and would not give it back to anybody at all"
    many += [
        review(20, copied),
        review(21, copied.upper() + "!"),
        review(22, copied.replace("month", "year")),
    ]
    (note,) = trust(many).notes
    assert (note.kind, note.count) == ("copies", 2)
    assert note.text == "2 of 13 reviews repeat the text of another almost word for word"


def test_short_texts_and_different_ones_repeat_nothing() -> None:
    many = [review(n, "Great product, works well.") for n in range(8)]
    assert trust([*many, *(review(n, distinct(n)) for n in range(10, 20))]).notes == ()


def test_texts_that_stand_under_other_products_are_counted(catalog: Catalog) -> None:
    mine = [review(n, distinct(n)) for n in range(12)]
    theirs = [review(n, distinct(n), product="phones:2") for n in range(3)]
    (note,) = reading(catalog, [*mine, *theirs]).trust.notes
    assert note.text == "3 of 12 reviews stand word for word under other products too"


def test_a_rush_of_reviews_is_seen_against_their_usual_rate() -> None:
    start = date(2025, 1, 1)
    usual = [review(n, written=start + timedelta(days=30 * n), rating=4) for n in range(12)]
    assert trust(usual).notes == ()
    rush = [review(50 + n, written=date(2025, 6, 10 + n % 2), rating=4) for n in range(8)]
    (note,) = trust([*usual, *rush]).notes
    assert note.text == "8 of 20 dated reviews were written within 2 days from 2025-06-10"


def test_a_change_of_the_ratings_is_dated() -> None:
    start = date(2025, 1, 1)
    dated = [
        review(n, written=start + timedelta(days=20 * n), rating=(5, 4)[n % 2] if n < 12 else (2, 3)[n % 2])
        for n in range(24)
    ]
    (note,) = trust(dated).notes
    assert note.kind == "jump"
    assert note.text == "ratings fell from 4.5 to 2.5 stars with the reviews since 2025-08-29"


def test_divided_opinion_and_buyers_who_disagree_are_told() -> None:
    divided = [review(n, rating=(1, 5)[n % 2], verified=n % 2 == 0) for n in range(20)]
    assert [note.kind for note in trust(divided).notes] == ["divided", "verified"]
    assert "verified buyers give 1.0 stars, the 10 others 5.0" in trust(divided).notes[1].text


def test_counts_and_spread_are_given_of_any_number() -> None:
    found = trust([review(1, rating=5, verified=True), review(2, rating=3, verified=False), review(3)])
    assert (found.verified, found.unverified, found.rated) == (1, 1, 2)
    assert (found.mean, found.deviation) == (4.0, 1.0)


def test_hostile_text_is_read_in_bounded_time() -> None:
    walls = [review(n, "not " * 150, "the hinge is good " * 30, "'" * 600, "no-" * 200) for n in range(300)]
    start = time.process_time()
    list(with_aspects(walls, {}, []))
    trust(walls)
    assert time.process_time() - start < 10


@pytest.mark.skipif(not LABELLED.exists(), reason="PRODUCTRESEARCH_SHARED_DATA holds no labelled reviews")
def test_the_rules_beat_the_nearest_word_on_reviews_that_people_labelled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(review_aspects, "FILE", LABELLED)
    table = [line.split() for line in review_aspects.lines(set(review_aspects.KINDS)) if "together" in line]
    sentence, aspect, plain_sentence, plain_aspect = (
        float(line[line.index("together") + 4]) for line in table
    )
    assert sentence > max(0.6, plain_sentence + 0.05)
    assert aspect > max(0.36, plain_aspect + 0.1)
