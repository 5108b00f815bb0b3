"""Words of moderation: meaning and bounds of each field, written once."""

from typing import Annotated

from msgspec import Meta

SHORTEST_S = 60
LONGEST_S = 10 * 366 * 24 * 3600

Reason = Annotated[str, Meta(max_length=280, description="Kept for the record, not shown to the person.")]
Duration = Annotated[
    int,
    Meta(ge=SHORTEST_S, le=LONGEST_S, description="Seconds; absent means until lifted."),
]
