"""Facts about reminders."""

from datetime import datetime
from typing import ClassVar

from livehall.core.reminders.model import Kind
from livehall.kernel.ids import Id
from livehall.kernel.work import Event


class NoticeGiven(Event, frozen=True, kw_only=True, tag="notice"):
    """Somebody is told in their open pages, in their language."""

    subject: ClassVar[str] = "account"
    account_id: Id
    session_id: Id
    kind: Kind
    starts_at: datetime | None
    text: str
