"""What the core asks of a place for files. Adapter: `engines.storage`, on local disk or an object store.

A key is a path of ours with `/` between its parts, never a name that a person gave. What lies under a
key never changes: another content is another key.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from livehall.kernel.faults import Invalid, Unavailable


class StorageUnavailable(Unavailable):
    message = "The file store does not answer; try again in a moment."


class TargetRefused(Invalid):
    code = "storage_refused"
    message = "A small file could not be put there, read and removed; nothing was changed."


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    size: int  # bytes
    etag: str  # without quotation marks
    modified_at: datetime


Backend = Literal["local", "s3", "azure"]


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


TargetKind = Literal["s3", "azure"]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """An organization's own place for files, with what opens it. Its `repr` shows no secret."""

    kind: TargetKind
    container: str  # bucket of S3, container of Azure
    secret: str  # secret key of S3, account key of Azure
    account: str  # access key id of S3, account name of Azure
    endpoint: str = ""  # http(s)://host[:port]; empty for Amazon's or Microsoft's own
    region: str = ""  # of S3
    prefix: str = ""

    def __repr__(self) -> str:
        return f"Target({self.kind!r}, {self.container!r})"


class TargetStores(Protocol):
    def open(self, target: Target) -> Storage:
        """Asks nobody yet."""
        ...

    async def test(self, target: Target) -> None:
        """Put a small file there, read it and remove it. Raises: TargetRefused."""
        ...
