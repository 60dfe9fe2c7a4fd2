"""The settings as a person edits them: what each does, where its value comes from, and one key written.

Only that key's line changes; comments and order of the file stay, and it is replaced whole or not at all.
Reading settings for use is `tui.settings`.
"""

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import TypeAdapter, ValidationError

from distill.whole_files import written_whole
from tui.settings import PREFIX, Settings, SettingsError, load, settings_path

Value = bool | int | float | str | None
Source = Literal["default", "file", "environment"]


class Setting(NamedTuple):
    """One setting as it stands."""

    name: str
    doc: str
    """What it does, for the person."""
    value: Value
    source: Source
    variable: str
    """The environment variable that would decide it."""


def described(settings: Settings) -> list[Setting]:
    """All settings with their sources, in the order of their definition; raises SettingsError."""
    written = _parsed(_read(settings_path()))
    variables = {name.casefold(): name for name in os.environ}
    return [_described(name, value, written, variables) for name, value in settings.model_dump().items()]


def _described(name: str, value: Value, written: dict[str, Any], variables: dict[str, str]) -> Setting:
    variable = variables.get(f"{PREFIX}{name}".casefold())
    source: Source = "environment" if variable else "file" if name in written else "default"
    doc = " ".join((Settings.model_fields[name].description or "").split())
    return Setting(name, doc, value, source, variable or f"{PREFIX}{name.upper()}")


def checked(name: str, raw: str) -> Value:
    """What was typed as the setting's value, None for nothing where that is one; raises SettingsError."""
    field = Settings.model_fields[name]
    limited: Any = Annotated[field.annotation, field]
    adapter: TypeAdapter[Value] = TypeAdapter(limited)
    nothing = field.default is None and not raw.strip()
    try:
        return adapter.validate_python(None if nothing else raw.strip())
    except ValidationError as error:
        said = error.errors(include_url=False)[0]["msg"].partition(",")[0]
        raise SettingsError(f"{said.replace('Input should be', 'It must be')}.") from error


def write(name: str, value: Value) -> Settings:
    """Write one setting to the file, and take out one that is None; raises SettingsError and DataError."""
    path = settings_path().resolve()  # a link to a file that is kept elsewhere stays one
    before = _read(path)
    after = replaced(before, name, value)
    expected = {key: held for key, held in _parsed(before).items() if key != name}
    if value is not None:
        expected[name] = value
    if _loads(after) != expected:
        raise SettingsError(f"{path} writes {name} in a form that only an editor can change.")
    with written_whole(path) as file:
        if path.exists():
            Path(file.name).chmod(path.stat().st_mode & 0o777)
        file.write(after.encode("utf-8"))
    return load()


def replaced(text: str, name: str, value: Value) -> str:
    """TOML with one key's value replaced, added at the end, or its line taken out where it is None."""
    line = re.compile(
        rf"""^([ \t]*(?:{name}|"{name}"|'{name}')[ \t]*=[ \t]*)"""
        r"""("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s#]+)([ \t]*(?:\#[^\n]*)?\r?(?:\n|\Z))""",
        re.MULTILINE,
    )
    if value is None:
        return line.sub("", text, count=1)
    written = _toml(value)
    if line.search(text):
        return line.sub(lambda found: f"{found[1]}{written}{found[3]}", text, count=1)
    ending = "\r\n" if "\r\n" in text else "\n"
    whole = not text or text.endswith("\n")
    return f"{text}{'' if whole else ending}{name} = {written}{ending}"


def _toml(value: bool | int | float | str) -> str:
    # A JSON string is a TOML string but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _read(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:  # line ends stay what they are
            return file.read()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error}.") from error


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The settings file cannot be read: {error}.") from error


def _loads(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
