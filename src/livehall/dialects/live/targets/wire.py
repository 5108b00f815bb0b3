"""What an organization's own place for recordings looks like on the wire."""

from typing import Annotated, Self

import msgspec
from msgspec import Meta

from livehall.core.ports.storage import TargetKind
from livehall.core.recordings.model import StorageTarget
from livehall.core.recordings.targets import PutTarget
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid

Text = Annotated[str, Meta(min_length=1, max_length=1024)]


class PutStorageTargetRequest(Request, kw_only=True):
    """Account and secret may be left out once a target of this kind was set: they are kept."""

    kind: TargetKind
    container: Annotated[Text, Meta(description="Bucket of S3, container of Azure.")] | None = None
    account: Annotated[Text, Meta(description="Access key id of S3, account name of Azure.")] | None = None
    secret: (
        Annotated[Text, Meta(description="Secret key of S3, account key of Azure; write-only.")] | None
    ) = None
    endpoint: Annotated[
        str,
        Meta(
            max_length=1024,
            description="Address of the store, where it is not Amazon's or Microsoft's own.",
            extra_json_schema={"format": "uri"},
        ),
    ] = ""
    region: Annotated[str, Meta(max_length=100, description="Region of an S3 bucket.")] = ""
    prefix: Annotated[str, Meta(max_length=500, description="Before the name of every object.")] = ""

    def command(self) -> PutTarget:
        return PutTarget(
            kind=self.kind,
            container=self.container,
            account=self.account,
            secret=self.secret,
            endpoint=self.endpoint,
            region=self.region,
            prefix=self.prefix,
        )


class StorageTargetResponse(msgspec.Struct, kw_only=True):
    """Where recordings go. Its secret is in no answer."""

    id: Uuid
    kind: TargetKind
    container: str
    account: str
    endpoint: str
    region: str
    prefix: str
    created_at: Moment

    @classmethod
    def of(cls, row: StorageTarget) -> Self:
        return cls(
            id=row.id,
            kind=row.kind,
            container=row.container,
            account=row.account,
            endpoint=row.endpoint,
            region=row.region,
            prefix=row.prefix,
            created_at=moment(row.created_at),
        )
