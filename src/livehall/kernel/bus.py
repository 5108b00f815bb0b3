"""What the api processes of one hall say to each other, and which of them leads.

One of them *leads*: it places the journal's rows, runs reactions and loops. Words go to all others, in the
order in which one process says them, at most once: whoever was cut off hears of it (`missed`) and has to find
out afresh. Nothing that may not be lost is said here; that is in the database.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

Hear = Callable[[str, bytes], Awaitable[None]]
"""Takes the speaker's name and what was said. Called one after another, in order."""


class Bus(Protocol):
    @property
    def name(self) -> str:
        """This process among the others, of this life."""
        ...

    @property
    def leads(self) -> bool:
        """Whether this process leads now; asked before each piece of a leader's work."""
        ...

    @property
    def stands(self) -> bool:
        """Whether the others can hear this process, and it them."""
        ...

    @property
    def others(self) -> frozenset[str]:
        """The names of the other processes that were heard of lately."""
        ...

    def say(self, topic: str, body: bytes = b"") -> None:
        """Tell all others, soon; never blocks. The same words that still wait are said once."""
        ...

    def on(self, topic: str, hear: Hear) -> None:
        """Who takes what others say about a topic; before `start`."""
        ...

    def on_change(self, changed: Callable[[], None]) -> None:
        """Called when this process begins or ceases to lead; before `start`."""
        ...

    def on_missed(self, missed: Callable[[], None]) -> None:
        """Called when this process hears again after it was cut off from others; before `start`."""
        ...

    async def start(self) -> None:
        """Raises: DatabaseUnavailable."""
        ...

    async def stop(self) -> None: ...


class Alone:
    """The bus of a hall with one process: it leads, and there is nobody to tell."""

    name = "alone"
    leads = True
    stands = True
    others: frozenset[str] = frozenset()

    def say(self, topic: str, body: bytes = b"") -> None:
        return None

    def on(self, topic: str, hear: Hear) -> None:
        return None

    def on_change(self, changed: Callable[[], None]) -> None:
        return None

    def on_missed(self, missed: Callable[[], None]) -> None:
        return None

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        return None
