"""Words of the chat: meaning and bounds of each field, written once."""

from typing import Annotated

from msgspec import Meta

LONGEST = 2000  # characters

Text = Annotated[str, Meta(max_length=LONGEST, description="What is said; trimmed, not empty.")]
ClientId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="Chosen by the sender: a repeat gives the first message again instead of another.",
    ),
]
