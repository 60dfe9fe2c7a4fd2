"""A model of random weights of each family, made once a session."""

from pathlib import Path

import pytest

from tests.finetune.export.folders import STRETCHED, write_model

FAMILIES = ("llama", "qwen3", "qwen3_moe", "stretched llama")


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Hugging Face folders by family."""
    here = tmp_path_factory.mktemp("folders")
    made = {family: write_model(here / family, family) for family in FAMILIES[:3]}
    made[FAMILIES[3]] = write_model(here / "stretched", "llama", rope_parameters=STRETCHED)
    return made
