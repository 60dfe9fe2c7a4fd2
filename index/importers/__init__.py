"""One file for each format and each kind of record; they turn outside bytes into index records.

`opening` finds out what a file is; `lines`, `jsonl` and `delimited` read its rows; `products`, `opinions`,
`observations` and `events` make records of them as a column schema says. Writing is left to `ingest`.
"""
