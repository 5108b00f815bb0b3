"""What presets look like on the wire."""

from typing import Annotated, Any, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.presets import ops
from livehall.core.presets.fields import Colour, Logo, LogoTarget, PresetName, StageLimit
from livehall.core.presets.flags import NAMES, thaw
from livehall.core.presets.model import Preset, PresetType
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid
from livehall.dialects.live.rooms.wire import PageQuery, Pagination


class Switches(Request, kw_only=True):
    """The switches; absent ones stay as they are, or as the built-in preset has them."""

    stage_enabled: Annotated[
        bool | UnsetType,
        Meta(description="A stage exists: people other than the host can publish. Default true."),
    ] = UNSET
    chat_enabled: Annotated[bool | UnsetType, Meta(description="Chat exists. Default true.")] = UNSET
    poll_enabled: Annotated[bool | UnsetType, Meta(description="Polls exist. Default true.")] = UNSET
    viewer_count_visible: Annotated[
        bool | UnsetType, Meta(description="The audience sees how many watch. Default true.")
    ] = UNSET
    host_add_co_host: Annotated[
        bool | UnsetType, Meta(description="The host may appoint co-hosts. Default true.")
    ] = UNSET
    host_camera_enabled: Annotated[
        bool | UnsetType, Meta(description="The host may publish a camera. Default true.")
    ] = UNSET
    host_screen_share: Annotated[
        bool | UnsetType, Meta(description="The host may share a screen. Default true.")
    ] = UNSET
    host_chat_send_text: Annotated[
        bool | UnsetType, Meta(description="The host may write. Default true.")
    ] = UNSET
    host_chat_send_file: Annotated[
        bool | UnsetType, Meta(description="The host may attach files. Default true.")
    ] = UNSET
    host_chat_receive_message: Annotated[
        bool | UnsetType, Meta(description="The host sees the chat. Default true.")
    ] = UNSET
    host_poll_create: Annotated[
        bool | UnsetType, Meta(description="The host may open polls. Default true.")
    ] = UNSET
    host_poll_vote: Annotated[bool | UnsetType, Meta(description="The host may vote. Default true.")] = UNSET
    host_poll_view: Annotated[bool | UnsetType, Meta(description="The host sees polls. Default true.")] = (
        UNSET
    )
    onstage_camera_enabled: Annotated[
        bool | UnsetType, Meta(description="People on stage may publish a camera. Default true.")
    ] = UNSET
    onstage_screen_share: Annotated[
        bool | UnsetType, Meta(description="People on stage may share a screen. Default true.")
    ] = UNSET
    onstage_viewer_view: Annotated[
        bool | UnsetType, Meta(description="People on stage see the list of viewers. Default true.")
    ] = UNSET
    audience_stage_join_request: Annotated[
        bool | UnsetType,
        Meta(description="Viewers may raise a hand and ask for a seat on stage. Default true."),
    ] = UNSET
    audience_can_see_participants: Annotated[
        bool | UnsetType, Meta(description="Viewers see who else is there. Default false.")
    ] = UNSET
    audience_chat_send_text: Annotated[
        bool | UnsetType, Meta(description="Viewers may write. Default true.")
    ] = UNSET
    audience_chat_send_file: Annotated[
        bool | UnsetType, Meta(description="Viewers may attach files. Default false.")
    ] = UNSET
    audience_chat_receive_message: Annotated[
        bool | UnsetType, Meta(description="Viewers see the chat. Default true.")
    ] = UNSET
    audience_poll_create: Annotated[
        bool | UnsetType, Meta(description="Viewers may open polls. Default false.")
    ] = UNSET
    audience_poll_vote: Annotated[bool | UnsetType, Meta(description="Viewers may vote. Default true.")] = (
        UNSET
    )
    audience_poll_view: Annotated[bool | UnsetType, Meta(description="Viewers see polls. Default true.")] = (
        UNSET
    )
    moderator_manage_stage: Annotated[
        bool | UnsetType, Meta(description="Moderators decide who is on stage. Default true.")
    ] = UNSET
    moderator_manage_chat: Annotated[
        bool | UnsetType, Meta(description="Moderators delete messages and ban. Default true.")
    ] = UNSET
    moderator_manage_poll: Annotated[
        bool | UnsetType, Meta(description="Moderators open and close polls. Default true.")
    ] = UNSET
    recording_enabled: Annotated[
        bool | UnsetType,
        Meta(description="Sessions are recorded from the moment they go live. Default false."),
    ] = UNSET
    question_enabled: Annotated[bool | UnsetType, Meta(description="Questions exist. Default true.")] = UNSET
    question_moderation: Annotated[
        bool | UnsetType,
        Meta(description="Questions are seen by all once staff has published them. Default false."),
    ] = UNSET
    audience_question_anonymous: Annotated[
        bool | UnsetType, Meta(description="Who asks may hide the name from the audience. Default true.")
    ] = UNSET
    moderator_manage_question: Annotated[
        bool | UnsetType, Meta(description="Moderators publish, dismiss and answer questions. Default true.")
    ] = UNSET

    def switches(self) -> dict[str, Any]:
        """Those that were given."""
        return {name: value for name in NAMES if (value := getattr(self, name)) is not UNSET}


class CreatePresetRequest(Switches, kw_only=True):
    name: PresetName
    type: PresetType = "whip"
    max_join_limit: StageLimit | None = None
    primary_color: Colour | None = None
    logo: Logo | None = None
    logo_destination_url: LogoTarget | None = None
    is_default: Annotated[bool, Meta(description="Make it the owner's default in its scope.")] = False

    def command(self) -> ops.CreatePreset:
        return ops.CreatePreset(
            name=self.name,
            type=self.type,
            flags={**self.switches(), "max_join_limit": self.max_join_limit or 0},
            primary_color=self.primary_color,
            logo=self.logo,
            logo_destination_url=self.logo_destination_url,
            is_default=self.is_default,
        )


class UpdatePresetRequest(Switches, kw_only=True):
    """Absent fields stay.

    Sessions that are not over follow the change at once, except for their overrides.
    """

    name: PresetName | UnsetType = UNSET
    type: PresetType | UnsetType = UNSET
    max_join_limit: StageLimit | UnsetType | None = UNSET
    primary_color: Colour | UnsetType | None = UNSET
    logo: Logo | UnsetType | None = UNSET
    logo_destination_url: LogoTarget | UnsetType | None = UNSET
    is_default: Annotated[bool, Meta(description="Make it the owner's default in its scope.")] = False

    def command(self) -> ops.UpdatePreset:
        flags = self.switches()
        if self.max_join_limit is not UNSET:
            flags["max_join_limit"] = self.max_join_limit or 0
        return ops.UpdatePreset(
            name=self.name,
            type=self.type,
            flags=flags,
            primary_color=self.primary_color,
            logo=self.logo,
            logo_destination_url=self.logo_destination_url,
            is_default=self.is_default,
        )


class PresetResponse(msgspec.Struct, kw_only=True):
    """Reusable bundle of features, rights by role (host, on stage, audience, moderator) and looks."""

    id: Uuid
    user_id: Uuid
    library_id: Uuid | None
    name: str
    type: PresetType
    max_join_limit: int
    primary_color: str | None
    logo: str | None
    logo_destination_url: str | None
    is_default: bool
    created_at: Moment
    updated_at: Moment
    stage_enabled: bool
    chat_enabled: bool
    poll_enabled: bool
    viewer_count_visible: bool
    host_add_co_host: bool
    host_camera_enabled: bool
    host_screen_share: bool
    host_chat_send_text: bool
    host_chat_send_file: bool
    host_chat_receive_message: bool
    host_poll_create: bool
    host_poll_vote: bool
    host_poll_view: bool
    onstage_camera_enabled: bool
    onstage_screen_share: bool
    onstage_viewer_view: bool
    audience_stage_join_request: bool
    audience_can_see_participants: bool
    audience_chat_send_text: bool
    audience_chat_send_file: bool
    audience_chat_receive_message: bool
    audience_poll_create: bool
    audience_poll_vote: bool
    audience_poll_view: bool
    moderator_manage_stage: bool
    moderator_manage_chat: bool
    moderator_manage_poll: bool
    recording_enabled: bool
    question_enabled: bool
    question_moderation: bool
    audience_question_anonymous: bool
    moderator_manage_question: bool

    @classmethod
    def of(cls, preset: Preset, flags: dict[str, Any] | None = None) -> Self:
        """`flags`: what held, where a session that is over has kept it."""
        switches = thaw(flags or preset.flags)
        return cls(
            id=preset.id,
            user_id=preset.owner_id,
            library_id=preset.library_id,
            name=preset.name,
            type=preset.type,
            primary_color=preset.primary_color,
            logo=preset.logo,
            logo_destination_url=preset.logo_destination_url,
            is_default=preset.is_default,
            created_at=moment(preset.created_at),
            updated_at=moment(preset.updated_at),
            max_join_limit=switches.max_join_limit,
            **{name: getattr(switches, name) for name in NAMES},
        )


class PresetListResponse(msgspec.Struct, kw_only=True):
    presets: list[PresetResponse]
    pagination: Pagination

    @classmethod
    def of(cls, found: ops.Page, query: PageQuery) -> Self:
        return cls(
            presets=[PresetResponse.of(each) for each in found.presets],
            pagination=Pagination.of(query.page, query.limit, found.total),
        )
