"""Settings: one TOML file and environment variables, and where the person's data live.

An unknown key is refused with the nearest known name, because a setting that is silently ignored is worse
than none. What a setting does is left to whoever uses it.
"""

import difflib
import os
import tomllib
from collections.abc import Iterable
from pathlib import Path

from platformdirs import user_config_path, user_data_path
from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from index.freshness import LONGEST, Freshness, shipped

PREFIX = "PRODUCTRESEARCH_"
OTHER_VARIABLES = {"HOME", "SERVER_KEY", "CHROMA_KEY", "SHARED_DATA"}
"""Variables of ours that are no settings: the data folder, servers' keys, and the test data's place."""


class SettingsError(Exception):
    """A setting that is unknown or not valid; the message is for the person."""


class Settings(BaseSettings):
    """What a person may set, with defaults that need no setting."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    engine: str = ""
    """Who researches: `rules`, `bundled` or a GGUF file; where it is empty, the model in use."""
    context: int = Field(default=16_384, ge=1024)
    """Tokens of the model's context, where the model knows as many: to open and name fourteen products takes
    twelve thousand."""
    threads: int | None = Field(default=None, ge=1)
    """Threads of the engine; by default all cores."""
    temperature: float = Field(default=0.0, ge=0, le=2)
    """How freely the model chooses its words, from 0 (always the likeliest) to 2."""
    max_steps: int = Field(default=40, ge=3, le=200)
    """Steps after which the report is written with what there is."""
    chroma: str = ""
    """A Chroma server whose index is followed, such as `http://127.0.0.1:8000`; none where it is empty."""
    seed: int = 0
    """What chance starts from: the same seed over the same catalogue gives the same research."""
    theme: str = "textual-dark"
    """Colours: one of Textual's themes, `high-contrast`, or the name of a file in the folder `themes`."""
    own_history: bool = False
    """Whether orders, returns and searches of yours that were imported stand beside a question. What they
    show (a brand bought again, why something came back) then becomes a wish, in the plan and the report."""
    approve_plan: bool = True
    """Whether the plan is shown for approval before the first search, where there is a person to ask."""
    stale_price: int | None = Field(default=None, ge=1, le=LONGEST)
    """Days after which a price that was seen is marked as stale; by default 30."""
    stale_availability: int | None = Field(default=None, ge=1, le=LONGEST)
    """The same for whether an offer can be had; by default 7."""
    stale_rating: int | None = Field(default=None, ge=1, le=LONGEST)
    """The same for a rating; by default 180."""

    @property
    def freshness(self) -> Freshness:
        """How long each field is fresh: what the person set, else what is shipped."""
        chosen = {
            "price": self.stale_price,
            "availability": self.stale_availability,
            "rating": self.stale_rating,
        }
        return shipped().model_copy(update={k: days for k, days in chosen.items() if days is not None})

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment over the file, and nothing else."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, settings_path())


def home() -> Path:
    """The folder of the person's data, which `PRODUCTRESEARCH_HOME` overrides."""
    named = os.environ.get(f"{PREFIX}HOME")
    return Path(named).expanduser() if named else user_data_path("productresearch", appauthor=False)


def settings_path() -> Path:
    """The settings file."""
    if os.environ.get(f"{PREFIX}HOME"):
        return home() / "settings.toml"
    return user_config_path("productresearch", appauthor=False) / "settings.toml"


def load() -> Settings:
    """Read the settings; raises SettingsError with one sentence."""
    path = settings_path()
    _refuse_unknown(_keys_of(path), f"in {path}")
    named = {k.removeprefix(PREFIX) for k in os.environ if k.startswith(PREFIX)} - OTHER_VARIABLES
    _refuse_unknown({name.casefold() for name in named}, "in the environment")
    try:
        return Settings()
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise SettingsError(f"Setting {where!r} is not valid: {fault['msg']}.") from error


def _keys_of(path: Path) -> set[str]:
    try:
        return set(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return set()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error}.") from error


def _refuse_unknown(keys: Iterable[str], where: str) -> None:
    for key in sorted(set(keys) - set(Settings.model_fields)):
        near = difflib.get_close_matches(key, Settings.model_fields, n=1, cutoff=0.0)
        raise SettingsError(f"There is no setting {key!r} ({where}); the nearest is {near[0]!r}.")
