"""What supervision, the form of a dialogue and the number of dialogues are worth to a student of one size.

    python -m benchmarks.training_grid FOLDER [--step draw|train|measure] [--tasks 150] [--data 960]

Every setting trains the same network from the same start on the same number of tokens (`recipe.toml`, about
15 minutes of two cores for each); only the dialogues differ. All are held over the same tasks, with planted
faults. Each student then answers the same held-out tasks of the demo shop, greedily, beside the rules and the
oracle. Training and held-out tasks bear one seed, by which users, categories and phrasings are divided.

Each step is a module: `drawing`, `training`, `measuring`. What it makes stays in FOLDER, where the next one
finds it (`settings.GridFolder`), and a step that was interrupted goes on where it was. Training needs torch
and pydantic alone, of FOLDER only `grid.json`, the tokenizer and the packed dialogues, and leaves light
checkpoints for measuring; so it can run on another machine than the rest.
"""
