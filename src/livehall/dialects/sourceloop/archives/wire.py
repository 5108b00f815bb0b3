"""What archives and their storage target look like on the wire."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.recordings.archives import Archive
from livehall.core.recordings.model import RecordingStatus
from livehall.core.recordings.targets import PutTarget
from livehall.dialects.sourceloop.errors import BadRequest

STATUSES: dict[RecordingStatus, str] = {
    "starting": "started",
    "recording": "started",
    "processing": "stopped",
    "ready": "available",
    "failed": "failed",
    "deleted": "deleted",
}


class MetaData(msgspec.Struct, kw_only=True, rename="camel", gc=False):
    """The provider's record of it."""

    created_at: Annotated[int, Meta(description="Epoch milliseconds.")]
    duration: Annotated[int, Meta(description="Seconds.")]
    id: str
    name: str
    partner_id: str
    reason: str
    session_id: str
    size: Annotated[int, Meta(description="Bytes.")]
    status: str
    has_audio: bool
    has_video: bool
    output_mode: str
    url: Annotated[str | None, Meta(description="Opens the file for an hour; null while there is none.")]


class ArchiveBody(msgspec.Struct, kw_only=True, rename="camel", gc=False):
    """A recording of a meeting."""

    name: str
    session_id: str
    meta_data: MetaData | None

    @classmethod
    def of(cls, row: Archive, url: str | None) -> Self:
        facts = MetaData(
            created_at=int(row.created_at.timestamp() * 1000),
            duration=row.duration_s,
            id=row.id,
            name=row.title,
            partner_id=row.organization_id,
            reason=row.error_code or "",
            session_id=row.session_id,
            size=row.size,
            status=STATUSES[row.status],
            has_audio=True,
            has_video=True,
            output_mode="composed",
            url=url,
        )
        return cls(name=row.title, session_id=row.session_id, meta_data=facts)


class ArchiveList(msgspec.Struct, kw_only=True, rename="camel"):
    count: int
    items: list[ArchiveBody]


class StorageTarget(msgspec.Struct, kw_only=True, rename="camel"):
    """The keys are those that an administrator has given to the hall."""

    name: Literal["AWSS3", "AZURE"]
    bucket: str | UnsetType = UNSET
    region: str | UnsetType = UNSET
    endpoint: str | UnsetType = UNSET
    account_name: str | UnsetType = UNSET
    domain: (
        Annotated[str, Meta(description="Of the account, where it is not Microsoft's own.")] | UnsetType
    ) = UNSET
    fallback: (
        Annotated[
            Literal["none", "opentok"],
            Meta(description="Heard by nobody: a file waits here until it is taken."),
        ]
        | UnsetType
    ) = UNSET
    aws_s3_url: Annotated[str, Meta(description="Of the Twilio-shaped provider.")] | UnsetType = UNSET


def target_of(given: Mapping[str, Any]) -> PutTarget:
    """Raises: BadRequest."""
    if given.get("name") == "AWSS3":
        return PutTarget(
            kind="s3",
            container=text(given, "bucket"),
            region=text(given, "region") or "",
            endpoint=text(given, "endpoint") or "",
        )
    account, domain = text(given, "accountName"), text(given, "domain")
    endpoint = "" if domain is None else domain if "://" in domain else f"https://{account}.{domain}"
    return PutTarget(kind="azure", account=account, endpoint=endpoint)


def text(given: Mapping[str, Any], name: str) -> str | None:
    """Raises: BadRequest, for another kind of value."""
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise BadRequest(f"{name} is no text")
    return value or None
