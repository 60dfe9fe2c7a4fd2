"""Closes connections while a thread reads from them: `python -m tests.index.closing CATALOGUE`."""

import random
import sqlite3
import sys
import threading
import time
from pathlib import Path

from index.store.database import connect

MOMENTS = 150
LONGEST = 0.004
"""Seconds until a connection is closed: some twenty of the statements."""
COUNT = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 500) SELECT x FROM n"


def main(path: Path) -> None:
    """Write that the process is alive after all of it."""
    moments = random.Random(7)
    for _ in range(MOMENTS):
        connection = connect(path)
        reader = threading.Thread(target=read, args=(connection,))
        reader.start()
        time.sleep(moments.uniform(0, LONGEST))
        connection.close()
        connection.close()
        reader.join()
    sys.stdout.write("alive\n")


def read(connection: sqlite3.Connection) -> None:
    """Read until the connection is closed."""
    try:
        while True:
            connection.execute(COUNT).fetchall()
    except (sqlite3.Error, MemoryError):  # MemoryError: what Python makes of a fault without a connection
        pass


if __name__ == "__main__":
    main(Path(sys.argv[1]))
