"""One setting written to the file: its line changes, and nothing else does."""

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distill.errors import DistillError
from tui.settings import PREFIX, Settings, SettingsError, load
from tui.settings_file import Value, checked, described, replaced, write

FILE = """\
# my settings
engine = "rules"  # no model here
'seed'=5 # lucky

# steps
max_steps = 30
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, and no setting of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PRODUCTRESEARCH_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def file(folder: Path) -> Path:
    """A settings file with comments."""
    path = folder / "settings.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_every_setting_says_what_it_does_and_where_it_comes_from(
    file: Path,  # noqa: ARG001 - is read
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PRODUCTRESEARCH_TEMPERATURE", "0.5")
    settings = described(load())
    assert [s.name for s in settings] == list(Settings.model_fields)
    assert all(s.doc.endswith(".") for s in settings)
    sources = {s.name: (s.value, s.source) for s in settings}
    assert sources["engine"] == ("rules", "file")
    assert sources["temperature"] == (0.5, "environment")
    assert sources["threads"] == (None, "default")


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("engine", 'a "b"\\c', 'engine = "a \\"b\\"\\\\c"  # no model here'),
        ("seed", 7, "'seed'=7 # lucky"),
        ("max_steps", 12, "max_steps = 12"),
    ],
)
def test_only_the_line_of_the_setting_changes(file: Path, name: str, value: Value, line: str) -> None:
    write(name, value)
    before, after = FILE.splitlines(), file.read_text(encoding="utf-8").splitlines()
    assert [new for old, new in zip(before, after, strict=True) if old != new] == [line]


def test_a_setting_that_was_not_written_is_added_at_the_end(file: Path) -> None:
    assert write("own_history", False).own_history is False
    assert file.read_text(encoding="utf-8") == f"{FILE}own_history = false\n"


def test_a_setting_is_taken_out(file: Path) -> None:
    assert write("seed", None).seed == 0
    assert file.read_text(encoding="utf-8") == FILE.replace("'seed'=5 # lucky\n", "")


def test_a_file_is_made_where_there_is_none(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODUCTRESEARCH_HOME", str(folder / "new"))
    assert write("threads", 2).threads == 2
    assert (folder / "new/settings.toml").read_text(encoding="utf-8") == "threads = 2\n"


def test_line_ends_rights_and_a_link_stay(folder: Path) -> None:
    kept = folder / "dotfiles.toml"
    kept.write_bytes(b"seed = 1\r\nmax_steps = 9")
    kept.chmod(0o600)
    (folder / "settings.toml").symlink_to(kept)
    write("seed", 2)
    write("threads", 3)
    assert kept.read_bytes() == b"seed = 2\r\nmax_steps = 9\r\nthreads = 3\r\n"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert (folder / "settings.toml").is_symlink()


def test_a_form_that_only_an_editor_can_change_is_said(file: Path) -> None:
    written = 'engine = """\nrules"""\n'
    file.write_text(written, encoding="utf-8")
    with pytest.raises(SettingsError, match="only an editor"):
        write("engine", "bundled")
    assert file.read_text(encoding="utf-8") == written


def test_a_folder_that_cannot_be_written_is_one_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "taken").write_text("", encoding="utf-8")
    monkeypatch.setenv("PRODUCTRESEARCH_HOME", str(folder / "taken"))
    with pytest.raises((SettingsError, DistillError)) as refusal:
        write("seed", 1)
    assert "\n" not in str(refusal.value)


@given(st.sampled_from(["engine", "other"]), st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_written_as_it_is(name: str, value: str) -> None:
    assert tomllib.loads(replaced(FILE, name, value))[name] == value


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("threads", "", None),
        ("threads", " 4 ", 4),
        ("temperature", "1", 1.0),
        ("approve_plan", "False", False),
        ("engine", "", ""),
    ],
)
def test_what_is_typed_becomes_a_value(name: str, raw: str, value: Value) -> None:
    assert checked(name, raw) == value


@pytest.mark.parametrize(
    ("name", "raw", "says"),
    [
        ("seed", "", "a valid integer"),
        ("max_steps", "1", "greater than or equal to 3"),
        ("temperature", "nan", "It must be"),
        ("threads", "many", "a valid integer"),
    ],
)
def test_what_is_no_value_is_said(name: str, raw: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        checked(name, raw)
