"""What a work asks of its database, one way there and back after another."""

from typing import Any

from livehall.kernel.db import Connection

CALLS = ("all", "one", "run", "attempt", "many")  # each of which waits; rows of `later` go with the commit


class Asking:
    """A connection that writes down what is asked of it: `work.db = Asking(work.db)`."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name in CALLS:
            self.asked.append(name)
        return getattr(self._db, name)
