"""Recipes: what is read, what is refused and by whom."""

from pathlib import Path

import pytest

from finetune.errors import RecipeError
from finetune.recipe import Backend, Recipe, demand, read_recipe, refusals

FOLDER = Path(__file__).parents[2] / "finetune" / "recipes"
LEAST = 'backend = "cuda"\nmodel = "base"\ndataset = "/data"\nsteps = 3\n'


def written(folder: Path, text: str) -> Path:
    """A recipe file with this text."""
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.toml")))
def test_every_example_is_one_that_its_backend_can_honour(name: str) -> None:
    recipe = read_recipe(FOLDER / name)
    assert refusals(recipe, recipe.backend) == ()
    assert recipe.model == FOLDER / "base"


def test_there_are_examples() -> None:
    assert {read_recipe(path).backend for path in FOLDER.glob("*.toml")} == {"cuda", "mlx"}


def test_paths_are_taken_from_the_recipe_s_folder(tmp_path: Path) -> None:
    recipe = read_recipe(written(tmp_path, LEAST))
    assert recipe.model == tmp_path / "base"
    assert recipe.dataset == Path("/data")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (LEAST + "learing_rate = 1\n", r"no use for 'learing_rate'; the nearest key is 'learning_rate'"),
        (LEAST + "learning_rate = 0\n", r"learning_rate: Input should be greater than 0"),
        (LEAST + "learning_rate = nan\n", r"learning_rate: "),
        (LEAST + "epochs = 2\n", r"say either `epochs` or `steps`"),
        (LEAST.replace("steps = 3\n", ""), r"say either `epochs` or `steps`"),
        (LEAST + 'method = "full"\nrank = 4\n', r"`rank` belongs to an adapter"),
        (LEAST + "beta = 0.3\n", r"`beta` belongs to objective `dpo`"),
        (LEAST + 'method = "dora"\n', r"method: Input should be 'lora', 'qlora' or 'full'"),
        (LEAST.replace('dataset = "/data"\n', ""), r"dataset: Field required"),
        ("backend = ", r"cannot be read"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(text: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=why) as told:
        read_recipe(written(tmp_path, text))
    assert "\n" not in str(told.value).strip() or "cannot be read" in str(told.value)


def test_a_recipe_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"There is no recipe .*nothing\.toml"):
        read_recipe(tmp_path / "nothing.toml")


def made(backend: Backend, **more: object) -> Recipe:
    """A recipe with these keys."""
    usual = {"backend": backend, "model": "m", "dataset": "d", "steps": 1}
    return Recipe.model_validate(usual | more)


@pytest.mark.parametrize(
    ("recipe", "why"),
    [
        (made("mlx", objective="dpo"), "no preference pairs"),
        (made("mlx", packing=True), "packs no samples"),
        (made("mlx", compilation=True), "compiles by itself"),
        (made("mlx", sharding=True), "parts no weights"),
        (made("cuda", objective="dpo", packing=True), "Pairs are not packed"),
        (made("cuda", method="qlora", sharding=True), "needs sharding = false"),
    ],
)
def test_a_backend_refuses_what_it_cannot_honour(recipe: Recipe, why: str) -> None:
    with pytest.raises(RecipeError, match=why):
        demand(recipe, recipe.backend)


@pytest.mark.parametrize("backend", ["cuda", "mlx"])
@pytest.mark.parametrize("samples", ["whole", "step"])
def test_both_backends_learn_whole_trajectories_and_steps_and_clip(backend: Backend, samples: str) -> None:
    assert refusals(made(backend, samples=samples, clip=0.5), backend) == ()


def test_a_recipe_for_another_backend_is_refused() -> None:
    recipe = made("cuda")
    demand(recipe, "cuda")
    assert refusals(recipe, "mlx")[0] == "The recipe is for the backend 'cuda'; set backend = 'mlx'."


def test_a_recipe_survives_its_json() -> None:
    for path in FOLDER.glob("*.toml"):
        recipe = read_recipe(path)
        assert Recipe.model_validate_json(recipe.model_dump_json()) == recipe
