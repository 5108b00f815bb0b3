"""Words of a preset: meaning and bounds of each field, written once."""

from typing import Annotated

from msgspec import Meta

PresetName = Annotated[str, Meta(max_length=120, description="Unique per owner and library.")]
StageLimit = Annotated[
    int,
    Meta(
        ge=0,
        le=2**31 - 1,
        description="Largest number of people on stage besides the host; 0 means no limit.",
    ),
]
Colour = Annotated[str, Meta(max_length=32, description="CSS hex colour.")]
Logo = Annotated[str, Meta(max_length=2048, description="Address of the logo.")]
LogoTarget = Annotated[str, Meta(max_length=2048, description="Where a click on the logo leads.")]
