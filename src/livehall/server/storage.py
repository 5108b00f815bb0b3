"""Where finished files are kept, as the settings say."""

from livehall.engines.storage import Bucket, DiskStorage, ObjectStorage, S3Storage
from livehall.kernel.clock import utc_now
from livehall.server.settings import Settings

KEPT = "kept"  # folder within the recordings directory


def storage_of(settings: Settings) -> ObjectStorage:
    """Asks nobody yet: a bucket that is away does not keep the server from starting."""
    if not settings.storage.bucket:
        return DiskStorage(settings.recordings / KEPT)
    return S3Storage(bucket_of(settings), redirects=settings.storage.delivery == "redirect", clock=utc_now)


def bucket_of(settings: Settings) -> Bucket:
    chosen = settings.storage
    return Bucket(
        name=chosen.bucket,
        endpoint=chosen.endpoint.rstrip("/"),
        region=chosen.region,
        access_key=chosen.access_key,
        secret_key=chosen.secret_key,
        prefix=chosen.prefix,
    )


def origin_of(settings: Settings) -> str:
    """Scheme and host that browsers are sent to for files; empty when files come from this server."""
    is_elsewhere = settings.storage.bucket and settings.storage.delivery == "redirect"
    return bucket_of(settings).origin if is_elsewhere else ""
