"""Does a retrained model know its owner? Owners with hidden tastes, before and after every retraining.

    python -m benchmarks.owner_study FOLDER --home HOME [--owners 1] [--tasks 30]
    python -m benchmarks.owner_study FOLDER --home HOME --histories FILE SCHEMA
    python -m benchmarks.owner_study FOLDER --home HOME --choices

HOME holds the catalogue; `benchmarks.owner_shops` makes those of published histories. An owner is an invented
shopper, a buyer out of a file of histories, or one who chose among three options or took none of them. Each
buys by tastes that no question mentions.

Their past comes in as many parts as there are retrainings; after each part the model that came along is
retrained over everything so far. Then every model is asked about tasks of the owner, in other phrasings than
those learned from and with needs that only the past shows, or which of three options they took next: once
with the past in its prompt and once without. Adapters are measured whether or not the gate took them. What
was run stays in FOLDER, and the same command goes on there.
"""
