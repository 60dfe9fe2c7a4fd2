"""Settings come from one file and the environment, and one that nobody knows is refused."""

import os
from pathlib import Path

import pytest

from index.freshness import shipped
from tui.settings import PREFIX, SettingsError, home, load, settings_path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and no setting of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PRODUCTRESEARCH_HOME", str(tmp_path))
    return tmp_path


def test_without_a_file_the_defaults_hold(folder: Path) -> None:
    assert home() == folder
    assert settings_path() == folder / "settings.toml"
    assert load().max_steps == 40


def test_without_a_home_the_platform_says_where_data_and_settings_are(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    monkeypatch.delenv("PRODUCTRESEARCH_HOME")
    assert home().name == settings_path().parent.name == "productresearch"
    assert folder not in (home(), *settings_path().parents)


def test_a_home_under_the_persons_folder_may_be_written_with_a_tilde(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODUCTRESEARCH_HOME", "~/shop")
    assert home() == Path.home() / "shop"


def test_the_file_is_read(folder: Path) -> None:
    (folder / "settings.toml").write_text('engine = "rules"\nmax_steps = 30\n', encoding="utf-8")
    assert (load().engine, load().max_steps) == ("rules", 30)


def test_days_until_something_is_stale_are_the_shipped_ones_but_for_those_that_are_set(folder: Path) -> None:
    assert load().freshness == shipped()
    (folder / "settings.toml").write_text("stale_price = 90\n", encoding="utf-8")
    assert load().freshness == shipped().model_copy(update={"price": 90})
    (folder / "settings.toml").write_text("stale_price = 0\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="stale_price"):
        load()


def test_the_environment_stands_over_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "settings.toml").write_text("max_steps = 30\nseed = 5\n", encoding="utf-8")
    monkeypatch.setenv("PRODUCTRESEARCH_MAX_STEPS", "12")
    assert (load().max_steps, load().seed) == (12, 5)


def test_an_unknown_key_in_the_file_is_refused_with_the_nearest_name(folder: Path) -> None:
    (folder / "settings.toml").write_text("max_step = 30\n", encoding="utf-8")
    with pytest.raises(
        SettingsError, match=r"'max_step' \(in .*settings.toml\); the nearest is 'max_steps'\."
    ):
        load()


def test_an_unknown_variable_is_refused_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODUCTRESEARCH_ENGIN", "rules")
    with pytest.raises(SettingsError, match=r"'engin' \(in the environment\); the nearest is 'engine'\."):
        load()


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("max_steps = 1\n", "'max_steps' is not valid"),
        ('seed = "guess"\n', "'seed' is not valid"),
        ("engine = \n", "settings.toml cannot be read"),
        ("[rules]\nseed = 1\n", "no setting 'rules'"),
    ],
)
def test_a_value_that_is_none_is_one_sentence(folder: Path, written: str, says: str) -> None:
    (folder / "settings.toml").write_text(written, encoding="utf-8")
    with pytest.raises(SettingsError, match=says) as refusal:
        load()
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_no_text_is_one_sentence(folder: Path) -> None:
    (folder / "settings.toml").write_bytes(b"\xff\xfe\x00policy")
    with pytest.raises(SettingsError, match="cannot be read"):
        load()


def test_reading_settings_makes_nothing(folder: Path) -> None:
    load()
    assert list(folder.iterdir()) == []
