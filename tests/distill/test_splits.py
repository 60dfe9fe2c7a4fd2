"""Training, validation and test share no user, no category and no way of asking."""

import pytest

from distill.drawing import splits
from distill.drawing.splits import OWNER, SPLIT_SEED, Splits, draw_splits, split_of_world
from distill.phrasing.bank import families
from distill.task import HOME

CATEGORIES = [("Shop", f"Kind {n}") for n in range(26)]


def drawn(world: str = HOME) -> Splits:
    return draw_splits(world, CATEGORIES, families())


def test_categories_and_families_are_divided_about_eight_to_one_to_one() -> None:
    divided = drawn()
    assert [len(divided.categories_of(s)) for s in ("train", "validation", "test")] == [20, 3, 3]
    assert all(len(divided.families_of(s)) >= 2 for s in ("validation", "test"))
    assert len(divided.families_of("train")) >= 10


def test_users_are_divided_about_eight_to_one_to_one() -> None:
    divided = drawn()
    of = [divided.of_user(f"user-{n}") for n in range(4000)]
    assert 0.77 < of.count("train") / 4000 < 0.83
    assert 0.08 < of.count("test") / 4000 < 0.12


def test_no_two_splits_share_a_category_or_a_family() -> None:
    divided = drawn()
    categories = [p for s in ("train", "validation", "test") for p in divided.categories_of(s)]
    names = [f for s in ("train", "validation", "test") for f in divided.families_of(s)]
    assert sorted(categories) == sorted(CATEGORIES)
    assert sorted(names) == sorted(families())


def test_names_are_divided_alike_whatever_their_order() -> None:
    assert draw_splits(HOME, CATEGORIES[::-1], sorted(families())[::-1]) == drawn()


def test_what_is_held_out_stays_so_in_later_versions() -> None:
    divided = drawn()
    assert divided.categories_of("test") == [("Shop", "Kind 13"), ("Shop", "Kind 21"), ("Shop", "Kind 7")]
    assert divided.families_of("test") == ["list", "terse"]
    assert divided.families_of("validation") == ["expert", "forum"]


@pytest.mark.parametrize("number", [SPLIT_SEED, *range(20)])
def test_the_owner_of_the_catalogue_trains_under_every_number(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(splits, "SPLIT_SEED", number)
    assert drawn().of_user(OWNER) == "train"


def test_few_categories_leave_training_some() -> None:
    three = draw_splits(HOME, CATEGORIES[:3], families())
    assert [len(three.categories_of(s)) for s in ("train", "validation", "test")] == [1, 1, 1]
    one = draw_splits(HOME, CATEGORIES[:1], families())
    assert one.categories_of("train") == [CATEGORIES[0]]
    two = draw_splits(HOME, CATEGORIES[:2], families())
    assert len(two.categories_of("train")) == len(two.categories_of("test")) == 1


def test_a_category_is_told_by_its_whole_path_whatever_stands_in_its_name() -> None:
    odd = [("Shop > Cheap", "Hats"), ("Shop", "Cheap", "Coats")]
    drawn = draw_splits(HOME, odd, families())
    assert sorted(p for s in ("train", "test") for p in drawn.categories_of(s)) == sorted(odd)


def test_a_random_world_belongs_to_one_split_as_a_whole() -> None:
    worlds = [f"random:{n}" for n in range(300)]
    of = [split_of_world(world) for world in worlds]
    assert {"train", "validation", "test"} == set(of)
    for world, split in zip(worlds[:40], of, strict=False):
        assert drawn(world=world).categories_of(split) == sorted(CATEGORIES)
        assert drawn(world=world).world == split
        assert drawn(world=world).of_user("anybody") == split
