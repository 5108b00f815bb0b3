"""Words of a poll: meaning and bounds of each field, written once."""

from typing import Annotated

from msgspec import Meta

LONGEST_QUESTION = 500  # characters
LONGEST_OPTION = 200
FEWEST_OPTIONS, MOST_OPTIONS = 2, 10
MOST_OPEN = 20  # of one session at a time: as many as its snapshot shows
MOST = 200  # of one session, drafts and closed ones included: lists have no pages

Question = Annotated[str, Meta(max_length=LONGEST_QUESTION, description="What is asked; trimmed, not empty.")]
Options = Annotated[
    list[str],
    Meta(
        min_length=FEWEST_OPTIONS,
        max_length=MOST_OPTIONS,
        description="Two to ten different texts of at most 200 characters.",
        extra_json_schema={"uniqueItems": True},
    ),
]
Duration = Annotated[int, Meta(ge=5, le=86_400, description="Seconds until it closes by itself.")]
