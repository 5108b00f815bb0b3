"""Words of the stage: meaning and bounds of each field, written once."""

from typing import Annotated

from msgspec import Meta

LONGEST = 280  # characters

Message = Annotated[str, Meta(max_length=LONGEST, description="What the person would like to say.")]
Reason = Annotated[str, Meta(max_length=LONGEST, description="Shown to the person.")]
