"""What can go wrong in training and export, each with a sentence for the person."""


class FinetuneError(Exception):
    """Something that the person can mend.

    FinetuneError
    ├── RecipeError      a recipe that cannot be read, or asks for what a backend cannot do
    ├── DatasetError     a folder that is no data set, was changed, or is of another wire (data.dataset)
    ├── ModelError       a base model without weights, tokenizer or a usable chat template
    ├── MaskError        a sample whose loss would teach the wrong thing (data.mask)
    ├── CheckpointError  a checkpoint that cannot be written or taken up again
    ├── TrainingError    a training that cannot begin or go on
    │   └── LossError      the loss is no number any more
    ├── RecordError      a record of a run that cannot be read (run_record)
    ├── CorpusError      a corpus with nothing to learn from (micro.packed)
    ├── TokenizerError   a file that is no tokenizer of ours (micro.tokenizer)
    ├── ExportError      a model or an adapter that cannot be written in another form (export)
    ├── GateError        two models that cannot be compared (gate)
    ├── ImproveError     an agent's own runs that cannot be kept or leave nothing to learn (self_improve)
    └── RetrainError     a retraining that cannot begin or go on (retrain)
        ├── DistilledError the data set is made, and no more was asked for
        └── OutOfTimeError the time that a retraining was given is up
    """


class RecipeError(FinetuneError):
    """A recipe is not valid, or asks of a backend what it cannot do."""


class DatasetError(FinetuneError):
    """A folder is no data set, was changed after its export, or is of another wire."""


class ModelError(FinetuneError):
    """A base model has no weights, no tokenizer or no usable chat template."""


class MaskError(FinetuneError):
    """A sample's loss would teach the wrong thing."""


class CheckpointError(FinetuneError):
    """A checkpoint cannot be written or taken up again; the last sound one stands."""


class TrainingError(FinetuneError):
    """A training cannot begin or go on; the last good checkpoint is kept."""


class LossError(TrainingError):
    """The loss is no number any more."""


class RecordError(FinetuneError):
    """A record of a run cannot be read."""


class CorpusError(FinetuneError):
    """There is nothing to learn from in a corpus."""


class TokenizerError(FinetuneError):
    """The file is no tokenizer of ours, or is damaged."""


class ExportError(FinetuneError):
    """A model or an adapter cannot be written in another form; nothing is left behind."""


class GateError(FinetuneError):
    """Two models cannot be compared; the one in use stays."""


class ImproveError(FinetuneError):
    """An agent's own runs cannot be kept, or leave nothing to learn from."""


class RetrainError(FinetuneError):
    """A retraining cannot begin or go on; what was done is kept, and the model in use stays."""


class DistilledError(RetrainError):
    """The data set of a retraining is made, and no more was asked for; a retraining goes on from it."""


class OutOfTimeError(RetrainError):
    """The time that a retraining was given is up; what it did is kept."""
