"""What a bundle's manifest does not say: which model answers, what was pinned, for which machine it is."""

import platform
import re
import sys
from importlib.metadata import version
from pathlib import Path

from pydantic import Field, ValidationError

from agent.wire import WIRE_VERSION
from index.errors import ManifestError
from index.manifest import Manifest
from index.product import Record, first_fault
from models.catalog import catalog
from models.store import Pin

KIND = "bundle"
CONTENTS = "contents.json"
READ_ME = "README.txt"
CATALOGUE = "index/catalog.sqlite"
VECTORS = "index/vectors"
SESSIONS = "history/sessions.sqlite"
FETCHED, NAMED, RETRAINED = "models/fetched", "models/named", "models/retrained-"
WHEELS = "wheels"
DISTRIBUTION = "productresearch"

_MODEL_PATH = re.compile(r"models/(fetched/[\w.-]+|named|retrained-[\w-]+)/[\w.+ -]+")


class Contents(Record):
    """What the receiving machine must know."""

    version: str
    """The version that made the bundle."""
    wire: int = WIRE_VERSION
    python: str
    machine: str
    """What the wheels are for."""
    model: str
    """Path of the model in use."""
    adapter: str = ""
    """Path of the adapter over it, where there is one."""
    history: bool
    """Whether the person asked for their past to be in it."""
    pins: dict[str, Pin] = Field(default={})
    """Of the fetched models, by their names."""


def of_this_machine() -> dict[str, str]:
    """The fields that tell for which machine wheels are."""
    return {
        "version": version(DISTRIBUTION),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "machine": f"{platform.system()} {platform.machine()}",
    }


def read_contents(folder: Path, manifest: Manifest) -> Contents:
    """The contents of a checked bundle; raises ManifestError where they and the manifest disagree."""
    manifest.entry(CONTENTS)
    try:
        contents = Contents.model_validate_json((folder / CONTENTS).read_bytes())
    except ValidationError as error:
        raise ManifestError(f"{folder / CONTENTS} cannot be read ({first_fault(error)}).") from error
    _demand_known_places(manifest, contents)
    return contents


def _demand_known_places(manifest: Manifest, contents: Contents) -> None:
    """Each model must lie where a home has such, so that nothing of a home is written over."""
    for entry in manifest.having("model"):
        if not _MODEL_PATH.fullmatch(entry.path):
            raise ManifestError(f"The bundle has a model at {entry.path!r}, where no home has any.")
    for name, pin in contents.pins.items():
        card = catalog().model(name)
        if manifest.entry(f"{FETCHED}/{name}/{card.file}").sha256 != pin.sha256:
            raise ManifestError(f"The bundle's {name} is not the file that was fetched; make it anew.")
    named = [path for path in (contents.model, contents.adapter) if path]
    if any(manifest.entry(path).role != "model" for path in named):
        raise ManifestError("The model in use is no model of the bundle; make it anew.")
