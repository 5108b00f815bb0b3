"""What changing and copying a session looks like on the wire."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from livehall.core.sessions import editing, rules
from livehall.core.sessions.fields import Address, SessionDescription, SessionTitle, TimeZone
from livehall.core.sessions.model import Format, Mode, Provider
from livehall.dialects.kit import Request
from livehall.dialects.live.auth.wire import Uuid
from livehall.dialects.live.sessions.wire import Instant


class UpdateSessionRequest(Request, kw_only=True):
    """Absent fields stay as they are; null clears.

    Start, mode, address and preset can be changed until the session begins.
    """

    title: SessionTitle | UnsetType = UNSET
    description: SessionDescription | UnsetType | None = UNSET
    scheduled_start_time: Instant | UnsetType = UNSET
    scheduled_end_time: Instant | UnsetType | None = UNSET
    timezone: TimeZone | UnsetType | None = UNSET
    mode: Mode | UnsetType = UNSET
    external_url: Address | UnsetType | None = UNSET
    provider: Provider | UnsetType | None = UNSET
    format: Format | UnsetType | None = UNSET
    preset_id: Uuid | UnsetType | None = UNSET
    replay_url: Annotated[Address, Meta(description="Where it can be watched later.")] | UnsetType | None = (
        UNSET
    )
    publish_recordings: (
        Annotated[
            bool, Meta(description="Whether recordings are shown to everybody; null: as each of them says.")
        ]
        | UnsetType
        | None
    ) = UNSET
    metadata: dict[str, str] | UnsetType = UNSET
    notify: Annotated[bool, Meta(description="Tell people of another start.")] = True

    def command(self) -> editing.UpdateSession:
        start, end, preset = self.scheduled_start_time, self.scheduled_end_time, self.preset_id
        return editing.UpdateSession(
            title=self.title,
            description=self.description,
            scheduled_start_at=(
                UNSET if start is UNSET else rules.clean_instant(start, "scheduled_start_time")
            ),
            scheduled_end_at=end if not end else rules.clean_instant(end, "scheduled_end_time"),
            timezone=self.timezone,
            mode=self.mode,
            external_url=self.external_url,
            provider=self.provider,
            format=self.format,
            preset_id=preset.lower() if isinstance(preset, str) else preset,
            replay_url=self.replay_url,
            publish_recordings=self.publish_recordings,
            metadata=self.metadata,
            notify=self.notify,
        )


class DuplicateSessionRequest(Request, kw_only=True):
    title: SessionTitle | None = None
    scheduled_start_time: Instant | None = None
    scheduled_end_time: Instant | None = None

    def command(self) -> editing.Duplicate:
        start, end = self.scheduled_start_time, self.scheduled_end_time
        return editing.Duplicate(
            title=self.title,
            scheduled_start_at=start and rules.clean_instant(start, "scheduled_start_time"),
            scheduled_end_at=end and rules.clean_instant(end, "scheduled_end_time"),
        )
