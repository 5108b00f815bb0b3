"""What the core asks of a place for files. Adapter: `engines.storage`, on local disk or an object store.

A key is a path of ours with `/` between its parts, never a name that a person gave. What lies under a
key never changes: another content is another key.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from livehall.kernel.faults import Unavailable


class StorageUnavailable(Unavailable):
    message = "The file store does not answer; try again in a moment."


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    size: int  # bytes
    etag: str  # without quotation marks
    modified_at: datetime


Backend = Literal["local", "s3"]


class Storage(Protocol):
    """Every call raises `StorageUnavailable` when the store does not answer."""

    @property
    def backend(self) -> Backend: ...

    async def take(self, source: Path, key: str) -> Stored:
        """Store a local file under `key`; `source` is gone afterwards.

        May be repeated: when `source` is gone and the key is there, that is the answer.

        Raises: FileNotFoundError, when neither is there.
        """
        ...

    async def find(self, key: str) -> Stored | None: ...

    def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Bytes from `start` to before `end`, in pieces.

        Raises: FileNotFoundError.
        """
        ...

    async def delete(self, key: str) -> None:
        """Remove what lies there; nothing happens when there is nothing."""
        ...

    async def free(self) -> int | None:
        """Bytes that it could still take; None: it does not tell."""
        ...

    def address(self, key: str, name: str, content_type: str, until: datetime) -> str | None:
        """Where a client gets the file from the store itself until `until`; None: only from us.

        Whoever holds the address gets this one file, with these headers, and nothing else. `name` is the
        whole `Content-Disposition`.
        """
        ...
