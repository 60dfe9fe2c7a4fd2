"""What can be wrong with a file, its description or one of its rows; each says so in one sentence.

ImportFaultError
├── FileFaultError     the file cannot be read, or is not what it says
├── SchemaError        the column schema or the mapping is wrong
│   └── NoSubjectError what the rows are about is not in the catalogue yet
└── RowError           one row cannot become a record; it is rejected and the import goes on
"""


class ImportFaultError(Exception):
    """A file cannot be imported as it is."""


class FileFaultError(ImportFaultError):
    """The file cannot be read, or is not what it says."""


class SchemaError(ImportFaultError):
    """The column schema or the mapping is wrong or does not fit the file."""


class NoSubjectError(SchemaError):
    """What the rows are about is not in the catalogue yet."""


class RowError(ImportFaultError):
    """One row cannot become a record."""
