"""Words of reminders: meaning and bounds of each field, written once."""

from typing import Annotated

from msgspec import Meta

MOST_LEAD_TIMES = 3
USUAL_LEAD_TIME = 15  # minutes

LeadTime = Annotated[int, Meta(ge=1, le=43_200, description="Minutes before the start.")]
LeadTimes = Annotated[
    list[LeadTime],
    Meta(max_length=MOST_LEAD_TIMES, description="Minutes before the start, at most 3; default 15."),
]
Channels = Annotated[
    list[str],
    Meta(
        min_length=1,
        max_length=3,
        description="Default: `email` if the caller has an address, else `realtime`.",
    ),
]
