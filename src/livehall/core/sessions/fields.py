"""Words of a session: meaning and bounds of each field, written once."""

from datetime import timedelta
from typing import Annotated

from msgspec import Meta

SessionTitle = Annotated[str, Meta(max_length=255, description="Name of the session; 1 to 200 characters.")]
SessionDescription = Annotated[str, Meta(max_length=4096, description="Plain text or Markdown.")]
JoinLimit = Annotated[
    int, Meta(ge=0, le=10_000, description="People on stage besides the host; 0 means no limit.")
]
Address = Annotated[
    str, Meta(max_length=2048, description="Address to play.", extra_json_schema={"format": "uri"})
]
TimeZone = Annotated[str, Meta(max_length=64, description="IANA zone in which the start is announced.")]

LONGEST_LABEL = 40  # characters of a key in `metadata`
LONGEST_LABEL_VALUE = 500
MOST_LABELS = 50

FIRST_PICTURE = timedelta(seconds=60)  # C18
OPENS_AHEAD = timedelta(minutes=10)  # how early a planned meeting may be entered
TOKEN = timedelta(hours=24)  # for which a customer's own client may come, where nothing is said
LONGEST_TOKEN = timedelta(days=30)
GO_LIVE_PATIENCE = timedelta(hours=24)  # `start` with `go_live`: how long its source may take
