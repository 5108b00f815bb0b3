"""Facts about exports."""

from typing import ClassVar

from livehall.core.exports.fields import Format, Kind, Reason
from livehall.kernel.ids import Id
from livehall.kernel.work import Event


class ExportWanted(Event, frozen=True, kw_only=True, tag="export.wanted"):
    """Somebody who may read the source has a file made of it.

    `session_id`: None for all of the room. `room_id`: None for the organization.
    """

    subject: ClassVar[str] = "export"
    audit: ClassVar[bool] = True
    export_id: Id
    room_id: Id | None
    session_id: Id | None
    kind: Kind
    format: Format


class ExportEnded(Event, frozen=True, kw_only=True, tag="export.ended"):
    """The file is ready, or there will be none: `reason` says why. For its maker."""

    subject: ClassVar[str] = "export"
    export_id: Id
    room_id: Id | None
    session_id: Id | None
    made_by: Id  # account or API client
    account_id: Id  # the client acts for
    kind: Kind
    format: Format
    size: int | None  # bytes
    reason: Reason | None
