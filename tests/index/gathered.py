"""Archives made for a test, and what gathering makes of what is given."""

import zipfile
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path

from index.gathering.files import gather
from index.gathering.found import Found, LeftOut
from index.gathering.scratch import Scratch

ROWS = "sku,name,price\na1,Lamp One,3 EUR\na2,Lamp Two,4 EUR\n"


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """A ZIP archive."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def archive(path: Path, members: Mapping[str, str | bytes]) -> Path:
    """A ZIP archive in a file."""
    path.write_bytes(zipped(members))
    return path


def gathered(home: Path, *given: str | Path) -> tuple[dict[str, str], dict[str, str]]:
    """The names of the files found with what they hold, and of what was left out with the reasons."""
    with Scratch(home) as scratch:
        found = list(gather(given, scratch))
        return contents(found), reasons(found)


def contents(found: Iterable[Found | LeftOut]) -> dict[str, str]:
    """What the files hold that were found."""
    return {each.name: each.path.read_text("utf-8") for each in found if isinstance(each, Found)}


def reasons(found: Iterable[Found | LeftOut]) -> dict[str, str]:
    """Why the others were left out."""
    return {each.name: each.reason for each in found if isinstance(each, LeftOut)}
