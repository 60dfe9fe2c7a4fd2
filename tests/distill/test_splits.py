"""Training, validation and test share no user, no category and no way of asking."""

from distill.drawing.splits import Splits, draw_splits, split_of_world
from distill.phrasing.bank import families
from distill.task import HOME

CATEGORIES = [("Shop", f"Kind {n}") for n in range(26)]


def drawn(seed: int = 1, world: str = HOME) -> Splits:
    return draw_splits(seed, world, CATEGORIES, families())


def test_categories_and_families_are_divided_about_eight_to_one_to_one() -> None:
    splits = drawn()
    assert [len(splits.categories_of(s)) for s in ("train", "validation", "test")] == [20, 3, 3]
    assert all(len(splits.families_of(s)) >= 2 for s in ("validation", "test"))
    assert len(splits.families_of("train")) >= 10


def test_users_are_divided_about_eight_to_one_to_one() -> None:
    splits = drawn()
    of = [splits.of_user(f"user-{n}") for n in range(4000)]
    assert 0.77 < of.count("train") / 4000 < 0.83
    assert 0.08 < of.count("test") / 4000 < 0.12


def test_no_two_splits_share_a_category_or_a_family() -> None:
    splits = drawn()
    categories = [p for s in ("train", "validation", "test") for p in splits.categories_of(s)]
    names = [f for s in ("train", "validation", "test") for f in splits.families_of(s)]
    assert sorted(categories) == sorted(CATEGORIES)
    assert sorted(names) == sorted(families())


def test_the_same_seed_divides_alike_whatever_the_order() -> None:
    assert draw_splits(3, HOME, CATEGORIES[::-1], sorted(families())[::-1]) == drawn(3)
    assert drawn(3) != drawn(4)


def test_few_categories_leave_training_some() -> None:
    three = draw_splits(1, HOME, CATEGORIES[:3], families())
    assert [len(three.categories_of(s)) for s in ("train", "validation", "test")] == [1, 1, 1]
    one = draw_splits(1, HOME, CATEGORIES[:1], families())
    assert one.categories_of("train") == [CATEGORIES[0]]
    two = draw_splits(1, HOME, CATEGORIES[:2], families())
    assert len(two.categories_of("train")) == len(two.categories_of("test")) == 1


def test_a_category_is_told_by_its_whole_path_whatever_stands_in_its_name() -> None:
    odd = [("Shop > Cheap", "Hats"), ("Shop", "Cheap", "Coats")]
    drawn = draw_splits(1, HOME, odd, families())
    assert sorted(p for s in ("train", "test") for p in drawn.categories_of(s)) == sorted(odd)


def test_a_random_world_belongs_to_one_split_as_a_whole() -> None:
    worlds = [f"random:{n}" for n in range(300)]
    of = [split_of_world(world) for world in worlds]
    assert {"train", "validation", "test"} == set(of)
    for world, split in zip(worlds[:40], of, strict=False):
        assert drawn(world=world).categories_of(split) == sorted(CATEGORIES)
        assert drawn(seed=9, world=world).world == split
        assert drawn(world=world).of_user("anybody") == split
