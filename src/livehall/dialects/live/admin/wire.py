"""What the administration of storage looks like on the wire."""

from datetime import timedelta
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from livehall.core.ports.storage import Backend
from livehall.core.recordings import cleaning
from livehall.core.recordings.model import Cleanup
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid


class StorageStatusResponse(msgspec.Struct, kw_only=True):
    backend: Backend
    own_target: Annotated[bool, Meta(description="Recordings go elsewhere, as `getStorageTarget` says.")]
    used: int  # bytes, as all sizes here
    quota: int | None = None
    available: int | None
    recordings: int
    assets: int
    reclaimable: Annotated[int, Meta(description="Soft-deleted or past retention.")]
    failed_recordings: int
    last_cleanup_at: Moment | None

    @classmethod
    def of(cls, status: cleaning.Status) -> Self:
        return cls(
            backend=status.backend,
            own_target=status.has_own_target,
            used=status.used,
            available=status.available,
            recordings=status.recordings,
            assets=status.assets,
            reclaimable=status.reclaimable,
            failed_recordings=status.failed_recordings,
            last_cleanup_at=moment(status.last_cleanup_at),
        )


class StorageCleanupRequest(Request, kw_only=True):
    dry_run: Annotated[bool, Meta(description="Only report; default false.")] = False
    older_than_days: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=36_500,
                description="Only things deleted or expired at least this long ago; "
                "default the grace period of the settings.",
            ),
        ]
        | None
    ) = None

    def command(self) -> cleaning.Clean:
        days = self.older_than_days
        return cleaning.Clean(dry_run=self.dry_run, older_than=None if days is None else timedelta(days=days))


class StorageCleanupResponse(msgspec.Struct, kw_only=True):
    job_id: Uuid
    dry_run: bool
    deleted_objects: Annotated[int, Meta(description="So far; of a dry run: what would go.")]
    freed: Annotated[int, Meta(description="Bytes so far; of a dry run: what would be freed.")]

    @classmethod
    def of(cls, row: Cleanup) -> Self:
        return cls(job_id=row.id, dry_run=row.dry_run, deleted_objects=row.deleted_objects, freed=row.freed)
