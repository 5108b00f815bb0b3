"""Words of a room: meaning and bounds of each field, written once."""

from typing import Annotated

from msgspec import Meta

RoomTitle = Annotated[str, Meta(max_length=255, description="Name of the room; 1 to 200 characters.")]
RoomDescription = Annotated[str, Meta(max_length=4096, description="Plain text or Markdown.")]
RoomPassword = Annotated[str, Meta(max_length=255, description="Entry password; write-only.")]
WaitingRoom = Annotated[bool, Meta(description="Whether newcomers wait for admission; default false.")]

IDLE_LIMIT_S = 600  # seconds a live session may be without any source, and a meeting without anybody
MAX_DIRECT_VIEWERS = 100  # people on WebRTC; further ones are sent to HLS
