"""What can go wrong in synthesis, each with a sentence for the person."""


class DistillError(Exception):
    """Something that the person can mend.

    DistillError
    ├── RunError       a run folder that is not what it should be, or that cannot be written
    └── StoppedError   a run that ended itself, because too much failed
    """


class RunError(DistillError):
    """A run folder belongs to other tasks or settings, is damaged, or cannot be written."""


class StoppedError(DistillError):
    """Too large a share of what was tried failed; what was held by then is kept."""
