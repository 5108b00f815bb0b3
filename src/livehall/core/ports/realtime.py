"""What the core asks of a realtime hub, and what a hub asks of us.

A hub is our own (`engines.realtime` with `gateway.centrifugo`) or a real Centrifugo beside us. The code
that publishes does not know which. Positions come from the journal: within a channel they rise in the
order of publication and survive a restart, so a client recovers from `(epoch, position)` whichever hub
process it meets. They need not be consecutive.
"""

from collections.abc import Mapping
from typing import Protocol

import msgspec


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a channel: `data` is encoded JSON; `position` 0 means that it is not kept.

    One row of the journal may say several things on one channel: they have one position, and `part` counts
    them. They are published, and read back, together.
    """

    data: bytes
    position: int = 0
    part: int = 0

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in its channel."""
        return self.position, self.part


class Publisher(Protocol):
    """Outwards: called by the relay and by signals, on the event loop, never blocks."""

    def publish(self, channel: str, publication: Publication) -> None:
        """Send to all who listen. What is kept, not above the channel's last place, is a repeat: dropped."""
        ...

    def unsubscribe(
        self, channel: str, user: str | None = None, *, code: int = 2000, reason: str = ""
    ) -> None:
        """Take the channel away from one user, or from all, after what was published so far.

        2000 is final for Centrifugo's clients; from 2500 on they subscribe again and recover.
        """
        ...

    def disconnect(self, user: str, *, code: int, reason: str) -> None:
        """Close all connections of a user. 4500–4999 are final for Centrifugo's clients."""
        ...


class Connected(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a connect: who this is. `user` is empty for an anonymous visitor."""

    user: str = ""
    expires_at: int | None = None  # Unix seconds
    info: Mapping[str, str] = {}
    meta: Mapping[str, str] = {}
    channels: tuple[str, ...] = ()  # subscribed by the server at once; the gate is asked for each of them


class Subscribed(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a subscribe: the snapshot as encoded JSON, and what the channel keeps."""

    data: bytes = b"{}"
    expires_at: int | None = None  # Unix seconds
    recoverable: bool = False
    presence: bool = False
    top: int = 0  # position up to which the snapshot includes this channel's journal rows, at least


class Refused(Exception):
    """A connect or subscribe that may not be. `final` ends the connection with a code ≥ 4500 or 3500."""

    def __init__(self, code: int, reason: str, *, disconnect: bool = False) -> None:
        super().__init__(reason)
        self.code, self.reason, self.disconnect = code, reason, disconnect


class Gate(Protocol):
    """Inwards: the same answers that the two Centrifugo proxies give."""

    async def connect(self, token: str) -> Connected:
        """Raises: Refused. An empty token is an anonymous visitor."""
        ...

    async def refresh(self, meta: Mapping[str, str], user: str) -> int | None:
        """The new expiry in Unix seconds, or None when the right is gone. Also a sign of life."""
        ...

    async def subscribe(self, who: Connected, channel: str) -> Subscribed:
        """Raises: Refused."""
        ...

    async def refresh_subscription(self, who: Connected, channel: str) -> int | None: ...

    async def history(self, channel: str, after: int, limit: int) -> tuple[Publication, ...] | None:
        """Kept publications after a position, oldest first, read from the journal.

        None when the journal no longer holds all of them, or there are more than `limit`.
        """
        ...

    @property
    def epoch(self) -> str:
        """Changes only when positions start anew (another database)."""
        ...
