"""Words of the audience: meaning and bounds of each field, written once."""

from typing import Annotated

from msgspec import Meta

DisplayName = Annotated[
    str, Meta(max_length=100, description="Overrides the account's name for this session.")
]
RoomPassword = Annotated[str, Meta(max_length=255, description="Room password, when set.")]
InviteCode = Annotated[str, Meta(max_length=128, description="Code of a room invite.")]
AccessToken = Annotated[str, Meta(max_length=512, description="Token of a registration's access link.")]
