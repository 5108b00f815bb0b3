"""What the core asks of those who write tables down: dialects, which know rows, columns and file formats."""

from collections.abc import AsyncIterator
from typing import Literal, Protocol

import msgspec

from livehall.kernel.actor import Actor
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

Kind = Literal["attendance", "registrations", "chat", "questions", "polls", "report", "audit"]
Format = Literal["csv", "xlsx", "json"]


class Contents(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds.

    `session_id`: None for all of the room. `room_id`: None for the organization. `with_addresses`: people's
    may be in it.
    """

    kind: Kind
    format: Format
    room_id: Id | None
    session_id: Id | None
    with_addresses: bool


class Sheets(Protocol):
    def pieces(self, desk: Desk, actor: Actor, contents: Contents) -> AsyncIterator[bytes]:
        """The file, piece by piece, with what the actor may know, and no more than `contents` says.

        Raises what reading the source raises.
        """
        ...
