"""What reminders look like on the wire."""

import re
from typing import Annotated, Self

import msgspec

from livehall.core.reminders import ops
from livehall.core.reminders.fields import Channels, LeadTimes
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid
from livehall.kernel.ids import Id

Token = Annotated[str, msgspec.Meta(description="The end of the link in a mail.")]


class ReminderRequest(Request, kw_only=True):
    channels: Channels | None = None
    lead_times: LeadTimes | None = None

    def command(self, room_id: Id, accepted: str) -> ops.Subscribe:
        """`accepted`: the `Accept-Language` of the call; its first language is taken."""
        return ops.Subscribe(
            room_id=room_id,
            channels=self.channels,
            lead_times=self.lead_times,
            language=language_of(accepted),
        )


class ReminderStatusResponse(msgspec.Struct, kw_only=True):
    room_id: Uuid
    subscribed: bool
    channels: Annotated[list[str], msgspec.Meta(description="Subset of `email`, `push`, `realtime`.")]
    lead_times: Annotated[list[int], msgspec.Meta(description="Minutes before the start.")]
    subscribed_at: Moment | None = None

    @classmethod
    def of(cls, status: ops.Status) -> Self:
        wish = status.wish
        return cls(
            room_id=status.room_id,
            subscribed=wish is not None,
            channels=wish.channels if wish is not None else [],
            lead_times=wish.lead_times if wish is not None else [],
            subscribed_at=moment(status.since),
        )


def language_of(accepted: str) -> str | None:
    """The first language of an `Accept-Language` (RFC 9110 §12.5.4); None for none, and for `*`."""
    tag = accepted.partition(",")[0].partition(";")[0].strip()
    return tag if re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}", tag) else None
