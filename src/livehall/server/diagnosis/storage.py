"""The finding about the place of finished recordings."""

import asyncio
import tempfile
from pathlib import Path

from livehall.core.ports.storage import StorageUnavailable
from livehall.kernel.ids import new_id
from livehall.server.diagnosis.findings import Finding, bad, good
from livehall.server.settings import Settings
from livehall.server.storage import bucket_of, storage_of

SUBJECT = "Recordings"
SECONDS = 15.0
FIX = (
    "Check LIVEHALL_STORAGE_ENDPOINT, _BUCKET, _REGION, _ACCESS_KEY and _SECRET_KEY; "
    "the key must be able to list, get, put and delete."
)


async def storage(settings: Settings) -> Finding:
    """Puts a small object, reads it and removes it."""
    if not settings.storage.bucket:
        return good(SUBJECT, f"are kept in {settings.recordings}")
    place = f"bucket {settings.storage.bucket} at {bucket_of(settings).origin}"
    try:
        async with asyncio.timeout(SECONDS):
            await _try(settings)
    except StorageUnavailable as fault:
        return bad(SUBJECT, f"{place} does not work ({_reason(fault)}).", FIX)
    except TimeoutError:
        return bad(SUBJECT, f"{place} does not answer.", FIX)
    how = "people are sent there" if settings.storage.delivery == "redirect" else "passed through this server"
    return good(SUBJECT, f"{place}; {how}")


async def _try(settings: Settings) -> None:
    """Raises: StorageUnavailable."""
    store, key = storage_of(settings), f"doctor/{new_id()}"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "doctor"
        source.write_bytes(b"doctor")
        await store.take(source, key)
    try:
        found = b"".join([piece async for piece in store.read(key, 0, 6)])
    finally:
        await store.delete(key)
    if found != b"doctor":
        raise StorageUnavailable


def _reason(fault: StorageUnavailable) -> str:
    """The kind of what the library said; its words may hold an address with a signature."""
    return type(fault.__cause__ or fault).__name__
