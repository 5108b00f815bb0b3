"""Words of invited people: meaning and bounds of each field, written once."""

from typing import Annotated

from msgspec import Meta

MOST_AT_ONCE = 500  # people or groups of one call

JobTitle = Annotated[str, Meta(max_length=200, description="What the person does, as it is shown.")]
Biography = Annotated[str, Meta(max_length=4000, description="Some lines about the person; Markdown.")]
FirstName = Annotated[str, Meta(max_length=100, description="First name.")]
LastName = Annotated[str, Meta(max_length=100, description="Last name.")]
