"""Words of webhooks: meaning and bounds of each field, written once."""

from typing import Annotated

from msgspec import Meta

LONGEST_URL = 2000
LONGEST_DESCRIPTION = 500
MOST_TYPES = 100
MOST_LIBRARIES = 100
DAY_S = 86_400

Url = Annotated[str, Meta(min_length=1, max_length=LONGEST_URL, description="Where to call: `https://…`.")]
Description = Annotated[str, Meta(max_length=LONGEST_DESCRIPTION, description="For people.")]
Overlap = Annotated[
    int,
    Meta(ge=0, le=7 * DAY_S, description="Seconds for which the old secret signs as well; default a day."),
]
