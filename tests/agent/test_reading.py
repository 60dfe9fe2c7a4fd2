"""Reading questions beside cards: the phrasings are our own, the cards partly of things invented here."""

import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.plan import BUILT_IN, PlanNeed, bind
from agent.reading.read import QuestionError, Reading, read, read_followup
from index.card import CardAttribute, CategoryCard
from tests.agent.reading_cards import (
    ALL,
    BAG,
    CARD,
    CASE,
    DISK,
    FAN,
    GRINDER,
    KEYBOARD,
    SUPPLY,
    TENT,
    Ranges,
    first,
)


def shown(needs: tuple[PlanNeed, ...]) -> str:
    """Needs in one line, soft ones after a tilde."""
    return "; ".join(f"{'' if n.hard else '~'}{n.on} {n.op} {n.value}".strip() for n in needs)


def phrasings() -> list[tuple[CategoryCard, str, str]]:
    """Cards, questions and needs out of `phrasings.txt`."""
    lines = Path(__file__).with_name("phrasings.txt").read_text(encoding="utf-8").splitlines()[2:]
    cards = {card.tag: card for card in ALL}
    asked = (line.split(": ", 1) for line in lines[::2])
    return [(cards[tag], said, needs.strip()) for (tag, said), needs in zip(asked, lines[1::2], strict=True)]


PHRASINGS = phrasings()


@pytest.mark.parametrize(("card", "question", "needs"), PHRASINGS, ids=[q for _, q, _ in PHRASINGS])
def test_a_question_becomes_these_needs(card: CategoryCard, question: str, needs: str) -> None:
    reading = read(question, first(card))
    assert reading.category == card.tag
    assert shown(reading.needs) == needs


@pytest.mark.parametrize(
    ("card", "question", "told"),
    [
        (FAN, "a retro 140 mm fan for a small case under $20", ("retro", "for a small case")),
        (FAN, "a quiet black 140 mm fan under $20", ()),
        (FAN, "a fan for my brother, black", ()),
        (FAN, "a fan for $20", ()),
        (TENT, "a tent for a week in the rain", ("for a week in the rain",)),
        (TENT, "a tent for 2 people", ()),
        (TENT, "something cheap", ()),
        (TENT, "a light tent without windows, canvas, mossy, for us all", ("without windows", "mossy")),
        (TENT, "a tent with curtains for 2 people, pitch, I own a dog", ("with curtains", "pitch")),
        (TENT, "a tent for 2 people, thanks! Anna", ()),
        (TENT, "a comfortable tent for 2 people", ("comfortable",)),
        (TENT, "the most comfortable tent", ("comfortable",)),
        (TENT, "a tent that is comfortable", ("comfortable",)),
        (TENT, "tents for 2 people which are really sturdy", ("sturdy",)),
        (TENT, "a tent for 2 people, well made, under $200", ()),  # a wish
        (TENT, "a tent that's comfortable and sturdy", ()),  # likewise
        (FAN, "a comfy pair of fans under $20", ("comfy",)),
        (FAN, "a fan that I think is comfortable", ("that I think is comfortable",)),
        (FAN, "a fan that doesn't look cheap, black", ("that doesn't look cheap",)),
        (FAN, "a fan, black, doesn't look like a fan, under $20", ("doesn't look like a fan",)),
        (FAN, "a fan, black, fans", ()),
        (FAN, "a fan that lasts 10 years", ("that lasts 10 years",)),
        (FAN, "a fan that charges my phone 3 times", ("that charges my phone 3 times",)),
        (FAN, "a fan that doesn't rattle and is black", ()),  # a wish
        (TENT, "a tent that's thin", ("thin",)),
        (TENT, "a tent for a heavy sleeper", ("for a heavy sleeper",)),
        (TENT, "a heavy tent for a hiker", ("for a hiker",)),
        (
            FAN,
            "a fan for a heavy worker that doesn't look cheap, black",
            ("for a heavy worker", "that doesn't look cheap"),
        ),
        (BAG, "a sleeping bag for between -10 and 0 degrees", ()),
        (BAG, "a sleeping bag good in low light", ("good in low light",)),
        (BAG, "a sleeping bag with open fill", ("with open fill",)),
    ],
)
def test_what_is_said_of_the_thing_and_becomes_no_need_is_kept(
    card: CategoryCard, question: str, told: tuple[str, ...]
) -> None:
    assert read(question, first(card)).passed_by == told


def test_the_adjective_of_an_attribute_s_noun_names_it() -> None:
    attribute = CardAttribute(name="wind_resistance", kind="text", coverage=0.5, values=("high", "none"))
    card = TENT.model_copy(update={"attributes": (attribute,)})
    for question in (
        "a wind resistant tent",
        "a tent, wind resistant, under $90",
        "a tent with wind resistance",
    ):
        needs = read(question, first(card)).needs
        assert ("wind_resistance", "has") in [(n.on, n.op) for n in needs]


@pytest.mark.parametrize(
    ("question", "needs", "told"),
    [
        ("a fan like the Noctua but cheaper", "~price lowest", ("like the Noctua",)),
        ("a fan similar to Noctua with PWM under $20", "pwm = yes; price < $20", ("similar to Noctua",)),
        ("an alternative to the Noctua fan, black", "color = black", ("alternative to the Noctua",)),
        ("a fan not like the Noctua", "brand != Noctua", ()),
        ("I like the Noctua fans", "~brand = Noctua", ()),
    ],
)
def test_what_is_named_to_be_compared_with_is_not_what_is_asked_for(
    question: str, needs: str, told: tuple[str, ...]
) -> None:
    reading = read(question, first(FAN))
    assert (shown(reading.needs), reading.passed_by) == (needs, told)


@pytest.mark.parametrize("word", ["block", "grass", "camp", "mental"])
def test_an_ordinary_word_is_no_misspelt_value(word: str) -> None:
    values = ("black", "glass", "clamp", "metal")
    card = TENT.model_copy(
        update={"attributes": (CardAttribute(name="kind", kind="text", coverage=1, values=values),)}
    )
    assert read(f"a tent to {word} with", first(card)).needs == ()


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ("a tent, rainproof, under $200", True),
        ("a tent that is rainproof", True),
        ("a tent that is light and rainproof", True),
        ("a tent, the rainproof of my old one leaked", False),
    ],
)
@pytest.mark.parametrize("worst", ["none", "weak"])
def test_what_some_lack_is_asked_for_by_its_name_alone(question: str, holds: bool, worst: str) -> None:
    attribute = CardAttribute(
        name="rain_rating", kind="text", coverage=0.5, values=("high", worst), also=("rainproof",)
    )
    needs = read(question, first(TENT.model_copy(update={"attributes": (attribute,)}))).needs
    assert (("rain_rating", "has") in [(n.on, n.op) for n in needs]) is (holds and worst == "none")


QUIET_FAN = "a quiet black 140 mm PWM fan under $20"
FOLLOWUPS = [
    (FAN, QUIET_FAN, "and in white?", "color = white", "color = black"),
    (FAN, QUIET_FAN, "under 100 instead", "price < 100", "price < $20"),
    (FAN, QUIET_FAN, "any with 120 mm?", "size = 120 mm", "size = 140 mm"),
    (FAN, QUIET_FAN, "cheaper", "~price lowest", ""),
    (FAN, QUIET_FAN, "quieter please", "~noise_level lowest", "~noise_level low"),
    (FAN, QUIET_FAN, "without pwm", "pwm = no", "pwm = yes"),
    (FAN, QUIET_FAN, "any color", "", "color = black"),
    (FAN, QUIET_FAN, "the price doesn't matter", "", "price < $20"),
    (FAN, QUIET_FAN, "not Corsair", "brand != Corsair", ""),
    (FAN, QUIET_FAN, "at least 1500 rpm", "rpm >= 1500 rpm", ""),
    (FAN, QUIET_FAN, "and at least 5 dollars", "price >= $5", ""),
    (KEYBOARD, "keyboard with RGB backlight", "without the RGB", "backlit != rgb", "backlit = rgb"),
    (CARD, "graphics card with 16 GB", "8 instead", "memory = 8", "memory = 16 GB"),
    (TENT, "tent for two people", "for four people", "persons = 4", "persons = 2"),
]


@pytest.mark.parametrize(("card", "question", "followup", "added", "replaced"), FOLLOWUPS)
def test_a_followup_gives_what_changes_and_what_it_replaces(
    card: CategoryCard, question: str, followup: str, added: str, replaced: str
) -> None:
    before = read(question, first(card))
    after = read_followup(followup, ALL, before.needs, before.category)
    assert after.category == ""
    assert (shown(after.needs), shown(after.replaces)) == (added, replaced)


def test_a_followup_that_names_another_category_moves_there_and_drops_what_it_does_not_know() -> None:
    before = read("a white 140 mm fan under $20", first(FAN))
    both = before.followed_by(read_followup("show me a keyboard instead", ALL, before.needs, "C1"))
    assert both.category == KEYBOARD.tag
    assert shown(both.needs) == "color = white; price < $20"


def test_a_question_and_its_followup_are_one_reading() -> None:
    before = read(QUIET_FAN, first(FAN))
    both = before.followed_by(read_followup("and in white?", ALL, before.needs))
    assert shown(both.needs) == "~noise_level low; size = 140 mm; pwm = yes; price < $20; color = white"


@pytest.mark.parametrize("question", ["", "   ", "???", "\n\t…"])
def test_a_question_without_words_is_refused_in_one_sentence(question: str) -> None:
    with pytest.raises(QuestionError, match=r"^The question is empty; .+\.$"):
        read(question, ALL)


def test_the_named_category_is_chosen_though_another_stands_first() -> None:
    assert read("a case with a power supply of 500 W", (SUPPLY, CASE)).category == CASE.tag


def test_what_a_product_goes_with_is_not_what_is_asked_for() -> None:
    assert read("a white 120 mm fan for my case", (CASE, FAN)).category == FAN.tag


def test_what_a_person_has_is_not_what_is_asked_for() -> None:
    question = "I've got a tiny case waiting for it, now I just need the keyboard"
    assert read(question, (CASE, KEYBOARD)).category == KEYBOARD.tag


def test_words_that_only_one_category_knows_point_to_it() -> None:
    assert read("my case takes cards up to 240 mm, at least 8 GB of VRAM", (CASE, CARD)).category == CARD.tag


def test_a_word_that_titles_have_is_wished_for_and_a_denied_one_refused() -> None:
    card = FAN.model_copy(update={"title_words": ("argb", "refurbished")})
    reading = read("an ARGB case fan, not a refurbished one", first(card))
    assert shown(reading.needs) == "~title = ARGB; title != refurbished"


def test_a_word_that_titles_have_is_not_wished_for_in_a_story() -> None:
    card = FAN.model_copy(update={"title_words": ("turbo",)})
    reading = read("My nephew plays with the turbo button. A 140 mm case fan please", first(card))
    assert "title" not in {need.on for need in reading.needs}


def test_a_word_that_titles_have_is_not_wished_for_as_a_part_of_the_use() -> None:
    card = FAN.model_copy(update={"title_words": ("bike",)})
    assert shown(read("a 140 mm case fan for cooling by bike", first(card)).needs) == "size = 140 mm"
    assert shown(read("a case fan for cooling with a bike on it", first(card)).needs) == "~title = bike"
    assert shown(read("I go by bike and want a 140 mm case fan", first(card)).needs) == "size = 140 mm"


def test_more_of_what_there_must_be_room_for_is_as_good() -> None:
    bays = next(a for a in CASE.attributes if a.name == "bays").model_copy(update={"better": "high"})
    others = tuple(a for a in CASE.attributes if a.name != "bays")
    card = CASE.model_copy(update={"attributes": (*others, bays)})
    assert shown(read("a case that holds four drive bays", first(card)).needs) == "bays >= 4"


def test_one_comes_back_to_an_earlier_kind_by_the_head_of_its_name() -> None:
    tent = (PlanNeed(on="sleeps", op="=", value="2"),)
    assert (
        read_followup("back to the grinders, in cream", (GRINDER, TENT), tent, TENT.tag).category
        == GRINDER.tag
    )
    assert read_followup("the grinders were loud, in green", (GRINDER, TENT), tent, TENT.tag).category == ""


def test_what_is_done_in_a_time_may_be_done_sooner() -> None:
    pitch = CardAttribute(
        name="pitch_time", kind="number", unit="min", low=1, high=30, coverage=1, better="low"
    )
    card = TENT.model_copy(update={"attributes": (pitch,)})
    assert shown(read("a tent that pitches in 5 minutes", first(card)).needs) == "pitch_time <= 5 min"
    assert shown(read("a tent with a pitch time of 5 minutes", first(card)).needs) == "pitch_time = 5 min"


def test_how_a_thing_does_something_is_not_what_it_is() -> None:
    size = CardAttribute(
        name="size", kind="number", unit="L", low=1, high=30, coverage=1, low_words=("small",)
    )
    card = TENT.model_copy(update={"attributes": (size,)})
    reading = read("a tent that packs down small", first(card))
    assert (reading.needs, reading.passed_by) == ((), ("that packs down small",))
    assert shown(read("a tent that is small", first(card)).needs) == "~size low"


def test_what_a_thing_is_for_is_measured_and_so_weighed() -> None:
    bays = next(a for a in CASE.attributes if a.name == "bays").model_copy(update={"better": "high"})
    others = tuple(a for a in CASE.attributes if a.name != "bays")
    card = CASE.model_copy(update={"attributes": (*others, bays)})
    reading = read("a case for a homelab of four drive bays", first(card))
    assert (shown(reading.needs), reading.passed_by) == ("~bays >= 4", ())


def test_a_value_that_goes_by_half_the_name_is_not_what_is_asked_for() -> None:
    backs = CardAttribute(name="back", kind="text", values=("closed", "open", "semi-open"), coverage=1.0)
    card = KEYBOARD.model_copy(update={"attributes": (backs,)})
    assert shown(read("open back keyboard", first(card)).needs) == "back = open; back != semi open"


def test_a_word_for_the_category_that_is_one_of_its_values_is_a_need_too() -> None:
    kinds = CardAttribute(name="kind", kind="text", values=("ssd", "hdd"), coverage=1.0)
    card = DISK.model_copy(update={"attributes": (*DISK.attributes, kinds)})
    assert shown(read("an SSD with 1 TB", first(card)).needs) == "kind = ssd; capacity = 1 TB"


def test_a_denied_short_word_is_kept_out_of_titles() -> None:
    assert shown(read("a 140 mm fan, no RGB", first(FAN)).needs) == "size = 140 mm; title != RGB"


def test_a_model_name_is_looked_for_in_titles() -> None:
    assert shown(read("Corsair RM850x psu", first(SUPPLY)).needs) == "brand = Corsair; title = RM850x"


def test_a_limit_that_no_attribute_takes_is_kept_as_a_wish() -> None:
    assert shown(read("a keyboard under 2 kg", first(KEYBOARD)).needs) == "~other has under 2 kg"


def test_an_amount_that_two_attributes_could_mean_is_asked_about() -> None:
    (ask,) = read("graphics card with 2 GHz", first(CARD)).asks
    assert set(ask.options) == {"core_clock", "boost_clock"}


def test_a_question_that_names_nothing_is_asked_what_it_is_about() -> None:
    (ask,) = read("something nice please", first(FAN)).asks
    assert "case-fan" in ask.options


def test_numbers_and_units_are_found_among_words_of_another_language() -> None:
    needs = shown(read("27인치 144Hz 모니터 $250 이하, 140mm", first(FAN)).needs)
    assert "size = 140 mm" in needs
    assert "price <= $250" in needs


def test_a_question_of_fifty_thousand_characters_is_cut_and_read_at_both_ends() -> None:
    question = "a 140 mm fan " + "which my neighbour talked about at length " * 1200 + " under $20"
    started = time.perf_counter()
    reading = read(question, first(FAN))
    assert time.perf_counter() - started < 5
    assert "size = 140 mm" in shown(reading.needs)
    assert "price < $20" in shown(reading.needs)
    assert reading.notes


def test_there_are_never_more_needs_than_a_plan_takes() -> None:
    sizes = ", ".join(f"at least {n} mm" for n in range(40, 80))
    assert len(read(f"fan {sizes}", first(FAN)).needs) == 12


@pytest.mark.parametrize("value", ["over ear", "in ear", "on ear"])
@pytest.mark.parametrize("no", ["not", "no", "without", "but not"])
def test_a_value_that_begins_like_a_word_of_limits_is_refused_as_a_whole(no: str, value: str) -> None:
    wearing = CASE.attributes[0].model_copy(
        update={"name": "wearing", "kind": "text", "values": ("over ear", "on ear", "in ear"), "unit": ""}
    )
    card = CASE.model_copy(update={"attributes": (wearing,)})
    for said in (value, value.replace(" ", "-")):
        assert shown(read(f"a case, {no} {said}", first(card)).needs) == f"wearing != {value}"


def test_no_card_is_needed_to_read_a_price() -> None:
    assert shown(read("under $20", ()).needs) == "price < $20"


WORDS = [w for _, q, _ in PHRASINGS for w in q.split()]
MIXED = st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)), max_size=25).map(" ".join)


def readable(reading: Reading, cards: tuple[CategoryCard, ...]) -> bool:
    """Whether every need binds, or is said to be undecidable."""
    card = next(c for c in cards if c.tag == reading.category)
    names = {a.name for a in card.attributes} | {*BUILT_IN, "other"}
    bound = [bind(n, "N1", card, Ranges()) for n in reading.needs]
    return all(n.on in names for n in reading.needs) and all(b.bound for b in bound)


@settings(max_examples=150, deadline=None)
@given(question=MIXED, place=st.integers(0, len(ALL) - 1))
def test_whatever_is_asked_every_need_can_be_bound(question: str, place: int) -> None:
    cards = first(ALL[place])
    try:
        reading = read(question, cards)
    except QuestionError:
        return
    assert readable(reading, cards)


@settings(max_examples=100, deadline=None)
@given(question=MIXED, followup=MIXED)
@example(question="a", followup="ʼ")  # a word of no letters
def test_whatever_follows_both_are_one_reading(question: str, followup: str) -> None:
    try:
        before = read(question, ALL)
        both = before.followed_by(read_followup(followup, ALL, before.needs, before.category))
    except QuestionError:
        return
    assert readable(both, ALL) or both.category != before.category


@pytest.mark.parametrize("why", ["or it won't go in", "otherwise it doesn't fit", "or else it is useless"])
def test_a_limit_that_says_its_reason_stays_on_its_side(why: str) -> None:
    reading = read(f"a card that can't be longer than 25 cm, {why}", (CARD,))
    assert [(n.on, n.op) for n in reading.needs if n.hard] == [("length", "<=")]


def test_a_word_of_the_categorys_name_is_no_wish_on_titles() -> None:
    card = GRINDER.model_copy(update={"path": ("Coffee grinders",), "title_words": ("coffee", "silver")})
    needs = read("something to grind coffee with steel burrs, silver, under 90 dollars", (card,)).needs
    assert "coffee" not in [n.value.casefold() for n in needs if n.on == "title"]
