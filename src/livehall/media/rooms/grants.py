"""What a token lets its bearer do: LiveKit's video grants, with the defaults of its server SDK."""

import msgspec
from livekit.protocol import models

SOURCES = {
    "camera": models.CAMERA,
    "microphone": models.MICROPHONE,
    "screen_share": models.SCREEN_SHARE,
    "screen_share_audio": models.SCREEN_SHARE_AUDIO,
}
KINDS = {
    "": models.ParticipantInfo.STANDARD,
    "standard": models.ParticipantInfo.STANDARD,
    "ingress": models.ParticipantInfo.INGRESS,
    "egress": models.ParticipantInfo.EGRESS,
    "sip": models.ParticipantInfo.SIP,
    "agent": models.ParticipantInfo.AGENT,
}


class VideoGrant(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The `video` claim. None means: not said, so the default holds."""

    room_create: bool = False
    room_list: bool = False
    room_record: bool = False
    room_admin: bool = False
    ingress_admin: bool = False
    room_join: bool = False
    room: str = ""
    destination_room: str = ""  # for forwarding a participant, which we refuse
    can_publish: bool | None = None
    can_subscribe: bool | None = None
    can_publish_data: bool | None = None
    can_publish_sources: tuple[str, ...] | None = None
    can_update_own_metadata: bool | None = None
    hidden: bool = False
    recorder: bool = False
    agent: bool = False

    @property
    def may_publish(self) -> bool:
        return self.can_publish is not False

    @property
    def may_subscribe(self) -> bool:
        return self.can_subscribe is not False

    @property
    def may_send_data(self) -> bool:
        return self.may_publish if self.can_publish_data is None else self.can_publish_data

    def may_publish_source(self, source: int) -> bool:
        if not self.may_publish:
            return False
        if not self.can_publish_sources:
            return True
        return source in {SOURCES.get(name) for name in self.can_publish_sources}

    def permission(self) -> models.ParticipantPermission:
        return models.ParticipantPermission(
            can_subscribe=self.may_subscribe,
            can_publish=self.may_publish,
            can_publish_data=self.may_send_data,
            can_publish_sources=[SOURCES[name] for name in self.can_publish_sources or () if name in SOURCES],
            can_update_metadata=bool(self.can_update_own_metadata),
            hidden=self.hidden,
            recorder=self.recorder,
            agent=self.agent,
        )

    def permitted(self, permission: models.ParticipantPermission) -> "VideoGrant":
        """The same grant with the rights of an `UpdateParticipant` request in place of its own."""
        names = {number: name for name, number in SOURCES.items()}
        return msgspec.structs.replace(
            self,
            can_publish=permission.can_publish,
            can_subscribe=permission.can_subscribe,
            can_publish_data=permission.can_publish_data,
            can_publish_sources=tuple(names[s] for s in permission.can_publish_sources if s in names) or None,
            can_update_own_metadata=permission.can_update_metadata,
            hidden=permission.hidden,
            recorder=permission.recorder,
            agent=permission.agent,
        )


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a valid access token says of its bearer, and which API key vouches for it."""

    api_key: str
    identity: str = ""
    name: str = ""
    metadata: str = ""
    attributes: dict[str, str] = {}
    kind: str = ""
    video: VideoGrant = VideoGrant()
