"""Operations of an organization's own place for recordings."""

from livehall.core.ports.sealing import Sealing
from livehall.core.ports.storage import TargetRefused, TargetStores
from livehall.core.recordings import targets
from livehall.core.recordings.faults import NoCredentials, TargetNotFound
from livehall.dialects.kit import Read
from livehall.dialects.live.api import api
from livehall.dialects.live.targets import wire
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

TAG = "Storage"
PATH = "/organizations/{id}/storage-target"


@api.route(
    "GET", PATH, operation="getStorageTarget", tag=TAG, access="admin", raises=[TargetNotFound, Forbidden]
)
async def get_storage_target(work: Read, id: Id) -> wire.StorageTargetResponse:
    """Where the organization keeps its recordings.

    `not_found` while they are kept with us.
    """
    return wire.StorageTargetResponse.of(await targets.get(work, id))


@api.route(
    "PUT", PATH, operation="setStorageTarget", tag=TAG, access="admin", scope="admin",
    raises=[TargetNotFound, Forbidden, NoCredentials, TargetRefused],
)  # fmt: skip
async def set_storage_target(
    desk: Desk,
    sealing: Sealing,
    stores: TargetStores,
    actor: Actor,
    id: Id,
    body: wire.PutStorageTargetRequest,
) -> wire.StorageTargetResponse:
    """Keep recordings in an S3 bucket or an Azure container of your own from now on.

    A small file is put there, read and removed before it is taken. What was recorded before stays where it
    is, and can be watched as ever.
    """
    row = await targets.put(desk, sealing, stores, actor, id, body.command())
    return wire.StorageTargetResponse.of(row)


@api.route(
    "DELETE", PATH, operation="removeStorageTarget", tag=TAG, access="admin", scope="admin", status=204,
    raises=[TargetNotFound, Forbidden],
)  # fmt: skip
async def remove_storage_target(work: Work, id: Id) -> None:
    """Keep recordings with us from now on.

    Those that lie there stay, and can be watched for as long as the keys open it.
    """
    await targets.remove(work, id)
