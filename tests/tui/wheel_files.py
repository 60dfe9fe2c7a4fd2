"""Small wheels, a small installation, and a package index on this machine."""

import base64
import hashlib
import threading
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


def write_wheel(folder: Path, name: str, version: str, needs: Sequence[str] = ()) -> Path:
    """A wheel with nothing in it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    about = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{about}/METADATA", metadata(name, version, needs))
        wheel.writestr(f"{about}/WHEEL", WHEEL)
        wheel.writestr(f"{about}/RECORD", "")
    return path


WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py2-none-any\nTag: py3-none-any\n"


def metadata(name: str, version: str, needs: Sequence[str] = ()) -> str:
    """What a wheel says of itself."""
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    return "\n".join([*lines, *(f"Requires-Dist: {need}" for need in needs), ""])


def install(prefix: Path) -> Path:
    """An installation with a command, a script and traces of where it was made; where its packages are."""
    site = prefix / "lib" / "site-packages"
    about = "kettle-1.0.dist-info"
    files = {
        "kettle/__init__.py": b"WATTS = 2200\n",
        "kettle/a,b.txt": b"steam\n",
        "kettle/__pycache__/a.pyc": b"compiled",
        f"{about}/METADATA": metadata("kettle", "1.0").encode(),
        f"{about}/WHEEL": WHEEL.encode(),
        f"{about}/entry_points.txt": b"[console_scripts]\nkettle = kettle:boil\n",
        f"{about}/INSTALLER": b"pip\n",
        f"{about}/direct_url.json": f'{{"url": "file://{prefix}"}}'.encode(),
        "../../bin/kettle": f"#!{prefix}/bin/python\nimport kettle\n".encode(),
        "../../bin/boil": f"#!{prefix}/bin/python\nprint('boils')\n".encode(),
        "../../share/man/kettle.1": b"manual",
    }
    lines = []
    for name, held in files.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(held)
        digest = base64.urlsafe_b64encode(hashlib.sha256(held).digest()).rstrip(b"=").decode()
        quoted = f'"{name}"' if "," in name else name
        lines.append(f"{quoted},,\n" if name.endswith(".pyc") else f"{quoted},sha256={digest},{len(held)}\n")
    (site / about / "RECORD").write_text("".join([*lines, f"{about}/RECORD,,\n"]), encoding="utf-8")
    return site


@contextmanager
def package_index(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """An index of the wheels in a folder: its address, and the names of packages that were asked for."""
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            kind, _, name = self.path.strip("/").partition("/")
            if kind == "files":
                self._answer((folder / name.replace("%2B", "+")).read_bytes(), "application/octet-stream")
                return
            asked.append(name)
            wheels = [path.name for path in folder.glob("*.whl") if _same(path, name)]
            links = "".join(f'<a href="/files/{wheel}">{wheel}</a>' for wheel in wheels)
            self._answer(f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html")

        def _answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _same(path: Path, name: str) -> bool:
    return path.name.partition("-")[0].casefold().replace("_", "-").replace(".", "-") == name
