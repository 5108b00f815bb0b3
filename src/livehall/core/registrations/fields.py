"""Words of registrations: meaning and bounds of each field, written once."""

from typing import Annotated

from msgspec import Meta

MOST_FIELDS = 40
MOST_OPTIONS = 300
MOST_LANGUAGES = 20
MOST_LABELS = 20
MOST_LINES = 2000  # of one import
LONGEST_ANSWER = 2000
LONGEST_LABEL = 300
LONGEST_CONSENT = 5000
LONGEST_NAME = 100

FieldId = Annotated[
    str,
    Meta(pattern="^[a-z][a-z0-9_]{0,39}$", description="By which answers name the field; stays the same."),
]
Label = Annotated[str, Meta(min_length=1, max_length=LONGEST_LABEL, description="What people read.")]
OptionValue = Annotated[str, Meta(min_length=1, max_length=200, description="What is stored as the answer.")]
Language = Annotated[
    str, Meta(pattern="^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}$", description="BCP 47 tag, as `de`.")
]
Capacity = Annotated[int, Meta(ge=1, le=10_000_000, description="Most registrants; null: no limit.")]
ConsentText = Annotated[
    str, Meta(min_length=1, max_length=LONGEST_CONSENT, description="What people agree to.")
]
ConsentVersion = Annotated[
    str, Meta(min_length=1, max_length=100, description="Name of this text; kept with each consent.")
]
FirstName = Annotated[str, Meta(max_length=LONGEST_NAME, description="First name.")]
LastName = Annotated[str, Meta(max_length=LONGEST_NAME, description="Last name.")]
DisplayName = Annotated[str, Meta(max_length=LONGEST_NAME, description="How others see the person.")]
ExternalId = Annotated[
    str, Meta(max_length=255, description="Of your own system: free text, given back as it came.")
]
AccessToken = Annotated[
    str, Meta(min_length=1, max_length=200, description="The end of a registrant's personal link.")
]
