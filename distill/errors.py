"""What can go wrong in synthesis, each with a sentence for the person."""


class DistillError(Exception):
    """Something that the person can mend.

    DistillError
    ├── WorldError       a world that does not exist (worlds.open)
    ├── NoTasksError     nothing can be asked of this catalogue (drawing.tasks)
    ├── RunError         a run folder that is not what it should be, or that cannot be written
    ├── StoppedError     a run that ended itself, because too much failed
    ├── ReplayError      a trajectory that does not reproduce over this index (filtering.replay)
    ├── EvaluationError  an evaluation that cannot be made
    └── DataError        files that cannot be read or written
        ├── HistoryError    a file of histories, or its schema (drawing.history)
        ├── FullDiskError   the disk takes no more; what was there before is kept
        └── DatasetError    a directory that is no data set, was changed, or is of another version
    """


class RunError(DistillError):
    """A run folder belongs to other tasks or settings, is damaged, or cannot be written."""


class StoppedError(DistillError):
    """Too large a share of what was tried failed; what was held by then is kept."""


class EvaluationError(DistillError):
    """There is nothing to evaluate, or a task cannot be asked in its world."""


class DataError(DistillError):
    """Files made from a run cannot be read or written."""


class FullDiskError(DataError):
    """The disk takes no more; what was there before is kept."""


class DatasetError(DataError):
    """A directory is no data set of ours, was changed by hand, or is of another version."""
