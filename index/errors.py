"""The faults of the local index; each carries one sentence that says what is wrong and what to do.

CatalogueError
├── NotFoundError    no record has this id
├── UnknownNameError no category or attribute has this name
├── WhereError       a condition as typed cannot be understood
├── ConflictError    the id belongs to another source
├── LockedError      another process is writing and did not finish in time
├── FullDiskError    the disk takes no more
├── CorruptError     the file is damaged or is no catalogue
├── SharingError     the shared index cannot be followed or written
├── ManifestError    a folder is not what its manifest says
└── VectorsError     the vectors cannot be used; search goes on without them
"""


class CatalogueError(Exception):
    """The catalogue or something derived from it cannot be read or written."""


class NotFoundError(CatalogueError):
    """No record has this id."""


class UnknownNameError(CatalogueError):
    """No category or attribute has this name; the sentence names the nearest ones."""


class WhereError(CatalogueError):
    """A condition as typed, such as `noise_level<=25 dB`, cannot be understood."""


class ConflictError(CatalogueError):
    """A record's id already belongs to another source, so writing it would lose that source's record."""


class LockedError(CatalogueError):
    """Another process is writing; waiting for it took too long."""


class FullDiskError(CatalogueError):
    """The disk takes no more; what was committed before is kept."""


class CorruptError(CatalogueError):
    """The file is damaged or is no catalogue."""


class SharingError(CatalogueError):
    """The shared index of a server cannot be followed or written."""


class ManifestError(CatalogueError):
    """A folder is not what its manifest says, or has none."""


class VectorsError(CatalogueError):
    """The vectors cannot be used; they can be rebuilt from the catalogue."""
