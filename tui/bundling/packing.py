"""Wheels made of what is installed here, with no network: the files that an installer has put in place.

What an installation adds (compiled files, the place it came from, the path of its Python) is left out, and a
file that was changed since is refused. Format: https://packaging.python.org/specifications/binary-distribution-format
"""

import base64
import hashlib
import stat
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PackagePath
from pathlib import Path, PurePosixPath

from tui.bundling.pip import WheelsError

_BLOCK = 1 << 20
_LONG = 1 << 31
_OF_AN_INSTALLATION = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"}
_DATED = (1980, 1, 1, 0, 0, 0)
"""The earliest day of a zip file: the same files give the same wheel."""


def wheel_name(distribution: Distribution) -> str:
    """What its wheel is called; raises WheelsError for what was not installed from one."""
    told = (distribution.read_text("WHEEL") or "").splitlines()
    tags = [line.removeprefix("Tag: ").split("-") for line in told if line.startswith("Tag: ")]
    if not tags or any(len(tag) != 3 for tag in tags):
        raise WheelsError(f"{distribution.name} was not installed from a wheel, so none can be made of it.")
    fits = "-".join(".".join(sorted(set(part))) for part in zip(*tags, strict=True))
    return f"{_folder(distribution).removesuffix('.dist-info')}-{fits}.whl"


def pack(distribution: Distribution, target: Path) -> Path:
    """Write its wheel into a folder; raises WheelsError and OSError."""
    path = target / wheel_name(distribution)
    record = f"{_folder(distribution)}/RECORD"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        lines = [_add(wheel, file, name) for file, name in _files(distribution)]
        wheel.writestr(zipfile.ZipInfo(record, _DATED), "".join([*lines, f"{record},,\n"]))
    return path


def pack_description(distribution: Distribution, target: Path) -> Path:
    """Write a wheel that only says what the distribution is and needs."""
    path, folder = target / wheel_name(distribution), _folder(distribution)
    with zipfile.ZipFile(path, "w") as wheel:
        for name in ("METADATA", "WHEEL"):
            wheel.writestr(f"{folder}/{name}", distribution.read_text(name) or "")
        wheel.writestr(f"{folder}/RECORD", "")
    return path


def _folder(distribution: Distribution) -> str:
    """The name of its folder of metadata."""
    for file in distribution.files or ():
        if file.name == "WHEEL" and file.parent.name.endswith(".dist-info"):
            return file.parent.name
    raise WheelsError(f"{distribution.name} does not say which files it has, so no wheel can be made of it.")


def _files(distribution: Distribution) -> Iterator[tuple[PackagePath, str]]:
    """Each file with its name in the wheel."""
    data = f"{_folder(distribution).removesuffix('.dist-info')}.data"
    commands = {f"{entry.name}{end}" for entry in distribution.entry_points for end in ("", ".exe")}
    for file in distribution.files or ():
        if file.suffix == ".pyc" or (
            file.parent.name.endswith(".dist-info") and file.name in _OF_AN_INSTALLATION
        ):
            continue
        if ".." not in file.parts and not PurePosixPath(file).is_absolute():
            yield file, file.as_posix()
        elif (place := _below_prefix(file)).parts[0] not in ("bin", "Scripts"):
            yield file, f"{data}/data/{place.as_posix()}"
        elif place.name not in commands:
            yield file, f"{data}/scripts/{place.name}"


def _below_prefix(file: PackagePath) -> PurePosixPath:
    path = Path(str(file.locate())).resolve()
    prefix = Path(sys.prefix).resolve()
    if not path.is_relative_to(prefix):
        raise WheelsError(f"{path} is outside of this installation, so no wheel can be made with it.")
    return PurePosixPath(path.relative_to(prefix).as_posix())


def _add(wheel: zipfile.ZipFile, file: PackagePath, name: str) -> str:
    """Put one file in; its line of the record."""
    path = Path(str(file.locate()))
    if not path.is_file():
        raise WheelsError(f"{path} is missing from this installation; install it anew.")
    about = zipfile.ZipInfo(name, _DATED)
    about.compress_type = zipfile.ZIP_DEFLATED
    about.external_attr = (stat.S_IFREG | (path.stat().st_mode & 0o777)) << 16
    found, packed, size = hashlib.sha256(), hashlib.sha256(), 0
    with (
        path.open("rb") as read,
        wheel.open(about, "w", force_zip64=path.stat().st_size >= _LONG) as written,
    ):
        while block := read.read(_BLOCK):
            found.update(block)
            if not size and ".data/scripts/" in name:
                block = _for_any_python(block)
            packed.update(block)
            written.write(block)
            size += len(block)
    if file.hash is not None and file.hash.mode == "sha256" and file.hash.value != _encoded(found.digest()):
        raise WheelsError(f"{path} was changed since it was installed; install it anew.")
    return f"{_quoted(name)},sha256={_encoded(packed.digest())},{size}\n"


def _for_any_python(script: bytes) -> bytes:
    """A script as it is in a wheel: the installer writes where its Python is."""
    first, newline, rest = script.partition(b"\n")
    return b"#!python" + newline + rest if first.startswith(b"#!") and b"python" in first else script


def _encoded(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if any(sign in name for sign in ',"\n') else name
