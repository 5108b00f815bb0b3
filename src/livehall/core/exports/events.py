"""Facts about exports."""

from typing import ClassVar

from livehall.core.exports.fields import Format, Kind
from livehall.kernel.ids import Id
from livehall.kernel.work import Event


class ExportWanted(Event, frozen=True, kw_only=True, tag="export.wanted"):
    """Somebody who may read the source has a file made of it. `session_id`: None for all of the room."""

    subject: ClassVar[str] = "export"
    audit: ClassVar[bool] = True
    export_id: Id
    room_id: Id
    session_id: Id | None
    kind: Kind
    format: Format
