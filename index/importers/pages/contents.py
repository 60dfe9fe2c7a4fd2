"""A whole file as bytes and as text, within a bound; what is read line by line is left to `lines`."""

from index.importers.faults import FileFaultError
from index.importers.lines import BROKEN, SourceFile, unpacked

_PIECE = 1 << 20


def bounded_bytes(file: SourceFile, most: int) -> bytes:
    """The file's bytes as they were before packing; raises FileFaultError where there are more."""
    raw = bytearray()
    try:
        with file.path.open("rb") as opened:
            stream = unpacked(opened, file.compressed)
            while len(raw) <= most and (piece := stream.read(_PIECE)):
                raw += piece
    except BROKEN as error:
        raise FileFaultError(f"{file.path} is a damaged gzip file; fetch it again.") from error
    except OSError as error:
        raise FileFaultError(f"{file.path} cannot be read to its end: {error.strerror}.") from error
    if len(raw) > most:
        raise FileFaultError(f"{file.path} is larger than {most / 1e6:.0f} MB; a page or note is not.")
    return bytes(raw)


def decoded(raw: bytes, said: str = "") -> str:
    """Bytes as text: UTF-8 where they are that, else as is said in them, else Windows-1252."""
    for encoding in ("utf-8-sig", said, "cp1252"):
        try:
            return raw.decode(encoding or "ascii")
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode("latin-1")
