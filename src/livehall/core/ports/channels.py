"""Between the hub and the door through which clients come: channels on one side, connections on the other.

The hub (`engines.realtime`) knows channels, order, history and who listens; the door
(`gateway.centrifugo`) knows frames, commands and clocks of a connection. Everything here is called on
the event loop and, unless it is a coroutine, returns at once.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from livehall.core.ports.realtime import Connected, Gate, Publication

# Errors of a command, as Centrifugo numbers them (centrifugal/centrifuge v0.40, errors.go).
INTERNAL = (100, "internal server error")
UNKNOWN_CHANNEL = (102, "unknown channel")
PERMISSION_DENIED = (103, "permission denied")
METHOD_NOT_FOUND = (104, "method not found")
ALREADY_SUBSCRIBED = (105, "already subscribed")
LIMIT_EXCEEDED = (106, "limit exceeded")
BAD_REQUEST = (107, "bad request")
NOT_AVAILABLE = (108, "not available")
UNRECOVERABLE = (112, "unrecoverable position")

Encode = Callable[[str, Sequence[Publication]], bytes]
"""The bytes that carry these publications of a channel to every listener alike."""


class Since(msgspec.Struct, frozen=True, gc=False):
    """Where a client stopped: the last position it has seen in that epoch."""

    position: int
    epoch: str


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription that stands.

    `missed` belongs into the answer and is only there when `recovered`; `following` was published
    while the subscription was under way and goes out after the answer, before anything else.
    """

    data: bytes
    recoverable: bool
    position: int
    epoch: str
    was_recovering: bool = False
    recovered: bool = False
    missed: tuple[Publication, ...] = ()
    following: tuple[Publication, ...] = ()
    expires_at: int | None = None  # Unix seconds


Admit = Callable[[], Joined]
"""Lets a prepared subscription listen. The caller sends the answer, then `following`, before it awaits.

Raises: Refused, when it has been taken away meanwhile.
"""


class Present(msgspec.Struct, frozen=True):
    """Somebody who listens to a channel that shows it, at whichever process."""

    client: str  # the connection's id
    user: str
    info: Mapping[str, str]


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a channel's history, and where the channel stands."""

    publications: tuple[Publication, ...]
    position: int
    epoch: str


class Listener(Protocol):
    """One connection as the hub sees it."""

    @property
    def client(self) -> str:
        """The connection's own id, unguessable."""
        ...

    @property
    def who(self) -> Connected: ...

    @property
    def send(self) -> Callable[[bytes], None]:
        """Takes what `Encode` made. Never blocks; one who cannot follow is disconnected by the door."""
        ...

    def unsubscribed(self, channel: str, code: int, reason: str) -> None:
        """The hub has taken this channel away."""
        ...

    def disconnect(self, code: int, reason: str) -> None: ...


class Channels(Protocol):
    """What a door asks of the hub."""

    @property
    def gate(self) -> Gate: ...

    def attach(self, listener: Listener, asked_at: float) -> None:
        """Enter a connection whose `Gate.connect` was asked at this loop time.

        Raises: Refused, when its user was disconnected since then or has too many connections.
        """
        ...

    def detach(self, listener: Listener) -> None:
        """Forget a connection and its subscriptions; may be called twice."""
        ...

    async def subscribe(
        self, listener: Listener, channel: str, since: Since | None = None, *, must_recover: bool = False
    ) -> Admit:
        """Prepare a subscription; nothing is sent to the listener before it is admitted.

        Raises: Refused.
        """
        ...

    def leave(self, listener: Listener, channel: str) -> bool:
        """End a subscription at the client's wish; False when there was none."""
        ...

    def is_listening(self, listener: Listener, channel: str) -> bool: ...

    def present(self, listener: Listener, channel: str) -> tuple[Present, ...]:
        """Who listens. Raises: Refused, for one who does not listen or a channel that hides it."""
        ...

    async def history(
        self, listener: Listener, channel: str, since: Since | None, limit: int, *, reverse: bool
    ) -> Page:
        """Kept publications, oldest first unless `reverse`. `limit` 0: only where the channel stands.

        Raises: Refused.
        """
        ...
