"""The wheels of a bundle: this version and all that it needs, so that pip installs it with no network.

They come from a folder of the person's, are made of what is installed here, or are fetched by pip, which
alone reaches a network and is only asked to by name.
"""

from collections.abc import Iterator
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from index.manifest import copy_private
from tui.bundling.contents import DISTRIBUTION
from tui.bundling.packing import pack, pack_description
from tui.bundling.pip import run_pip, taken_by_pip
from tui.distilling.saying import Ticker, say
from tui.told import UsageError

Wheels = Path | Literal["installed", "fetched"] | None
"""Where they come from: a folder, what is installed here, or pip and a network; None takes none along."""
MISSING = (
    "There are no wheels in it, so productresearch must be installed on the other machine already. "
    "--pack-wheels makes them of what is installed here, --wheels FOLDER takes yours, "
    "--download-wheels lets pip fetch them."
)


def one_source(folder: Path | None, pack: bool, fetch: bool) -> Wheels:
    """What the options of a command mean; raises UsageError for more than one of them."""
    asked: list[Wheels] = [folder] if folder else []
    if pack:
        asked.append("installed")
    if fetch:
        asked.append("fetched")
    if len(asked) > 1:
        raise UsageError("Wheels come from one place: --wheels, --pack-wheels or --download-wheels.")
    return asked[0] if asked else None


def put_wheels(wanted: Wheels, target: Path) -> list[Path]:
    """Put wheels into a new folder that are known to suffice; raises WheelsError and OSError."""
    if wanted is None:
        return []
    target.mkdir(mode=0o700)
    if wanted == "installed":
        _pack_installed(target)
    elif wanted == "fetched":
        _fetch(target)
    else:
        for wheel in taken_by_pip(wanted, _this_version()):
            copy_private(wheel, target / wheel.name)
    wheels = sorted(target.iterdir())
    say(f"{len(wheels)} wheels, {sum(wheel.stat().st_size for wheel in wheels) / 1e6:,.0f} MB.")
    return wheels


def _this_version() -> str:
    return f"{DISTRIBUTION}=={distribution(DISTRIBUTION).version}"


def _needed() -> list[Distribution]:
    """What this version needs of what is installed; pip says so, from wheels that only describe it."""
    with TemporaryDirectory(prefix="productresearch-") as scratch:
        described = {pack_description(each, Path(scratch)).name: each for each in installed_here()}
        return [described[wheel.name] for wheel in taken_by_pip(Path(scratch), _this_version())]


def _pack_installed(target: Path) -> None:
    needed = _needed()
    with Ticker(every=20) as ticker:
        for number, each in enumerate(needed, start=1):
            _pack_one(each, target)
            ticker.tell(number, f"{number} of {len(needed)} wheels", last=number == len(needed))
    taken_by_pip(target, _this_version())


def _pack_one(installed: Distribution, target: Path) -> None:
    if installed.name == DISTRIBUTION and _is_checkout():
        run_pip(
            *("wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", str(target)),
            str(_SOURCE),
            doing="No wheel can be made of this checkout",
        )
    else:
        pack(installed, target)


def _fetch(target: Path) -> None:
    """Fetch what is installed here, at its versions; our own wheel is never asked for by its name."""
    _pack_one(distribution(DISTRIBUTION), target)
    pins = [_pin(each) for each in _needed() if each.name != DISTRIBUTION]
    say(f"pip reaches the network now, for {len(pins)} wheels; nothing else of a bundle does.")
    run_pip("wheel", "--no-deps", "--wheel-dir", str(target), *pins, doing="Not all wheels could be fetched")
    taken_by_pip(target, _this_version())


def _pin(installed: Distribution) -> str:
    """Its version, of whichever build an index has."""
    return f"{installed.name}=={installed.version.partition('+')[0]}"


def installed_here() -> Iterator[Distribution]:
    """Everything that was installed from a wheel, once."""
    seen: set[str] = set()
    for each in distributions():
        if each.name not in seen and each.read_text("WHEEL"):
            seen.add(each.name)
            yield each


_SOURCE = Path(__file__).resolve().parents[2]


def _is_checkout() -> bool:
    """Whether this runs from its source, of which the installation has no files."""
    return (_SOURCE / "pyproject.toml").is_file()
