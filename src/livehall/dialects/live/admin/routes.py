"""Operations for administrators: the space that recordings take, and those that failed."""

from livehall.core.ports.storage import Storage, StorageUnavailable
from livehall.core.recordings import cleaning
from livehall.core.recordings.cleaning import Cleaner
from livehall.core.recordings.faults import NotFailed, NothingLeft, RecordingNotFound
from livehall.core.recordings.keeping import Keeper
from livehall.dialects.live.admin import wire
from livehall.dialects.live.api import api
from livehall.dialects.live.recordings.wire import RecordingResponse
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

TAG = "Admin"


@api.route(
    "GET", "/admin/storage", operation="getStorageStatus", tag=TAG, access="admin",
    raises=[Forbidden, StorageUnavailable],
)  # fmt: skip
async def get_storage_status(desk: Desk, actor: Actor, storage: Storage) -> wire.StorageStatusResponse:
    """Space used by recordings and files.

    The organization's own. `available` is the free space of a local disk, and null for object storage.
    """
    free = await storage.free() if actor.is_admin else None
    async with desk.read(actor) as read:
        return wire.StorageStatusResponse.of(await cleaning.status(read, storage, free))


@api.route(
    "POST", "/admin/storage/cleanup", operation="cleanStorage", tag=TAG, access="admin", status=202,
    raises=[Forbidden],
)  # fmt: skip
async def clean_storage(
    work: Work, cleaner: Cleaner, body: wire.StorageCleanupRequest | None
) -> wire.StorageCleanupResponse:
    """Purge what is deleted or past retention.

    Runs in the background; a second call while one runs returns the running job.
    """
    cmd = (body or wire.StorageCleanupRequest()).command()
    return wire.StorageCleanupResponse.of(await cleaning.clean(work, cmd, cleaner.grace))


@api.route(
    "POST", "/admin/recordings/{id}/retry", operation="retryRecording", tag=TAG, access="admin", status=202,
    raises=[RecordingNotFound, Forbidden, NotFailed, NothingLeft, StorageUnavailable],
)  # fmt: skip
async def retry_recording(actor: Actor, keeper: Keeper, id: Id) -> RecordingResponse:
    """Process a failed recording again.

    Its file must still be there. One that is being processed or ready is the answer.
    """
    return RecordingResponse.of(await keeper.retry(actor, id), None)
